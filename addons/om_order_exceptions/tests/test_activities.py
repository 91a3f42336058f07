from odoo.tests import tagged

from ..detection import Finding
from .test_clock import LifeCommon


@tagged("post_install", "-at_install")
class TestActivities(LifeCommon):
    """One activity per case, for its owner, where the type wants one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind.activity = "always"

    def _activities(self, case):
        return self.env["mail.activity"].search(
            [("res_model", "=", "om.exception"), ("res_id", "in", case.ids)]
        )

    def _flushed(self, case):
        self.env.cr.flush()
        return self._activities(case)

    def test_owner_has_exactly_one_however_often_the_case_is_seen(self):
        order = self._order()
        for found in ("this", "that", "this"):
            case = self._case(order, found=found, amount=len(found))
            activity = self._flushed(case)
            self.assertEqual((len(activity), activity.user_id), (1, self.specialist))

    def test_policy_says_for_which_cases(self):
        for policy, severity, wanted in (
            ("never", "1", False),
            ("severe", "1", True),
            ("severe", "2", False),
            ("always", "3", True),
        ):
            with self.subTest(policy=policy, severity=severity):
                self.kind.activity = policy
                self.assertEqual(bool(self._flushed(self._case(severity=severity))), wanted)

    def test_it_moves_with_the_owner(self):
        case = self._case()
        activity = self._flushed(case)
        case.user_id = self.manager
        self.assertEqual(self._flushed(case), activity)
        self.assertEqual(activity.user_id, self.manager)

    def test_it_is_done_when_the_case_ends_and_comes_back_with_it(self):
        order = self._order()
        case = self._case(order)
        activity = self._flushed(case)
        self._end(case)
        self.assertFalse(self._flushed(case))
        self.assertEqual((activity.active, bool(activity.date_done)), (False, True))
        self._case(order)
        self.assertEqual(len(self._flushed(case)), 1)

    def test_waiting_moves_it_to_the_day_of_the_follow_up(self):
        case = self._case()
        case._wait("customer", "a date", "2031-05-06")
        self.assertEqual(str(self._flushed(case).date_deadline), "2031-05-06")

    def test_common_cause_has_one_and_its_children_none(self):
        self.kind.write({"cause_by": "found", "cause_threshold": 2})
        cases = self._case() | self._case()
        self.assertFalse(self._flushed(cases))
        self.assertEqual(len(self._activities(cases.parent_id)), 1)

    def test_activity_of_a_person_is_left_alone(self):
        case = self._case()
        self.env.cr.flush()
        mine = case.activity_schedule("mail.mail_activity_data_todo", user_id=self.specialist.id)
        self._end(case)
        self.env.cr.flush()
        self.assertEqual(self._activities(case), mine)

    def test_many_cases_send_no_mail(self):
        self.specialist.write({"email": "sam@example.com", "notification_type": "email"})
        before = self.env["mail.mail"].search_count([])
        findings = [Finding(self._order().sudo(), found="this") for _ in range(5)]
        context = {"tracking_disable": False, "mail_create_nolog": False}
        cases = self.env["om.exception"].with_context(**context)._raise(self.kind.code, findings)
        self.assertEqual(len(self._flushed(cases)), 5)
        cases._close("auto_closed")
        self.env.cr.flush()
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
