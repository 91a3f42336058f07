from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.om_edi_x12 import x12

from .documents_out_common import DocumentsOutCommon
from .x12_bytes import purchase_order


@tagged("post_install", "-at_install")
class TestShipNoticeContent(DocumentsOutCommon):
    def _notice(self, picking):
        (transaction,) = self._sent("856", picking_id=picking.id)
        return x12.ShipNotice.parse(transaction)

    def _items(self, picking):
        return [item for pack in self._notice(picking).orders[0].packs for item in pack.items]

    def test_carrier_numbers_stand_in_the_notice(self):
        order = self._receive_orders("PO-1")
        picking = order.sudo().picking_ids
        picking.with_user(self.packer).write(
            {"om_carrier_scac": "FDEG", "om_tracking_ref": "1Z999", "om_bill_of_lading": "BOL77"}
        )
        self._deliver(order)
        notice = self._notice(picking)
        self.assertEqual((notice.carrier.scac, notice.bol), ("FDEG", "BOL77"))
        self.assertEqual(notice.references, [x12.Reference("CN", "1Z999")])

    def test_weighed_packages_count_as_weighed(self):
        order = self._receive_orders("PO-2")
        self.product.weight = 1.0
        self._ship(order, (self._package(shipping_weight=12.5), {self.product: 10}))
        self.assertEqual(self._notice(order.picking_ids.sudo()).weight, Decimal("12.5"))

    def test_rest_that_follows_is_told(self):
        order = self._receive_orders("PO-3")
        first = self._ship(order, (self._package(), {self.product: 4}))
        second = self._ship(order, (self._package(), {self.product: 6}))
        self.assertEqual([item.status for item in self._items(first)], ["BP"])
        self.assertEqual([(item.status, item.quantity) for item in self._items(second)], [("", 6)])

    def test_substitute_is_announced_as_itself(self):
        self.edi_partner.auto_confirm = False
        order = self._receive_orders("PO-4")
        order.order_line._om_substitute(self.other_product, 2.0)
        order.action_confirm()
        (item,) = self._items(self._ship(order, (self._package(), {self.other_product: 20})))
        self.assertEqual((item.line_number, item.status, item.quantity), ("1", "IS", 20))
        self.assertEqual(item.items["VN"], "TOA-1")

    def test_lots_stand_beside_the_item(self):
        product = self._new_product("Tea", "TEA-1", 5.0, stock=0, tracking="lot")
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in ("L1", "L2")]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                product, self.warehouse.lot_stock_id, 10, lot_id=lot
            )
        order = self._receive_orders(purchase_order("PO-5", [("1", "10", "EA", "5", "VN", "TEA-1")]))
        picking = self._ship(order, (self._package(), {product: {lots[0]: 4, lots[1]: 6}}))
        self.assertEqual(
            [(item.items["LT"], item.quantity) for item in self._items(picking)], [("L1", 4), ("L2", 6)]
        )

    def test_serial_numbers_are_references_of_one_item(self):
        product = self._new_product("Radio", "RAD-1", 50.0, stock=0, tracking="serial")
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in ("S1", "S2")]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                product, self.warehouse.lot_stock_id, 1, lot_id=lot
            )
        order = self._receive_orders(purchase_order("PO-6", [("1", "2", "EA", "50", "VN", "RAD-1")]))
        (item,) = self._items(self._ship(order, (self._package(), {product: dict.fromkeys(lots, 1)})))
        self.assertEqual(item.quantity, 2)
        self.assertEqual(item.references, [x12.Reference("SE", "S1"), x12.Reference("SE", "S2")])

    def test_notices_of_many_deliveries_take_no_more_queries_each(self):
        orders = self._receive_orders(*(f"PO-{number}" for number in range(10, 22)))
        pickings = self.env["stock.picking"]
        for order in orders:
            pickings |= self._ship(order, (self._package(), {self.product: 2}))
        mapper = self.env["om.edi.map.856"]
        counts = []
        for batch in (pickings[:2], pickings[2:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            mapper._owe(batch)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)
