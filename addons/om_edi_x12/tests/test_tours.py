from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.om_edi_x12 import x12

from .common import EdiCommon, interchange, purchase_order
from .test_acknowledgments import AcknowledgmentCommon


@tagged("post_install", "-at_install")
class TestTours(EdiCommon, HttpCase):
    def test_specialist_cures_an_unknown_item_and_the_855_goes_out(self):
        order = self._receive(
            interchange(purchase_order("PO-TOUR", [("1", "6", "EA", "40", "IN", "BB-PRESS")]))
        ).order_ids
        self.assertEqual(order.state, "draft")
        self.start_tour("/odoo", "om_edi_unknown_item", login="om_specialist", timeout=120)
        self.assertEqual((order.state, order.order_line.product_id), ("sale", self.other_product))
        (transaction,) = self._sent("855", order_id=order.id)
        ack = x12.PurchaseOrderAck.parse(transaction)
        self.assertEqual([status.code for line in ack.lines for status in line.statuses], ["IA"])


@tagged("post_install", "-at_install")
class TestRefusedShipNotice(AcknowledgmentCommon, HttpCase):
    def test_edi_specialist_mends_the_source_of_a_refused_856_and_sends_it_corrected(self):
        new_test_user(self.env, "edi_specialist", "om_edi_x12.group_edi_specialist", tz="America/New_York")
        order = self._receive_orders("PO-TOUR")
        order.picking_ids.sudo().om_carrier_scac = "ABSF"
        self._deliver(order)
        self.edi_partner._send()
        document = order.sudo().om_edi_transaction_ids.filtered(lambda t: t.set_id == "856")
        at = str(self._ordinal(document, "TD5"))
        self._answer(document, "R", [["AK3", "TD5", at, "", "8"], ["AK4", "3", "67", "7", "ABSF"]])
        case = self._cases(document, "E-EDI-ACKREJ")
        self.assertIn("SCAC", case.found)
        self.start_tour("/odoo", "om_edi_refused_ship_notice", login="edi_specialist", timeout=120)
        again = document.resend_ids
        self.assertIn("ABFS", str(again.segments))
        self.edi_partner._send()
        self._answer(again)
        self.assertFalse(case.is_open)
