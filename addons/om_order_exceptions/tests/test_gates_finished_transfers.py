from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_gates_warehouse_paths import HeldDelivery


@tagged("post_install", "-at_install")
class TestFinishedTransfers(HeldDelivery):
    """A transfer that is done is a back door: Odoo ships at once what is typed into it."""

    def setUp(self):
        super().setUp()
        self.order = self._order()
        self.order.action_confirm()
        self.done = self._deliver(self.order, {self.product: 4}).with_user(self.worker).sudo(False)
        self.order.commitment_date = "2020-01-01 12:00:00"
        self.env.cr.flush()
        self.assertTrue(self.order.om_is_held)

    def _on_hand(self):
        return super()._on_hand() + 4

    def _line(self, **values):
        return {
            "product_id": self.product.id,
            "quantity": 6,
            "location_id": self.stock.id,
            "location_dest_id": self.customers.id,
            **values,
        }

    def test_done_quantity_is_not_raised(self):
        self._assert_refused(self.order, self.done.move_ids.write, {"quantity": 10})
        self._assert_refused(self.order, self.done.move_ids.move_line_ids.write, {"quantity": 10})

    def test_done_quantity_may_be_corrected_down(self):
        self.done.move_ids.quantity = 3
        self.assertEqual(self.order.order_line.qty_delivered, 3)

    def test_done_line_is_not_added(self):
        lines = self.env["stock.move.line"].with_user(self.worker)
        self._assert_refused(self.order, lines.create, self._line(move_id=self.done.move_ids.id))
        self._assert_refused(self.order, lines.create, self._line(picking_id=self.done.id))

    def test_done_move_is_not_added(self):
        vals = {
            "product_id": self.product.id,
            "product_uom_qty": 6,
            "quantity": 6,
            "picking_id": self.done.id,
            "location_id": self.stock.id,
            "location_dest_id": self.customers.id,
        }
        moves = self.env["stock.move"].with_user(self.worker)
        self._assert_refused(self.order, moves.create, vals)
        self._assert_refused(self.order, moves.create, {**vals, "sale_line_id": self.order.order_line.id})

    def test_delivery_without_an_order_is_not_made_the_orders_afterwards(self):
        free = (
            self.env["stock.picking"]
            .with_user(self.worker)
            .create(
                {
                    "picking_type_id": self.warehouse.out_type_id.id,
                    "move_ids": [Command.create({"product_id": self.product.id, "product_uom_qty": 6})],
                }
            )
        )
        free.action_confirm()
        free.button_validate()
        self.assertEqual(free.state, "done")
        ways = (
            lambda: free.move_ids.write({"sale_line_id": self.order.sudo().order_line.id}),
            lambda: free.sudo().write({"sale_id": self.order.id}),
        )
        for number, way in enumerate(ways):
            with (
                self.subTest(way=number),
                self.assertRaisesRegex(UserError, "E-DTE-PAST"),
                self.cr.savepoint(),
            ):
                way()
            self.env.invalidate_all()
        self.assertEqual(self.order.order_line.qty_delivered, 4)
