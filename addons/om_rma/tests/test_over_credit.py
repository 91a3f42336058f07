"""Gap G13: stock Odoo posts a credit note of 1,500 for an invoice of 500."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestOverCredit(ReturnsCommon):
    def setUp(self):
        super().setUp()
        self.order = self._delivered([(self.product, 5)])
        self.invoice = self._invoice(self.order)

    def _reversal(self, **line_values):
        """A draft of Odoo's own reversal, edited by the accountant."""
        reversal = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .create({"move_ids": self.invoice.ids, "journal_id": self.invoice.journal_id.id})
        )
        memo = self.env["account.move"].with_user(self.accountant).browse(reversal.refund_moves()["res_id"])
        memo.invoice_line_ids.write(line_values)
        return memo

    def test_price_edited(self):
        memo = self._reversal(price_unit=300.0)
        with self.assertRaisesRegex(UserError, r"E-CRN-OVER .*1,500\.00 credited.*500\.00 invoiced"):
            memo.action_post()
        self.assertEqual(memo.state, "draft")

    def test_quantity_edited(self):
        memo = self._reversal(quantity=6, price_unit=10.0)
        with self.assertRaisesRegex(UserError, "E-CRN-OVER .*6 Units credited, 0 before .*5 Units invoiced"):
            memo.action_post()

    def test_invoice_without_order(self):
        self.invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": self.product.id, "quantity": 5, "price_unit": 100.0, "tax_ids": []}
                    ),
                    Command.create(
                        {
                            "product_id": self.other_product.id,
                            "quantity": 5,
                            "price_unit": 100.0,
                            "tax_ids": [],
                        }
                    ),
                ],
            }
        )
        self.invoice.action_post()
        memo = self._reversal()
        memo.invoice_line_ids[0].quantity = 8
        memo.invoice_line_ids[1].quantity = 1
        with self.assertRaisesRegex(UserError, "E-CRN-OVER .*800.00 credited.*Kettle"):
            memo.action_post()

    def test_second_credit_of_the_same_goods(self):
        self._reversal(quantity=3).action_post()
        memo = self._reversal(quantity=3)
        with self.assertRaisesRegex(UserError, r"E-CRN-OVER .*300\.00 credited, .*300\.00 before"):
            memo.action_post()
        memo.invoice_line_ids.quantity = 2
        memo.action_post()
        self.assertEqual(self.order.order_line.qty_invoiced, 0)

    def test_two_memos_posted_together_count_together(self):
        memos = self._reversal(quantity=3) | self._reversal(quantity=3)
        memos.action_post()
        self.assertEqual(memos.mapped("state"), ["posted", "draft"])

    def test_credit_memo_detached_from_its_invoice_meets_the_order_line(self):
        memo = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "quantity": 5,
                            "price_unit": 300.0,
                            "tax_ids": [],
                            "sale_line_ids": [Command.set(self.order.order_line.ids)],
                        }
                    )
                ],
            }
        )
        with self.assertRaisesRegex(UserError, "E-CRN-OVER"):
            memo.action_post()

    def test_full_reversal_and_price_correction_go_on(self):
        correction = self._reversal(price_unit=10.0)
        correction.invoice_line_ids.sale_line_ids = False
        correction.action_post()
        self.assertEqual(self.invoice.amount_residual, 450.0)

    def test_reverse_and_modify_goes_on(self):
        reversal = self.env["account.move.reversal"].create(
            {"move_ids": self.invoice.ids, "journal_id": self.invoice.journal_id.id}
        )
        reversal.modify_moves()
        self.assertEqual(self.invoice.payment_state, "reversed")

    def test_credit_by_odoos_final_invoice_goes_on(self):
        rma = self._rma({self.order.order_line: 2})
        self._receive(rma)
        memo = self.order.sudo()._create_invoices(final=True)
        memo.action_post()
        self.assertEqual((memo.move_type, memo.amount_total), ("out_refund", 200.0))
        self.assertEqual(rma.line_ids.quantity_to_credit, 0)

    def test_goodwill_takes_a_manager_an_amount_and_a_reason(self):
        memo = self._reversal(price_unit=110.0)
        with self.assertRaises(AccessError):
            memo.write({"om_goodwill_amount": 50.0, "om_goodwill_reason": "Late"})
        manager = new_test_user(
            self.env,
            "om_returns_manager",
            groups="om_rma.group_returns_manager,account.group_account_invoice",
        )
        memo.with_user(manager).write({"om_goodwill_amount": 50.0})
        with self.assertRaisesRegex(UserError, "reason"):
            memo.action_post()
        memo.with_user(manager).om_goodwill_reason = "Two weeks late"
        # what is granted is an amount, no licence: more than it stays refused
        memo.invoice_line_ids.price_unit = 300.0
        with self.assertRaisesRegex(UserError, "E-CRN-OVER"):
            memo.action_post()
        memo.invoice_line_ids.price_unit = 110.0
        memo.action_post()
        self.assertEqual(memo.state, "posted")
