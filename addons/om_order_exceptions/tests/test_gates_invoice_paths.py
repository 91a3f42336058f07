from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestInvoicePaths(OrderManagementCommon):
    """An accountant, in a hurry or in bad faith, with the invoice of an order that is blocked at invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "om_clerk", groups="account.group_account_invoice")
        cls.env.ref("om_order_exceptions.type_prc_diff").blocks = "invoice"
        # the price that is written after confirmation would be a second case
        cls.env.ref("om_order_exceptions.type_prc_changed").active = False

    def _delivered(self, blocked=False, **values):
        order = self._order(**values)
        order.action_confirm()
        self._deliver(order)
        if blocked:
            order.order_line.price_unit = 80.0
            self.env.cr.flush()
            self.assertEqual(order.om_blocked_stage, "invoice")
        return order

    def _invoices(self, orders, **kwargs):
        return orders.sudo()._create_invoices(**kwargs).with_user(self.clerk).sudo(False)

    def _assert_refused(self, order, call, *args, **kwargs):
        with self.assertRaisesRegex(UserError, f"{order.name}: E-PRC-DIFF"), self.cr.savepoint():
            call(*args, **kwargs)
        self.env.invalidate_all()
        self.assertNotIn("posted", order.sudo().invoice_ids.mapped("state"))

    def test_by_any_call(self):
        order = self._delivered(blocked=True)
        invoice = self._invoices(order)
        self._assert_refused(order, invoice.action_post)
        self._assert_refused(order, invoice._post, soft=True)
        self._assert_refused(order, invoice.write, {"state": "posted"})
        self._assert_refused(order, invoice.with_context(om_posting=True).write, {"state": "posted"})
        self._assert_refused(order, invoice.with_context(om_customer_confirms=True).action_post)

    def test_by_the_dialog_of_the_list(self):
        order = self._delivered(blocked=True)
        invoice = self._invoices(order)
        wizard = (
            self.env["validate.account.move"]
            .with_user(self.clerk)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"force_post": True})
        )
        self._assert_refused(order, wizard.validate_move)

    def test_batch_posts_the_free_ones_and_says_why_the_others_wait(self):
        blocked, free = self._delivered(blocked=True), self._delivered()
        waiting, clean = self._invoices(blocked), self._invoices(free)
        (waiting | clean).action_post()
        self.assertEqual((waiting.state, clean.state), ("draft", "posted"))
        self.assertIn("E-PRC-DIFF", waiting.message_ids[0].body)
        self.assertNotIn(free.name, waiting.message_ids[0].body)

    def test_one_blocked_order_keeps_a_consolidated_invoice_as_a_draft(self):
        blocked, free = self._delivered(blocked=True), self._delivered()
        invoice = self._invoices(blocked | free)
        self.assertEqual(len(invoice), 1)
        with self.assertRaisesRegex(UserError, "E-PRC-DIFF") as refusal:
            invoice.action_post()
        self.assertNotIn(f"{free.name}:", str(refusal.exception))

    def test_one_invoice_per_order_of_a_batch(self):
        blocked, free = self._delivered(blocked=True), self._delivered()
        invoices = self._invoices(blocked | free, grouped=True)
        self.assertEqual(len(invoices), 2)
        invoices.action_post()
        self.assertEqual(free.sudo().invoice_ids.state, "posted")
        self.assertEqual(blocked.sudo().invoice_ids.state, "draft")

    def test_line_that_is_added_by_hand_brings_its_order(self):
        order = self._delivered(blocked=True)
        for move_type in ("out_invoice", "out_receipt"):
            with self.subTest(move_type=move_type):
                invoice = (
                    self.env["account.move"]
                    .with_user(self.clerk)
                    .create(
                        {
                            "move_type": move_type,
                            "partner_id": self.customer.id,
                            "invoice_line_ids": [
                                Command.create(
                                    {
                                        "product_id": self.product.id,
                                        "quantity": 10,
                                        "price_unit": 80.0,
                                        "sale_line_ids": [Command.set(order.order_line.ids)],
                                    }
                                )
                            ],
                        }
                    )
                )
                self._assert_refused(order, invoice.action_post)

    def test_line_of_goods_is_not_called_a_down_payment(self):
        order = self._delivered(blocked=True)
        order.order_line.is_downpayment = True
        self.env.cr.flush()
        self._assert_refused(order, self._invoices(order).action_post)

    def test_invoice_with_a_down_payment_in_it_is_stopped(self):
        order = self._order()
        order.action_confirm()
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create({"advance_payment_method": "percentage", "amount": 50}).create_invoices()
        order.sudo().invoice_ids.action_post()
        self._deliver(order)
        order.order_line.filtered(lambda line: line.product_id == self.product).price_unit = 80.0
        self.env.cr.flush()
        final = self._invoices(order, final=True)
        with self.assertRaisesRegex(UserError, "E-PRC-DIFF"):
            final.action_post()

    def test_by_the_nightly_posting(self):
        order, free = self._delivered(blocked=True), self._delivered()
        invoices = self._invoices(order) | self._invoices(free)
        invoices.write({"auto_post": "at_date", "date": "2020-01-01", "invoice_date": "2020-01-01"})
        with self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_auto_post_draft_entry").method_direct_trigger()
        self.assertEqual(order.sudo().invoice_ids.state, "draft")
        self.assertEqual(free.sudo().invoice_ids.state, "posted")

    def test_check_that_waits_for_the_end_of_the_transaction_is_not_overtaken(self):
        order = self._delivered()
        invoice = self._invoices(order)
        order.order_line.price_unit = 80.0
        with self.assertRaisesRegex(UserError, "E-PRC-DIFF"):
            invoice.action_post()
