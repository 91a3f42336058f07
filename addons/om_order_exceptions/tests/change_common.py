from odoo.fields import Command
from odoo.tests import new_test_user

from .common import OrderManagementCommon


class ChangeCommon(OrderManagementCommon):
    """Orders at any stage of one, two and three steps, and requests to change them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.group_user").implied_ids += cls.env.ref("stock.group_stock_multi_locations")
        cls.second_manager = new_test_user(
            cls.env, "om_manager_2", groups="om_order_exceptions.group_manager", name="Max Manager"
        )

    def _confirmed(self, steps="ship_only", quantity=10, route=None, lines=None, **values):
        """A confirmed order of the specialist, in a warehouse with so many steps."""
        warehouse = self._warehouse(steps)
        order = self._order(lines or [(self.product, quantity)], warehouse_id=warehouse.id, **values)
        if route:
            order.order_line.route_ids = route
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        return order

    def _user(self, login, groups, **values):
        return new_test_user(self.env, f"om_change_{login}", groups=groups, **values)

    def _warehouse(self, steps):
        if steps == "ship_only":
            return self.warehouse
        warehouses = self.env["stock.warehouse"]
        found = warehouses.search([("code", "=", steps[-10:-5])])
        if not found:
            found = warehouses.create({"name": steps, "code": steps[-10:-5], "delivery_steps": steps})
            for product in (self.product, self.other_product):
                self.env["stock.quant"]._update_available_quantity(product, found.lot_stock_id, 1000)
        return found

    def _open_pickings(self, order):
        return order.sudo().picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))

    def _do_step(self, order, quantity=None):
        """Do the open step of the delivery: all of it, or ``quantity`` with a backorder."""
        picking = self._open_pickings(order).sorted("id")[:1]
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty if quantity is None else quantity
            move.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        return picking

    def _pick_on_table(self, order, quantity):
        """Mark ``quantity`` as picked without validating the transfer."""
        picking = self._open_pickings(order)[:1]
        for move in picking.move_ids:
            lines = move.move_line_ids
            if quantity < move.product_uom_qty:
                lines[0].quantity = quantity
                lines |= lines[0].copy({"quantity": move.product_uom_qty - quantity})
            lines[0].picked = True
            (lines - lines[0]).picked = False
        return picking

    def _bring_to_open(self, order, steps):
        pass

    def _bring_to_picked(self, order, steps):
        if steps == "ship_only":
            self._pick_on_table(order, 10)
        else:
            self._do_step(order)

    def _bring_to_packed(self, order, steps):
        if steps == "ship_only":
            picking = self._pick_on_table(order, 10)
            picking.move_line_ids.result_package_id = self.env["stock.package"].create({"name": order.name})
        else:
            self._do_step(order)
            self._do_step(order)

    def _bring_to_shipped(self, order, steps):
        for _step in range({"ship_only": 1, "pick_ship": 2, "pick_pack_ship": 3}[steps]):
            self._do_step(order)

    def _bring_to_delivered(self, order, steps):
        self._bring_to_shipped(order, steps)
        self.env["om.order.event"]._log("delivered", order)

    def _changes(self, order):
        """Each kind of change of an order's first line: ``{row of the matrix: values of the lines}``."""
        line = order.order_line[:1]
        return {
            "quantity_up": [{"kind": "quantity", "order_line_id": line.id, "quantity": 12}],
            "quantity_down": [{"kind": "quantity", "order_line_id": line.id, "quantity": 6}],
            "price": [{"kind": "price", "order_line_id": line.id, "price_unit": 90}],
            "date": [{"kind": "date", "date": "2099-05-01 12:00:00"}],
            "ship_to": [{"kind": "ship_to", "partner_shipping_id": self.buyer.id}],
            "substitute": [
                {"kind": "substitute", "order_line_id": line.id, "product_id": self.other_product.id}
            ],
            "add_line": [{"kind": "add_line", "product_id": self.other_product.id, "quantity": 2}],
            "cancel_line": [{"kind": "cancel_line", "order_line_id": line.id}],
            "cancel_order": [{"kind": "cancel_order"}],
        }

    def _request(self, order, changes, user=None, **values):
        """A change request of the specialist: draft."""
        return (
            self.env["om.change.request"]
            .with_user(user or self.specialist)
            .create(
                {
                    "order_id": order.id,
                    "line_ids": [Command.create(change) for change in changes],
                    **values,
                }
            )
        )

    def _asked(self, order, kind, user=None, **values):
        """An evaluated request of one kind of change."""
        request = self._request(order, self._changes(order)[kind], user=user, **values)
        request.action_evaluate()
        return request

    def _dropship_route(self):
        return self._route(
            "Dropship", self.env.ref("stock.stock_location_suppliers"), procure_method="make_to_stock"
        )

    def _mto_route(self):
        transit = self.env["stock.location"].create(
            {"name": "Other House", "usage": "internal", "location_id": self.warehouse.view_location_id.id}
        )
        route = self._route("Make to Order", self.warehouse.lot_stock_id, procure_method="make_to_order")
        self.env["stock.rule"].create(
            {
                "name": "Supply",
                "action": "pull",
                "route_id": route.id,
                "picking_type_id": self.warehouse.int_type_id.id,
                "location_src_id": transit.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "procure_method": "make_to_stock",
            }
        )
        return route

    def _route(self, name, source, procure_method):
        return self.env["stock.route"].create(
            {
                "name": name,
                "sale_selectable": True,
                "rule_ids": [
                    Command.create(
                        {
                            "name": name,
                            "action": "pull",
                            "picking_type_id": self.warehouse.out_type_id.id,
                            "location_src_id": source.id,
                            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                            "procure_method": procure_method,
                        }
                    )
                ],
            }
        )
