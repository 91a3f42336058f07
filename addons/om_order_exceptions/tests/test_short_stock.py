from odoo.fields import Command
from odoo.tests import tagged

from .availability_common import AvailabilityCommon


@tagged("post_install", "-at_install")
class TestShortStock(AvailabilityCommon):
    """Lines that are not there by their date."""

    def _short(self, order):
        return self._open(order, "E-STK-SHORT")

    def test_confirmed_line_without_cover_is_found_and_blocks_nothing(self):
        order = self._confirmed()
        case = self._short(order)
        self.assertEqual(case.order_line_id, order.order_line)
        self.assertEqual(case.found, "4 Units in time, no receipt planned for the rest")
        self.assertIn("10 Units by", case.expected)
        self.assertEqual(case.amount, 120.0)
        self.assertFalse(order.om_blocked_stage)

    def test_covered_line_is_not_found(self):
        order = self._confirmed([(self.product, 10)])
        self.assertFalse(self._short(order))

    def test_shelf_that_is_to_be_counted_holds_nothing_yet(self):
        product = self._new_product("Teapot", "TEA-1", 20.0, stock=0)
        self.env["stock.quant"].create(
            {
                "product_id": product.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "inventory_quantity": 10,
            }
        )
        order = self._confirmed([(product, 3)])
        self.assertEqual(self._short(order).found, "0 Units in time, no receipt planned for the rest")

    def test_own_reservation_covers_the_line_when_nothing_is_free(self):
        order = self._confirmed([(self.short, 4)])
        other = self._confirmed([(self.short, 1)])
        self.assertFalse(self._short(order))
        self.assertTrue(self._short(other))

    def test_receipt_by_the_date_covers_the_line_and_a_later_one_does_not(self):
        for days, found in ((3, False), (5, True)):
            with self.subTest(days=days):
                receipt = self._receipt(self.short, 6, days)
                order = self._confirmed(commitment_date=self._day(3))
                self.assertEqual(bool(self._short(order)), found)
                receipt.action_cancel()
                order._action_cancel()
                self._settle()

    def test_receipt_that_is_overdue_comes_today(self):
        self._receipt(self.short, 6, -2)
        order = self._confirmed(commitment_date=self._day(0))
        self.assertFalse(self._short(order))

    def test_first_confirmed_takes_the_receipt_first(self):
        self._receipt(self.short, 6, 3)
        first = self._confirmed(commitment_date=self._day(4))
        second = self._confirmed([(self.short, 5)], commitment_date=self._day(5))
        self.assertFalse(self._short(first))
        self.assertEqual(self._short(second).found, "0 Units in time, no receipt planned for the rest")

    def test_case_closes_by_itself_when_goods_are_received(self):
        order = self._confirmed()
        self._stock(self.other_product, 1)
        receipt = self._receipt(self.short, 6, 2)
        self._settle()
        self.assertIn("the rest on", self._short(order).found)
        self._receive(receipt)
        self.assertFalse(self._short(order))
        self.assertFalse(order.order_line.om_forecast_date)

    def test_case_closes_when_the_line_is_delivered_short_and_closed(self):
        order = self._confirmed()
        self._deliver(order)
        self._settle()
        self.assertFalse(self._short(order))

    def test_quotation_by_hand_is_no_case_unless_the_company_wants_it(self):
        order = self._order([(self.short, 10)])
        order._om_check()
        self.assertFalse(self._short(order))
        self.company.om_short_quotations = True
        order._om_check()
        self.assertTrue(self._short(order))

    def test_received_order_is_looked_at_before_it_is_confirmed(self):
        order = self._order([(self.short, 10)])
        order.sudo().om_intake_id = self.env["om.intake"]._receive(b"po", "upload", file_name="po.txt")
        order._om_check()
        self.assertTrue(self._short(order))

    def test_two_lines_of_one_product_share_what_is_free(self):
        self.company.om_short_quotations = True
        order = self._order([(self.short, 3), (self.short, 3)])
        order._om_check()
        self.assertEqual(self._short(order).order_line_id, order.order_line[1])

    def test_quantity_counts_in_the_unit_of_the_line(self):
        self.company.om_short_quotations = True
        dozen = self.env.ref("uom.product_uom_dozen")
        plenty = self._new_product("Spoon", "SPO-1", 1.0, stock=20)
        order = self._order([(plenty, 1)])
        order.order_line.product_uom_id = dozen
        order._om_check()
        self.assertFalse(self._short(order))
        order.order_line.product_uom_qty = 2
        order._om_check()
        self.assertEqual(self._short(order).found, "20 Units in time, no receipt planned for the rest")

    def test_product_without_stock_keeping_is_never_short(self):
        free = self._new_product("Leaflet", "LEA-1", 0.0, stock=0, is_storable=False)
        self.assertFalse(self._short(self._confirmed([(free, 10)])))

    def test_incomplete_order_is_held_when_customer_and_company_say_so(self):
        self.customer.om_ship_complete = True
        self.assertFalse(self._confirmed().om_blocked_stage)
        self.company.om_hold_incomplete = True
        order = self._confirmed()
        self.assertEqual(order.picking_policy, "one")
        self.assertEqual(order.om_blocked_stage, "release")
        self._stock(self.short, 100)
        order._om_check()
        self.assertFalse(order.om_blocked_stage)

    def test_forecast_agrees_with_odoo(self):
        """The same dates as Odoo's own forecast, which asks warehouse by warehouse."""
        self._receipt(self.short, 6, 2)
        self._receipt(self.short, 6, 4)
        orders = self._confirmed() + self._confirmed([(self.short, 5)]) + self._confirmed([(self.short, 3)])
        supplies = self.env["om.availability"]._of_lines(orders.sudo().order_line)
        moves = orders.sudo().order_line.move_ids
        self.assertEqual(
            [
                None if supplies[line].missing else supplies[line].complete_at
                for line in orders.sudo().order_line
            ],
            [move.forecast_expected_date or None for move in moves],
        )


