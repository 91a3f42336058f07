from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestDisposition(ReturnsCommon):
    def test_restocked_goods_are_for_sale_again(self):
        before = self.product.qty_available
        order = self._delivered([(self.product, 5)])
        rma = self._rma({order.order_line: 5})
        self._receive(rma)
        self.assertEqual(self.product.qty_available, before)
        self.assertFalse(rma.can_dispose)

    def test_scrapped_goods_are_gone_and_credited(self):
        before = self.product.qty_available
        order = self._delivered([(self.product, 5)])
        self._invoice(order)
        rma = self._rma([(order.order_line, 5, {"reason_id": self.env.ref("om_rma.reason_damaged").id})])
        self.assertEqual(rma.line_ids.disposition, "scrap")
        self._receive(rma, {self.product: 2})
        rma.action_dispose()
        self._receive(rma)
        self.assertEqual((rma.line_ids.quantity_disposed, rma.line_ids.quantity_to_dispose), (2, 3))
        rma.action_dispose()
        self.assertEqual(sorted(rma.line_ids.scrap_ids.mapped("scrap_qty")), [2, 3])
        self.assertEqual(self.product.qty_available, before - 5)
        self.assertEqual(self._credit(rma).amount_total, 500.0)
        self.assertEqual(rma.state, "settled")
        with self.assertRaisesRegex(UserError, "nothing to dispose"):
            rma.action_dispose()

    def test_split_into_sent_back_and_credited(self):
        """RMA of 5, 2 go back to the customer, 3 are credited: delivered 2, invoiced 2 (OCA: 0 and 2)."""
        order = self._delivered([(self.product, 5)])
        self._invoice(order)
        line = order.order_line
        rma = self._rma([(line, 3, {}), (line, 2, {"disposition": "return"})])
        self._receive(rma)
        self._credit(rma)
        self.assertEqual(rma.state, "received")
        rma.action_dispose()
        with self.subTest("preparing it twice sends it once"):
            rma.action_dispose()
        back = rma.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        self.assertEqual((back.picking_type_code, back.move_ids.product_uom_qty), ("outgoing", 2))
        back.move_ids.write({"quantity": 2, "picked": True})
        back.button_validate()
        self.assertEqual((line.qty_delivered, line.qty_invoiced), (2, 2))
        self.assertEqual(rma.state, "settled")
        self.assertEqual(line.om_returnable, 2)

    def test_disposition_of_credited_goods_stays(self):
        order = self._delivered([(self.product, 5)])
        self._invoice(order)
        rma = self._rma({order.order_line: 5})
        self._receive(rma)
        rma.line_ids.disposition = "scrap"
        self._credit(rma)
        with self.assertRaisesRegex(UserError, "can't be changed"):
            rma.line_ids.disposition = "return"

    def test_goods_that_were_moved_meanwhile_are_not_scrapped_out_of_nothing(self):
        product = self._new_product("Rare", "RARE", 10.0, stock=5)
        order = self._delivered([(product, 5)])
        rma = self._rma([(order.order_line, 5, {"disposition": "scrap"})])
        self._receive(rma)
        self.env["stock.quant"]._update_available_quantity(product, self.warehouse.lot_stock_id, -4)
        with self.assertRaisesRegex(UserError, "not at"):
            rma.action_dispose()
