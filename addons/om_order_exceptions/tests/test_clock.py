from datetime import datetime, timedelta
from statistics import mean, median

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..detection import Finding
from .common import OrderManagementCommon

MONDAY = datetime(2026, 3, 2, 13, 0)


class LifeCommon(OrderManagementCommon):
    """Cases of a type of its own, opened and ended by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["om.exception.type"].create(
            {"code": "E-TEST", "name": "Test", "sla_hours": 4, "severity": "2", "user_id": cls.specialist.id}
        )
        cls.cause = cls.env.ref("om_order_exceptions.root_cause_cust_error")

    @classmethod
    def _calendar(cls, tz="UTC", start=9, end=17):
        return cls.env["resource.calendar"].create(
            {
                "name": f"{start} to {end}",
                "tz": tz,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create({"name": "Day", "dayofweek": str(day), "hour_from": start, "hour_to": end})
                    for day in range(5)
                ],
            }
        )

    def _case(self, order=None, at=None, **values):
        """A case on an order, opened ``at`` a moment."""
        order = order or self._order()
        finding = Finding(order.sudo(), **{"found": "this", "expected": "that", **values})
        with freeze_time(at or fields.Datetime.now()):
            case = self.env["om.exception"]._raise(self.kind.code, [finding])
        return case.with_user(self.specialist).with_context(tracking_disable=True)

    def _end(self, case, at=None):
        """The cause of a case is gone."""
        with freeze_time(at or fields.Datetime.now()):
            case.sudo()._close("auto_closed")

    def _cure(self, case, user=None):
        """A person resolves a case."""
        case = case.with_user(user or self.specialist)
        case.write({"root_cause_id": self.cause.id, "corrective_action": "Called the customer"})
        case._close("resolved")


@tagged("post_install", "-at_install")
class TestClock(LifeCommon):
    """The clock of a case counts each hour that it was open, and no other."""

    def _opened_and_ended(self, hours, sla_hours, start=MONDAY):
        self.kind.sla_hours = sla_hours
        case = self._case(at=start)
        if hours is not None:
            self._end(case, start + timedelta(hours=hours))
        return case

    def test_figures_of_cases_give_mean_median_and_attainment_of_the_worked_example(self):
        self.company.resource_calendar_id = False
        self.kind.user_id = self.manager
        examples = ((20, 24), (120, 72), (1.25, 4), (6, 4), (48, 24), (1.5, 4))
        cases = [self._opened_and_ended(hours, sla) for hours, sla in examples]
        still_open = self._opened_and_ended(None, 8)
        figures = [case.hours_open for case in cases]
        self.assertAlmostEqual(mean(figures), 32.7917, 4)
        self.assertEqual(median(figures), 13.0)
        met = sum(case.sla_state == "met" for case in cases)
        self.assertEqual(met / len(cases), 0.5)
        with freeze_time(MONDAY + timedelta(days=20)):
            self.assertTrue(still_open.is_late)
            self.assertAlmostEqual(met / (len(cases) + still_open.is_late), 0.4286, 4)

    def test_average_of_a_group_counts_ended_cases_only(self):
        self.company.resource_calendar_id = False
        for hours in (1, 3, None):
            self._opened_and_ended(hours, 8)
        [[average]] = self.env["om.exception"]._read_group(
            [("type_id", "=", self.kind.id), ("is_open", "=", False)], [], ["hours_open:avg"]
        )
        self.assertEqual(average, 2.0)

    def test_night_is_no_working_time(self):
        self.company.resource_calendar_id = self._calendar()
        case = self._case(at=MONDAY)
        self._end(case, datetime(2026, 3, 3, 9, 0))
        self.assertEqual((case.work_hours_open, case.hours_open), (4.0, 20.0))

    def test_owners_calendar_goes_before_the_companys_and_the_teams_before_both(self):
        self.company.resource_calendar_id = self._calendar()
        tokyo = self._calendar(tz="Asia/Tokyo")
        self.env["resource.resource"].create(
            {"name": "Sam", "user_id": self.specialist.id, "calendar_id": tokyo.id, "tz": "Asia/Tokyo"}
        )
        # Monday 22:00 in Tokyo: four hours of Tuesday's day, which begins at midnight UTC
        self.assertEqual(self._case(at=MONDAY).sla_deadline, datetime(2026, 3, 3, 4, 0))
        dayton = self._calendar(tz="America/New_York")
        self.kind.team_id = self.env["om.exception.team"].create(
            {
                "name": "Desk",
                "company_id": self.company.id,
                "member_ids": [Command.link(self.specialist.id)],
                "calendar_id": dayton.id,
            }
        )
        self.kind.owner_rule = "team"
        # Monday 8:00 in Dayton
        self.assertEqual(self._case(at=MONDAY).sla_deadline, datetime(2026, 3, 2, 18, 0))

    def test_public_holiday_is_no_working_time(self):
        calendar = self.company.resource_calendar_id = self._calendar()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": "2026-03-03 00:00:00",
                "date_to": "2026-03-03 23:59:59",
            }
        )
        case = self._case(at=datetime(2026, 3, 2, 15, 0))
        self.assertEqual(case.sla_deadline, datetime(2026, 3, 4, 11, 0))

    def test_deadline_far_away_is_planned_like_a_near_one(self):
        self.company.resource_calendar_id = self._calendar()
        self.kind.sla_hours = 8 * 5 * 20
        self.assertEqual(self._case(at=datetime(2026, 3, 2, 9, 0)).sla_deadline, datetime(2026, 7, 17, 17, 0))

    def test_minutes_of_open_cases_count_until_now_in_groups_as_on_the_case(self):
        case = self._case(at=MONDAY)
        other = self._case(at=MONDAY)
        self._end(other, MONDAY + timedelta(minutes=30))
        with freeze_time(MONDAY + timedelta(minutes=90)):
            self.assertEqual((case.minutes_open, other.minutes_open), (90, 30))
            [[minutes]] = case.sudo()._read_group([("type_id", "=", self.kind.id)], [], ["minutes_open:sum"])
            self.assertEqual(minutes, 120)
            self.assertEqual(case.fields_get(["minutes_open"])["minutes_open"]["aggregator"], "sum")

    def test_queries_to_open_and_end_do_not_grow_with_the_number_of_cases(self):
        self.kind.write({"team_id": self._team().id, "owner_rule": "team", "activity": "always"})

        def queries(count):
            orders = self.env["sale.order"].concat(*(self._order() for _ in range(count))).sudo()
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            findings = [Finding(order, found="this") for order in orders]
            cases = self.env["om.exception"]._raise(self.kind.code, findings)
            self.env.cr.flush()
            opened = self.env.cr.sql_log_count
            cases._close("auto_closed")
            self.env.cr.flush()
            self.assertEqual(set(cases.mapped("state")), {"auto_closed"})
            return opened - before, self.env.cr.sql_log_count - opened

        queries(2)
        few, many = queries(2), queries(40)
        self.assertLessEqual(many[0], few[0] + 2, (few, many))
        self.assertLessEqual(many[1], few[1] + 2, (few, many))

    def _team(self):
        return self.env["om.exception.team"].create(
            {"name": "Desk", "member_ids": [Command.set((self.specialist | self.manager).ids)]}
        )


@tagged("post_install", "-at_install")
class TestWaiting(LifeCommon):
    """Only the customer's time is not ours, and only where the type says so."""

    def setUp(self):
        super().setUp()
        self.company.resource_calendar_id = self._calendar()
        self.kind.sla_pause = True
        self.case = self._case(at=MONDAY)  # due at 17:00

    def _wait(self, on="customer", at=MONDAY, case=None):
        case = case or self.case
        with freeze_time(at):
            wizard = (
                self.env["om.exception.wait"]
                .with_user(self.specialist)
                .create(
                    {
                        "exception_ids": case.ids,
                        "waiting_on": on,
                        "waiting_for": "the part number",
                        "follow_up_on": "2026-03-04",
                    }
                )
            )
            wizard.action_apply()

    def test_button_asks_whom_for_what_and_until_when(self):
        action = self.case.action_wait()
        self.assertEqual(action["res_model"], "om.exception.wait")
        self.assertEqual(self.case.state, "open")
        self._wait()
        self.assertEqual((self.case.state, self.case.waiting_on), ("waiting", "customer"))
        self.assertIn("the part number", self.case.next_action)
        self.assertIn("03/04/2026", self.case.next_action)

    def test_deadline_moves_by_the_working_time_that_the_customer_took(self):
        self._wait(at=MONDAY + timedelta(hours=1))
        self.assertFalse(self.case.sla_deadline)
        self.assertFalse(self.case.is_late)
        with freeze_time(datetime(2026, 3, 3, 10, 0)):  # 3 + 1 working hours later
            self.case.action_resume()
        self.assertEqual(self.case.sla_deadline, datetime(2026, 3, 3, 13, 0))
        self._end(self.case, datetime(2026, 3, 3, 12, 0))
        self.assertEqual((self.case.work_hours_open, self.case.hours_open), (3.0, 3.0))
        self.assertEqual(self.case.sla_state, "met")

    def test_supplier_and_colleagues_do_not_stop_the_clock(self):
        for on in ("supplier", "internal"):
            self._wait(on)
            self.assertEqual(self.case.sla_deadline, datetime(2026, 3, 2, 17, 0))

    def test_type_without_the_policy_lets_the_clock_run(self):
        self.kind.sla_pause = False
        self._wait()
        self.assertEqual(self.case.sla_deadline, datetime(2026, 3, 2, 17, 0))

    def test_waiting_for_somebody_else_afterwards_lets_the_clock_run_again(self):
        self._wait()
        self._wait("supplier", at=MONDAY + timedelta(hours=1))
        self.assertEqual(self.case.sla_deadline, datetime(2026, 3, 3, 10, 0))

    def test_claim_ends_the_waiting(self):
        self._wait()
        with freeze_time(MONDAY + timedelta(hours=1)):
            self.case.action_claim()
        self.assertFalse(self.case.waiting_on or self.case.follow_up_on)
        self.assertEqual(self.case.sla_deadline, datetime(2026, 3, 3, 10, 0))

    def test_late_case_stays_late_after_the_customers_answer(self):
        self._wait(at=datetime(2026, 3, 3, 10, 0))  # one hour late
        with freeze_time(datetime(2026, 3, 3, 12, 0)):
            self.case.action_resume()
            self.assertEqual(self.case.sla_deadline, datetime(2026, 3, 3, 11, 0))
            self.assertTrue(self.case.is_late)

    def test_case_that_ends_while_the_customer_is_asked_was_in_time(self):
        self._wait(at=MONDAY + timedelta(hours=1))
        self._end(self.case, datetime(2026, 3, 9, 9, 0))
        self.assertEqual((self.case.sla_state, self.case.work_hours_open), ("met", 1.0))

    def test_waiting_is_not_written_around_the_action(self):
        for name, value in (("waiting_on", "customer"), ("clock_started_at", False), ("sla_state", "met")):
            with self.subTest(field=name), self.assertRaises(AccessError):
                self.case.write({name: value})

    def test_ended_case_does_not_wait(self):
        self._end(self.case)
        with self.assertRaises(UserError):
            self.case.action_wait()
