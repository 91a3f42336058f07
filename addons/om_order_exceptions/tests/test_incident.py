from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .test_clock import LifeCommon

POSTMORTEM = {
    "postmortem_impact": "40 orders, two days",
    "postmortem_reason": "One carrier only",
    "postmortem_lesson": "Call the second carrier on day one",
}


@tagged("post_install", "-at_install")
class TestIncident(LifeCommon):
    """T23.2: one event, many orders, one notice per customer, and what we learned."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "orders@bluebird.example"
        cls.other_customer = cls.env["res.partner"].create(
            {"name": "Robin Shops", "is_company": True, "email": "orders@robin.example"}
        )

    def setUp(self):
        super().setUp()
        self.cases = self._case(self._order(client_order_ref="PO-1")) | self._case(self._order())
        self.cases |= self._case(
            self._order(partner_id=self.other_customer.id, partner_shipping_id=self.other_customer.id)
        )
        action = self.cases.action_new_incident()
        self.incident = self.env["om.incident"].with_user(self.specialist).browse(action["res_id"])
        self.incident.write({"name": "Strike", "notice_text": "<p>The carrier is on strike.</p>"})

    def test_incident_of_exceptions_takes_their_orders_and_types(self):
        self.assertEqual(self.incident.order_ids, self.cases.order_id)
        self.assertEqual((self.incident.exception_count, self.incident.order_count), (3, 3))
        self.assertEqual(self.incident.type_ids, self.kind)
        self.assertEqual(self.incident.severity, "2")

    def test_common_cause_brings_the_orders_of_its_children(self):
        self.kind.write({"cause_by": "found", "cause_threshold": 2})
        cases = self._case() | self._case()
        self.env.cr.flush()
        action = cases.parent_id.with_user(self.specialist).action_new_incident()
        self.assertEqual(self.env["om.incident"].browse(action["res_id"]).order_ids, cases.order_id)

    def test_notice_is_rendered_once_per_customer_and_read_before_it_is_sent(self):
        before = self.env["mail.mail"].search([])
        self.incident.action_prepare_notices()
        self.incident.action_prepare_notices()
        notices = self.incident.notice_ids
        self.assertEqual(notices.partner_id, self.customer | self.other_customer)
        self.assertEqual(len(notices), 2)
        ours = notices.filtered(lambda notice: notice.partner_id == self.customer)
        self.assertIn("on strike", ours.body)
        self.assertIn("PO-1", ours.body)
        self.assertEqual(len(ours.order_ids), 2)
        self.assertIn("Strike", ours.subject)
        self.assertFalse(self.env["mail.mail"].search([]) - before)
        ours.body = "<p>Read and changed</p>"
        self.incident.action_send_notices()
        self.incident.action_send_notices()
        mails = self.env["mail.mail"].search([]) - before
        self.assertEqual(mails.recipient_ids, self.customer | self.other_customer)
        self.assertEqual(len(mails), 2)
        self.assertIn("Read and changed", "".join(mails.mapped("body_html")))
        self.assertIn("Robin Shops", self.incident.message_ids[0].body)

    def test_notice_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        template = self.incident.sudo().notice_template_id
        template.with_context(lang="fr_FR").subject = "Vos commandes"
        self.incident.action_prepare_notices()
        subjects = {notice.partner_id: notice.subject for notice in self.incident.notice_ids}
        self.assertEqual(subjects[self.customer], "Vos commandes")
        self.assertNotEqual(subjects[self.other_customer], "Vos commandes")

    def test_notice_that_was_sent_is_not_changed(self):
        self.incident.action_prepare_notices()
        self.incident.action_send_notices()
        with self.assertRaises(UserError):
            self.incident.notice_ids[0].body = "<p>I never said that</p>"
        with self.assertRaises(UserError):
            self.incident.notice_ids.write({"state": "draft"})

    def test_customer_without_mail_is_named_before_anything_is_sent(self):
        self.other_customer.email = False
        self.incident.action_prepare_notices()
        with self.assertRaisesRegex(UserError, "Robin Shops"):
            self.incident.action_send_notices()

    def test_it_closes_when_it_is_over_and_nothing_is_open(self):
        with self.assertRaisesRegex(UserError, "not over"):
            self.incident.action_close()
        self.incident.action_over()
        with self.assertRaisesRegex(UserError, "open exceptions"):
            self.incident.action_close()
        self._end(self.cases)
        self.incident.action_close()
        self.assertEqual(self.incident.state, "closed")

    def test_severity_one_closes_with_its_post_mortem_only(self):
        self._end(self.cases)
        self.incident.severity = "1"
        self.incident.action_over()
        with self.assertRaises(ValidationError):
            self.incident.action_close()
        self.incident.write(POSTMORTEM)
        self.incident.action_close()
        self.assertEqual(self.incident.state, "closed")

    def test_lessons_become_a_new_version_of_the_procedure_and_somebodys_task(self):
        self.kind.sop = "<ol><li>Ask the carrier</li></ol>"
        self._end(self.cases)
        self.incident.write(POSTMORTEM)
        self.incident.action_over()
        self.incident.action_close()
        draft = self.incident.sop_ids
        self.assertEqual((draft.type_id, draft.state, draft.version), (self.kind, "draft", 2))
        self.assertEqual(draft.step_ids.name, "Ask the carrier")
        self.assertIn("second carrier", draft.change_reason)
        self.assertEqual(draft.sudo().activity_ids.user_id, self.specialist)

    def test_state_is_not_written_around_the_actions(self):
        with self.assertRaises(UserError):
            self.incident.write({"state": "closed"})
