from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from ..stages import INTERNAL
from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestWaiver(OrderManagementCommon):
    """A manager accepts one found value, with a reason; nobody else, in no other way (probes P3, P4)."""

    def setUp(self):
        super().setUp()
        self.order = self._order([(self.product, 10, 80.0)])
        self.order._om_check()
        self.exception = self._open(self.order).sudo(False)

    def _waive(self, user=None, **values):
        self._resolve(
            self.exception, "fix_accept", user=user or self.manager, **{"reason": "Agreed by phone", **values}
        )

    def test_waived_exception_blocks_nothing_and_says_who_and_why(self):
        self._waive()
        self.assertEqual(self.exception.state, "waived")
        self.assertEqual(self.exception.waiver_reason, "Agreed by phone")
        self.assertEqual(self.exception.closed_by_id, self.manager)
        self.order.action_confirm()
        self.assertEqual(self.order.state, "sale")

    def test_waiver_leaves_a_trace_in_the_chatter(self):
        exception = self.exception.with_context(tracking_disable=False)
        self.env.cr.flush()
        exception.with_user(self.manager)._waive("Agreed by phone")
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertIn("state", exception.sudo().message_ids.tracking_value_ids.field_id.mapped("name"))

    def test_waiver_holds_as_long_as_the_value(self):
        self._waive()
        for _ in range(3):
            self.order._om_check()
        self.assertEqual(self.exception.state, "waived")

    def test_other_value_ends_the_waiver(self):
        self._waive()
        self.order.order_line.price_unit = 70.0
        self.env.cr.flush()
        self.assertEqual(self.exception.state, "open")
        self.assertFalse(self.exception.waived_found or self.exception.closed_at)
        self.order.action_confirm()
        self.assertEqual(self.order.state, "draft")

    def test_other_value_after_confirmation_holds_the_order(self):
        self._waive()
        self.order.action_confirm()
        self.assertFalse(self.order.om_is_held)
        self.order.order_line.price_unit = 70.0
        self.env.cr.flush()
        self.assertTrue(self.order.om_is_held)

    def test_only_managers_waive(self):
        with self.assertRaises(AccessError):
            self._waive(user=self.specialist)
        with self.assertRaises(AccessError):
            self.exception.with_user(self.specialist)._waive("Please")
        self.assertEqual(self.exception.state, "open")

    def test_waiver_needs_a_reason(self):
        for reason in (False, "", "   "):
            with self.assertRaises(UserError):
                self._waive(reason=reason)

    def test_type_that_may_not_be_waived_is_not(self):
        self.exception.sudo().type_id.waivable = False
        with self.assertRaisesRegex(UserError, "can't be waived"):
            self._waive()

    def test_waiver_ends_after_its_last_day(self):
        with freeze_time("2026-03-10 12:00:00"):
            self._waive(waiver_expires="2026-03-12")
        with freeze_time("2026-03-12 12:00:00"):
            self.env["om.exception"]._cron_expire_waivers()
            self.assertEqual(self.exception.state, "waived")
        with freeze_time("2026-03-13 12:00:00"):
            self.env["om.exception"]._cron_expire_waivers()
            self.assertEqual(self.exception.state, "open")
            self.assertEqual(self.order.om_blocked_stage, "confirm")

    def test_waiver_that_is_over_closes_when_its_cause_is_gone(self):
        with freeze_time("2026-03-10 12:00:00"):
            self._waive(waiver_expires="2026-03-12")
        self.order.order_line.price_unit = 100.0
        self.env.cr.flush()
        with freeze_time("2026-03-13 12:00:00"):
            self.env["om.exception"]._cron_expire_waivers()
        self.assertEqual(self.exception.state, "auto_closed")


