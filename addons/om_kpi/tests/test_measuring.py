from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import KpiCommon


@tagged("post_install", "-at_install")
class TestMeasuring(KpiCommon):
    def _assert_verdict(self, fact, outcome, mature=True, in_full=False, on_time=False, otif=False):
        self.assertEqual(
            (fact.outcome, fact.is_mature, fact.is_in_full, fact.is_on_time, fact.is_otif),
            (outcome, mature, in_full, on_time, otif),
        )

    # ------------------------------------------------------------------------------------- G4

    def test_four_of_ten_are_neither_in_full_nor_on_time(self):
        order = self._promise([(self.product, 10)], end="03-05")
        self._ship(order, "03-04", {self.product: 4})
        self._measure("03-10")
        fact = self._fact(order)
        self.assertLessEqual(order.effective_date, order.commitment_date, "stock Odoo calls it on time")
        self._assert_verdict(fact, "overdue")
        self.assertEqual((fact.first_qty, fact.window_qty, fact.shipped_qty, fact.due_qty), (4, 4, 4, 10))
        self.assertTrue(fact.is_backorder)
        self.assertEqual(fact.unit_fill_rate, 0.4)

    def test_backorder_filled_later_is_full_but_late(self):
        order = self._promise([(self.product, 10)], end="03-05")
        self._ship(order, "03-04", {self.product: 4})
        self._ship(order, "03-09")
        self._measure("03-10")
        fact = self._fact(order)
        self._assert_verdict(fact, "late", in_full=True)
        self.assertFalse(fact.is_first_full)
        self.assertEqual(
            (fact.first_ship_date, fact.last_ship_date),
            (fields.Date.to_date("2026-03-04"), fields.Date.to_date("2026-03-09")),
        )

    def test_two_shipments_inside_the_window_are_otif_but_not_a_full_first_shipment(self):
        order = self._promise([(self.product, 10)], end="03-05")
        self._ship(order, "03-04", {self.product: 4})
        self._ship(order, "03-05")
        self._measure("03-06")
        fact = self._fact(order)
        self._assert_verdict(fact, "otif", in_full=True, on_time=True, otif=True)
        self.assertFalse(fact.is_first_full)
        self.assertEqual(fact.backorder_qty, 6)

    # -------------------------------------------------------------------------------- maturity

    def test_line_whose_window_has_not_ended_is_in_no_denominator(self):
        order = self._promise([(self.product, 10)], end="03-05")
        self._ship(order, "03-04", {self.product: 4})
        self._measure("03-05", "23:59")
        fact = self._fact(order)
        self._assert_verdict(fact, "open", mature=False)
        self.assertEqual((fact.due_qty, fact.fill_first_qty), (0, 0))
        figures = self._figures(self.lines, ["otif_rate", "unit_fill_rate"], [("id", "=", fact.id)])
        self.assertEqual(figures, {"otif_rate": False, "unit_fill_rate": False}, "empty, not nought")

    def test_line_past_its_window_and_not_delivered_is_a_failure(self):
        order = self._promise([(self.product, 10)], end="03-05")
        self._measure("03-05")
        self._assert_verdict(self._fact(order), "open", mature=False)
        self._measure("03-06", "00:00")  # nothing was written meanwhile: time alone made it due
        self._assert_verdict(self._fact(order), "overdue")
        self.assertEqual(self._fact(order).due_qty, 10)

    def test_line_filled_before_its_window_ends_is_measured_at_once(self):
        order = self._promise([(self.product, 10)], end="03-05")
        self._ship(order, "03-03")
        self._measure("03-03")
        self._assert_verdict(self._fact(order), "otif", in_full=True, on_time=True, otif=True)

    def test_without_a_promise_the_lead_time_of_the_line_counts(self):
        with self._on("03-01"):
            order = self._order([(self.product, 10)])
            order.order_line.customer_lead = 3
            order.action_confirm()
        self._measure("03-01")
        self.assertEqual(self._fact(order).window_end, fields.Date.to_date("2026-03-04"))

    def test_window_ends_at_midnight_of_the_ship_to(self):
        self.store.tz = "America/Los_Angeles"  # 03-05 12:00 UTC is 03-05 there, until 03-06 08:00 UTC
        order = self._promise([(self.product, 10)], end="03-05")
        self._ship(order, "03-06", hour="07:30")
        self._measure("03-10")
        fact = self._fact(order)
        self._assert_verdict(fact, "otif", in_full=True, on_time=True, otif=True)
        self.assertEqual(fact.last_ship_date, fields.Date.to_date("2026-03-05"))
        self.assertEqual(fact.closes_at, fields.Datetime.to_datetime("2026-03-06 08:00:00"))

    # ---------------------------------------------------------------------- what was ordered

    def test_cut_by_us_is_still_short(self):
        order = self._promise([(self.product, 10)])
        order.order_line.product_uom_qty = 6
        self._ship(order, "03-04")
        self._measure("03-10")
        fact = self._fact(order)
        self.assertEqual(order.delivery_status, "full", "stock Odoo calls it complete")
        self.assertEqual((fact.ordered_qty, fact.net_qty, fact.shipped_qty), (10, 10, 6))
        self._assert_verdict(fact, "short")
        self.assertFalse(fact.is_backorder, "a cut is no backorder")

    def test_cut_by_the_customer_in_time_is_no_longer_owed(self):
        order = self._promise([(self.product, 10)])
        order.order_line.write({"product_uom_qty": 6, "om_customer_cancelled_qty": 4})
        self._ship(order, "03-04")
        self._measure("03-10")
        fact = self._fact(order)
        self.assertEqual((fact.ordered_qty, fact.net_qty), (10, 6))
        self._assert_verdict(fact, "otif", in_full=True, on_time=True, otif=True)

    def test_more_ordered_later_is_owed(self):
        order = self._promise([(self.product, 10)])
        order.order_line.product_uom_qty = 12
        self._ship(order, "03-04", {self.product: 10})
        self._measure("03-10")
        self.assertEqual(self._fact(order).net_qty, 12)
        self._assert_verdict(self._fact(order), "overdue")

    def test_line_added_later_is_owed(self):
        order = self._promise([(self.product, 10)])
        with self._on("03-02"):
            order.order_line = [Command.create({"product_id": self.other_product.id, "product_uom_qty": 4})]
        order.order_line[1].product_uom_qty = 1
        self._measure("03-10")
        self.assertEqual(self._fact(order, self.other_product).net_qty, 4)

    def test_over_shipment_is_capped(self):
        order = self._promise([(self.product, 10)])
        self._ship(order, "03-04", {self.product: 13})
        self._measure("03-10")
        fact = self._fact(order)
        self.assertEqual((fact.shipped_qty, fact.fill_final_qty), (13, 10))
        self._assert_verdict(fact, "otif", in_full=True, on_time=True, otif=True)

    def test_returns_do_not_rewrite_history(self):
        order = self._promise([(self.product, 10)])
        picking = self._ship(order, "03-04")
        self._return(picking, self.product, 10)
        self._measure("03-10")
        self.assertEqual(order.order_line.qty_delivered, 0)
        self._assert_verdict(self._fact(order), "otif", in_full=True, on_time=True, otif=True)

    def test_order_that_we_cancel_is_a_failure(self):
        order = self._promise([(self.product, 10)])
        order.with_context(disable_cancel_warning=True).action_cancel()
        self._measure("03-10")
        self._assert_verdict(self._fact(order), "short")

    def test_order_that_the_customer_cancels_in_time_is_in_no_figure(self):
        order = self._promise([(self.product, 10)])
        order.with_context(disable_cancel_warning=True).action_cancel()
        order.om_kpi_exclusion = "customer"
        self._measure("03-10")
        self._assert_verdict(self._fact(order), "excluded", mature=False)
        self.assertFalse(self.orders.search([("order_id", "=", order.id)]))

    def test_cancelled_quotation_is_no_fact(self):
        order = self._order([(self.product, 10)])
        order.action_cancel()
        self.env["om.kpi.dirty"]._mark(orders=order.ids)
        self._measure("03-10")
        self.assertFalse(self._fact(order))

    def test_reset_to_draft_and_confirmed_again_starts_over(self):
        order = self._promise([(self.product, 10)])
        order.order_line.om_customer_cancelled_qty = 10
        order.with_context(disable_cancel_warning=True).action_cancel()
        order.om_kpi_exclusion = "customer"
        order.action_draft()
        self._measure("03-02")
        self.assertFalse(self._fact(order))
        with self._on("03-02"):
            order.order_line.product_uom_qty = 5
            order.action_confirm()
        self._measure("03-02")
        self.assertEqual((self._fact(order).net_qty, self._fact(order).outcome), (5, "open"))

    # ---------------------------------------------------------------- which lines and units

    def test_only_goods_are_measured(self):
        service = self._new_product("Set-up", "SVC", 10.0, stock=0, type="service", is_storable=False)
        order = self._promise([(self.product, 10), (service, 1)])
        with self._on("03-01"):
            order.order_line = [
                Command.create({"display_type": "line_note", "name": "Handle with care"}),
                Command.create({"product_id": self.other_product.id, "product_uom_qty": 0}),
            ]
        self._measure("03-10")
        self.assertEqual(self._fact(order).product_id, self.product)

    def test_quantities_are_in_the_unit_of_the_product(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._promise([(self.product, 1)])
        order.order_line.product_uom_id = dozen
        self._measure("03-02")
        self.assertEqual((self._fact(order).ordered_qty, self._fact(order).uom_id), (12, self.product.uom_id))

    def test_three_thirds_of_a_dozen_are_a_dozen(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        with self._on("03-01"):
            order = self._order([(self.product, 1)])
            order.order_line.product_uom_id = dozen
            order.commitment_date = "2026-03-05 12:00:00"
            order.action_confirm()
        for day in ("03-02", "03-03", "03-04"):
            self._ship(order, day, {self.product: 4})
        self._measure("03-10")
        self.assertEqual(self._fact(order).shipped_qty, 12)
        self._assert_verdict(self._fact(order), "otif", in_full=True, on_time=True, otif=True)

    def test_picking_in_the_warehouse_is_no_shipment(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._promise([(self.product, 10)], end="03-05")
        self._ship(order, "03-03")
        self._measure("03-04")
        self.assertEqual((self._fact(order).shipped_qty, self._fact(order).outcome), (0, "open"))
        self._measure("03-06")
        self._assert_verdict(self._fact(order), "overdue")
        self._ship(order, "03-07")
        self._measure("03-07")
        self.assertEqual(self._fact(order).shipped_qty, 10)
        self._assert_verdict(self._fact(order), "late", in_full=True)

    def test_kit_is_measured_as_ordered(self):
        """Two components of each kit; five whole kits have left when the scarcer component has."""
        order = self._promise([(self.product, 10)])
        picking = order.sudo().picking_ids
        move = picking.move_ids
        parts = [self._new_product(f"Part {n}", f"PART-{n}", 1.0) for n in range(2)]
        # as Odoo explodes a kit: the components' moves take the place of the product's
        for part, needed in zip(parts, (20, 10), strict=True):
            move.copy({"product_id": part.id, "product_uom_qty": needed, "sale_line_id": order.order_line.id})
        move._action_cancel()
        move.unlink()
        picking.action_confirm()
        self._ship(order, "03-04", {parts[0]: 11, parts[1]: 10})
        self._measure("03-04")
        self.assertEqual(self._fact(order).first_qty, 5)
        self._ship(order, "03-05")
        self._measure("03-10")
        fact = self._fact(order)
        self.assertEqual((fact.first_qty, fact.shipped_qty), (5, 10))
        self._assert_verdict(fact, "otif", in_full=True, on_time=True, otif=True)

    # ------------------------------------------------------------------- money and exceptions

    def test_posted_invoices_less_credit_notes(self):
        order = self._promise([(self.product, 10, 100.0)])
        self._ship(order, "03-04")
        invoice = order.sudo()._create_invoices()
        self._measure("03-10")
        self.assertEqual(self._fact(order).invoiced_amount, 0, "a draft is not invoiced")
        invoice.action_post()
        self._measure("03-10")
        self.assertEqual((self._fact(order).invoiced_qty, self._fact(order).invoiced_amount), (10, 1000))
        refund = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        refund.invoice_line_ids.quantity = 2
        refund.action_post()
        self._measure("03-10")
        self.assertEqual((self._fact(order).invoiced_qty, self._fact(order).invoiced_amount), (8, 800))

    def test_exceptions_of_the_line_are_counted(self):
        order = self._order([(self.product, 10, 150.0), (self.other_product, 1)])
        order._om_check()
        self.assertEqual(self._open(order).order_line_id.product_id, self.product, "far from the price list")
        order.order_line[0].price_unit = 100.0
        self.env.cr.flush()
        self.assertFalse(self._open(order))
        order.action_confirm()
        self._measure("03-02")
        self.assertEqual(self._fact(order, self.product).exception_count, 1)
        self.assertEqual(self._fact(order, self.other_product).exception_count, 0)
