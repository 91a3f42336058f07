from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


class BillingCommon(OrderManagementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "om_clerk", groups="account.group_account_invoice")
        cls.biller = new_test_user(
            cls.env,
            "om_biller",
            groups="om_order_exceptions.group_manager,account.group_account_invoice",
        )

    def _invoice(self, delivered=3, ordered=10):
        """A draft of what was delivered, as a clerk without sales rights sees it."""
        self.order = self._order([(self.product, ordered)])
        self.order.action_confirm()
        self._deliver(self.order, {self.product: delivered})
        self.env.cr.flush()
        return self.order.sudo()._create_invoices().with_user(self.clerk).sudo(False)

    def _cases(self, document, code=None):
        self.env.cr.flush()
        domain = [("res_model", "=", document._name), ("res_id", "=", document.id), ("is_open", "=", True)]
        cases = self.env["om.exception"].search(domain)
        return cases.filtered(lambda case: case.code == code) if code else cases

    def _pay(self, invoice, amount):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": amount}).action_create_payments()


@tagged("post_install", "-at_install")
class TestOverInvoiced(BillingCommon):
    """Gap G12: stock Odoo posts an invoice of 5 for a delivery of 3."""

    def test_g12_without_the_type_it_is_posted_and_with_it_not(self):
        kind = self.env.ref("om_order_exceptions.type_inv_over")
        kind.active = False
        stock = self._invoice()
        stock.invoice_line_ids.quantity = 5
        stock.action_post()
        kind.active = True
        ours = self._invoice()
        ours.invoice_line_ids.quantity = 5
        with self.assertRaisesRegex(UserError, "E-INV-OVER .*Kettle: 5 Units invoiced .*3 Units delivered"):
            ours.action_post()
        self.assertEqual((stock.state, ours.state), ("posted", "draft"))

    def test_what_is_due_is_posted(self):
        invoice = self._invoice()
        self.assertFalse(self._cases(invoice))
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_invoice_line_of_two_orders_may_bill_what_is_due_of_both(self):
        self._invoice(delivered=2).sudo().unlink()
        first = self.order
        invoice = self._invoice(delivered=3)
        invoice.sudo().invoice_line_ids.write(
            {"sale_line_ids": [Command.link(first.order_line.id)], "quantity": 5}
        )
        self.assertFalse(self._cases(invoice))
        invoice.invoice_line_ids.quantity = 10
        cases = self._cases(invoice, "E-INV-OVER")
        self.assertEqual(cases.order_id, first | self.order)
        self.assertEqual(sum(cases.mapped("amount")), 500)
        self._resolve(cases, "fix_invoice_delivered", user=self.biller)
        self.assertEqual(invoice.invoice_line_ids.quantity, 5)

    def test_case_is_opened_when_the_draft_is_saved(self):
        invoice = self._invoice()
        invoice.invoice_line_ids.quantity = 5
        case = self._cases(invoice, "E-INV-OVER")
        self.assertEqual((case.order_id, case.order_line_id), (self.order, self.order.order_line))
        self.assertEqual((case.amount, case.document_ref), (200, invoice.display_name))
        self.assertIn("E-INV-OVER", invoice.om_hold_reason)
        with self.assertRaises(UserError), self.cr.savepoint():
            invoice.action_post()
        self.env.invalidate_all()
        self.assertTrue(case.is_open)

    def test_it_closes_when_the_quantity_is_corrected_or_the_rest_is_delivered(self):
        for cure in ("quantity", "delivery", "deleted line", "deleted draft", "cancelled"):
            with self.subTest(cure=cure):
                invoice = self._invoice()
                invoice.invoice_line_ids.quantity = 5
                case = self._cases(invoice, "E-INV-OVER")
                self.assertTrue(case)
                if cure == "quantity":
                    invoice.invoice_line_ids.quantity = 3
                elif cure == "delivery":
                    self._deliver(self.order, {self.product: 2})
                    invoice.action_post()
                elif cure == "deleted line":
                    invoice.invoice_line_ids.unlink()
                elif cure == "cancelled":
                    invoice.button_cancel()
                else:
                    invoice.sudo().unlink()
                self.env.cr.flush()
                self.assertEqual(case.state, "auto_closed")

    def test_specialist_with_billing_rights_corrects_it(self):
        invoice = self._invoice()
        invoice.invoice_line_ids.quantity = 5
        case = self._cases(invoice)
        with self.assertRaises(AccessError):
            self._resolve(case, "fix_invoice_delivered")
        self._resolve(case, "fix_invoice_delivered", user=self.biller)
        self.assertEqual((case.state, invoice.invoice_line_ids.quantity), ("resolved", 3))
        invoice.action_post()

    def test_what_a_manager_accepts_is_posted(self):
        invoice = self._invoice()
        invoice.invoice_line_ids.quantity = 5
        case = self._cases(invoice)
        self._resolve(case, "fix_accept", user=self.biller, reason="Prepaid by agreement")
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_waiver_ends_with_its_value(self):
        invoice = self._invoice()
        invoice.invoice_line_ids.quantity = 5
        case = self._cases(invoice)
        self._resolve(case, "fix_accept", user=self.biller, reason="Prepaid by agreement")
        invoice.invoice_line_ids.quantity = 6
        with self.assertRaisesRegex(UserError, "E-INV-OVER"):
            invoice.action_post()

    def test_second_draft_of_the_same_goods(self):
        first = self._invoice()
        second = first.sudo().copy().with_user(self.clerk).sudo(False)
        second.sudo().invoice_line_ids.sale_line_ids = self.order.order_line
        self.env.cr.flush()
        second._om_check()
        self.assertFalse(self._cases(first))
        self.assertTrue(self._cases(second, "E-INV-OVER"))
        first.action_post()
        with self.assertRaisesRegex(UserError, "3 invoiced already"):
            second.action_post()

    def test_ordered_quantities_may_be_billed_before_delivery_but_not_more(self):
        self.product.invoice_policy = "order"
        invoice = self._invoice()
        self.assertEqual(invoice.invoice_line_ids.quantity, 10)
        self.assertFalse(self._cases(invoice))
        invoice.invoice_line_ids.quantity = 11
        self.assertIn("10 Units ordered", self._cases(invoice, "E-INV-OVER").expected)

    def test_batch_posts_the_clean_one(self):
        bad, good = self._invoice(), self._invoice()
        bad.invoice_line_ids.quantity = 5
        (bad | good).action_post()
        self.assertEqual((bad.state, good.state), ("draft", "posted"))
        self.assertIn("E-INV-OVER", bad.message_ids[0].body)

    def test_one_bad_draft_does_not_stop_another_invoice_of_the_order(self):
        good = self._invoice(delivered=3)
        good.action_post()
        self._deliver(self.order, {self.product: 2})
        bad = self.order.sudo()._create_invoices().with_user(self.clerk).sudo(False)
        bad.invoice_line_ids.quantity = 9
        self.assertTrue(self._cases(bad, "E-INV-OVER"))
        self._deliver(self.order, {self.product: 5})
        self.assertEqual(self.order.om_blocked_stage, "invoice")
        other = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "quantity": -1,
                            "price_unit": 100.0,
                            "tax_ids": False,
                            "sale_line_ids": [Command.set(self.order.order_line.ids)],
                        }
                    ),
                    Command.create({"name": "Freight", "price_unit": 500.0, "tax_ids": False}),
                ],
            }
        )
        other.action_post()
        self.assertEqual(other.state, "posted")

    def test_down_payment_is_no_delivery(self):
        order = self._order()
        order.action_confirm()
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create({"advance_payment_method": "percentage", "amount": 50}).create_invoices()
        order.sudo().invoice_ids.action_post()
        self.assertEqual(order.sudo().invoice_ids.state, "posted")

    def test_clean_invoices_cost_the_same_queries_for_any_number(self):
        def cost(invoices):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            invoices._om_check()
            return self.env.cr.sql_log_count - before

        few = self._invoice() | self._invoice()
        many = self.env["account.move"].union(*(self._invoice() for _ in range(8)))
        cost(few)
        self.assertLessEqual(cost(many), cost(few))


