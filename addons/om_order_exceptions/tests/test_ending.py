from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .test_clock import MONDAY, LifeCommon


@tagged("post_install", "-at_install")
class TestReopen(LifeCommon):
    """What comes back is the same case, with all its time."""

    def setUp(self):
        super().setUp()
        self.company.resource_calendar_id = self._calendar()
        self.order = self._order()
        self.case = self._case(self.order, at=MONDAY)  # due at 17:00
        self._end(self.case, MONDAY + timedelta(hours=1))

    def test_cause_that_comes_back_within_the_window_opens_the_same_case(self):
        again = self._case(self.order, at=MONDAY + timedelta(days=2), found="that again", amount=7.0)
        self.assertEqual(again, self.case)
        self.assertEqual((again.state, again.reopen_count), ("open", 1))
        self.assertEqual((again.found, again.amount), ("that again", 7.0))
        self.assertFalse(again.closed_at or again.sla_state)

    def test_cause_that_comes_back_later_is_another_case(self):
        self.kind.reopen_days = 1
        self.assertNotEqual(self._case(self.order, at=MONDAY + timedelta(days=2)), self.case)
        self.kind.reopen_days = 0
        other = self._case(self._order(), at=MONDAY)
        self._end(other, MONDAY)
        self.assertNotEqual(self._case(other.order_id, at=MONDAY), other)

    def test_all_spans_add_up_and_the_time_between_does_not_count(self):
        self._case(self.order, at=datetime(2026, 3, 4, 9, 0))
        self.assertEqual(self.case.sla_deadline, datetime(2026, 3, 4, 12, 0))
        self._end(self.case, datetime(2026, 3, 5, 10, 0))
        self.assertEqual((self.case.hours_open, self.case.work_hours_open), (26.0, 10.0))
        self.assertEqual(self.case.sla_state, "missed")

    def test_person_opens_a_case_again_with_a_reason(self):
        wizard = self.env["om.exception.reopen"].with_user(self.specialist)
        with self.assertRaisesRegex(UserError, "Say why"):
            wizard.create({"exception_ids": self.case.ids, "reason": " "}).action_apply()
        wizard.create({"exception_ids": self.case.ids, "reason": "Not cured"}).action_apply()
        self.assertEqual(self.case.state, "open")
        self.assertIn("Not cured", self.case.message_ids[0].body)

    def test_case_whose_twin_is_open_is_not_opened_again(self):
        self.kind.reopen_days = 0
        self._case(self.order, at=MONDAY)
        with self.assertRaisesRegex(UserError, "open in another"):
            self.case._reopen("Not cured")

    def test_end_of_a_waiver_lets_the_clock_go_on(self):
        order = self._order()
        case = self._case(order, at=MONDAY)
        with freeze_time(MONDAY + timedelta(hours=2)):
            case.with_user(self.manager)._waive("as agreed")
        self._case(order, at=datetime(2026, 3, 3, 9, 0), found="another value")
        self.assertEqual((case.state, case.hours_open), ("open", 2.0))
        self.assertEqual(case.sla_deadline, datetime(2026, 3, 3, 11, 0))

    def test_owner_who_has_left_does_not_get_the_case_back(self):
        self.kind.user_id = self.manager
        self.specialist.active = False
        self._case(self.order, at=MONDAY + timedelta(days=1))
        self.assertEqual(self.case.sudo().user_id, self.manager)


@tagged("post_install", "-at_install")
class TestClosingDiscipline(LifeCommon):
    """T6.4, T23.3: what was severe ends with its cause, what was done, and what we learned."""

    def test_severe_case_is_not_resolved_without_cause_and_action(self):
        for severity, refused in (("1", True), ("2", True), ("3", False)):
            with self.subTest(severity=severity):
                self.kind.severity = severity
                case = self._case()
                if not refused:
                    case._close("resolved")
                    self.assertEqual(case.state, "resolved")
                    continue
                with self.assertRaises(ValidationError):
                    case._close("resolved")
                case.root_cause_id = self.cause
                with self.assertRaises(ValidationError):
                    case._close("resolved")
                self._cure(case)
                self.assertEqual(case.state, "resolved")

    def test_cause_and_action_are_not_taken_away_afterwards(self):
        case = self._case()
        self._cure(case)
        for name in ("root_cause_id", "corrective_action"):
            with self.subTest(field=name), self.assertRaises(ValidationError):
                case.write({name: False})

    def test_what_ends_by_itself_needs_no_words(self):
        case = self._case()
        self._end(case)
        self.assertEqual(case.state, "auto_closed")

    def test_second_person_verifies(self):
        case = self._case()
        with self.assertRaisesRegex(UserError, "not resolved"):
            case.action_verify()
        self._cure(case)
        with self.assertRaisesRegex(UserError, "by you"):
            case.action_verify()
        case.with_user(self.manager).action_verify()
        self.assertEqual((case.state, case.verified_by_id), ("verified", self.manager))

    def test_severity_one_needs_a_post_mortem_before_it_is_verified(self):
        self.kind.severity = "1"
        case = self._case()
        self._cure(case)
        with self.assertRaises(ValidationError):
            case.with_user(self.manager).action_verify()
        case.write(
            {"postmortem_impact": "3 stores", "postmortem_reason": "Old list", "postmortem_lesson": "Weekly"}
        )
        case.with_user(self.manager).action_verify()
        with self.assertRaises(ValidationError):
            case.postmortem_lesson = " "

    def test_what_stays_away_is_verified_by_itself(self):
        self.kind.verification = "quiet"
        quiet, fresh = self._case(), self._case()
        with freeze_time(fields.Datetime.now() - timedelta(days=8)):
            self._cure(quiet)
        self._cure(fresh)
        self.env["om.exception"]._cron_verify()
        self.assertEqual((quiet.state, fresh.state), ("verified", "resolved"))
        self.assertFalse(quiet.verified_by_id)

    def test_verified_case_whose_cause_is_back_is_open_again(self):
        order = self._order()
        case = self._case(order)
        self._cure(case)
        case.with_user(self.manager).action_verify()
        self._case(order)
        self.assertEqual(case.state, "open")
        self.assertFalse(case.verified_at)

    def test_state_is_not_written_around_the_actions(self):
        case = self._case()
        for state in ("resolved", "verified", "auto_closed"):
            with self.subTest(state=state), self.assertRaises(AccessError):
                case.write({"state": state})