@tagged("post_install", "-at_install")
class TestShortStockByRoute(AvailabilityCommon):
    """The same with any number of delivery steps, and with what is bought for an order (T4.7)."""

    def test_line_is_short_until_received_with_one_two_and_three_steps(self):
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                self.warehouse.delivery_steps = steps
                product = self._new_product(f"Pot {steps}", steps, 20.0, stock=4)
                order = self._confirmed([(product, 10)])
                self.assertEqual(
                    self._open(order, "E-STK-SHORT").found, "4 Units in time, no receipt planned for the rest"
                )
                receipt = self._receipt(product, 6, 0)
                self._receive(receipt)
                self.assertFalse(self._open(order, "E-STK-SHORT"))

    def test_goods_that_were_picked_are_at_hand(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._confirmed([(self.short, 4)])
        pick = order.sudo().picking_ids
        pick.move_ids.quantity = 4
        pick.move_ids.picked = True
        pick.button_validate()
        self._settle()
        order._om_check()
        self.assertFalse(self._open(order, "E-STK-SHORT"))
        supply = self.env["om.availability"]._of_lines(order.sudo().order_line)[order.sudo().order_line]
        self.assertEqual((supply.needed, supply.at_hand), (4, 4))

    def test_goods_in_the_input_zone_are_in_the_house(self):
        self.warehouse.reception_steps = "two_steps"
        receipt = self._receipt(self.short, 6, 0)
        order = self._confirmed(commitment_date=self._day(1))
        self._receive(receipt)
        order._om_check()
        self.assertFalse(self._open(order, "E-STK-SHORT"))

    def _route(self, name, **rule):
        customers = self.env.ref("stock.stock_location_customers")
        return self.env["stock.route"].create(
            {
                "name": name,
                "sale_selectable": True,
                "product_selectable": True,
                "rule_ids": [
                    Command.create(
                        {
                            "name": name,
                            "action": "pull",
                            "location_dest_id": customers.id,
                            "picking_type_id": self.warehouse.out_type_id.id,
                            **rule,
                        }
                    )
                ],
            }
        )

    def test_dropship_is_late_when_its_own_move_is(self):
        route = self._route(
            "Dropship",
            location_src_id=self.env.ref("stock.stock_location_suppliers").id,
            procure_method="make_to_stock",
        )
        drop = self._new_product("Sofa", "SOF-1", 500.0, stock=0, route_ids=[Command.set(route.ids)])
        order = self._confirmed([(drop, 1)], commitment_date=self._day(3))
        self.assertFalse(self._open(order, "E-STK-SHORT"))
        order.sudo().order_line.move_ids.date = self._day(6)
        order._om_check()
        self.assertIn("the rest on", self._open(order, "E-STK-SHORT").found)

    def test_made_to_order_follows_the_receipt_that_is_its_own(self):
        order = self._confirmed([(self.short, 10)], commitment_date=self._day(3))
        move = order.sudo().order_line.move_ids
        move._do_unreserve()
        receipt = self._receipt(self.short, 10, 2)
        move.write({"procure_method": "make_to_order", "move_orig_ids": [Command.set(receipt.move_ids.ids)]})
        other = self._confirmed([(self.short, 10)], commitment_date=self._day(3))
        (order + other)._om_check()
        self.assertFalse(self._open(order, "E-STK-SHORT"))
        self.assertIn("no receipt planned", self._open(other, "E-STK-SHORT").found)
        receipt.move_ids.date = self._day(8)
        order._om_check()
        self.assertTrue(self._open(order))
