from contextlib import closing

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..detection import Finding
from .test_clock import LifeCommon


@tagged("post_install", "-at_install")
class TestOwnerRules(LifeCommon):
    """Each case has an owner who is there, by the rule of its type."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(
            cls.env, "om_colleague", groups="om_order_exceptions.group_specialist", name="Cleo Colleague"
        )
        cls.team = cls.env["om.exception.team"].create(
            {
                "name": "Order desk",
                "member_ids": [Command.set((cls.specialist | cls.colleague).ids)],
                "manager_id": cls.manager.id,
            }
        )

    def _cases(self, count):
        findings = [Finding(self._order().sudo(), found="this") for _ in range(count)]
        return self.env["om.exception"]._raise(self.kind.code, findings)

    def test_team_gives_to_who_has_the_fewest_open(self):
        self._cases(2)  # of the specialist, by the type
        self.kind.write({"owner_rule": "team", "team_id": self.team.id})
        cases = self._cases(4)
        self.assertEqual(cases[:2].user_id, self.colleague)
        self.assertEqual(cases[2:].user_id, self.specialist | self.colleague)
        self.assertEqual(cases.team_id, self.team)

    def test_team_gives_in_turn(self):
        self.team.assignment = "turn"
        self.kind.write({"owner_rule": "team", "team_id": self.team.id})
        owners = [case.user_id for case in self._cases(3)]
        self.assertEqual(owners, [self.specialist, self.colleague, self.specialist])
        self.assertEqual(self._cases(1).user_id, self.colleague)

    def test_type_may_give_everything_to_the_order_desk(self):
        self.company.om_order_desk_user_id = self.manager
        self.kind.write({"owner_rule": "desk", "user_id": False})
        self.kind.owner_rule = "desk"
        self.assertEqual(self._cases(1).user_id, self.manager)

    def test_rule_that_names_nobody_is_refused(self):
        for rule in ("team", "user"):
            with self.subTest(rule=rule), self.assertRaises(ValidationError):
                self.kind.write({"owner_rule": rule, "user_id": False, "team_id": False})
        with self.assertRaises(ValidationError):
            self.team.member_ids = False

    def test_owner_can_see_the_company(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        stranger = new_test_user(
            self.env,
            "om_stranger",
            groups="om_order_exceptions.group_specialist",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.kind.user_id = stranger
        self.assertIn(self.company, self._cases(1).user_id.company_ids)
        self.team.member_ids = stranger
        self.kind.write({"owner_rule": "team", "team_id": self.team.id})
        self.assertIn(self.company, self._cases(1).user_id.company_ids)

    def test_queries_do_not_grow_where_nobody_is_named(self):
        self.kind.user_id = False
        document = self.env.ref("base.main_partner")

        def queries(run, count):
            findings = [Finding(document, found="this", key=f"{run} {n}") for n in range(count)]
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            cases = self.env["om.exception"]._raise(self.kind.code, findings)
            self.env.cr.flush()
            self.assertTrue(all(case.user_id for case in cases))
            return self.env.cr.sql_log_count - before

        queries("warm", 2)
        few, many = queries("few", 2), queries("many", 60)
        self.assertLessEqual(many, few + 2)

    def test_cases_of_who_leaves_go_to_somebody_else(self):
        self.kind.write({"owner_rule": "team", "team_id": self.team.id})
        cases = self._cases(4)
        ended = cases.filtered(lambda case: case.user_id == self.specialist)[0]
        self._end(ended)
        self.specialist.active = False
        self.assertEqual((cases - ended).user_id, self.colleague)
        self.assertEqual(ended.user_id, self.specialist)

    def test_fixed_owner_who_leaves_is_replaced_by_the_order_desk(self):
        self.company.om_order_desk_user_id = self.manager
        cases = self._cases(2)
        cases.order_id.user_id = self.specialist
        self.specialist.active = False
        self.assertEqual(cases.user_id, self.manager)


@tagged("post_install", "-at_install")
class TestClaims(LifeCommon):
    """A claim is given back by who has it, and taken over by managers only."""

    def setUp(self):
        super().setUp()
        self.case = self._case()
        self.case.action_claim()
        self.colleague = new_test_user(
            self.env, "om_colleague", groups="om_order_exceptions.group_specialist", name="Cleo Colleague"
        )

    def test_who_claimed_gives_back(self):
        with self.assertRaisesRegex(UserError, "Sam Specialist"):
            self.case.with_user(self.colleague).action_release_claim()
        self.case.action_release_claim()
        self.assertEqual(self.case.state, "open")
        self.case.with_user(self.colleague).action_claim()
        self.assertEqual(self.case.user_id, self.colleague)

    def test_manager_takes_over(self):
        with self.assertRaises(AccessError):
            self.case.with_user(self.colleague).action_take_over()
        self.case.with_user(self.manager).action_take_over()
        self.assertEqual((self.case.state, self.case.user_id), ("in_progress", self.manager))

    def test_ended_case_is_not_taken_over(self):
        self._end(self.case)
        self.case.with_user(self.manager).action_take_over()
        self.assertEqual(self.case.state, "auto_closed")


@tagged("post_install", "-at_install")
class TestClaimTogether(TransactionCase):
    """T3.4 with two real transactions: what two people do at the same moment."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            finding = Finding(env.ref("base.main_partner"), found="two at once")
            self.case_id = env["om.exception"]._raise("E-DTE-PAST", [finding]).id

    def _clean(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM om_exception WHERE id = %s", [self.case_id])

    def _case(self, cr, user):
        return api.Environment(cr, user.id, {})["om.exception"].browse(self.case_id)

    def test_second_one_fails_while_the_first_is_at_it_and_learns_the_name_afterwards(self):
        first, second = self.env.ref("base.user_admin"), self.env.ref("base.user_root")
        with closing(self.registry.cursor()) as one, closing(self.registry.cursor()) as two:
            self._case(one, first).action_claim()
            with mute_logger("odoo.sql_db"), self.assertRaisesRegex(UserError, "just now"):
                self._case(two, second).action_claim()
            two.rollback()
            one.commit()
            # who retries, as Odoo does by itself after a collision, reads what the first one did
            with self.assertRaisesRegex(UserError, first.name):
                self._case(two, second).action_claim()
            two.rollback()
            self.assertEqual(self._case(two, first).user_id.id, first.id)
