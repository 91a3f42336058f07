from odoo.tests import tagged

from .common import CODE, CreditCommon


@tagged("post_install", "-at_install")
class TestEvaluation(CreditCommon):
    """Orders are held and released again as money comes and limits change."""

    def setUp(self):
        super().setUp()
        self._set_limit(1000)

    def test_payment_releases_what_fits(self):
        invoice = self._invoice(900)
        order = self._value_order(500, confirm=True)
        hold = self._open(order, CODE)
        self._pay(300, invoice)
        self._commit_point()
        self.assertTrue(order.om_is_held)
        self._pay(100, invoice)
        self._commit_point()
        self.assertFalse(order.om_is_held)
        self.assertEqual((hold.state, hold.closed_by_id.id), ("auto_closed", False))
        self.assertEqual(order.picking_ids.state, "assigned")
        decisions = self.env["om.credit.decision"].search([("order_id", "=", order.id)], order="id")
        self.assertEqual(decisions.mapped("verdict"), ["held", "auto_released"])
        self.assertEqual(decisions.mapped("unapplied"), [0, 0])
        self.assertEqual(decisions.mapped("open_items"), [900, 500])

    def test_c8_priority_then_age_first_that_fits(self):
        self._set_limit(100000)
        invoice = self._invoice(100000)
        old, urgent, young = (self._value_order(value) for value in (15000, 12000, 7500))
        orders = old | urgent | young
        orders.action_confirm()
        urgent.sudo().om_credit_priority = 1
        for order, day in ((old, "2026-01-01"), (young, "2026-01-06"), (urgent, "2026-01-07")):
            order.sudo().date_order = day
        self._pay(20000, invoice)
        self._commit_point()
        self.assertEqual([order.om_is_held for order in (urgent, young, old)], [False, False, True])
        self.assertEqual(self._account().available, 500)

    def test_reversed_payment_holds_again(self):
        invoice = self._invoice(900)
        payment = self._pay(900, invoice)
        order = self._value_order(500, confirm=True)
        self.assertFalse(order.om_is_held)
        payment.button_draft()
        self._commit_point()
        self.assertTrue(order.om_is_held)
        self.assertEqual(order.picking_ids.move_ids.state, "confirmed")

    def test_invoice_without_order_holds(self):
        order = self._value_order(500, confirm=True)
        self._account()
        self._invoice(800)
        self._commit_point()
        self.assertTrue(order.om_is_held)

    def test_limit_changed_holds_and_releases(self):
        order = self._value_order(500, confirm=True)
        self._set_limit(400)
        self._commit_point()
        self.assertTrue(order.om_is_held)
        self._set_limit(500)
        self._commit_point()
        self.assertFalse(order.om_is_held)
        self._set_limit(400)
        self._commit_point()
        self._set_limit(0)
        self._commit_point()
        self.assertFalse(order.om_is_held)

    def test_cancelled_order_leaves_its_room_to_the_next(self):
        first, second = self._value_order(900, confirm=True), self._value_order(500, confirm=True)
        self.assertTrue(second.om_is_held)
        first._action_cancel()
        self._commit_point()
        self.assertFalse(second.om_is_held)

    def test_delivery_and_invoice_change_nothing(self):
        order = self._value_order(900, quantity=9, confirm=True)
        self._deliver(order, {self.product: 4})
        self._commit_point()
        order.sudo()._create_invoices().action_post()
        self._commit_point()
        self.assertFalse(order.om_is_held)
        self.assertFalse(self._open(order).filtered(lambda e: e.category == "credit"))

    def test_each_night_brings_accounts_in_being_and_evaluates(self):
        self.env["om.credit.account"].search([]).unlink()
        order = self._value_order(500)
        order.sudo().with_context(tracking_disable=True).write({"state": "sale"})
        self.env.cr.precommit.clear()
        self._set_limit(400)
        self.env.cr.precommit.clear()
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("om_credit_hold.cron_evaluate").method_direct_trigger()
        self.env.invalidate_all()
        account = self._account()
        self.assertEqual((account.checked_exposure, account.checked_available), (0, 400))
        self.assertTrue(order.om_is_held)
        self.assertEqual(account.held, 500)

    def test_night_of_nothing_new_decides_nothing(self):
        order = self._value_order(5000, confirm=True)
        account = self._account()
        count = self.env["om.credit.decision"].search_count([])
        account._evaluate()
        self.assertEqual(self.env["om.credit.decision"].search_count([]), count)
        self.assertTrue(order.om_is_held)

    def test_switched_companys_limit_asks_for_an_evaluation(self):
        account = self._account()
        account.checked_at = "2026-01-01"
        self.company.account_use_credit_limit = True
        self.assertFalse(account.checked_at)
        trigger = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("om_credit_hold.cron_evaluate").id)]
        )
        self.assertTrue(trigger)
