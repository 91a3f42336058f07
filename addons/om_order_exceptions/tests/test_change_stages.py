from odoo.exceptions import UserError
from odoo.tests import tagged

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
class TestChangeStages(ChangeCommon):
    """The stage of goods, derived from moves in one, two and three steps, and what follows from it."""

    def _progress(self, order):
        return order.order_line[:1]._om_progress()[order.order_line[:1]]

    def test_stage_of_reserved_goods_is_before_picking(self):
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                order = self._confirmed(steps)
                progress = self._progress(order)
                self.assertEqual(
                    (progress.reserved, progress.picked, progress.furthest(), progress.begun),
                    (10, 0, "open", False),
                )

    def test_marked_as_picked_on_the_table(self):
        order = self._confirmed("ship_only")
        self._pick_on_table(order, 4)
        progress = self._progress(order)
        self.assertEqual((progress.picked, progress.packed, progress.staged), (4, 0, 0))
        self.assertEqual(progress.reduced_to(6), {"open"})
        self.assertEqual(progress.reduced_to(3), {"open", "picked"})

    def test_in_a_package_is_packed(self):
        order = self._confirmed("ship_only")
        picking = self._pick_on_table(order, 10)
        picking.move_line_ids.result_package_id = self.env["stock.package"].create({"name": "P1"})
        self.assertEqual((self._progress(order).packed, self._progress(order).furthest()), (10, "packed"))

    def test_pick_step_done_is_picked(self):
        for steps, staged in (("pick_ship", "at_output"), ("pick_pack_ship", "at_packing")):
            with self.subTest(steps=steps):
                order = self._confirmed(steps)
                self._do_step(order)
                progress = self._progress(order)
                self.assertEqual(
                    (progress.picked, progress.packed, getattr(progress, staged)), (10, 0, 10), progress
                )
                self.assertEqual(progress.reduced_to(0), {"picked"})

    def test_pack_step_done_is_packed(self):
        order = self._confirmed("pick_pack_ship")
        self._do_step(order)
        self._do_step(order)
        progress = self._progress(order)
        self.assertEqual((progress.picked, progress.packed, progress.at_output), (10, 10, 10), progress)

    def test_shipped_then_delivered_then_invoiced(self):
        order = self._confirmed("ship_only")
        self._deliver(order)
        self.assertEqual(self._progress(order).furthest(), "shipped")
        self.env["om.order.event"]._log("delivered", order)
        self.assertEqual(self._progress(order).furthest(), "delivered")
        order.sudo()._create_invoices().action_post()
        self.assertEqual(self._progress(order).reduced_to(0), {"delivered", "invoiced"})

    def test_what_a_vendor_ships_is_sent(self):
        order = self._confirmed("ship_only", route=self._dropship_route())
        self.assertEqual(self._progress(order).furthest(), "sent")

    def test_dropship_when_it_has_arrived_is_shipped(self):
        order = self._confirmed("ship_only", route=self._dropship_route())
        self._deliver(order)
        self.assertEqual(self._progress(order).furthest(), "shipped")

    def test_made_to_order_waits_before_picking(self):
        order = self._confirmed("ship_only", route=self._mto_route())
        self.assertEqual(self._progress(order).furthest(), "open")
        order.action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_kit_component_that_is_picked_makes_the_line_picked(self):
        order = self._confirmed("ship_only")
        self._pick_on_table(order, 2)
        line = order.order_line
        # a kit's moves are of other products than its line
        self.env.cr.execute(
            "UPDATE sale_order_line SET product_id = %s WHERE id = %s", [self.other_product.id, line.id]
        )
        self.env.invalidate_all()
        self.assertEqual(line._om_progress()[line].picked, 10)

    # -------------------------------------------------------------------- the matrix, cell by cell

    def test_every_kind_and_stage_has_a_policy(self):
        policies = self.env["om.change.policy"]
        for kind, _label in policies._fields["kind"].selection:
            for stage, _label in policies._fields["stage"].selection:
                with self.subTest(kind=kind, stage=stage):
                    self.assertIn((kind, stage), policies._matrix(self.company.id))

    def test_strictest_of_several_stages_holds(self):
        decide = self.env["om.change.policy"]._decide
        self.assertEqual(decide(self.company, "quantity_down", {"open", "picked"}), ("task", True))
        self.assertEqual(decide(self.company, "quantity_down", {"picked", "shipped"}), ("refuse", True))

    def test_policy_of_a_company_takes_the_place_of_the_common_one(self):
        policies = self.env["om.change.policy"].with_user(self.manager)
        policies.create({"kind": "date", "stage": "open", "action": "refuse", "company_id": self.company.id})
        self.assertEqual(policies._decide(self.company, "date", {"open"}), ("refuse", False))
        other = self.env["res.company"].create({"name": "Second Company"})
        self.assertEqual(policies._decide(other, "date", {"open"}), ("allow", False))

    def test_matrix_of_what_is_asked_at_each_stage(self):
        """Each stage in the deliveries that have it, each kind of change: what policy says comes out."""
        scenes = {
            "open": ("ship_only", "pick_ship", "pick_pack_ship"),
            "picked": ("ship_only", "pick_ship", "pick_pack_ship"),
            "packed": ("ship_only", "pick_pack_ship"),
            "shipped": ("ship_only", "pick_ship"),
            "delivered": ("ship_only",),
        }
        matrix = self.env["om.change.policy"]._matrix(self.company.id)
        for stage, all_steps in scenes.items():
            for steps in all_steps:
                order = self._confirmed(steps)
                getattr(self, f"_bring_to_{stage}")(order, steps)
                for kind, changes in self._changes(order).items():
                    with self.subTest(stage=stage, steps=steps, kind=kind):
                        request = self._request(order, changes)
                        request.action_evaluate()
                        self.assertEqual((request.action, request.needs_approval), matrix[kind, stage])
                        self.assertEqual(request.stage, stage)

    def test_invoiced_before_shipment(self):
        self.product.invoice_policy = "order"
        order = self._confirmed("ship_only")
        order.sudo()._create_invoices().action_post()
        matrix = self.env["om.change.policy"]._matrix(self.company.id)
        for kind in ("price", "quantity_down", "cancel_line", "cancel_order"):
            with self.subTest(kind=kind):
                request = self._request(order, self._changes(order)[kind])
                request.action_evaluate()
                self.assertEqual((request.action, request.needs_approval), matrix[kind, "invoiced"])
                self.assertEqual(request.stage, "invoiced")

    def test_change_that_policy_refuses_can_not_be_applied(self):
        order = self._confirmed("ship_only")
        self._deliver(order)
        request = self._request(order, self._changes(order)["date"])
        request.action_evaluate()
        with self.assertRaisesRegex(UserError, "return"):
            request.action_apply()
        self.assertEqual(request.state, "evaluated")
