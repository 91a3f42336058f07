from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestPayment(OrderManagementCommon):
    """A customer's payment never fails at our gates: the order is confirmed, and held where it must be."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        view = cls.env["ir.ui.view"].create({"name": "Form", "type": "qweb", "arch": "<form/>"})
        cls.method = cls.env.ref("payment.payment_method_unknown")
        bank = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.env["account.payment.method"].sudo().create(
            {"name": "Card", "code": "none", "payment_type": "inbound"}
        )
        cls.provider = cls.env["payment.provider"].create(
            {
                "name": "Card",
                "code": "none",
                "state": "test",
                "payment_method_ids": [Command.set(cls.method.ids)],
                "redirect_form_view_id": view.id,
                "journal_id": bank.id,
            }
        )
        account = cls.env["account.account"].search(
            [("account_type", "=", "asset_current"), ("company_ids", "in", cls.company.ids)], limit=1
        )
        cls.provider.journal_id.inbound_payment_method_line_ids.payment_account_id = account
        # paid before it is delivered
        cls.product.invoice_policy = "order"

    def _faulty(self):
        return self._order(commitment_date="2020-01-01 12:00:00")

    def _pay(self, order):
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "reference": f"paid {order.name}",
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": self.customer.id,
                "operation": "online_direct",
                "state": "done",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        transaction._post_process()
        return transaction

    def test_paid_order_is_confirmed_and_held(self):
        order = self._faulty()
        self._pay(order)
        self.assertEqual((order.state, order.om_is_held), ("sale", True))
        self.assertEqual(order.picking_ids.move_ids.state, "confirmed")

    def test_paid_clean_order_is_reserved(self):
        order = self._order()
        self._pay(order)
        self.assertEqual((order.state, order.picking_ids.state), ("sale", "assigned"))

    def test_invoice_of_a_paid_faulty_order_waits_as_a_draft_and_the_payment_stands(self):
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        order = self._faulty()
        transaction = self._pay(order)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.sudo().invoice_ids.state, "draft")
        self.assertEqual(transaction.payment_id.amount, order.amount_total)
        self.assertEqual(transaction.invoice_ids, order.sudo().invoice_ids)
        with self.assertRaisesRegex(UserError, "E-DTE-PAST"):
            order.sudo().invoice_ids.action_post()
        self._resolve(self._open(order), "fix_set_date", date="2099-01-04")
        order.sudo().invoice_ids.action_post()
        self.assertEqual(order.sudo().invoice_ids.state, "posted")
        self.assertIn(order.sudo().invoice_ids.payment_state, ("paid", "in_payment"))

    def test_invoice_of_a_paid_clean_order_is_posted_and_paid(self):
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        order = self._order()
        self._pay(order)
        self.assertEqual(order.sudo().invoice_ids.state, "posted")
        self.assertIn(order.sudo().invoice_ids.payment_state, ("paid", "in_payment"))
