"""Credit memos to the cent. Numbers in parentheses: rules of the design's table of exactness (5.2)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestCredit(ReturnsCommon):
    def _sold(self, lines, tax=None, discount=0.0, currency=None, date=None):
        """Order, delivery and posted invoice of ``[(product, quantity, price)]``."""
        values = {}
        if currency:
            pricelist = self.env["product.pricelist"].create({"name": "Foreign", "currency_id": currency.id})
            values["pricelist_id"] = pricelist.id
        # the price is not what these tests are about
        self.env.ref("om_order_exceptions.type_prc_diff").active = False
        order = self._order(lines, **values)
        order.order_line.write({"discount": discount, "tax_ids": [Command.set(tax.ids if tax else [])]})
        order.action_confirm()
        self._deliver(order)
        return order, self._invoice(order, date)

    def _returned(self, order, quantity):
        rma = self._rma(dict.fromkeys(order.order_line, quantity))
        self._receive(rma)
        return rma

    def test_price_discount_and_tax_of_the_invoice(self):
        """(1) 10 @ 100 less 10 %, tax 8.25 %, return 4: 360.00 and 29.70, whatever prices are today."""
        tax = self._tax(8.25)
        order, invoice = self._sold([(self.product, 10, 100.0)], tax=tax, discount=10)
        self.product.list_price = 999.0
        self.product.taxes_id = self._tax(20)
        memo = self._credit(self._returned(order, 4))
        self.assertEqual((memo.amount_untaxed, memo.amount_tax, memo.amount_total), (360.0, 29.7, 389.7))
        self.assertEqual(memo.reversed_entry_id, invoice)
        line = memo.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit, line.discount, line.tax_ids), (4, 100, 10, tax))
        self.assertEqual(line.sale_line_ids, order.order_line)
        self.assertEqual(order.order_line.qty_invoiced, 6)
        self.assertEqual(order.order_line.untaxed_amount_invoiced, 540.0)

    def test_partial_credits_add_up_to_the_tax_of_the_invoice(self):
        """(2) 3 @ 33.33 with 7.25 % tax is 7.25; three single returns give 2.42, 2.41, 2.42."""
        order, invoice = self._sold([(self.product, 3, 33.33)], tax=self._tax(7.25))
        self.assertEqual(invoice.amount_tax, 7.25)
        memos = [self._credit(self._returned(order, 1)) for _turn in range(3)]
        self.assertEqual([memo.amount_tax for memo in memos], [2.42, 2.41, 2.42])
        self.assertAlmostEqual(sum(memo.amount_total for memo in memos), invoice.amount_total, 2)
        self.assertEqual(invoice.payment_state, "reversed")

    def test_partial_credits_add_up_to_the_amount_of_the_invoice(self):
        """3 @ 0.99 less 33 % is 1.99; one is 0.66, and the last one gets the missing cent."""
        order, invoice = self._sold([(self.product, 3, 0.99)], discount=33)
        self.assertEqual(invoice.amount_total, 1.99)
        memos = [self._credit(self._returned(order, 1)) for _turn in range(3)]
        self.assertEqual([memo.amount_total for memo in memos], [0.66, 0.67, 0.66])
        self.assertEqual(order.order_line.qty_invoiced, 0)
        self.assertEqual(invoice.amount_residual, 0)

    def test_taxes_of_several_lines_are_rounded_like_the_invoice(self):
        tax = self._tax(7.25)
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            order, invoice = self._sold([(self.product, 3, 33.33), (self.other_product, 3, 11.11)], tax=tax)
            memos = [self._credit(self._returned(order, 1)) for _turn in range(3)]
            self.assertAlmostEqual(sum(memo.amount_tax for memo in memos), invoice.amount_tax, 2, method)
            self.assertAlmostEqual(sum(memo.amount_total for memo in memos), invoice.amount_total, 2, method)

    def test_prices_that_include_their_tax(self):
        tax = self._tax(7.25)
        tax.price_include_override = "tax_included"
        order, invoice = self._sold([(self.product, 3, 33.33)], tax=tax)
        memos = [self._credit(self._returned(order, 1)) for _turn in range(3)]
        self.assertAlmostEqual(sum(memo.amount_total for memo in memos), invoice.amount_total, 2)
        self.assertAlmostEqual(sum(memo.amount_tax for memo in memos), invoice.amount_tax, 2)

    # -------------------------------------------------------------------------- rate (3), gap G7

    def _euro_invoice(self):
        today = fields.Date.context_today(self.env.user)
        past = today - timedelta(days=30)
        eur = self._currency(**{f"_{past}".replace("-", "_"): 1.10, f"_{today}".replace("-", "_"): 1.20})
        return self._sold([(self.product, 10, 100.0)], currency=eur, date=past)

    def test_credit_at_the_rate_of_the_invoice(self):
        """(3) EUR 1,000 posted at 1.10, 1.20 today: 1,100.00 in company currency."""
        order, invoice = self._euro_invoice()
        self.assertEqual(abs(invoice.amount_total_signed), 1100.0)
        memo = self._credit(self._returned(order, 10))
        self.assertEqual(memo.currency_id.name, "EUR")
        self.assertEqual((memo.amount_total, abs(memo.amount_total_signed)), (1000.0, 1100.0))
        self.assertEqual(memo.invoice_date, fields.Date.context_today(memo))
        self.assertEqual(invoice.amount_residual, 0)

    def test_odoos_own_reversal_takes_the_rate_of_the_invoice(self):
        _order, invoice = self._euro_invoice()
        reversal = self.env["account.move.reversal"].create(
            {"move_ids": invoice.ids, "journal_id": invoice.journal_id.id}
        )
        memo = self.env["account.move"].browse(reversal.refund_moves()["res_id"])
        memo.invoice_date = fields.Date.context_today(memo)
        memo.action_post()
        self.assertEqual(abs(memo.amount_total_signed), 1100.0)

    def test_rate_of_the_day_where_the_company_wants_it(self):
        self.company.om_credit_original_rate = False
        order, _invoice = self._euro_invoice()
        memo = self._credit(self._returned(order, 10))
        self.assertEqual(abs(memo.amount_total_signed), 1200.0)

    # ------------------------------------------------------------------------------ which invoice

    def test_one_credit_memo_per_invoice_of_a_return_of_many_orders(self):
        first, invoice = self._sold([(self.product, 5, 10.0)])
        second, other_invoice = self._sold([(self.product, 5, 20.0)])
        rma = self._rma({first.order_line: 2, second.order_line: 3})
        self._receive(rma)
        memos = self._credit(rma)
        self.assertEqual(memos.reversed_entry_id, invoice | other_invoice)
        self.assertEqual(sorted(memos.mapped("amount_total")), [20.0, 60.0])

    def test_oldest_invoice_first_and_each_at_its_own_price(self):
        for name in ("type_prc_diff", "type_prc_changed"):
            self.env.ref(f"om_order_exceptions.{name}").active = False
        order = self._order([(self.product, 10, 100.0)])
        order.action_confirm()
        self._deliver(order, {self.product: 4})
        first = self._invoice(order)
        order.order_line.price_unit = 90.0
        self._deliver(order)
        second = self._invoice(order)
        memos = self._credit(self._returned(order, 5))
        self.assertEqual(
            {memo.reversed_entry_id: memo.amount_total for memo in memos}, {first: 400.0, second: 90.0}
        )

    def test_credit_by_odoos_own_reversal_is_not_given_twice(self):
        order, invoice = self._sold([(self.product, 10, 100.0)])
        reversal = self.env["account.move.reversal"].create(
            {"move_ids": invoice.ids, "journal_id": invoice.journal_id.id}
        )
        memo = self.env["account.move"].browse(reversal.refund_moves()["res_id"])
        memo.invoice_line_ids.quantity = 7
        memo.action_post()
        rma = self._returned(order, 8)
        # delivered 2, billed 3
        self.assertEqual(rma.line_ids.quantity_to_credit, 1)
        self.assertEqual(self._credit(rma).amount_total, 100.0)

    def test_credit_is_applied_to_the_open_invoice(self):
        """(10), P17"""
        order, invoice = self._sold([(self.product, 10, 100.0)])
        self._credit(self._returned(order, 4))
        self.assertEqual((invoice.amount_residual, invoice.payment_state), (600.0, "partial"))

    def test_credit_of_a_paid_invoice_stays_open(self):
        order, invoice = self._sold([(self.product, 10, 100.0)])
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({}).action_create_payments()
        memo = self._credit(self._returned(order, 4))
        self.assertEqual(memo.amount_residual, 400.0)

    def test_goods_billed_in_advance(self):
        self.product.invoice_policy = "order"
        order = self._order([(self.product, 10)])
        order.action_confirm()
        self._invoice(order)
        self._deliver(order, {self.product: 4})
        rma = self._returned(order, 2)
        self.assertEqual(self._credit(rma).invoice_line_ids.quantity, 2)
        self.assertEqual((order.order_line.qty_delivered, order.order_line.qty_invoiced), (2, 8))

    def test_inventory_takes_the_goods_back_at_their_old_cost(self):
        """Valuation (R05): sent at 60, worth 70 today, 4 back: 240.00."""
        self.product.categ_id = self.env["product.category"].create(
            {"name": "Average cost", "property_cost_method": "average"}
        )
        self.product.standard_price = 60.0
        order = self._delivered([(self.product, 10)])
        self.product.standard_price = 70.0
        rma = self._returned(order, 4)
        self.assertEqual(rma.picking_ids.move_ids.value, 240.0)

    def test_clerk_drafts_and_billing_posts(self):
        order, _invoice = self._sold([(self.product, 10, 100.0)])
        rma = self._returned(order, 4)
        with self.assertRaises(AccessError):
            rma.with_user(self.specialist).action_credit()
        memo = self._credit(rma, post=False)
        self.assertEqual(memo.state, "draft")
        with self.assertRaises(AccessError):
            rma.with_user(self.clerk).action_post_credit_memos()
        rma.with_user(self.accountant).action_post_credit_memos()
        self.assertEqual(memo.state, "posted")

    def test_cancelled_draft_gives_the_quantity_back(self):
        order, _invoice = self._sold([(self.product, 10, 100.0)])
        rma = self._returned(order, 4)
        self._credit(rma, post=False).button_cancel()
        self.assertEqual((rma.line_ids.quantity_credited, rma.line_ids.quantity_to_credit), (0, 4))
        self.assertEqual(self._credit(rma).amount_total, 400.0)

    def test_many_lines_are_credited_in_one_memo_with_few_queries(self):
        def cost(count):
            products = [self._new_product(f"Q{n}", f"Q-{count}-{n}", 10.0) for n in range(count)]
            order, _invoice = self._sold([(product, 2, 10.0) for product in products])
            rma = self._returned(order, 1)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rma.with_user(self.clerk).action_credit()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(2)
        few, many = cost(2), cost(12)
        self.assertLessEqual(many - few, 10 * 4)
