import base64
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .test_events import EventsCommon


@tagged("post_install", "-at_install")
class TestDeliveryProof(EventsCommon):
    """Delivered is what the customer signed for, not what left the dock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = new_test_user(cls.env, "om_pod_worker", groups="stock.group_stock_user")

    def _shipped(self, lines=None):
        order = self._order(lines)
        order.action_confirm()
        return order, self._deliver(order)

    def _prove(self, picking, user=None, **values):
        wizard = self.env["om.delivery.proof"].with_user(user or self.worker)
        return wizard.create({"picking_ids": picking.ids, **values}).action_apply()

    def test_shipped_is_not_delivered(self):
        order, _picking = self._shipped()
        self.assertNotIn("delivered", self._kinds(order))

    def test_proof_tells_when_who_and_how_much(self):
        order, picking = self._shipped([(self.product, 10), (self.other_product, 5)])
        at = fields.Datetime.now() - timedelta(minutes=1)
        self._prove(picking, delivered_at=at, received_by="Dora Dock")
        delivered = self._events(order, "delivered")
        self.assertEqual(delivered.mapped("quantity"), [10, 5])
        self.assertEqual(delivered.mapped("occurred_at"), [at, at])
        self.assertEqual(delivered.user_id, self.worker)
        self.assertIn("Dora Dock", delivered[0].note)
        self.assertEqual((picking.om_delivered_at, picking.om_received_by), (at, "Dora Dock"))

    def test_signed_document_is_kept_with_the_delivery(self):
        _order, picking = self._shipped()
        file = base64.b64encode(b"signature")
        self._prove(picking, file=file, file_name="pod.png")
        self.assertEqual(picking.message_ids.attachment_ids.mapped("name"), ["pod.png"])

    def test_proof_needs_a_name_or_a_document(self):
        _order, picking = self._shipped()
        with self.assertRaises(UserError):
            self._prove(picking, received_by=" ")

    def test_delivery_in_the_future_is_refused(self):
        _order, picking = self._shipped()
        with self.assertRaises(UserError):
            self._prove(picking, received_by="Dora", delivered_at=datetime(2099, 1, 1))

    def test_delivery_that_has_not_left_is_refused(self):
        order = self._order()
        order.action_confirm()
        with self.assertRaises(UserError):
            self._prove(order.sudo().picking_ids, received_by="Dora")

    def test_carrier_may_report_twice(self):
        order, picking = self._shipped()
        for _report in range(2):
            picking._om_log_in_transit(fields.Datetime.now(), note="Memphis, TN")
            picking._om_prove_delivery(fields.Datetime.now(), received_by="Dora")
        self.assertEqual(self._quantities(order, "delivered"), [10])
        self.assertEqual(self._events(order, "in_transit")[0].note, "Memphis, TN")

    def test_button_is_offered_for_shipped_deliveries_of_orders_only(self):
        order = self._order()
        order.action_confirm()
        self.assertFalse(order.sudo().picking_ids.om_can_prove)
        picking = self._deliver(order)
        picking.invalidate_recordset(["om_can_prove"])
        self.assertTrue(picking.with_user(self.worker).om_can_prove)
        self._prove(picking, received_by="Dora")
        picking.invalidate_recordset(["om_can_prove"])
        self.assertFalse(picking.om_can_prove)

    def test_who_does_not_work_in_the_warehouse_is_refused(self):
        _order, picking = self._shipped()
        seller = new_test_user(self.env, "om_pod_seller", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self._prove(picking, user=seller, received_by="me")
