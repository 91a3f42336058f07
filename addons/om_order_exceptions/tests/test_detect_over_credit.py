from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_detect_billing import BillingCommon


@tagged("post_install", "-at_install")
class TestOverCredited(BillingCommon):
    """Gap G13: stock Odoo posts a credit note of 1,500 for an invoice of 500."""

    def _memo(self, **line_values):
        reversal = (
            self.env["account.move.reversal"]
            .with_user(self.clerk)
            .create({"move_ids": self.invoice.ids, "journal_id": self.invoice.journal_id.id})
        )
        memo = self.env["account.move"].with_user(self.clerk).browse(reversal.refund_moves()["res_id"])
        memo.invoice_line_ids.write(line_values)
        return memo

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(delivered=5)
        self.invoice.action_post()

    def test_g13_without_the_type_it_is_posted_and_with_it_not(self):
        kind = self.env.ref("om_order_exceptions.type_crn_over")
        kind.active = False
        stock = self._memo(price_unit=300.0)
        stock.action_post()
        self.assertEqual((stock.state, stock.amount_total), ("posted", 1500))
        kind.active = True
        self.invoice = self._invoice(delivered=5)
        self.invoice.action_post()
        ours = self._memo(price_unit=300.0)
        with self.assertRaisesRegex(UserError, r"E-CRN-OVER.*1,500\.00"):
            ours.action_post()

    def test_full_credit_goes_on_and_a_second_one_does_not(self):
        self._memo().action_post()
        second = self._memo(quantity=1)
        self.assertTrue(self._cases(second, "E-CRN-OVER"))
        with self.assertRaisesRegex(UserError, "E-CRN-OVER"):
            second.action_post()

    def test_two_memos_posted_together_count_together(self):
        memos = self._memo(quantity=3) | self._memo(quantity=3)
        self.assertFalse(self._cases(memos[0], "E-CRN-OVER"))
        self.assertTrue(self._cases(memos[1], "E-CRN-OVER"))
        memos.action_post()
        self.assertEqual(memos.mapped("state"), ["posted", "draft"])

    def test_more_pieces_than_were_invoiced_at_a_lower_price(self):
        memo = self._memo(quantity=6, price_unit=10.0)
        case = self._cases(memo, "E-CRN-OVER")
        self.assertEqual(
            (case.found, case.order_line_id), ("6 Units credited, 0 before", self.order.order_line)
        )
        with self.assertRaisesRegex(UserError, "5 Units invoiced"):
            memo.action_post()

    def test_one_product_for_more_than_it_was_invoiced_for(self):
        self.invoice = (
            self.env["account.move"]
            .with_user(self.clerk)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_line_ids": [
                        Command.create(
                            {"product_id": product.id, "quantity": 5, "price_unit": 100.0, "tax_ids": []}
                        )
                        for product in (self.product, self.other_product)
                    ],
                }
            )
        )
        self.invoice.action_post()
        memo = self._memo()
        memo.invoice_line_ids[0].quantity = 8
        memo.invoice_line_ids[1].quantity = 1
        self.assertEqual(self._cases(memo, "E-CRN-OVER").amount, 300)

    def test_memo_that_is_cut_off_its_invoice_meets_the_order_line(self):
        memo = self._memo(price_unit=300.0)
        memo.reversed_entry_id = False
        self.assertEqual(self._cases(memo, "E-CRN-OVER").amount, 1000)
        with self.assertRaisesRegex(UserError, "E-CRN-OVER"):
            memo.action_post()

    def test_price_that_is_corrected_by_a_memo_goes_on(self):
        memo = self._memo(price_unit=10.0)
        memo.invoice_line_ids.sale_line_ids = False
        memo.action_post()
        self.assertEqual(self.invoice.amount_residual, 450)

    def test_cap_at_what_is_left(self):
        memo = self._memo(price_unit=300.0)
        case = self._cases(memo, "E-CRN-OVER")
        self._resolve(case, "fix_cap_credit", user=self.biller)
        self.assertEqual((case.state, memo.amount_total), ("resolved", 500))
        memo.action_post()
