from datetime import datetime, timedelta
from functools import partial

from psycopg2.errors import NotNullViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import OrderManagementCommon

OURS = frozenset(("E-DUP", "E-ITM-UNK", "E-UOM", "E-SHP-UNK", "E-ITM-DISC", "E-PRC-DIFF", "E-DTE-PAST"))


@tagged("post_install", "-at_install")
class TestDetection(OrderManagementCommon):
    """An exception is there while its cause is there: once, found in time, closed by itself."""

    def _checks_run(self, order, change):
        """Run ``change``, then the end of the transaction; return the codes looked at, per run."""
        runs = []
        check = type(order)._om_check

        def spy(orders, codes=None):
            runs.append((len(orders), codes & OURS))  # other addons bring detectors, too
            return check(orders, codes)

        self.env.cr.flush()
        self.patch(type(order), "_om_check", spy)
        change()
        self.env.cr.flush()
        return runs

    def test_new_order_is_looked_at_before_it_is_committed(self):
        order = self._order(om_cancel_after="2020-01-01")
        self.assertFalse(self._open(order))
        self.env.cr.flush()
        self.assertEqual(self._open(order).code, "E-DTE-PAST")

    def test_change_of_a_field_runs_only_the_detectors_that_read_it(self):
        order = self._order()
        runs = self._checks_run(order, lambda: order.write({"om_cancel_after": "2099-01-01"}))
        self.assertEqual(runs, [(1, {"E-DTE-PAST"})])
        runs = self._checks_run(order, lambda: order.order_line.write({"price_unit": 90.0}))
        self.assertEqual(runs, [(1, {"E-PRC-DIFF"})])

    def test_change_of_a_field_that_nobody_reads_runs_nothing(self):
        order = self._order()
        self.assertFalse(self._checks_run(order, lambda: order.write({"note": "Hello"})))

    def test_many_changes_in_a_transaction_are_one_check(self):
        orders = self._order() | self._order()

        def change():
            for price in range(90, 100):
                for line in orders.order_line:
                    line.price_unit = price

        self.assertEqual(self._checks_run(orders, change), [(2, {"E-PRC-DIFF"})])

    def test_new_line_and_removed_line_are_looked_at(self):
        order = self._order()
        order.order_line = [Command.create({"product_id": self.other_product.id, "price_unit": 1.0})]
        self.env.cr.flush()
        self.assertTrue(self._open(order, "E-PRC-DIFF"))
        order.order_line[1].unlink()
        self.env.cr.flush()
        self.assertFalse(self._open(order))

    def test_discount_changed_after_confirmation_is_found_through_line_and_order(self):
        """Probe P5: OCA's addon sees a change through the order only."""
        for through_order in (False, True):
            with self.subTest(through_order=through_order):
                order = self._order()
                order.action_confirm()
                line = order.order_line
                if through_order:
                    order.write({"order_line": [Command.update(line.id, {"discount": 60.0})]})
                else:
                    line.write({"discount": 60.0})
                self.env.cr.flush()
                self.assertTrue(self._open(order, "E-PRC-DIFF"))

    def test_order_deleted_in_the_same_transaction_is_no_trouble(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.sudo().unlink()
        self.env.cr.flush()

    def test_hundred_checks_leave_one_exception_as_it_was(self):
        order = self._order(om_cancel_after="2020-01-01")
        with freeze_time("2026-03-10 10:00:00"):
            order._om_check()
        exception = self._open(order)
        before = exception.read(["detected_at", "sla_deadline", "found", "score", "write_date"])
        for _ in range(100):
            order._om_check()
        self.assertEqual(order.om_exception_ids, exception)
        self.assertEqual(
            exception.read(["detected_at", "sla_deadline", "found", "score", "write_date"]), before
        )

    def test_cause_that_is_gone_closes_the_exception(self):
        order = self._order(om_cancel_after="2020-01-01")
        order._om_check()
        exception = self._open(order)
        order.om_cancel_after = "2099-01-01"
        self.env.cr.flush()
        self.assertEqual((exception.state, exception.is_open), ("auto_closed", False))
        self.assertTrue(exception.closed_at)
        self.assertFalse(exception.closed_by_id)

    def test_cause_that_comes_back_late_is_a_new_exception(self):
        order = self._order(om_cancel_after="2020-01-01")
        order._om_check()
        with freeze_time(fields.Datetime.now() - timedelta(days=8)):
            order.om_cancel_after = "2099-01-01"
            order._om_check()
        order.om_cancel_after = "2020-01-01"
        order._om_check()
        self.assertEqual(order.om_exception_ids.sorted("id").mapped("state"), ["auto_closed", "open"])

    def test_found_value_follows_the_document(self):
        order = self._order(om_cancel_after="2020-01-01")
        order._om_check()
        exception = self._open(order)
        order.om_cancel_after = "2020-02-02"
        order._om_check()
        self.assertEqual(self._open(order), exception)
        self.assertIn("02/02/2020", exception.found)

    def test_finding_does_not_depend_on_who_looks(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        order = self._order(om_cancel_after="2020-02-03", order_line=[])
        order._om_check()
        exception = self._open(order)
        found, expected = exception.found, exception.expected
        order.with_context(lang="fr_FR", tz="Asia/Tokyo")._om_check()
        self.assertEqual((exception.found, exception.expected), (found, expected))

    def test_defaults_of_a_window_do_not_reach_the_exception(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.with_context(default_state="sale", default_key="x", default_is_open=False)._om_check()
        self.assertEqual(self._open(order).state, "open")

    def test_cancelled_order_has_no_open_exceptions_and_taken_up_again_is_looked_at(self):
        order = self._order(om_cancel_after="2020-01-01")
        order._om_check()
        order.action_cancel()
        self.env.cr.flush()
        self.assertFalse(self._open(order))
        self.assertFalse(order.om_blocked_stage)
        order.action_draft()
        self.env.cr.flush()
        self.assertTrue(self._open(order))

    def test_switching_a_type_off_closes_its_exceptions_and_opens_the_gate(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.sudo()._validate_order()
        self.assertTrue(order.om_is_held)
        self.env.ref("om_order_exceptions.type_dte_past").active = False
        self.assertFalse(self._open(order))
        self.assertFalse(order.om_is_held)
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_type_that_only_warns_from_now_on_opens_the_gate(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.sudo()._validate_order()
        self.env.ref("om_order_exceptions.type_dte_past").blocks = False
        self.assertTrue(self._open(order))
        self.assertFalse(order.om_is_held)
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_copy_of_an_order_starts_clean(self):
        order = self._order(om_cancel_after="2020-01-01", om_auto_confirm=True, om_ship_to_code="9")
        order._om_check()
        copy = order.copy()
        self.assertFalse(copy.om_exception_ids)
        self.assertFalse(copy.om_blocked_stage or copy.om_open_exception_count)
        self.assertFalse(copy.om_cancel_after or copy.om_auto_confirm or copy.om_ship_to_code)

    def test_stage_in_which_an_order_is_blocked_is_the_first_of_its_exceptions(self):
        order = self._order(om_cancel_after="2020-01-01", client_order_ref="PO-1")
        self.env.ref("om_order_exceptions.type_dte_past").blocks = "ship"
        order._om_check()
        self.assertEqual((order.om_blocked_stage, order.om_open_exception_count), ("ship", 1))
        order.order_line.price_unit = 1.0
        order._om_check()
        self.assertEqual((order.om_blocked_stage, order.om_open_exception_count), ("confirm", 2))


@tagged("post_install", "-at_install")
class TestOwnerAndClock(OrderManagementCommon):
    """Every open exception has an owner, a next action, a due time and a priority that explains itself."""

    def _exception(self, **values):
        order = self._order(om_cancel_after="2020-01-01", **values)
        order._om_check()
        return self._open(order)

    def test_owner_is_that_of_the_type_else_salesperson_else_order_desk(self):
        kind = self.env.ref("om_order_exceptions.type_dte_past")
        self.company.om_order_desk_user_id = self.manager
        self.assertEqual(self._exception(user_id=False).user_id, self.manager)
        self.assertEqual(self._exception(user_id=self.specialist.id).user_id, self.specialist)
        kind.user_id = self.manager
        self.assertEqual(self._exception(user_id=self.specialist.id).user_id, self.manager)

    def test_owner_is_never_a_customer_nor_somebody_who_left(self):
        portal = new_test_user(self.env, "om_owner_portal", groups="base.group_portal")
        gone = new_test_user(self.env, "om_owner_gone", groups="sales_team.group_sale_salesman")
        order = self._order(user_id=gone.id)
        gone.active = False
        order.om_cancel_after = "2020-01-01"
        order.with_user(portal).sudo()._om_check()
        self.assertTrue(self._open(order).user_id.active)
        self.assertFalse(self._open(order).user_id.share)

    def test_owner_and_next_action_are_never_empty(self):
        kind = self.env.ref("om_order_exceptions.type_dte_past")
        exception = self._exception(user_id=False)
        for fixes in (kind.fix_ids, kind.fix_ids.browse()):
            kind.fix_ids = fixes
            waiting = partial(exception._wait, "customer", "the date", "2030-01-01")
            for state in (exception.action_claim, waiting):
                state()
                exception.invalidate_recordset()
                self.assertTrue(exception.user_id and exception.next_action)

    def test_owner_can_not_be_emptied(self):
        exception = self._exception()
        with self.assertRaises(NotNullViolation), mute_logger("odoo.sql_db"):
            exception.with_user(self.specialist).user_id = False
            self.env.flush_all()

    def test_due_time_counts_working_hours_of_the_companys_calendar(self):
        self.company.resource_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "8 to 17",
                "tz": "America/New_York",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create({"name": "Day", "dayofweek": str(day), "hour_from": 8, "hour_to": 17})
                    for day in range(5)
                ],
            }
        )
        self.env.ref("om_order_exceptions.type_dte_past").sla_hours = 2
        order = self._order(om_cancel_after="2020-01-01")
        with freeze_time("2026-03-06 21:00:00"):  # Friday 16:00 in New York, winter time
            order._om_check()
        # Monday 9:00 in New York; summer time has begun on Sunday
        self.assertEqual(self._open(order).sla_deadline, datetime(2026, 3, 9, 13, 0))

    def test_company_without_calendar_counts_plain_hours(self):
        self.company.resource_calendar_id = False
        order = self._order(om_cancel_after="2020-01-01")
        with freeze_time("2026-03-06 21:00:00"):
            order._om_check()
        self.assertEqual(self._open(order).sla_deadline, datetime(2026, 3, 7, 1, 0))

    def test_overdue_is_found_and_shown(self):
        exception = self._exception()
        late = [("id", "=", exception.id), ("is_late", "=", True)]
        self.assertFalse(exception.search(late))
        with freeze_time(exception.sla_deadline + timedelta(minutes=1)):
            exception.invalidate_recordset(["is_late"])
            self.assertTrue(exception.is_late)
            self.assertEqual(exception.search(late), exception)
            self.assertFalse(exception.search([("id", "=", exception.id), ("is_late", "=", False)]))


@tagged("post_install", "-at_install")
class TestClaim(OrderManagementCommon):
    """Two people never work on the same exception."""

    def setUp(self):
        super().setUp()
        order = self._order(om_cancel_after="2020-01-01")
        order._om_check()
        self.exception = self._open(order).sudo(False)

    def test_claim_makes_the_caller_the_owner(self):
        self.exception.with_user(self.manager).action_claim()
        self.assertEqual((self.exception.state, self.exception.user_id), ("in_progress", self.manager))

    def test_second_one_gets_the_name_of_the_first(self):
        self.exception.with_user(self.manager).action_claim()
        with self.assertRaisesRegex(UserError, "Mary Manager"):
            self.exception.with_user(self.specialist).action_claim()
        self.exception.with_user(self.manager).action_claim()

    def test_waiting_exception_stays_blocking_and_may_be_claimed(self):
        self.exception.with_user(self.manager)._wait("customer", "the date", "2030-01-01")
        self.assertEqual(self.exception.state, "waiting")
        self.assertEqual(self.exception.order_id.om_blocked_stage, "confirm")
        self.exception.with_user(self.specialist).action_claim()
        self.assertEqual(self.exception.user_id, self.specialist)

    def test_closed_exception_is_not_opened_by_claim_or_wait(self):
        self.exception.order_id.om_cancel_after = fields.Date.today() + timedelta(days=9)
        self.exception.order_id._om_check()
        self.exception.with_user(self.manager).action_claim()
        self.exception.with_user(self.manager)._wait("customer", "the date", "2030-01-01")
        self.assertEqual(self.exception.state, "auto_closed")
