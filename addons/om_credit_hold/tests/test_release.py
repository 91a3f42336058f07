from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import CODE, RELEASE, CreditCommon


@tagged("post_install", "-at_install")
class TestRelease(CreditCommon):
    """A credit analyst lets an order go over the limit."""

    def setUp(self):
        super().setUp()
        self._set_limit(1000)

    def _held(self, value=5000, **values):
        order = self._value_order(value, confirm=True, **values)
        return order, self._open(order, CODE)

    def _release(self, hold, user=None, reason="Paid by wire tomorrow, seen", **values):
        return self._resolve(hold, RELEASE, user=user or self.analyst, reason=reason, **values)

    def _decision(self, order, verdict="released"):
        return self.env["om.credit.decision"].search([("order_id", "=", order.id), ("verdict", "=", verdict)])

    def test_analyst_releases_and_the_goods_are_reserved(self):
        order, hold = self._held()
        self._release(hold)
        self.assertEqual((hold.state, hold.closed_by_id), ("resolved", self.analyst))
        self.assertEqual(hold.fix_id, self.env.ref(RELEASE))
        self.assertFalse(order.om_is_held)
        self.assertEqual(order.om_credit_status, "released")
        self.assertEqual(order.picking_ids.move_ids.state, "assigned")

    def test_decision_is_a_snapshot(self):
        self._invoice(300)
        self._value_order(200, confirm=True)
        order, hold = self._held()
        self._release(hold, waiver_expires="2099-01-01")
        decision = self._decision(order)
        self.assertRecordValues(
            decision,
            [
                {
                    "user_id": self.analyst.id,
                    "reason": "Paid by wire tomorrow, seen",
                    "partner_id": self.customer.id,
                    "credit_limit": 1000,
                    "open_items": 300,
                    "orders": 200,
                    "order_value": 5000,
                    "order_total": 5000,
                    "over": 4500,
                    "tolerance_percent": 10,
                    "expires_on": fields.Date.to_date("2099-01-01"),
                    "salesperson_id": order.user_id.id,
                }
            ],
        )
        recomputed = (
            decision.open_items - decision.unapplied + decision.unbilled + decision.drafts + decision.orders
        )
        self.assertEqual(recomputed + decision.order_value - decision.credit_limit, decision.over)

    def test_decision_can_not_be_changed_by_anybody(self):
        order, hold = self._held()
        self._release(hold)
        decision = self._decision(order)
        for user in (
            self.analyst,
            self.credit_manager,
            self.env.ref("base.user_admin"),
            self.env.ref("base.user_root"),
        ):
            record = decision.with_user(user)
            with self.assertRaises(UserError):
                record.write({"reason": "another"})
            with self.assertRaises(UserError):
                record.unlink()
            with self.assertRaises(AccessError):
                record.with_context(om_transition=True).create(
                    {"verdict": "released", "order_ref": order.name}
                )
        with self.assertRaises(UserError):
            decision.sudo().write({"reason": "another"})

    def test_reason_is_needed(self):
        order, hold = self._held()
        for reason in (False, "", "   "):
            with self.assertRaises(UserError):
                self._release(hold, reason=reason)
        self.assertTrue(order.om_is_held)

    def test_only_analysts_release(self):
        order, hold = self._held()
        outsider = new_test_user(self.env, "om_outsider", groups="om_order_exceptions.group_specialist")
        for user in (outsider, self.manager):
            with self.assertRaises(AccessError):
                self._release(hold, user=user)
            with self.assertRaises(AccessError):
                order.with_user(user)._om_credit_release("because")
        self.assertTrue(order.om_is_held)

    def test_fix_of_another_type_does_not_release(self):
        order, hold = self._held()
        late = self._order(commitment_date="2020-01-01 12:00:00")
        self._commit_point()
        both = self._open(late, "E-DTE-PAST") | hold
        with self.assertRaises(UserError):
            self._release(both)
        self.assertTrue(order.om_is_held)

    # ------------------------------------------------------------------------- segregation of duties

    def _clerk_and_analyst(self, login="om_both"):
        return new_test_user(
            self.env,
            login,
            groups="om_order_exceptions.group_specialist,om_credit_hold.group_credit_analyst",
        )

    def test_who_created_the_order_does_not_release_it(self):
        both = self._clerk_and_analyst()
        _order, hold = self._held(user=both, user_id=self.specialist.id)
        with self.assertRaisesRegex(AccessError, "colleague"):
            self._release(hold, user=both)

    def test_who_sells_the_order_does_not_release_it(self):
        both = self._clerk_and_analyst()
        _order, hold = self._held(user_id=both.id)
        with self.assertRaisesRegex(AccessError, "colleague"):
            self._release(hold, user=both)

    def test_who_confirmed_the_order_does_not_release_it(self):
        both = self._clerk_and_analyst()
        order = self._value_order(5000)
        order.with_user(both).action_confirm()
        with self.assertRaisesRegex(AccessError, "colleague"):
            self._release(self._open(order, CODE), user=both)

    def test_a_colleague_releases_it(self):
        both = self._clerk_and_analyst()
        order, hold = self._held(user=self._clerk_and_analyst("om_other"))
        self._release(hold, user=both)
        self.assertFalse(order.om_is_held)

    # -------------------------------------------------------------------- what a release is worth (T8.5)

    def test_release_survives_the_next_checks(self):
        order, hold = self._held()
        self._release(hold)
        order._om_check()
        self._account()._evaluate()
        self._commit_point()
        self.assertFalse(order.om_is_held)
        self.assertEqual(len(order.sudo().om_exception_ids), 1)

    def test_within_tolerance_it_may_grow_beyond_not(self):
        order, hold = self._held(quantity=50)
        self._release(hold)
        order.order_line.product_uom_qty = 55
        self._commit_point()
        self.assertFalse(order.om_is_held)
        order.order_line.product_uom_qty = 56
        self._commit_point()
        self.assertTrue(order.om_is_held)
        order.order_line.product_uom_qty = 50
        self._commit_point()
        self.assertFalse(order.om_is_held)

    def test_c3_tolerance_in_percent_and_days(self):
        self._set_limit(10)
        order, hold = self._held(value=1000)
        self._release(hold)
        decision = self._decision(order)
        released = decision.tolerance_until - timedelta(days=5)
        for total, days, stands in (
            (1000, 90, True),
            (1100, 4, True),
            (1100, 5, True),
            (1100.01, 4, False),
            (1000.01, 6, False),
            (900, 6, True),
        ):
            order.order_line.price_unit = total
            self.assertEqual(
                decision._covers(order, now=released + timedelta(days=days)),
                stands,
                f"{total} after {days} days",
            )

    def test_release_with_a_last_day_ends_after_it(self):
        order, hold = self._held()
        today = fields.Date.context_today(order)
        self._release(hold, waiver_expires=today)
        decision = self._decision(order)
        self.assertTrue(decision._covers(order))
        self.assertFalse(decision._covers(order, now=fields.Datetime.now() + timedelta(days=2)))

    def test_release_does_not_outlive_the_order(self):
        order, hold = self._held()
        self._release(hold)
        order._action_cancel()
        self.assertTrue(self._decision(order, "ended"))
        order.action_draft()
        order.action_confirm()
        self.assertTrue(order.om_is_held)

    def test_release_is_for_one_payer(self):
        payer = self.env["res.partner"].create({"name": "Payer", "is_company": True})
        self._set_limit(500, partner=payer)
        order, hold = self._held()
        self._release(hold)
        order.partner_invoice_id = payer
        self._commit_point()
        self.assertTrue(order.om_is_held)

    def test_released_order_counts_for_the_next(self):
        order, hold = self._held()
        small = self._value_order(100, confirm=True)
        self.assertFalse(small.om_is_held)
        self._release(hold)
        new = self._value_order(100, confirm=True)
        self.assertTrue(new.om_is_held)
        (order | small | new)._om_check()
        self.assertEqual([order.om_is_held, small.om_is_held, new.om_is_held], [False, False, True])
        small._om_check()
        self.assertFalse(small.om_is_held)

    def test_cancel_as_the_cure(self):
        order, hold = self._held()
        waiting = self._value_order(1100, confirm=True)
        self._resolve(hold, "om_credit_hold.fix_cancel_order")
        self.assertEqual((order.state, hold.state), ("cancel", "resolved"))
        self.assertTrue(waiting.om_is_held)
