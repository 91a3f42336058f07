from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestDates(OrderManagementCommon):
    """E-DTE-PAST: what is promised or asked for is over (gap G11 of stock Odoo)."""

    def _dates(self, order):
        order._om_check()
        return self._open(order, "E-DTE-PAST")

    @freeze_time("2026-03-10 15:00:00")
    def test_past_days_are_found_and_today_is_not(self):
        for field in ("om_requested_date", "om_requested_ship_date", "om_cancel_after"):
            for day, past in (("2026-03-09", True), ("2026-03-10", False), ("2026-03-11", False)):
                with self.subTest(field=field, day=day):
                    self.assertIs(bool(self._dates(self._order(**{field: day}))), past)

    @freeze_time("2026-03-10 15:00:00")
    def test_promise_counts_before_what_was_asked_for(self):
        order = self._order(om_requested_date="2026-03-01", commitment_date="2026-03-20 12:00:00")
        self.assertFalse(self._dates(order))

    def test_days_change_where_the_goods_go(self):
        order = self._order(om_requested_date="2026-03-10")
        for zone, moment, past in (
            ("America/Los_Angeles", "2026-03-11 06:59:00", False),  # 23:59 on the 10th there
            ("America/Los_Angeles", "2026-03-11 07:01:00", True),
            ("Asia/Tokyo", "2026-03-10 14:59:00", False),
            ("Asia/Tokyo", "2026-03-10 15:01:00", True),  # 00:01 on the 11th there
        ):
            self.store.tz = zone
            with self.subTest(zone=zone, moment=moment), freeze_time(moment):
                self.assertIs(bool(self._dates(order)), past)

    @freeze_time("2026-03-11 05:00:00")
    def test_promise_is_a_day_where_the_goods_go(self):
        self.store.tz = "America/Los_Angeles"
        # 23:00 on the 10th there, which is today there
        self.assertFalse(self._dates(self._order(commitment_date="2026-03-11 06:00:00")))
        self.assertTrue(self._dates(self._order(commitment_date="2026-03-10 06:00:00")))

    @freeze_time("2026-03-10 15:00:00")
    def test_past_date_and_past_cancel_after_are_two_exceptions(self):
        order = self._order(om_requested_date="2026-03-01", om_cancel_after="2026-03-05")
        self.assertEqual(sorted(self._dates(order).mapped("key")), ["cancel", "past"])

    def test_confirmed_order_that_is_merely_late_is_not_held(self):
        with freeze_time("2026-03-10 15:00:00"):
            order = self._order(commitment_date="2026-03-12 12:00:00")
            order.action_confirm()
        with freeze_time("2026-03-20 15:00:00"):
            self.assertFalse(self._dates(order))
            self.assertFalse(order.om_is_held)

    def test_confirmed_order_is_held_after_its_cancel_date(self):
        with freeze_time("2026-03-10 15:00:00"):
            order = self._order(om_cancel_after="2026-03-12")
            order.action_confirm()
        with freeze_time("2026-03-20 15:00:00"):
            self.assertEqual(self._dates(order).key, "cancel")
            self.assertTrue(order.om_is_held)

    def test_delivered_order_is_left_alone(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        order.commitment_date = "2020-01-01 12:00:00"
        self.assertFalse(self._dates(order))


@tagged("post_install", "-at_install")
class TestItems(OrderManagementCommon):
    """E-ITM-DISC (gap G10 of stock Odoo), E-ITM-UNK and E-UOM."""

    def _received_line(self, **values):
        """Values of a line as an intake makes it when it can't resolve it."""
        return Command.create(
            {
                "display_type": "line_note",
                "name": "Blue kettle",
                "om_raw": "PO1*1*10*EA*100**BP*BK-9",
                "om_po_line": "1",
                "om_po_item": "BK-9",
                "om_po_quantity": 10,
                "om_po_unit": "EA",
                "om_po_price": 100.0,
                **values,
            }
        )

    def test_product_that_is_not_for_sale_any_more_is_found(self):
        order = self._order()
        self.product.sale_ok = False
        order._om_check()
        self.assertIn("no longer for sale", self._open(order, "E-ITM-DISC").found)

    def test_archived_product_is_found(self):
        order = self._order()
        self.product.active = False
        order._om_check()
        self.assertIn("archived", self._open(order, "E-ITM-DISC").found)

    def test_product_for_sale_again_closes_the_exception(self):
        order = self._order()
        self.product.active = False
        order._om_check()
        self.product.active = True
        order._om_check()
        self.assertFalse(self._open(order))

    def test_delivered_line_of_a_product_that_ended_is_left_alone(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        self.product.sale_ok = False
        order._om_check()
        self.assertFalse(self._open(order))

    def test_unresolved_line_is_found_with_its_raw_text_and_money(self):
        order = self._order()
        order.order_line = [self._received_line()]
        self.env.cr.flush()
        exception = self._open(order, "E-ITM-UNK")
        self.assertEqual((exception.found, exception.line_ref, exception.amount), ("BK-9", "1", 1000.0))
        self.assertIn("PO1*1", exception.raw)

    def test_line_of_which_only_the_unit_is_unknown_has_an_exception_for_that(self):
        order = self._order()
        order.order_line = [self._received_line(om_po_product_id=self.product.id, om_po_unit="ZZ")]
        self.env.cr.flush()
        self.assertEqual(self._open(order).code, "E-UOM")
        self.assertEqual(self._open(order).found, "ZZ")

    def test_ordinary_note_is_no_unresolved_line(self):
        order = self._order()
        order.order_line = [Command.create({"display_type": "line_note", "name": "Handle with care"})]
        self.env.cr.flush()
        self.assertFalse(self._open(order))


@tagged("post_install", "-at_install")
class TestShipTo(OrderManagementCommon):
    """E-SHP-UNK: the document names a ship-to that nobody here knows."""

    def _named(self, code, scheme="buyer", **values):
        order = self._order(om_ship_to_scheme=scheme, om_ship_to_code=code, **values)
        order._om_check()
        return self._open(order, "E-SHP-UNK")

    def test_known_code_in_any_spelling_is_accepted(self):
        for code in ("0042", "42", " 00-42 "):
            self.assertFalse(self._named(code), code)

    def test_unknown_code_is_found(self):
        self.assertIn("0077", self._named("0077").found)

    def test_code_of_another_scheme_is_unknown(self):
        self.assertTrue(self._named("0042", scheme="gln"))

    def test_same_store_number_of_another_customer_does_not_count(self):
        other = self.env["res.partner"].create({"name": "Other Stores", "is_company": True})
        self.assertTrue(self._named("0042", partner_id=other.id, partner_shipping_id=other.id))


@tagged("post_install", "-at_install")
class TestCost(OrderManagementCommon):
    """Detection is cheap, and as cheap for many orders as for few."""

    def _queries(self, orders):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        orders._om_check()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _orders(self, count, **values):
        lines = [(self.product, 10), (self.other_product, 5)]
        return self.env["sale.order"].concat(*(self._order(lines, **values) for _ in range(count)))

    def test_queries_do_not_grow_with_the_number_of_orders(self):
        few, many = self._orders(2), self._orders(40)
        self._queries(few)
        self.assertLessEqual(self._queries(many), self._queries(few) + 2)

    def test_queries_do_not_grow_when_every_order_is_wrong(self):
        def wrong(count):
            faults = {"client_order_ref": "SAME", "om_ship_to_scheme": "buyer", "om_ship_to_code": "9"}
            orders = self._orders(count, **faults)
            self._queries(orders)
            return orders

        few, many = wrong(2), wrong(40)
        self.assertEqual(len(self._open(many, "E-SHP-UNK")), 40)
        self.assertLessEqual(self._queries(many), self._queries(few) + 2)

    def test_queries_do_not_grow_with_prices_based_on_another_pricelist(self):
        base = self.env["product.pricelist"].create({"name": "Base"})
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.pricelist.id,
                "applied_on": "3_global",
                "compute_price": "formula",
                "base": "pricelist",
                "base_pricelist_id": base.id,
                "price_discount": 5.0,
            }
        )
        few, many = self._orders(2), self._orders(40)
        self._queries(few)
        self.assertLessEqual(self._queries(many), self._queries(few) + 2)
