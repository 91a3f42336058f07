from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_clock import LifeCommon


@tagged("post_install", "-at_install")
class TestLifeAccess(LifeCommon):
    """Who reads and who changes teams, ladders, procedures, problems and incidents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = new_test_user(cls.env, "om_auditor", groups="om_order_exceptions.group_auditor")
        cls.seller = new_test_user(cls.env, "om_seller", groups="sales_team.group_sale_salesman")
        cls.plain = new_test_user(cls.env, "om_plain", groups="base.group_user")
        cls.other = cls.env["res.company"].create({"name": "Second Company"})
        cls.stranger = new_test_user(
            cls.env,
            "om_stranger",
            groups="om_order_exceptions.group_manager",
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )

    def setUp(self):
        super().setUp()
        self.kind.sop = "<ol><li>One</li></ol>"
        self.order = self._order(user_id=self.manager.id)
        self.case = self._case(self.order)
        self.case.sop_done_ids = self.kind.sop_id.step_ids
        step = self.env["om.escalation.step"].create(
            {"name": "Late", "company_id": self.company.id, "recipient": "owner"}
        )
        self.env["om.exception"].sudo()._take_steps([(step, self.case.sudo())])
        self.problem = self.env["om.problem"].create({"name": "Again", "type_id": self.kind.id})
        self.incident = self.env["om.incident"].create(
            {"name": "Strike", "order_ids": [Command.link(self.order.id)]}
        )
        self.incident.action_prepare_notices()
        self.team = self.env["om.exception.team"].create(
            {"name": "Desk", "company_id": self.company.id, "member_ids": [Command.link(self.specialist.id)]}
        )
        self.step = step
        self.tick = self.case.sudo().sop_tick_ids
        self.escalation = self.case.sudo().escalation_ids

    def _sees(self, user, record):
        return record in record.with_user(user).search([("id", "=", record.id)])

    def test_groups_read_and_write_what_is_theirs(self):
        #                 record: (auditor, specialist, manager) who write
        work = (self.problem, self.incident, self.incident.notice_ids)
        setup = (self.team, self.step, self.kind.sop_id, self.kind.sop_id.step_ids)
        evidence = (self.tick, self.escalation)
        for records, writers in (
            (work, {self.specialist, self.manager}),
            (setup, {self.manager}),
            (evidence, set()),
        ):
            for record in records:
                record = record.sudo(False)
                for user in (self.auditor, self.specialist, self.manager):
                    with self.subTest(model=record._name, user=user.login):
                        self.assertTrue(self._sees(user, record))
                        for operation in ("write", "create"):
                            self.assertIs(record.with_user(user).has_access(operation), user in writers)
                        if user != self.manager:
                            self.assertFalse(record.with_user(user).has_access("unlink"))

    def test_second_company_sees_nothing_of_the_first(self):
        records = (
            self.problem,
            self.incident,
            self.incident.notice_ids,
            self.team,
            self.step,
            self.tick,
            self.escalation,
        )
        for record in records:
            with self.subTest(model=record._name):
                self.assertFalse(self._sees(self.stranger, record.sudo(False)))

    def test_salesperson_sees_ticks_and_escalations_of_own_orders_only(self):
        for record in (self.tick, self.escalation):
            with self.subTest(model=record._name):
                self.order.sudo().user_id = self.manager
                self.assertFalse(self._sees(self.seller, record.sudo(False)))
                self.order.sudo().user_id = self.seller
                self.assertTrue(self._sees(self.seller, record.sudo(False)))

    def test_others_see_no_problems_and_incidents(self):
        for user in (self.seller, self.plain):
            for record in (self.problem, self.incident, self.incident.notice_ids):
                with self.subTest(user=user.login, model=record._name), self.assertRaises(AccessError):
                    record.with_user(user).search([])

    def test_methods_refuse_whose_button_does_not_show(self):
        self.order.sudo().user_id = self.seller
        calls = {
            self.case: (
                "action_claim", "action_release_claim", "action_take_over", "action_wait", "action_resume",
                "action_verify", "action_reopen", "action_new_incident",
            ),
            self.problem: (
                "action_analyse", "action_correct", "action_close", "action_measure", "action_reject",
            ),
            self.incident: (
                "action_prepare_notices", "action_send_notices", "action_over", "action_close",
                "action_reopen",
            ),
            self.kind.sop_id: ("action_publish",),
        }  # fmt: skip
        for user in (self.auditor, self.seller, self.plain):
            for record, methods in calls.items():
                for method in methods:
                    with (
                        self.subTest(user=user.login, model=record._name, method=method),
                        self.assertRaises(AccessError),
                    ):
                        getattr(record.sudo(False).with_user(user), method)()

    def test_auditor_ticks_nothing(self):
        with self.assertRaises(AccessError):
            self.case.with_user(self.auditor).sop_done_ids = False

    def test_auditor_reads_every_field_of_every_form(self):
        records = (self.case, self.problem, self.incident, self.incident.notice_ids, self.kind.sop_id)
        for record in records:
            with self.subTest(model=record._name):
                record = record.sudo(False).with_user(self.auditor)
                views = record.get_views([(False, "form"), (False, "list"), (False, "search")])
                record.read(list(views["models"][record._name]["fields"]))
