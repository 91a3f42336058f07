from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
class TestCancellation(ChangeCommon):
    """Cancelling an order by every way, at every stage (T5.2, G8)."""

    def _request_of(self, order):
        return order.sudo(False).with_user(self.specialist).om_change_ids

    def test_quotation_is_cancelled_as_ever(self):
        order = self._order()
        order.action_cancel()
        self.assertEqual((order.state, order.om_change_ids.ids), ("cancel", []))

    def test_order_before_picking_is_cancelled_as_ever(self):
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                order = self._confirmed(steps)
                order.action_cancel()
                self.assertEqual((order.state, order.om_change_ids.ids), ("cancel", []))
                self.assertEqual(set(order.sudo().picking_ids.mapped("state")), {"cancel"})

    def test_g8_delivered_order_is_not_cancelled(self):
        order = self._confirmed()
        self._deliver(order)
        for way in ("action_cancel", "_action_cancel", "mass"):
            with self.subTest(way=way), self.assertRaisesRegex(UserError, f"{order.name}.*return"):
                if way == "mass":
                    self._mass_cancel(order)
                else:
                    getattr(order, way)()
        self.assertEqual(order.state, "sale")

    def test_order_whose_goods_all_came_back_is_cancelled_as_ever(self):
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                order = self._confirmed(steps)
                self._deliver_all(order)
                self._take_back(order, 10)
                order.action_cancel()
                self.assertEqual((order.state, order.om_change_ids.ids), ("cancel", []))

    def test_order_of_which_some_came_back_keeps_what_the_customer_has(self):
        for steps in ("ship_only", "pick_ship"):
            with self.subTest(steps=steps):
                order = self._confirmed(steps)
                self._deliver_all(order)
                self._take_back(order, 4)
                order.action_cancel()
                self.assertEqual((order.state, order.order_line.product_uom_qty), ("sale", 6))
                self.assertFalse(self._request_of(order).put_back_state)

    def test_g8_order_of_services_that_are_done_is_not_cancelled(self):
        service = self._new_product("Advice", "ADV", 50.0, stock=0, type="service", is_storable=False)
        order = self._order([(service, 2)])
        order.action_confirm()
        order.order_line.qty_delivered = 2
        with self.assertRaises(UserError):
            order.action_cancel()

    def test_partly_delivered_order_keeps_what_was_delivered(self):
        for steps in ("ship_only", "pick_ship"):
            with self.subTest(steps=steps):
                order = self._confirmed(steps)
                if steps == "pick_ship":
                    self._do_step(order, 4)
                    out = self._open_pickings(order).filtered(lambda p: p._is_to_external_location())
                    out.move_ids.quantity = 4
                    out.move_ids.picked = True
                    out.with_context(skip_backorder=True).button_validate()
                else:
                    self._do_step(order, 4)
                self.assertEqual(order.order_line.qty_delivered, 4)
                order.action_cancel()
                self.assertEqual((order.state, order.order_line.product_uom_qty), ("sale", 4))
                self.assertFalse(self._open_pickings(order).move_ids)
                self.assertEqual(self._request_of(order).state, "applied")

    def test_one_of_two_lines_is_delivered(self):
        order = self._confirmed(lines=[(self.product, 10), (self.other_product, 5)])
        self._deliver(order, {self.product: 10})
        order.action_cancel()
        self.assertEqual((order.state, order.order_line.mapped("product_uom_qty")), ("sale", [10, 0]))

    def test_picked_order_is_cancelled_and_put_back(self):
        for steps in ("pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                order = self._confirmed(steps)
                stock = order.warehouse_id.lot_stock_id
                on_shelf = self._on_hand(stock) + 10
                self._do_step(order)
                order.action_cancel()
                request = self._request_of(order)
                self.assertEqual((order.state, request.put_back_state), ("cancel", "open"))
                [case] = self._open(order)
                self.assertEqual((case.code, case.blocks), ("E-CXL-PICK", False))
                back = request.sudo().put_back_ids
                self.assertEqual((back.move_ids.product_uom_qty, back.location_dest_id), (10, stock))
                self.assertEqual(self._open_pickings(order), back)
                self._do_step(order)
                self.assertEqual((self._on_hand(stock), request.put_back_state), (on_shelf, "done"))
                self.env.cr.flush()
                self.assertFalse(self._open(order))

    def test_packed_order_waits_for_the_warehouse_and_comes_back_by_both_steps(self):
        order = self._confirmed("pick_pack_ship")
        stock = order.warehouse_id.lot_stock_id
        on_shelf = self._on_hand(stock) + 10
        self._bring_to_packed(order, "pick_pack_ship")
        action = order.action_cancel()
        request = self._request_of(order)
        self.assertEqual((order.state, request.state, action["res_id"]), ("sale", "warehouse", request.id))
        self.assertEqual(set(self._open(order).mapped("code")), {"E-CHG-LATE", "E-CXL-PICK"})
        request.action_warehouse_stopped()
        self.assertEqual((order.state, request.state), ("cancel", "applied"))
        self.assertEqual(len(request.sudo().put_back_ids), 2)
        while self._open_pickings(order):
            pickings = self._open_pickings(order).filtered(lambda p: p.state == "assigned")
            self.assertTrue(pickings)
            self._do_picking(pickings[:1])
        self.assertEqual((self._on_hand(stock), request.put_back_state), (on_shelf, "done"))

    def test_order_at_a_vendor_waits_for_its_answer(self):
        order = self._confirmed(route=self._dropship_route())
        order.action_cancel()
        request = self._request_of(order)
        self.assertEqual((order.state, request.state, request.stage), ("sale", "warehouse", "sent"))
        self.assertTrue(request.activity_ids)
        request.action_warehouse_too_late()
        self.assertEqual((order.state, request.state), ("sale", "refused"))
        self.assertFalse(self._open(order))

    def test_made_to_order_is_cancelled_before_its_goods_came(self):
        order = self._confirmed(route=self._mto_route())
        order.action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_goods_on_the_table_are_a_task(self):
        order = self._confirmed()
        self._pick_on_table(order, 10)
        order.action_cancel()
        request = self._request_of(order)
        self.assertEqual((order.state, request.put_back_state), ("cancel", "open"))
        self.assertTrue(self._open(order, "E-CXL-PICK"))
        self._resolve(self._open(order, "E-CXL-PICK"), "fix_put_back")
        self.assertEqual(request.put_back_state, "done")
        self.assertFalse(self._open(order))

    def test_invoiced_order_needs_a_manager(self):
        self.product.invoice_policy = "order"
        order = self._confirmed()
        order.sudo()._create_invoices().action_post()
        order.action_cancel()
        request = self._request_of(order)
        self.assertEqual((order.state, request.state), ("sale", "approval"))
        request.with_user(self.manager).action_approve()
        self.assertEqual((order.state, request.state), ("cancel", "applied"))

    def test_deposit_that_was_billed_needs_a_manager(self):
        order = self._confirmed()
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 20})
        )
        wizard._create_invoices(order.sudo()).action_post()
        order.action_cancel()
        self.assertEqual((order.state, order.om_change_ids.state), ("sale", "approval"))

    def test_asking_twice_makes_one_request(self):
        order = self._confirmed(route=self._dropship_route())
        order.action_cancel()
        order.action_cancel()
        self.assertEqual(len(order.om_change_ids), 1)

    def test_mass_action_cancels_what_may_be_and_asks_for_the_rest(self):
        clean, picked = self._confirmed("pick_ship"), self._confirmed("pick_ship")
        packed = self._confirmed("pick_pack_ship")
        self._do_step(picked)
        self._bring_to_packed(packed, "pick_pack_ship")
        self._mass_cancel(clean | picked | packed)
        self.assertEqual([clean.state, picked.state, packed.state], ["cancel", "cancel", "sale"])
        self.assertEqual(packed.om_change_ids.state, "warehouse")

    def test_policy_may_have_every_cancellation_approved(self):
        self.env.ref("om_order_exceptions.change_cancel_order_open").needs_approval = True
        order = self._confirmed()
        order.action_cancel()
        self.assertEqual((order.state, self._request_of(order).state), ("sale", "approval"))

    def test_context_of_a_client_opens_nothing(self):
        order = self._confirmed()
        self._deliver(order)
        for value in (True, "<internal>", {}, 1):
            with self.subTest(value=value), self.assertRaises(UserError):
                order.with_context(om_change=value).action_cancel()

    def test_cancellation_as_a_fix_meets_the_matrix(self):
        order = self._confirmed("pick_ship", client_order_ref="PO-77")
        twin = self._confirmed("pick_ship", client_order_ref="PO-78")
        self._deliver_all(twin)
        twin.client_order_ref = "PO 77"
        self.env.cr.flush()
        if cases := self._open(twin, "E-DUP"):
            with self.assertRaises(UserError):
                self._resolve(cases, "fix_cancel_order")
        self.assertEqual((order.state, twin.state), ("sale", "sale"))

    def test_return_starts_from_what_was_shipped(self):
        order = self._confirmed()
        self._deliver(order)
        request = self._asked(order, "cancel_order")
        action = request.action_return()
        self.assertIn(action["res_model"], ("stock.return.picking", "om.rma"))

    def test_seller_of_another_order_cancels_nothing(self):
        seller = self._user("own", "sales_team.group_sale_salesman")
        order = self._confirmed()
        order.sudo().user_id = self.manager
        with self.assertRaises(AccessError):
            order.with_user(seller).action_cancel()

    def test_seller_cancels_an_own_order_that_is_picked(self):
        seller = self._user("own", "sales_team.group_sale_salesman")
        order = self._confirmed("pick_ship")
        order.sudo().user_id = seller
        self._do_step(order)
        order.with_user(seller).action_cancel()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.om_change_ids.asked_by_id, seller)

    def test_look_at_a_batch_costs_a_constant_number_of_queries(self):
        counts = []
        for size in (1, 2, 10):  # the first reads what is read once per process
            orders = self.env["sale.order"].concat(*(self._confirmed() for _number in range(size)))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(orders.with_user(self.specialist)._om_needs_cancellation_request())
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    # --------------------------------------------------------------------------------- builders

    def _mass_cancel(self, orders):
        orders.env["sale.mass.cancel.orders"].create({"sale_order_ids": orders.ids}).action_mass_cancel()

    def _on_hand(self, location):
        return self.env["stock.quant"]._get_available_quantity(self.product, location)

    def _take_back(self, order, quantity):
        """Return so much of an order's last shipment."""
        shipped = order.sudo().picking_ids.filtered(
            lambda picking: picking.state == "done" and picking._is_to_external_location()
        )
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=shipped[-1:].id)
            .create({})
        )
        wizard.product_return_moves.quantity = quantity
        self._do_picking(self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]))

    def _deliver_all(self, order):
        while self._open_pickings(order):
            self._do_step(order)

    def _do_picking(self, picking):
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty
            move.picked = True
        picking.button_validate()
