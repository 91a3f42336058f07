from decimal import Decimal

from odoo.tests import new_test_user, tagged

from odoo.addons.om_order_exceptions.detection import Finding

from .common_3pl import WarehouseCommon
from .x12_bytes import purchase_order


@tagged("post_install", "-at_install")
class TestShippingOrders(WarehouseCommon):
    """940: what a 3PL is told to ship."""

    def test_released_delivery_is_told_once(self):
        order = self._receive_orders("PO-1")
        (told,) = self._told()
        self.assertEqual((told.status, told.number, told.po_number), ("N", order.picking_ids.name, "PO-1"))
        (line,) = told.lines
        self.assertEqual((line.quantity, line.unit, line.items["VN"]), (Decimal(10), "EA", "KET-1"))
        parties = {party.entity: party for party in told.parties}
        self.assertEqual((parties["ST"].id, parties["ST"].city), ("0042", "Dayton"))
        self.assertIn("WH", parties)
        order.picking_ids.action_assign()
        self.assertEqual(len(self._told()), 1)
        self.assertEqual(order.picking_ids.om_edi_answer_state, "waiting")
        self.assertEqual(order.picking_ids.om_edi_order_id.order_id, order)

    def test_delivery_of_our_own_warehouse_is_not_told(self):
        self.warehouse.om_edi_partner_id = False
        self._receive_orders("PO-2")
        self.assertFalse(self._told())

    def test_delivery_from_before_the_3pl_came_is_told_by_hand(self):
        self.warehouse.om_edi_partner_id = False
        picking = self._receive_orders("PO-2B").picking_ids
        self.warehouse.om_edi_partner_id = self.lakeside
        self.assertFalse(self._told())
        self.assertTrue(picking.om_edi_is_untold)
        picking.with_user(self.stock_manager).action_om_edi_tell()
        self.assertEqual(len(self._told()), 1)
        self.assertFalse(picking.om_edi_is_untold)

    def test_warehouse_user_may_ship_a_part_by_hand(self):
        order = self._receive_orders("PO-2C")
        self._told()
        user = new_test_user(self.env, "om_pick", "stock.group_stock_user")
        picking = order.picking_ids.with_user(user)
        picking.move_ids.write({"quantity": 4, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()
        backorder = order.picking_ids - picking
        self.assertEqual((picking.state, backorder.om_edi_order_id), ("done", picking.sudo().om_edi_order_id))
        self.assertEqual(len(self._told()), 1)

    def test_partner_that_takes_no_940_is_sent_none(self):
        self.lakeside._sends("940").active = False
        self._receive_orders("PO-3")
        self.assertFalse(self._told())

    def test_held_delivery_is_told_when_it_is_released(self):
        kind = self.env.ref("om_edi_x12.type_edi_map")
        order = self._order()
        order.action_confirm()
        # the hold comes with the same transaction as the confirmation
        case = self.env["om.exception"]._raise(kind.code, [Finding(order, "held", key="test")])
        self.assertFalse(self._told())
        case._close("resolved", root_cause_id=kind.root_cause_id.id, corrective_action="x")
        self.assertEqual(len(self._told()), 1)

    def test_what_is_not_in_stock_waits_for_a_940_of_its_own(self):
        scarce = self._new_product("Carafe", "CRF-1", 10.0, stock=4)
        order = self._receive_orders(purchase_order("PO-5", [("1", "10", "EA", "10", "VN", "CRF-1")]))
        self.assertEqual(order.state, "sale", order.om_exception_ids.mapped("found"))
        (told,) = self._told()
        self.assertEqual(told.lines[0].quantity, 4)
        self.env["stock.quant"]._update_available_quantity(scarce, self.warehouse.lot_stock_id, 6)
        order.picking_ids.action_assign()
        self.assertEqual(len(self._told()), 1)

    def test_cancelled_delivery_is_taken_back(self):
        order = self._receive_orders("PO-6")
        self._told()
        order.picking_ids.action_cancel()
        new, cancellation = self._told()
        self.assertEqual((cancellation.status, cancellation.number), ("F", new.number))
        self.assertEqual(cancellation.lines, new.lines)
        self.assertEqual(order.picking_ids.om_edi_answer_state, "cancelled")
        self.assertFalse(self._cases("E-3PL-CHANGE"))

    def test_cancellation_is_called_in_where_no_document_says_it(self):
        self.lakeside.takes_order_cancellations = False
        order = self._receive_orders("PO-7")
        self._told()
        order.picking_ids.action_cancel()
        self.assertEqual(len(self._told()), 1)
        self.assertEqual(self._cases("E-3PL-CHANGE").order_id, order)

    def test_smaller_delivery_replaces_the_first_940(self):
        self.lakeside.takes_order_changes = True
        order = self._receive_orders("PO-8")
        self._told()
        order.picking_ids.move_ids.product_uom_qty = 6
        new, replacement = self._told()
        self.assertEqual((replacement.status, replacement.number), ("R", new.number))
        self.assertEqual(replacement.lines[0].quantity, 6)
        self.assertEqual(len(self._told()), 2)

    def test_smaller_delivery_is_called_in_once(self):
        order = self._receive_orders("PO-9")
        self._told()
        order.picking_ids.move_ids.product_uom_qty = 6
        self.assertEqual(len(self._told()), 1)
        case = self._cases("E-3PL-CHANGE")
        self.assertIn("6", case.expected)
        self._resolve(case, "fix_done")
        order.picking_ids.move_ids.quantity = 5
        self._settle()
        self.assertFalse(self._cases("E-3PL-CHANGE"))

    def test_other_address_is_told(self):
        self.lakeside.takes_order_changes = True
        order = self._receive_orders("PO-10")
        self._told()
        order.picking_ids.partner_id = self._store_address("0099", "Store 99")
        _new, replacement = self._told()
        self.assertEqual([p.id for p in replacement.parties if p.entity == "ST"], ["0099"])

    def test_order_that_was_told_is_sent_for_a_change(self):
        order = self._receive_orders("PO-11")
        self._told()
        progress = order.order_line._om_progress()[order.order_line]
        self.assertEqual((progress.sent, progress.shipped), (10, 0))

    def test_address_without_a_name_stops_the_940_and_not_the_order(self):
        self.lakeside.lenient_characters = False
        self.warehouse.partner_id.name = "Dock ~ West"
        order = self._receive_orders("PO-12")
        self._settle()
        told = order.picking_ids.om_edi_order_id
        self.assertEqual((order.state, told.state), ("sale", "error"))
        self.warehouse.partner_id.name = "Dock West"
        told.with_user(self.specialist).action_retry()
        self.assertEqual(len(self._told()), 1)

    def test_silence_is_an_exception_that_the_answer_ends(self):
        self.lakeside._receives("945").due_minutes = 60
        order = self._receive_orders("PO-13")
        self._settle()
        told = order.picking_ids.om_edi_order_id
        self.assertTrue(told.answer_due_at)
        self.env["om.edi.transaction"]._cron_silent()
        self.assertFalse(self._cases("E-3PL-SILENT"))
        told.answer_due_at = "2020-01-01 12:00:00"
        self.env["om.edi.transaction"]._cron_silent()
        self.env["om.edi.transaction"]._cron_silent()
        case = self._cases("E-3PL-SILENT")
        self.assertEqual((case.order_id, case.res_id), (order, told.id))
        told._answer_came("partial")
        self.assertFalse(self._cases("E-3PL-SILENT"))
        self.assertEqual(case.state, "auto_closed")

    def test_warehouse_of_a_3pl_ships_in_one_step(self):
        with self.assertRaisesRegex(Exception, "one step"):
            self.warehouse.delivery_steps = "pick_ship"