@tagged("post_install", "-at_install")
class TestInvoiceMismatch(BillingCommon):
    def test_agreed_price_is_fine(self):
        self.assertFalse(self._cases(self._invoice()))

    def test_price_discount_and_taxes_that_differ_from_the_order(self):
        tax = self.env["account.tax"].create({"name": "7 %", "amount": 7.0, "type_tax_use": "sale"})
        for values, found in (
            ({"price_unit": 80.0}, "80.00 per Units"),
            ({"discount": 10.0}, "90.00 per Units"),
            ({"tax_ids": [Command.set(tax.ids)]}, "100.00 per Units, 7 %"),
        ):
            with self.subTest(values=values):
                invoice = self._invoice()
                invoice.invoice_line_ids.write(values)
                case = self._cases(invoice, "E-INV-MISM")
                self.assertIn(found, case.found.replace("\N{NO-BREAK SPACE}", " ").replace("$ ", ""))
                invoice_line = invoice.invoice_line_ids
                self._resolve(case, "fix_invoice_price", user=self.biller)
                self.assertEqual(case.state, "resolved")
                self.assertEqual((invoice_line.price_unit, invoice_line.discount), (100.0, 0.0))
                self.assertFalse(invoice_line.tax_ids)

    def test_price_in_another_unit_is_the_same_price(self):
        invoice = self._invoice()
        dozen = self.env.ref("uom.product_uom_dozen")
        invoice.invoice_line_ids.write({"product_uom_id": dozen.id, "quantity": 0.25, "price_unit": 1200.0})
        self.assertFalse(self._cases(invoice))

    def test_warns_until_the_company_wants_it_to_block(self):
        invoice = self._invoice()
        invoice.invoice_line_ids.price_unit = 80.0
        self._cases(invoice)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        self.env.ref("om_order_exceptions.type_inv_mism").blocks = "invoice"
        invoice = self._invoice()
        invoice.invoice_line_ids.price_unit = 80.0
        with self.assertRaisesRegex(UserError, "E-INV-MISM .*80.00.*100.00"):
            invoice.action_post()


