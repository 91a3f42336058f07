from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .test_clock import LifeCommon


class SopCommon(LifeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sop = cls._sop(
            {"name": "Call the buyer", "required": True},
            {"name": "Write a note"},
            {"name": "Date is set", "asserts_on": "order", "assertion": "[('commitment_date', '!=', False)]"},
            {"name": "Is claimed", "asserts_on": "exception", "assertion": "[('state', '=', 'in_progress')]"},
        )
        cls.sop.action_publish()
        cls.call, cls.note, cls.dated, cls.claimed = cls.sop.step_ids

    @classmethod
    def _sop(cls, *steps):
        return cls.env["om.sop"].create(
            {"type_id": cls.kind.id, "step_ids": [Command.create(step) for step in steps]}
        )


@tagged("post_install", "-at_install")
class TestProcedure(SopCommon):
    """T15.1, T15.2: the procedure stands beside the work, and what is ticked stays known."""

    def _common_cause(self):
        """Two cases of one cause: ``(parent, cases)``."""
        self.kind.write({"cause_by": "customer", "cause_threshold": 2})
        cases = self._case() | self._case()
        self.env.cr.flush()
        return cases.parent_id.with_user(self.specialist), cases

    def test_ticks_are_kept_with_who_when_and_version(self):
        case = self._case()
        case.sop_done_ids = [Command.link(self.call.id)]
        tick = case.sop_tick_ids
        self.assertEqual((tick.step_id, tick.user_id, tick.sop_id), (self.call, self.specialist, self.sop))
        self.assertTrue(tick.ticked_at)
        self.assertEqual(case.sop_progress, "1/4")

    def test_tick_taken_back_stays_in_the_chatter(self):
        case = self._case()
        case.sop_done_ids = self.call
        case.sop_done_ids = False
        self.assertFalse(case.sop_tick_ids)
        self.assertIn("Call the buyer", case.message_ids[0].body)

    def test_case_keeps_the_version_under_which_it_opened(self):
        case = self._case()
        draft = self.env["om.sop"].browse(self.sop.action_new_version()["res_id"])
        self.assertEqual((draft.version, draft.state, len(draft.step_ids)), (2, "draft", 4))
        draft.action_publish()
        self.assertEqual((self.sop.state, self.kind.sop_id), ("retired", draft))
        self.assertEqual(case.sop_id, self.sop)
        self.assertEqual(self._case().sop_id, draft)

    def test_common_cause_shows_the_procedure_of_its_type(self):
        parent, _cases = self._common_cause()
        self.assertEqual(parent.sop_id, self.sop)

    def test_step_done_for_a_common_cause_is_done_for_its_cases(self):
        parent, cases = self._common_cause()
        with self.assertRaisesRegex(UserError, "Call the buyer"):
            cases.sudo()._close("resolved")
        parent.sop_done_ids = self.call
        cases.sudo()._close("resolved", root_cause_id=self.cause.id, corrective_action="Called")
        self.assertEqual(set(cases.mapped("state")), {"resolved"})

    def test_published_version_never_changes(self):
        with self.assertRaisesRegex(ValidationError, "new version"):
            self.call.name = "Write to the buyer"
        with self.assertRaises(UserError):
            self.sop.action_publish()

    def test_required_step_that_is_not_done_keeps_a_person_from_resolving(self):
        case = self._case()
        with self.assertRaisesRegex(UserError, "Call the buyer"):
            self._cure(case)
        case.sop_done_ids = self.call
        self._cure(case)
        self.assertEqual(case.state, "resolved")

    def test_dialog_is_refused_before_its_action_runs(self):
        self.kind.fix_ids = self.env.ref("om_order_exceptions.fix_accept") | self.env.ref(
            "om_order_exceptions.fix_cancel_order"
        )
        case = self._case()
        with self.assertRaisesRegex(UserError, "Call the buyer"):
            self._resolve(case, "fix_cancel_order", root_cause_id=self.cause.id)
        self.assertEqual(case.order_id.state, "draft")

    def test_cause_that_is_gone_ends_the_case_whatever_the_procedure_says(self):
        case = self._case()
        self._end(case)
        self.assertEqual(case.state, "auto_closed")

    def test_assertions_tick_themselves(self):
        case = self._case()
        case.action_claim()
        self.assertEqual(case.sop_done_ids, self.claimed)
        self.assertFalse(case.sop_tick_ids.user_id)
        case.order_id.sudo().commitment_date = "2031-01-01"
        case._tick_by_themselves()
        self.assertEqual(case.sop_done_ids, self.claimed | self.dated)

    def test_assertion_is_not_ticked_by_hand(self):
        case = self._case()
        with self.assertRaisesRegex(UserError, "ticks itself"):
            case.sop_done_ids = self.dated

    def test_required_assertion_is_looked_at_when_the_case_is_resolved(self):
        sop = self._sop(
            {
                "name": "Dated",
                "required": True,
                "asserts_on": "order",
                "assertion": "[('commitment_date', '!=', False)]",
            }
        )
        sop.action_publish()
        case = self._case()
        with self.assertRaisesRegex(UserError, "Dated"):
            self._cure(case)
        case.order_id.sudo().commitment_date = "2031-01-01"
        self._cure(case)
        self.assertEqual(case.state, "resolved")

    def test_assertion_is_a_literal_domain(self):
        for text in ("[('nonsense', '=', 1)]", "__import__('os').system('x')", "[("):
            with self.subTest(text=text), self.assertRaises(ValidationError):
                self._sop({"name": "Bad", "asserts_on": "order", "assertion": text})

    def test_ticks_of_ended_and_foreign_cases_are_refused(self):
        case = self._case()
        other = self.env["om.sop"].search([("type_id.code", "=", "E-DUP"), ("state", "=", "published")])
        with self.assertRaisesRegex(UserError, "no step of this procedure"):
            case.sop_done_ids = other.step_ids[0]
        self._end(case)
        with self.assertRaisesRegex(UserError, "has ended"):
            case.sop_done_ids = self.call

    def test_only_managers_write_procedures(self):
        draft = self._sop({"name": "One"})
        with self.assertRaises(AccessError):
            draft.with_user(self.specialist).action_publish()
        draft.with_user(self.manager).action_publish()
        self.assertEqual(self.kind.sop_id, draft)


@tagged("post_install", "-at_install")
class TestProcedureFromText(LifeCommon):
    """The texts of types are procedures with steps from the first day."""

    def test_every_type_with_a_list_has_a_procedure_in_force(self):
        kinds = self.env["om.exception.type"].search([("sop", "ilike", "<li")])
        self.assertTrue(kinds)
        self.assertFalse(kinds.filtered(lambda kind: not kind.sop_id.step_ids))

    def test_new_text_is_a_new_version(self):
        kind = self.kind
        kind.sop = "<ol><li>One  <b>thing</b></li><li>Another</li></ol>"
        self.assertEqual(kind.sop_id.step_ids.mapped("name"), ["One thing", "Another"])
        first = kind.sop_id
        kind.sop = "<ol><li>One thing</li><li>Another</li></ol>"
        self.assertEqual(kind.sop_id, first)
        kind.sop = "<ol><li>Something else</li></ol>"
        self.assertEqual((kind.sop_id.version, first.state), (2, "retired"))

    def test_procedure_that_somebody_wrote_is_left_alone(self):
        sop = self.env["om.sop"].create(
            {"type_id": self.kind.id, "step_ids": [Command.create({"name": "Mine"})]}
        )
        sop.action_publish()
        self.kind.sop = "<ol><li>Something else</li></ol>"
        self.assertEqual(self.kind.sop_id, sop)
