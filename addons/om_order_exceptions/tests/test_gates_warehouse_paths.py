from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import OrderManagementCommon


class HeldDelivery(OrderManagementCommon):
    """A worker of the warehouse, in a hurry or in bad faith, before the delivery of a held order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = new_test_user(cls.env, "om_worker", groups="stock.group_stock_user")
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.stock = cls.warehouse.lot_stock_id

    def _held_order(self, **values):
        """An order that its customer confirmed, with a date in the past: held at release."""
        order = self._order(commitment_date="2020-01-01 12:00:00", **values)
        order.sudo()._validate_order()
        return order

    def _late_hold(self, code="type_dte_past", stage=None):
        """An order that is reserved, and held then; at ``stage`` where given."""
        order = self._order()
        order.action_confirm()
        if stage:
            self.env.ref(f"om_order_exceptions.{code}").blocks = stage
        order.commitment_date = "2020-01-01 12:00:00"
        self.env.cr.flush()
        return order

    def _picking(self, order):
        return order.sudo().picking_ids.with_user(self.worker).sudo(False)

    def _assert_refused(self, order, call, *args, **kwargs):
        with self.assertRaisesRegex(UserError, f"{order.name}: E-DTE-PAST"), self.cr.savepoint():
            call(*args, **kwargs)
        self.env.invalidate_all()
        self.assertEqual(self._on_hand(), 100)

    def _on_hand(self):
        return self.env["stock.quant"]._get_available_quantity(self.product, self.stock) + sum(
            self.env["stock.quant"]._gather(self.product, self.stock).mapped("reserved_quantity")
        )

    def _cure(self, order):
        self._resolve(self._open(order), "fix_set_date", date="2099-01-04")


@tagged("post_install", "-at_install")
class TestReservationPaths(HeldDelivery):
    """Nothing is reserved for an order that is held at release."""

    def test_quantity_is_not_typed(self):
        order = self._held_order()
        move = self._picking(order).move_ids
        self._assert_refused(order, move.write, {"quantity": 10})
        self._assert_refused(
            order, self._picking(order).write, {"move_ids": [Command.update(move.id, {"quantity": 1})]}
        )
        self.assertEqual((move.quantity, move.state), (0, "confirmed"))

    def test_quantity_is_not_typed_into_the_form(self):
        order = self._held_order()
        form = Form(self._picking(order))
        with form.move_ids.edit(0) as line:
            line.quantity = 3
        self._assert_refused(order, form.save)

    def test_detailed_operation_is_not_created(self):
        order = self._held_order()
        move = self._picking(order).move_ids
        lines = self.env["stock.move.line"].with_user(self.worker)
        line = {
            "product_id": self.product.id,
            "quantity": 5,
            "location_id": self.stock.id,
            "location_dest_id": self.customers.id,
        }
        for link in ({"move_id": move.id}, {"picking_id": move.picking_id.id}):
            with self.subTest(link=link):
                self._assert_refused(order, lines.create, {**line, **link})
        # of nothing, and filled afterwards
        empty = lines.create({**line, "quantity": 0, "move_id": move.id})
        self._assert_refused(order, empty.write, {"quantity": 5})

    def test_more_than_the_demand_is_not_forced(self):
        order = self._held_order()
        order.picking_ids.move_ids._action_assign(force_qty=10)
        self.assertEqual(order.picking_ids.move_ids.quantity, 0)

    def test_less_may_be_typed_when_the_hold_comes_later(self):
        order = self._order()
        order.action_confirm()
        move = self._picking(order).move_ids
        move.picked = True
        order.commitment_date = "2020-01-01 12:00:00"
        self.env.cr.flush()
        self.assertEqual(move.quantity, 10)
        move.quantity = 4
        self.assertEqual(move.quantity, 4)
        self._assert_refused(order, move.write, {"quantity": 5})

    def test_ticked_off_without_goods_is_reserved_at_the_release_all_the_same(self):
        order = self._held_order()
        self._picking(order).move_ids.picked = True
        self._cure(order)
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_moves_of_a_held_and_of_a_free_order_are_not_merged(self):
        held = self._held_order()
        free = self._order()
        free.action_confirm()
        (held.picking_ids.move_ids | free.picking_ids.move_ids)._merge_moves()
        self.assertEqual(held.picking_ids.move_ids.product_uom_qty, 10)
        self.assertEqual(free.picking_ids.move_ids.quantity, 10)

    def test_lower_demand_of_a_held_order_is_taken_over(self):
        order = self._held_order()
        order.order_line.product_uom_qty = 4
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 4)

    def test_goods_that_another_order_gives_back_stay_free(self):
        order = self._held_order(
            order_line=[Command.create({"product_id": self.product.id, "product_uom_qty": 100})]
        )
        other = self._order([(self.product, 100)])
        other.action_confirm()
        other.action_cancel()
        self.env["stock.rule"].run_scheduler()
        self.assertEqual(order.picking_ids.move_ids.mapped("quantity"), [0])


@tagged("post_install", "-at_install")
class TestPrintPaths(HeldDelivery):
    """No picking slip before the release (T1.1)."""

    def test_picking_slip_of_a_held_order_is_not_printed(self):
        order = self._held_order()
        picking = self._picking(order)
        self._assert_refused(order, picking.do_print_picking)
        self.assertFalse(picking.printed)
        for report in ("stock.report_picking", "stock.report_deliveryslip"):
            for render in ("_render_qweb_html", "_render_qweb_pdf", "_render_qweb_text"):
                with self.subTest(report=report, render=render):
                    method = getattr(self.env["ir.actions.report"].with_user(self.worker), render)
                    self._assert_refused(order, method, report, picking.ids)

    def test_it_is_printed_when_released_and_when_done(self):
        order = self._held_order()
        self._cure(order)
        slips = self.env["ir.actions.report"].with_user(self.worker)
        slips._render_qweb_html("stock.report_deliveryslip", order.picking_ids.ids)
        picking = self._deliver(order)
        order.write(
            {
                "commitment_date": "2020-01-01 12:00:00",
                "order_line": [Command.create({"product_id": self.other_product.id, "product_uom_qty": 1})],
            }
        )
        self.env.cr.flush()
        self.assertTrue(order.om_is_held)
        slips._render_qweb_html("stock.report_deliveryslip", picking.ids)


@tagged("post_install", "-at_install")
class TestShippingPaths(HeldDelivery):
    """Nothing leaves for an order that is held; here it is reserved, and blocked at the door."""

    def setUp(self):
        super().setUp()
        self.order = self._late_hold(stage="ship")
        self.picking = self._picking(self.order)
        self.move = self.picking.move_ids
        self.assertEqual(self.move.quantity, 10)

    def test_by_any_context(self):
        for context in (
            {},
            {"skip_sanity_check": True},
            {"skip_backorder": True},
            {"cancel_backorder": True},
            {"is_scrap": True},
            {"button_validate_picking_ids": self.picking.ids},
            {"picking_ids_not_to_backorder": self.picking.ids},
            {"om_customer_confirms": True, "om_checked": True, "om_confirming": True},
        ):
            with self.subTest(context=context):
                self._assert_refused(self.order, self.picking.with_context(**context).button_validate)

    def test_by_the_backorder_dialog(self):
        self.move.write({"quantity": 4, "picked": True})
        wizard = (
            self.env["stock.backorder.confirmation"]
            .with_user(self.worker)
            .with_context(button_validate_picking_ids=self.picking.ids)
            .create({"pick_ids": self.picking.ids})
        )
        for answer in (wizard.process, wizard.process_cancel_backorder):
            with self.subTest(answer=answer.__name__):
                self._assert_refused(self.order, answer)

    def test_by_putting_it_in_a_pack(self):
        self.picking.action_put_in_pack()
        self.assertTrue(self.move.move_line_ids.result_package_id)
        self._assert_refused(self.order, self.picking.button_validate)

    def test_by_splitting_the_transfer(self):
        self.move.write({"quantity": 4, "picked": True})
        self.picking.action_split_transfer()
        for picking in self._picking(self.order):
            self._assert_refused(self.order, picking.button_validate)

    def test_by_calling_the_move_done(self):
        self._assert_refused(self.order, self.move.write, {"state": "done"})
        self._assert_refused(self.order, self.move.move_line_ids.write, {"state": "done"})

    def test_by_cutting_the_move_off_its_order(self):
        other = self._order()
        other.action_confirm()
        ways = (
            lambda: self.move.write({"sale_line_id": False}),
            lambda: self.move.write({"sale_line_id": other.order_line.id}),
            lambda: self.move.write({"product_id": self.other_product.id}),
            lambda: self.picking.write({"sale_id": False}),
            lambda: self.order.sudo().order_line.write({"move_ids": [Command.unlink(self.move.id)]}),
        )
        for number, way in enumerate(ways):
            with self.subTest(way=number):
                self._assert_refused(self.order, way)

    def test_by_a_line_that_is_added_by_hand(self):
        self.move.write({"quantity": 0, "picked": False})
        for product in (self.product, self.other_product):
            with self.subTest(product=product.name), self.cr.savepoint() as savepoint:
                self.picking.move_ids = [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": 2,
                            "quantity": 2,
                            "picked": True,
                            "location_id": self.stock.id,
                            "location_dest_id": self.customers.id,
                        }
                    )
                ]
                self._assert_refused(
                    self.order, self.picking.with_context(skip_backorder=True).button_validate
                )
                savepoint.rollback()

    def test_by_calling_it_a_return(self):
        """What comes back from a customer is never held: so the hurried say that this does."""
        self.move.location_id = self.customers
        line = (
            self.env["stock.move.line"]
            .with_user(self.worker)
            .create(
                {
                    "move_id": self.move.id,
                    "product_id": self.product.id,
                    "quantity": 10,
                    "location_id": self.stock.id,
                    "location_dest_id": self.customers.id,
                    "picked": True,
                }
            )
        )
        self.assertEqual(line.location_id, self.stock)
        self._assert_refused(self.order, self.picking.with_context(skip_backorder=True).button_validate)

    def test_by_scrapping_to_the_customer(self):
        scrap = (
            self.env["stock.scrap"]
            .with_user(self.worker)
            .create(
                {
                    "product_id": self.product.id,
                    "scrap_qty": 1,
                    "picking_id": self.picking.id,
                    "scrap_location_id": self.customers.id,
                }
            )
        )
        self._assert_refused(self.order, scrap.do_scrap)

    def test_scrap_of_a_broken_piece_is_no_shipment(self):
        scrap = (
            self.env["stock.scrap"]
            .with_user(self.worker)
            .create({"product_id": self.product.id, "scrap_qty": 1, "picking_id": self.picking.id})
        )
        scrap.do_scrap()
        self.assertEqual(scrap.state, "done")

    def test_together_with_a_free_one(self):
        free = self._order()
        free.action_confirm()
        both = self.picking | self._picking(free)
        self._assert_refused(self.order, both.button_validate)
        self._picking(free).button_validate()
        self.assertEqual(free.picking_ids.state, "done")

    def test_by_the_supplier_who_ships_to_the_customer(self):
        """A drop shipment is a move of the order from the supplier to the customer."""
        drop = (
            self.env["stock.picking"]
            .with_user(self.worker)
            .create(
                {
                    "picking_type_id": self.warehouse.in_type_id.id,
                    "location_id": self.env.ref("stock.stock_location_suppliers").id,
                    "location_dest_id": self.customers.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "product_uom_qty": 2,
                                "sale_line_id": self.order.order_line.id,
                                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                                "location_dest_id": self.customers.id,
                            }
                        )
                    ],
                }
            )
        )
        drop.action_confirm()
        self._assert_refused(self.order, drop.button_validate)

    def test_check_that_waits_for_the_end_of_the_transaction_is_not_overtaken(self):
        order = self._order()
        order.action_confirm()
        order.commitment_date = "2020-01-01 12:00:00"
        with self.assertRaisesRegex(UserError, "E-DTE-PAST"):
            self._picking(order).button_validate()
