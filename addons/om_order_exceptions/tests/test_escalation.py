from datetime import datetime, timedelta

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..detection import Finding
from .test_clock import MONDAY, LifeCommon


class EscalationCommon(LifeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = cls._calendar()
        cls.env["om.escalation.step"].search([]).active = False
        cls.team = cls.env["om.exception.team"].create(
            {
                "name": "Order desk",
                "member_ids": [Command.set(cls.specialist.ids)],
                "manager_id": cls.manager.id,
            }
        )
        cls.kind.write({"owner_rule": "team", "team_id": cls.team.id, "user_id": False, "activity": "never"})
        cls.kind.owner_rule = "team"

    @classmethod
    def _step(cls, name="Overdue", **values):
        return cls.env["om.escalation.step"].create({"name": name, "hours": 0, "recipient": "team", **values})

    def _run(self, at, times=1):
        with freeze_time(at):
            for _ in range(times):
                self.env["om.exception"]._cron_escalate()


@tagged("post_install", "-at_install")
class TestLadder(EscalationCommon):
    """T23.1: each case takes each step once, in working hours."""

    def test_five_runs_escalate_a_step_once(self):
        step = self._step()
        case = self._case(at=MONDAY)
        self._run(MONDAY + timedelta(hours=3))
        self.assertFalse(case.escalation_ids)
        self._run(MONDAY + timedelta(hours=5), times=5)
        self.assertEqual(case.escalation_ids.step_id, step)
        self.assertEqual(case.escalation_count, 1)
        activity = case.sudo().activity_ids
        self.assertEqual((len(activity), activity.user_id), (1, self.manager))

    def test_steps_missed_while_the_job_stood_still_are_taken_once_each(self):
        steps = self._step() | self._step("Hours later", hours=2) | self._step("A day later", hours=8)
        case = self._case(at=MONDAY)
        self._run(MONDAY + timedelta(days=3), times=5)
        self.assertEqual(case.escalation_ids.step_id, steps)
        self.assertEqual(len(case.escalation_ids), 3)

    def test_hours_are_working_hours(self):
        self._step(hours=2)
        case = self._case(at=MONDAY)  # due at 17:00
        self._run(datetime(2026, 3, 3, 8, 0))
        self.assertFalse(case.escalation_ids)
        self.assertEqual(case.next_escalation_at, datetime(2026, 3, 3, 11, 0))
        self._run(datetime(2026, 3, 3, 11, 0))
        self.assertTrue(case.escalation_ids)
        self.assertFalse(case.next_escalation_at)

    def test_warning_before_it_is_due(self):
        self._step(hours=-1)
        case = self._case(at=MONDAY)
        self._run(datetime(2026, 3, 2, 15, 59))
        self.assertFalse(case.escalation_ids)
        self._run(datetime(2026, 3, 2, 16, 0))
        self.assertTrue(case.escalation_ids)

    def test_step_since_opening_counts_open_spans_only(self):
        self._step(basis="opened", hours=3)
        self.kind.sla_pause = True
        case = self._case(at=MONDAY)
        with freeze_time(MONDAY + timedelta(hours=1)):
            case._wait("customer", "a date", "2026-03-05")
        self._run(datetime(2026, 3, 4, 9, 0))
        self.assertFalse(case.escalation_ids or case.next_escalation_at)
        with freeze_time(datetime(2026, 3, 4, 9, 0)):
            case.action_resume()
        self._run(datetime(2026, 3, 4, 10, 59))
        self.assertFalse(case.escalation_ids)
        self._run(datetime(2026, 3, 4, 11, 0))
        self.assertTrue(case.escalation_ids)

    def test_severity_amount_type_company_and_condition_choose_the_cases(self):
        late = MONDAY + timedelta(hours=5)
        examples = (
            ({"severity": "1"}, False),
            ({"severity": "2"}, True),
            ({"min_amount": 100.0}, True),
            ({"min_amount": 101.0}, False),
            ({"type_ids": [Command.set(self.kind.ids)]}, True),
            ({"type_ids": [Command.set(self.env.ref("om_order_exceptions.type_dup").ids)]}, False),
            ({"domain": "[('partner_id.name', '=', 'Bluebird Stores')]"}, True),
            ({"domain": "[('partner_id.om_tier', '=', 'a')]"}, False),
            ({"company_id": self.env["res.company"].create({"name": "Second"}).id}, False),
        )
        for values, taken in examples:
            with self.subTest(**values):
                step = self._step(**values)
                case = self._case(at=MONDAY, amount=100.0)
                self._run(late)
                self.assertEqual(bool(case.escalation_ids), taken)
                step.active = False

    def test_case_that_grew_is_looked_at_again(self):
        self._step(min_amount=1000.0)
        order = self._order()
        case = self._case(order, at=MONDAY, amount=10.0)
        self._run(MONDAY + timedelta(hours=5))
        self.assertFalse(case.escalation_ids)
        self._case(order, at=MONDAY + timedelta(hours=6), amount=2000.0)
        self._run(MONDAY + timedelta(hours=6))
        self.assertTrue(case.escalation_ids)

    def test_new_step_reaches_cases_that_are_open_already(self):
        case = self._case(at=MONDAY)
        self._run(MONDAY + timedelta(hours=5))
        with freeze_time(MONDAY + timedelta(hours=6)):
            self._step()
        self._run(MONDAY + timedelta(hours=6))
        self.assertTrue(case.escalation_ids)

    def test_ended_case_is_not_escalated(self):
        self._step()
        case = self._case(at=MONDAY)
        self._end(case, MONDAY + timedelta(hours=1))
        self._run(MONDAY + timedelta(days=1))
        self.assertFalse(case.escalation_ids)

    def test_recipient_may_become_the_owner(self):
        self._step(take_over=True)
        case = self._case(at=MONDAY)
        self._run(MONDAY + timedelta(hours=5))
        self.assertEqual(case.user_id, self.manager)

    def test_somebody_is_told_where_the_team_has_no_manager(self):
        self.team.manager_id = False
        self._step()
        case = self._case(at=MONDAY)
        self._run(MONDAY + timedelta(hours=5))
        self.assertEqual(case.escalation_ids.user_id, self.specialist)

    def test_common_cause_is_escalated_instead_of_its_children(self):
        self.kind.write({"cause_by": "found", "cause_threshold": 2})
        self._step()
        cases = self._case(at=MONDAY) | self._case(at=MONDAY)
        with freeze_time(MONDAY):
            self.env.cr.flush()
        self._run(MONDAY + timedelta(hours=5))
        self.assertTrue(cases.parent_id.escalation_ids)
        self.assertFalse(cases.escalation_ids)

    def test_bad_steps_are_refused(self):
        examples = (
            {"domain": "[('nonsense', '=', 1)]"},
            {"domain": "__import__('os')"},
            {"recipient": "user"},
            {"basis": "opened", "hours": -1},
        )
        for values in examples:
            with self.subTest(**values), self.assertRaises(ValidationError):
                self._step(**values)


@tagged("post_install", "-at_install")
class TestLadderOfMany(EscalationCommon):
    def test_one_mail_tells_of_a_hundred_cases(self):
        self._step(mail=True)
        self._step("Mail without a list", activity=False, mail=True, recipient="owner")
        findings = [Finding(self._order().sudo(), found="this") for _ in range(5)]
        with freeze_time(MONDAY):
            self.env["om.exception"]._raise(self.kind.code, findings)
        self.manager.email, self.specialist.email = "mary@example.com", "sam@example.com"
        before = self.env["mail.mail"].search([])
        self._run(MONDAY + timedelta(hours=5), times=2)
        mails = self.env["mail.mail"].search([]) - before
        self.assertEqual(len(mails), 2)
        self.assertEqual(mails.sorted("id")[0].body_html.count("<li>"), 5)

    def test_queries_do_not_grow_with_the_number_of_cases(self):
        self._step(mail=True)
        self._step("Later", hours=4, activity=False)

        def queries(count):
            findings = [Finding(self._order().sudo(), found="this") for _ in range(count)]
            with freeze_time(MONDAY):
                self.env["om.exception"]._raise(self.kind.code, findings)
                self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._run(MONDAY + timedelta(hours=5))
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(2)
        few, many = queries(2), queries(40)
        self.assertLessEqual(many, few + 3)