@tagged("post_install", "-at_install")
class TestGuards(OrderManagementCommon):
    """What detection and transitions write can't be written by hand, whoever tries, whatever way."""

    def setUp(self):
        super().setUp()
        self.order = self._order([(self.product, 10, 80.0)])
        self.order._om_check()
        self.exception = self._open(self.order).sudo(False)

    def _everybody(self):
        return (self.specialist, self.manager, self.env.ref("base.user_admin"), self.env.user)

    def test_fields_that_open_a_gate_can_not_be_written(self):
        other = self._order()
        values = {
            "state": "waived",
            "is_open": False,
            "blocks": False,
            "order_id": other.id,
            "res_id": other.id,
            "type_id": self.env.ref("om_order_exceptions.type_dup").id,
            "company_id": False,
            "found": "nothing",
            "severity": "3",
            "score": 0,
            "key": "x",
            "waived_found": self.exception.found,
            "waiver_reason": "me",
            "closed_at": "2026-01-01 00:00:00",
            "closed_by_id": self.specialist.id,
            "sla_deadline": "2099-01-01 00:00:00",
            "detected_at": "2099-01-01 00:00:00",
        }
        for user in self._everybody():
            for name, value in values.items():
                with self.subTest(user=user.login, field=name), self.assertRaises(AccessError):
                    self.exception.with_user(user).write({name: value})

    def test_forged_context_does_not_help(self):
        for key in ("om_transition", "om_fix", "om_checked"):
            for value in (True, 1, "INTERNAL", "<internal>", repr(INTERNAL), {}, []):
                with self.subTest(key=key, value=value), self.assertRaises(AccessError):
                    self.exception.with_user(self.manager).with_context(**{key: value}).write(
                        {"state": "resolved"}
                    )

    def test_exceptions_can_not_be_made_by_hand(self):
        values = {
            "type_id": self.exception.type_id.id,
            "severity": "2",
            "res_model": "sale.order",
            "res_id": self.order.id,
            "company_id": self.company.id,
            "user_id": self.specialist.id,
        }
        for user in self._everybody():
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["om.exception"].with_user(user).create(values)

    def test_import_neither_makes_nor_changes_exceptions(self):
        self.env["ir.model.data"].create(
            {"module": "__test__", "name": "exc", "model": "om.exception", "res_id": self.exception.id}
        )
        load = self.env["om.exception"].with_user(self.manager).load
        for columns, row in (
            (["id", "state"], ["__test__.exc", "waived"]),
            (["found", "user_id/.id"], ["x", "2"]),
        ):
            result = load(columns, [row])
            self.assertFalse(result["ids"])
            self.assertTrue(result["messages"])
        self.assertEqual(self.exception.state, "open")

    def test_exceptions_are_never_deleted(self):
        for user in self._everybody():
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self.exception.with_user(user).unlink()

    def test_order_does_not_let_go_of_its_exceptions(self):
        for commands in ([(5,)], [(3, self.exception.id)], [(2, self.exception.id)], [(6, 0, [])]):
            for user in self._everybody():
                with self.subTest(commands=commands, user=user.login), self.assertRaises(UserError):
                    self.order.with_user(user).write({"om_exception_ids": commands})
                    self.env.flush_all()
        self.assertEqual(self.exception.order_id, self.order)

    def test_blocked_stage_of_an_order_can_not_be_written(self):
        for user in self._everybody():
            for values in ({"om_blocked_stage": False}, {"om_open_exception_count": 0}):
                with self.subTest(user=user.login, values=values), self.assertRaises(AccessError):
                    self.order.with_user(user).write(values)

    def test_order_is_not_born_with_a_blocked_stage(self):
        with self.assertRaises(AccessError):
            self._order(om_blocked_stage="invoice")

    def test_state_is_not_written_past_the_confirm_gate(self):
        with self.assertRaisesRegex(UserError, "E-PRC-DIFF"):
            self.order.write({"state": "sale"})

    def test_specialist_writes_what_belongs_to_the_work(self):
        cause = self.env["om.root.cause"].search([], limit=1)
        self.exception.with_user(self.specialist).write(
            {"root_cause_id": cause.id, "corrective_action": "Called", "user_id": self.manager.id}
        )
        self.assertEqual(self.exception.user_id, self.manager)

    def test_salesperson_reads_and_writes_nothing(self):
        seller = new_test_user(self.env, "om_guard_seller", groups="sales_team.group_sale_salesman")
        self.order.user_id = seller
        self.assertEqual(self.exception.with_user(seller).code, "E-PRC-DIFF")
        with self.assertRaises(AccessError):
            self.exception.with_user(seller).write({"corrective_action": "mine"})
