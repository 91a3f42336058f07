from odoo.tests import HttpCase, tagged

from odoo.addons.om_edi_x12 import x12

from .common import EdiCommon, interchange, purchase_order


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
