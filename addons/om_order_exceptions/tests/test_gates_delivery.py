from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestDeliveryGates(OrderManagementCommon):
    """What is held is neither reserved nor shipped, on any way (probes P8, P19)."""

    WAYS = ("ship_only", "pick_ship", "pick_pack_ship")

    def _held_order(self, **values):
        """An order that its customer confirmed, with a date in the past."""
        order = self._order(commitment_date="2020-01-01 12:00:00", **values)
        order.sudo()._validate_order()
        return order

    def _cure(self, order):
        self._resolve(self._open(order), "fix_set_date", date="2099-01-04")

    def _open_pickings(self, order):
        return order.sudo().picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))

    def test_first_step_of_every_way_is_held_and_released(self):
        for way in self.WAYS:
            with self.subTest(way=way):
                self.warehouse.delivery_steps = way
                order = self._held_order()
                picking = self._open_pickings(order)
                picking.action_assign()
                self.env["stock.rule"].run_scheduler()
                picking.move_ids._trigger_assign()
                self.assertEqual(picking.move_ids.mapped("state"), ["confirmed"])
                self._cure(order)
                self.assertEqual(picking.move_ids.mapped("state"), ["assigned"])

    def test_hold_between_two_steps_keeps_the_goods_in_the_house(self):
        for way in self.WAYS[1:]:
            with self.subTest(way=way):
                self.warehouse.delivery_steps = way
                order = self._order()
                order.action_confirm()
                self._validate(self._open_pickings(order))
                order.commitment_date = "2020-01-01 12:00:00"
                self.env.cr.flush()
                self.assertTrue(order.om_is_held)
                with self.assertRaisesRegex(UserError, "E-DTE-PAST"):
                    self._validate(self._open_pickings(order))
                self._cure(order)
                while self._open_pickings(order):
                    self._validate(self._open_pickings(order))
                self.assertEqual(order.order_line.qty_delivered, 10)

    def _validate(self, picking):
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()

    def test_goods_that_arrive_are_not_reserved_for_a_held_order(self):
        scarce = self._new_product("Scarce", "SCA-1", 10.0, stock=0)
        order = self._held_order(order_line=[Command.create({"product_id": scarce.id, "product_uom_qty": 5})])
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "move_ids": [Command.create({"product_id": scarce.id, "product_uom_qty": 5})],
            }
        )
        receipt.action_confirm()
        self._validate(receipt)
        self.assertEqual(receipt.state, "done")
        self.assertEqual(order.picking_ids.move_ids.state, "confirmed")
        self._cure(order)
        self.assertEqual(order.picking_ids.move_ids.state, "assigned")

    def test_consumable_goods_are_held_like_stored_ones(self):
        paper = self._new_product("Paper", "PAP-1", 10.0, stock=0, is_storable=False)
        order = self._held_order(order_line=[Command.create({"product_id": paper.id, "product_uom_qty": 5})])
        self.assertEqual(order.picking_ids.move_ids.state, "confirmed")
        self._cure(order)
        self.assertEqual(order.picking_ids.move_ids.state, "assigned")

    def test_batch_of_transfers_with_a_held_one_does_not_leave(self):
        free, held = self._order(), self._held_order()
        free.action_confirm()
        pickings = self._open_pickings(free | held)
        with self.assertRaisesRegex(UserError, held.name):
            pickings.with_context(skip_backorder=True).button_validate()
        self._open_pickings(free).with_context(skip_backorder=True).button_validate()
        self.assertEqual((free.picking_ids.state, held.picking_ids.state != "done"), ("done", True))

    def test_block_at_ship_lets_reserve_but_not_leave(self):
        self.env.ref("om_order_exceptions.type_dte_past").blocks = "ship"
        order = self._order(commitment_date="2020-01-01 12:00:00")
        order.action_confirm()
        self.assertEqual((order.state, order.om_is_held), ("sale", False))
        self.assertEqual(order.picking_ids.state, "assigned")
        with self.assertRaisesRegex(UserError, "E-DTE-PAST"):
            self._validate(self._open_pickings(order))

    def test_block_at_invoice_lets_ship(self):
        self.env.ref("om_order_exceptions.type_dte_past").blocks = "invoice"
        order = self._order(commitment_date="2020-01-01 12:00:00")
        order.action_confirm()
        self._deliver(order)
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_warning_blocks_nothing(self):
        self.env.ref("om_order_exceptions.type_dte_past").blocks = False
        order = self._order(commitment_date="2020-01-01 12:00:00")
        order.action_confirm()
        self._deliver(order)
        self.assertTrue(self._open(order))

    def test_new_line_of_a_held_order_is_held_too(self):
        order = self._held_order()
        order.order_line = [Command.create({"product_id": self.other_product.id, "product_uom_qty": 5})]
        self.env.cr.flush()
        self.assertEqual(set(order.picking_ids.move_ids.mapped("state")), {"confirmed"})
        self._cure(order)
        self.assertEqual(set(order.picking_ids.move_ids.mapped("state")), {"assigned"})

    def test_hold_after_partial_delivery_holds_the_rest(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order, {self.product: 4})
        order.om_cancel_after = "2020-01-01"
        self.env.cr.flush()
        rest = self._open_pickings(order)
        self.assertEqual((rest.move_ids.product_uom_qty, rest.move_ids.state), (6, "confirmed"))

    def test_goods_picked_already_are_not_taken_out_of_the_hands_of_the_picker(self):
        order = self._order()
        order.action_confirm()
        order.picking_ids.move_ids.picked = True
        order.om_cancel_after = "2020-01-01"
        self.env.cr.flush()
        self.assertEqual(order.picking_ids.move_ids.quantity, 10)
        with self.assertRaisesRegex(UserError, "E-DTE-PAST"):
            order.picking_ids.with_context(skip_backorder=True).button_validate()

    def test_return_of_a_held_order_is_received(self):
        order = self._order()
        order.action_confirm()
        picking = self._deliver(order)
        order.om_cancel_after = "2020-01-01"
        order.order_line.product_uom_qty = 12  # so that there is something to hold
        self.env.cr.flush()
        self.assertTrue(order.om_is_held)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({})
        )
        wizard.product_return_moves.quantity = 2
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._validate(back)
        self.assertEqual((back.state, order.order_line.qty_delivered), ("done", 8))

    def test_transfers_without_an_order_are_free(self):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "move_ids": [Command.create({"product_id": self.product.id, "product_uom_qty": 5})],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_warehouse_worker_without_sales_rights_reads_why(self):
        worker = new_test_user(self.env, "om_worker", groups="stock.group_stock_user")
        order = self._held_order()
        picking = self._open_pickings(order).sudo(False).with_user(worker)
        self.assertIn("E-DTE-PAST", picking.om_hold_reason)
        with self.assertRaisesRegex(UserError, order.name):
            picking.button_validate()

    def test_seller_of_own_orders_only_ships_orders_of_others(self):
        seller = new_test_user(
            self.env, "om_seller_worker", groups="stock.group_stock_user,sales_team.group_sale_salesman"
        )
        order = self._order(user_id=self.manager.id)
        order.action_confirm()
        picking = self._open_pickings(order).sudo(False).with_user(seller)
        picking.move_ids.write({"quantity": 10, "picked": True})
        picking.button_validate()
        self.assertEqual(order.om_event_ids.filtered(lambda e: e.kind == "shipped").quantity, 10)

    def test_cancelled_order_leaves_nothing_held(self):
        order = self._held_order()
        order.action_cancel()
        self.assertEqual(order.picking_ids.state, "cancel")
        self.assertFalse(self._open(order))

    def test_made_to_order_goods_are_held_at_the_delivery(self):
        to_order = self.warehouse.mto_pull_id.route_id
        to_order.active = True
        self.product.route_ids = to_order
        order = self._held_order()
        picking = self._open_pickings(order)
        picking.action_assign()
        self.assertNotIn("assigned", picking.move_ids.mapped("state"))
        with self.assertRaisesRegex(UserError, "E-DTE-PAST"):
            self._validate(picking)
