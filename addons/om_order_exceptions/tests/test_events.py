from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestEvents(OrderManagementCommon):
    """The timeline of an order: one event per fact, never changed."""

    def _kinds(self, order):
        return order.sudo().om_event_ids.sorted("id").mapped("kind")

    def test_clean_order_from_confirmation_to_invoice(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        order.sudo()._create_invoices().action_post()
        self.assertEqual(self._kinds(order), ["confirmed", "released", "shipped", "invoiced"])

    def test_held_order_is_released_by_its_cure(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.sudo()._validate_order()
        self.assertEqual(self._kinds(order), ["confirmed", "held"])
        order.om_cancel_after = "2099-01-01"
        self.env.cr.flush()
        order._om_check()
        self.assertEqual(self._kinds(order), ["confirmed", "held", "released"])

    def test_second_exception_of_a_held_order_holds_nothing_anew(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.sudo()._validate_order()
        order.order_line.price_unit = 1.0
        self.env.cr.flush()
        order.order_line.price_unit = 100.0
        self.env.cr.flush()
        self.assertEqual(self._kinds(order), ["confirmed", "held"])

    def test_cancellation_is_one_event(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.sudo()._validate_order()
        order.action_cancel()
        self.assertEqual(self._kinds(order), ["confirmed", "held", "cancelled"])

    def test_event_tells_time_actor_and_source(self):
        order = self._order()
        order.action_confirm()
        picking = self._deliver(order)
        shipped = order.sudo().om_event_ids.filtered(lambda event: event.kind == "shipped")
        self.assertEqual((shipped.res_model, shipped.res_id), ("stock.picking", picking.id))
        self.assertEqual(
            order.om_event_ids.filtered(lambda e: e.kind == "confirmed").user_id, self.specialist
        )
        self.assertTrue(shipped.occurred_at)

    def test_each_partial_delivery_tells_what_left(self):
        order = self._order([(self.product, 10), (self.other_product, 5)])
        order.action_confirm()
        self._deliver(order, {self.product: 4})
        self._deliver(order)
        shipped = order.sudo().om_event_ids.filtered(lambda event: event.kind == "shipped").sorted("id")
        self.assertEqual(shipped.mapped("quantity"), [4, 11])

    def test_quantity_is_in_the_unit_of_the_order(self):
        order = self._order([(self.product, 2)])
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        order.order_line.price_unit = 1200.0
        order.action_confirm()
        self._deliver(order)
        self.assertEqual(order.om_event_ids.filtered(lambda e: e.kind == "shipped").quantity, 2)

    def test_only_the_last_step_of_a_delivery_is_a_shipment(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self._order()
        order.action_confirm()
        for _step in range(3):
            self._deliver(order)
        self.assertEqual(order.order_line.qty_delivered, 10)
        self.assertEqual(self._kinds(order).count("shipped"), 1)

    def test_return_is_an_event_with_its_quantity(self):
        order = self._order()
        order.action_confirm()
        picking = self._deliver(order)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({})
        )
        wizard.product_return_moves.quantity = 3
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": 3, "picked": True})
        back.button_validate()
        self.assertEqual(self._kinds(order), ["confirmed", "released", "shipped", "returned"])
        self.assertEqual(order.om_event_ids.filtered(lambda e: e.kind == "returned").quantity, 3)

    def test_invoice_for_two_orders_is_an_event_of_both(self):
        orders = self._order() | self._order()
        orders.action_confirm()
        for order in orders:
            self._deliver(order)
        invoice = orders.sudo()._create_invoices()
        self.assertEqual(len(invoice), 1)
        invoice.action_post()
        for order in orders:
            self.assertEqual(self._kinds(order).count("invoiced"), 1)

    def test_events_are_neither_changed_nor_deleted_by_anybody(self):
        order = self._order()
        order.action_confirm()
        event = order.om_event_ids[:1]
        admin = self.env.ref("base.user_admin")
        for user in (self.specialist, self.manager, admin, self.env.user):
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    event.with_user(user).write({"note": "never happened"})
                with self.assertRaises(UserError):
                    event.with_user(user).unlink()
        with self.assertRaises(UserError):
            event.sudo().write({"quantity": 5})

    def test_events_are_not_made_by_hand(self):
        values = {"order_ref": "S1", "company_id": self.company.id, "kind": "shipped"}
        for user in (self.specialist, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["om.order.event"].with_user(user).create(values)

    def test_events_of_a_deleted_order_keep_its_reference(self):
        order = self._order()
        name = order.name
        event = self.env["om.order.event"]._log("received", order)
        order.sudo().unlink()
        self.env.invalidate_all()
        self.assertEqual((event.order_id.id, event.order_ref), (False, name))
        seller = new_test_user(self.env, "om_event_seller", groups="sales_team.group_sale_salesman")
        self.assertNotIn(event, self.env["om.order.event"].with_user(seller).search([]))