@tagged("post_install", "-at_install")
class TestLateInvoice(BillingCommon):
    def test_shipped_and_forgotten(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        with freeze_time(fields.Datetime.now() + timedelta(days=4)):
            order._om_check({"E-INV-LATE"})
            self.assertFalse(self._open(order))
            self.company.om_invoice_late_days = 3
            order._om_check({"E-INV-LATE"})
            case = self._open(order, "E-INV-LATE")
            self.assertEqual(case.amount, 1000)
            self._resolve(case, "fix_create_invoice")
        self.assertEqual((case.state, order.sudo().invoice_ids.state), ("resolved", "draft"))

    def test_within_the_days(self):
        self.company.om_invoice_late_days = 3
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        self.env.cr.flush()
        self.assertFalse(self._open(order))


@tagged("post_install", "-at_install")
class TestShortPayment(BillingCommon):
    def test_small_rest_is_a_deduction_until_it_is_paid(self):
        self.company.om_short_pay_percent = 10
        invoice = self._invoice(delivered=10)
        invoice.action_post()
        self._pay(invoice, 950.0)
        case = self._cases(invoice, "E-DED")
        self.assertEqual((case.amount, case.order_id), (50, self.order))
        self._pay(invoice, 50.0)
        self.assertFalse(self._cases(invoice))
        self.assertEqual(case.state, "auto_closed")

    def test_part_payment_and_companies_without_a_limit(self):
        invoice = self._invoice(delivered=10)
        invoice.action_post()
        self._pay(invoice, 950.0)
        self.assertFalse(self._cases(invoice))
        self.company.om_short_pay_percent = 10
        invoice = self._invoice(delivered=10)
        invoice.action_post()
        self._pay(invoice, 500.0)
        self.assertFalse(self._cases(invoice))
