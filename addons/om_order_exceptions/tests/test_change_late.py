from odoo.exceptions import UserError
from odoo.tests import tagged

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
class TestLateChange(ChangeCommon):
    """Changes after the cut-off, or of goods that are picked or packed."""

    def test_late_change_is_a_case_that_holds_the_shipment(self):
        order = self._confirmed("pick_ship")
        self._do_step(order)
        request = self._asked(order, "quantity_down")
        [case] = self._open(order)
        self.assertEqual((case.code, case.blocks, case.res_model), ("E-CHG-LATE", "ship", request._name))
        with self.assertRaises(UserError):
            self._do_step(order)
        request.refusal = "Too late"
        request.action_refuse()
        self.assertFalse(self._open(order))
        self._do_step(order)
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_change_after_the_cut_off_is_late(self):
        order = self._confirmed()
        self.assertFalse(self._asked(order, "quantity_down").is_late)
        self.company.om_change_cutoff_hours = 24 * 30
        request = self._asked(order, "quantity_down")
        self.assertTrue(request.is_late and request.needs_approval)
        self.assertTrue(self._open(order, "E-CHG-LATE"))

    def test_late_case_is_decided_in_the_queue(self):
        order = self._confirmed("pick_ship")
        self._do_step(order)
        request = self._asked(order, "quantity_down")
        self._resolve(self._open(order), "fix_apply_change", user=self.manager)
        self.assertEqual((request.state, order.order_line.product_uom_qty), ("applied", 6))
        self.assertFalse(self._open(order, "E-CHG-LATE"))

    def test_late_case_is_refused_in_the_queue(self):
        order = self._confirmed("pick_ship")
        self._do_step(order)
        request = self._asked(order, "quantity_down")
        self._resolve(self._open(order), "fix_refuse_change", reason="gone")
        self.assertEqual((request.state, request.refusal), ("refused", "gone"))
        self.assertFalse(self._open(order))

    def test_change_of_picked_goods_puts_them_back(self):
        for steps in ("pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                order = self._confirmed(steps)
                self._do_step(order)
                request = self._asked(order, "quantity_down")
                self.assertEqual((request.action, request.needs_approval), ("task", True))
                request.with_user(self.manager).action_approve()
                self.assertEqual((request.state, request.put_back_state), ("applied", "open"))
                back = request.sudo().put_back_ids
                self.assertEqual(back.move_ids.mapped("product_uom_qty"), [4])
                self.assertEqual(back.location_dest_id, order.warehouse_id.lot_stock_id)
                next_step = self._open_pickings(order) - back
                self.assertEqual(next_step.move_ids.mapped("product_uom_qty"), [6])
                request.action_put_back_done()
                self.assertEqual((back.state, request.put_back_state), ("done", "done"))
                while self._open_pickings(order):
                    self._do_step(order)
                self.assertEqual(order.order_line.qty_delivered, 6)
                order.order_line.product_uom_qty = 7
                self.assertEqual(self._open_pickings(order).move_ids.mapped("product_uom_qty"), [1])

    def test_change_of_goods_on_the_table_is_a_task(self):
        order = self._confirmed()
        self._pick_on_table(order, 10)
        request = self._asked(order, "quantity_down")
        request.with_user(self.manager).action_approve()
        self.assertEqual((request.put_back_state, request.sudo().put_back_ids.ids), ("open", []))
        self.assertEqual(
            request.activity_ids.activity_type_id, self.env.ref("om_order_exceptions.activity_put_back")
        )
        self.assertEqual(self._open_pickings(order).move_ids.mapped("product_uom_qty"), [6])
        request.action_put_back_done()
        self.assertEqual(request.put_back_state, "done")

    def test_packed_goods_wait_for_the_warehouse(self):
        for answer, state, quantity in (
            ("action_warehouse_stopped", "applied", 6),
            ("action_warehouse_too_late", "refused", 10),
        ):
            with self.subTest(answer=answer):
                order = self._confirmed("pick_pack_ship")
                self._bring_to_packed(order, "pick_pack_ship")
                request = self._asked(order, "quantity_down")
                request.action_apply()
                self.assertEqual(request.state, "warehouse")
                getattr(request, answer)()
                self.assertEqual((request.state, order.order_line.product_uom_qty), (state, quantity))
