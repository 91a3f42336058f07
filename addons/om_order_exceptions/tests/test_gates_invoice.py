from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestInvoiceGate(OrderManagementCommon):
    """No invoice is posted while an exception that blocks it is open; what is owed for shipped goods is."""

    def setUp(self):
        super().setUp()
        # the price that is written after confirmation would be a second case
        self.env.ref("om_order_exceptions.type_prc_changed").active = False
        self.clerk = new_test_user(self.env, "om_clerk", groups="account.group_account_invoice")
        self.order = self._order()
        self.order.action_confirm()
        self._deliver(self.order)
        self.invoice = self.order.sudo()._create_invoices().with_user(self.clerk)

    def _block(self, stage):
        """Open an exception on the order that blocks ``stage``."""
        kind = self.env.ref("om_order_exceptions.type_prc_diff")
        kind.blocks = stage
        self.order.order_line.price_unit = 1.0
        self.env.cr.flush()
        self.assertTrue(self._open(self.order))

    def test_clerk_without_sales_rights_posts(self):
        self.invoice.action_post()
        self.assertEqual(self.invoice.state, "posted")

    def test_exceptions_at_confirm_and_invoice_stop_it(self):
        for stage in ("confirm", "invoice"):
            with self.subTest(stage=stage):
                self._block(stage)
                with self.assertRaisesRegex(UserError, "E-PRC-DIFF"):
                    self.invoice.action_post()
                self.order.order_line.price_unit = 100.0
                self.env.cr.flush()

    def test_hold_of_what_is_not_shipped_yet_does_not_stop_the_invoice_of_what_is(self):
        for stage in ("release", "ship", False):
            with self.subTest(stage=stage):
                self._block(stage)
                self.assertFalse(
                    self.env["om.exception"]._blocked_orders(self.order, "invoice"),
                )
        self.invoice.action_post()
        self.assertEqual(self.invoice.state, "posted")

    def test_invoice_without_an_order_is_free(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [Command.create({"product_id": self.product.id, "price_unit": 5.0})],
            }
        )
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_credit_note_is_never_stopped(self):
        self.invoice.action_post()
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id})
        )
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        self.order.sudo().write({"om_ship_to_scheme": "buyer", "om_ship_to_code": "9"})
        self.env.cr.flush()
        self.assertEqual(self.order.om_blocked_stage, "confirm")
        credit.action_post()
        self.assertEqual(credit.state, "posted")

    def test_prepayment_is_never_stopped(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.sudo()._validate_order()
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 50})
        )
        wizard.create_invoices()
        order.sudo().invoice_ids.action_post()
        self.assertEqual(order.sudo().invoice_ids.state, "posted")
