from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import EdiCommon, interchange, purchase_order


@tagged("post_install", "-at_install")
class TestFlows(EdiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edi_manager = new_test_user(cls.env, "edi_manager", "om_edi_x12.group_edi_manager")

    def _new_partner(self, identifier, **vals):
        return (
            self.env["om.edi.partner"]
            .with_user(self.edi_manager)
            .create(
                {
                    "name": identifier,
                    "partner_id": self.customer.id,
                    "identifier": identifier,
                    "our_identifier": "OMCO",
                    **vals,
                }
            )
        )

    def test_new_customer_exchanges_what_is_usual_and_acted_on(self):
        partner = self._new_partner("NEW")
        for set_id in ("997", "855", "856", "810"):
            self.assertEqual(partner._sends(set_id).set_id, set_id)
        for set_id in ("850", "997"):
            self.assertTrue(partner._receives(set_id))
        self.assertFalse(partner._receives("855"))
        self.assertFalse(partner._sends("850"))
        for flow in partner.flow_ids:
            self.assertTrue(flow.acted_on)

    def test_new_warehouse_is_sent_no_invoice(self):
        partner = self._new_partner("NEW", role="warehouse")
        self.assertTrue(partner._sends("997"))
        self.assertFalse(partner._sends("810"))
        self.assertFalse(partner._receives("850"))

    def test_documents_that_are_given_are_not_added_to(self):
        partner = self._new_partner(
            "NEW", flow_ids=[Command.create({"direction": "in", "set_id": "850", "due_minutes": 5})]
        )
        self.assertEqual(partner.flow_ids.mapped("set_id"), ["850"])

    def test_form_shows_the_usual_documents_before_it_is_saved(self):
        form = Form(self.env["om.edi.partner"].with_user(self.edi_manager))
        form.name, form.partner_id, form.identifier, form.our_identifier = "N", self.customer, "N", "OMCO"
        customer = len(form.flow_ids)
        form.role = "warehouse"
        self.assertNotEqual(len(form.flow_ids), customer)
        self.assertTrue(form.save()._sends("997"))

    def test_copied_partner_has_the_same_documents(self):
        self.edi_partner._sends("856").active = False
        copy = self.edi_partner.copy({"identifier": "COPY"})
        self.assertEqual(len(copy.flow_ids), len(self.edi_partner.flow_ids))
        self.assertFalse(copy._sends("856"))
        self.assertTrue(copy._sends("855"))

    def test_inactive_document_is_not_sent(self):
        self.edi_partner._sends("855").active = False
        order = self._receive_orders("PO-1")
        self.assertEqual(order.state, "sale")
        self.assertFalse(self._sent("855"))

    def test_inactive_document_is_kept_until_it_is_activated(self):
        flow = self.edi_partner._receives("850")
        flow.active = False
        intake = self._receive(interchange(purchase_order("PO-1")))
        self.assertFalse(intake.order_ids)
        self.assertIn("Bluebird Stores does not send us any 850", intake.message)
        flow.active = True
        intake.edi_transaction_ids.filtered(lambda t: t.set_id == "850").with_user(
            self.specialist
        ).action_retry()
        self.assertEqual(intake.order_ids.client_order_ref, "PO-1")

    def test_document_can_be_sent_in_a_version_of_its_own(self):
        self.edi_partner._sends("855").version = "005010"
        self._receive_orders("PO-1")
        (ack,) = self._sent("855")
        self.assertEqual(ack.group.version, "005010")

    def test_same_document_twice_is_refused(self):
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.env["om.edi.flow"].create(
                {"edi_partner_id": self.edi_partner.id, "direction": "out", "set_id": "855"}
            )

    def test_specialist_may_not_change_what_flows(self):
        with self.assertRaises(AccessError):
            self.edi_partner._sends("855").with_user(self.specialist).write({"active": False})

    def test_many_partners_answer_with_one_query(self):
        partners = self.env["om.edi.partner"]
        for n in range(5):
            partners |= self._new_partner(f"P{n}")
        self.env.flush_all()
        self.env.invalidate_all()
        partners.mapped("name")
        with self.assertQueryCount(2):
            self.assertTrue(all(partner._sends("855") for partner in partners))
