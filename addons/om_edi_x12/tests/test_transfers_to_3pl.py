from lxml import etree

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common_3pl import WarehouseCommon
from .x12_bytes_3pl import transfer_receipt


@tagged("post_install", "-at_install")
class TestTransfersTo3pl(WarehouseCommon):
    """943 and 944: goods on their way to a 3PL, and what it has received."""

    def _receipt(self, lines=None):
        """A planned receipt from a vendor. ``lines``: ``{product: quantity}``."""
        supplier = self.env.ref("stock.stock_location_suppliers")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": supplier.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "partner_id": self.env["res.partner"].create({"name": "Kettle Works"}).id,
                "origin": "P00077",
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "location_id": supplier.id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        }
                    )
                    for product, quantity in (lines or {self.product: 20}).items()
                ],
            }
        )
        picking.action_confirm()
        self._settle()
        return picking

    def _received(self, picking, *lines, **values):
        (transaction,) = self._from_3pl(
            transfer_receipt(picking.om_edi_order_id.reference or picking.name, lines, **values), group="RE"
        )
        return transaction

    def test_planned_receipt_is_announced_once(self):
        picking = self._receipt()
        (told,) = self._told("943")
        self.assertEqual(
            (told.number, told.shipment_id, told.po_number), (picking.name, picking.name, "P00077")
        )
        self.assertEqual((told.lines[0].quantity, told.lines[0].items["VN"]), (20, "KET-1"))
        self.assertEqual({p.entity: p.name for p in told.parties}["SF"], "Kettle Works")
        picking.action_assign()
        self.assertEqual(len(self._told("943")), 1)
        self.assertFalse(self._told("940"))

    def test_goods_that_a_customer_sends_back_are_not_announced_by_943(self):
        picking = self._receipt()
        back = picking.copy({"location_id": self.env.ref("stock.stock_location_customers").id})
        back.move_ids.location_id = back.location_id
        back.action_confirm()
        self.assertEqual(len(self._told("943")), 1)

    def test_944_receives_what_has_come(self):
        picking = self._receipt()
        receipt = self._received(picking, ("KET-1", 20, 0))
        self.assertEqual((receipt.state, receipt.picking_id, picking.state), ("done", picking, "done"))
        self.assertEqual(picking.move_ids.quantity, 20)
        self.assertEqual(picking.om_edi_answer_state, "answered")
        self.assertFalse(self._cases("E-3PL-DIFF"))

    def test_missing_goods_are_a_case_and_the_rest_is_not_announced_again(self):
        picking = self._receipt({self.product: 20, self.other_product: 5})
        self._received(picking, ("KET-1", 15, 0))
        cases = self._cases("E-3PL-DIFF")
        self.assertEqual(len(cases), 2)
        self.assertTrue(all("no more will come" in case.found for case in cases))
        backorder = picking.backorder_ids
        self.assertEqual((set(cases.mapped("res_id")), backorder.state), ({backorder.id}, "assigned"))
        self.assertEqual(len(self._told("943")), 1)
        self._resolve(cases, "fix_done")
        self.assertEqual([told.number for told in self._told("943")], [picking.name, backorder.name])

    def test_more_than_announced_is_received_and_a_case(self):
        picking = self._receipt()
        self._received(picking, ("KET-1", 22, 0))
        self.assertEqual(picking.move_ids.quantity, 22)
        self.assertIn("22 instead of 20", self._cases("E-3PL-DIFF").found)

    def test_damaged_goods_are_received_where_damaged_goods_are(self):
        place = self.env["stock.location"].create(
            {"name": "Damaged", "location_id": self.warehouse.lot_stock_id.id, "usage": "internal"}
        )
        self.warehouse.om_edi_damaged_location_id = place
        picking = self._receipt()
        self._received(picking, ("KET-1", 17, 3))
        self.assertEqual(
            {line.location_dest_id: line.quantity for line in picking.move_line_ids},
            {self.warehouse.lot_stock_id: 17, place: 3},
        )
        self.assertIn("3 Units damaged", self._cases("E-3PL-DIFF").found)

    def test_damaged_goods_are_not_received_where_there_is_no_place_for_them(self):
        picking = self._receipt()
        self._received(picking, ("KET-1", 17, 3))
        self.assertEqual(picking.move_ids.filtered(lambda m: m.state == "done").quantity, 17)
        self.assertEqual(len(self._cases("E-3PL-DIFF")), 2)  # damaged, and missing

    def test_new_lots_come_with_the_receipt(self):
        tea = self._new_product("Tea", "TEA-1", 10.0, stock=0, tracking="lot")
        picking = self._receipt({tea: 6})
        self._received(picking, ("TEA-1", 4, 0, "L1"), ("TEA-1", 2, 0, "L2"))
        self.assertEqual(
            {line.lot_id.name: line.quantity for line in picking.move_line_ids}, {"L1": 4, "L2": 2}
        )

    def test_same_receipt_again_is_noted(self):
        picking = self._receipt()
        self._received(picking, ("KET-1", 20, 0))
        again = self._received(picking, ("KET-1", 20, 0))
        self.assertEqual((again.state, picking.move_ids.quantity), ("done", 20))
        self.assertIn("booked before", again.findings)

    def test_cancelled_receipt_is_called_in(self):
        picking = self._receipt()
        self._told("943")
        picking.action_cancel()
        self.assertEqual(len(self._told("943")), 1)
        self.assertEqual(self._cases("E-3PL-CHANGE").res_id, picking.id)

    def test_transfer_from_our_own_warehouse_is_announced_when_it_has_left(self):
        own = self.env["stock.warehouse"].create({"name": "Columbus", "code": "COL"})
        self.env["stock.quant"]._update_available_quantity(self.product, own.lot_stock_id, 50)
        self.warehouse.resupply_wh_ids = own
        route = self.warehouse.resupply_route_ids
        self.env["stock.rule"].run(
            [
                self.env["stock.rule"].Procurement(
                    self.product,
                    8,
                    self.product.uom_id,
                    self.warehouse.lot_stock_id,
                    "resupply",
                    "resupply",
                    self.company,
                    {"route_ids": route, "warehouse_id": self.warehouse},
                )
            ]
        )
        self.assertFalse(self._told("943"))
        leaving = self.env["stock.picking"].search([("picking_type_id", "=", own.out_type_id.id)])
        leaving.action_assign()
        leaving.move_ids.picked = True
        leaving.button_validate()
        (told,) = self._told("943")
        self.assertEqual((told.lines[0].quantity, leaving.state), (8, "done"))

    def test_what_a_3pl_has_to_report_is_not_validated_by_accident(self):
        form = self.env["stock.picking"].get_view(self.env.ref("stock.view_picking_form").id, "form")
        buttons = etree.fromstring(form["arch"]).xpath("//header/button[@name='button_validate']")

        def shown(answer_state):
            values = {"state": "assigned", "om_edi_answer_state": answer_state}
            return [b.get("string") for b in buttons if not safe_eval(b.get("invisible"), values)]

        self.assertEqual(shown("waiting"), ["Book by Hand"])
        self.assertEqual(shown(False), ["Validate"])
