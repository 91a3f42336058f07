from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestAuthorise(ReturnsCommon):
    """Over all returns of an order line, no more is authorised than was delivered (G9, P15)."""

    def setUp(self):
        super().setUp()
        self.order = self._delivered([(self.product, 10)])
        self.line = self.order.order_line

    def test_more_than_delivered_is_refused_for_a_specialist(self):
        rma = self._rma({self.line: 15}, user=self.specialist, authorise=False)
        with self.assertRaisesRegex(UserError, r"Kettle: 15 .* asked for, 10 can still be returned"):
            rma.action_authorise()
        self.assertEqual(rma.state, "draft")
        self.assertFalse(rma.picking_ids)

    def test_change_that_comes_too_late_leads_to_a_return(self):
        order = self.order.with_user(self.specialist)
        request = (
            self.env["om.change.request"]
            .with_user(self.specialist)
            .create({"order_id": order.id, "line_ids": [Command.create({"kind": "cancel_order"})]})
        )
        request.action_evaluate()
        self.assertEqual((request.action, request.action_return()["res_model"]), ("refuse", "om.rma"))

    def test_second_return_gets_only_what_the_first_left(self):
        self._rma({self.line: 6})
        self.assertEqual(self.line.om_returnable, 4)
        with self.assertRaisesRegex(UserError, "5 .* asked for, 4 can still"):
            self._rma({self.line: 5})
        self._rma({self.line: 4})
        self.assertEqual(self.line.om_returnable, 0)

    def test_lines_of_one_return_count_together(self):
        with self.assertRaisesRegex(UserError, "12 .* asked for, 10 can still"):
            self._rma([(self.line, 6, {}), (self.line, 6, {})])

    def test_returns_authorised_in_one_batch_count_together(self):
        rmas = self._rma({self.line: 6}, authorise=False) | self._rma({self.line: 6}, authorise=False)
        with self.assertRaisesRegex(UserError, "12 .* asked for, 10 can still"):
            rmas.action_authorise()

    def test_received_and_closed_returns_keep_their_part(self):
        first = self._rma({self.line: 6})
        self._receive(first)
        first.action_close()
        self.assertEqual(self.line.om_returnable, 4)
        with self.assertRaises(UserError):
            self._rma({self.line: 5})

    def test_what_a_closed_return_did_not_send_is_free_again(self):
        first = self._rma({self.line: 6})
        self._receive(first, {self.product: 2})
        first.action_close()
        self.assertEqual(first.line_ids.quantity_received, 2)
        self.assertEqual(self.line.om_returnable, 8)
        self._rma({self.line: 8})

    def test_cancelled_and_denied_returns_take_nothing(self):
        self._rma({self.line: 10}).action_cancel()
        denied = self._rma({self.line: 10}, authorise=False)
        with self.assertRaisesRegex(UserError, "denial reason"):
            denied.action_deny()
        denied.denial_reason = "Out of time"
        denied.action_deny()
        self.assertEqual(self.line.om_returnable, 10)

    def test_return_made_in_the_warehouse_counts(self):
        self._return_by_wizard(self.order.picking_ids, 7)
        with self.assertRaisesRegex(UserError, "4 .* asked for, 3 can still"):
            self._rma({self.line: 4})

    def test_dialog_of_the_warehouse_sees_what_is_authorised(self):
        self._rma({self.line: 7})
        with self.assertRaisesRegex(UserError, "7 returned already, 4 asked"):
            self._return_by_wizard(self.order.picking_ids.filtered(lambda p: not p.return_id), 4)

    def test_nothing_delivered_nothing_returned(self):
        order = self._order()
        order.action_confirm()
        with self.assertRaisesRegex(UserError, "0 can still"):
            self._rma({order.order_line: 1})
        with self.assertRaisesRegex(UserError, "Nothing that was delivered"):
            order.action_om_return()

    def test_less_than_requested_may_be_authorised_but_not_more(self):
        rma = self._rma([(self.line, 6, {"quantity_authorised": 4})])
        self.assertEqual(rma.picking_ids.move_ids.product_uom_qty, 4)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self._rma([(self.line, 1, {"quantity_authorised": 2})])

    def test_units_are_converted(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        unit = self.env.ref("uom.product_uom_unit")
        order = self._order([(self.product, 2)])
        order.order_line.product_uom_id = dozen
        order.action_confirm()
        self._deliver(order)
        self.assertEqual(order.order_line.qty_delivered, 2)
        rma = self._rma([(order.order_line, 5, {"product_uom_id": unit.id})])
        self._receive(rma)
        self.assertEqual(rma.line_ids.quantity_received, 5)
        self.assertEqual(order.order_line._om_returnable()[order.order_line.id], 19)
        with self.assertRaisesRegex(UserError, "24 .* asked for, 19 can still"):
            self._rma({order.order_line: 2})
        with self.assertRaises(ValidationError):
            self._rma([(order.order_line, 1, {"product_uom_id": self.env.ref("uom.product_uom_kgm").id})])

    def test_several_deliveries_come_back_one_transfer_each(self):
        order = self._order([(self.product, 10)])
        order.action_confirm()
        first = self._deliver(order, {self.product: 4})
        second = self._deliver(order)
        rma = self._rma({order.order_line: 7})
        self.assertEqual(rma.picking_ids.return_id, first | second)
        by_delivery = {
            move.origin_returned_move_id.picking_id: move.product_uom_qty for move in rma.picking_ids.move_ids
        }
        self.assertEqual(by_delivery, {first: 4, second: 3})
        self.assertTrue(all(rma.picking_ids.move_ids.mapped("to_refund")))
        self._receive(rma)
        self.assertEqual((rma.line_ids.quantity_received, order.order_line.qty_delivered), (7, 3))

    def test_orders_of_one_customer_only(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        with self.assertRaisesRegex(ValidationError, "these orders are not"):
            self._rma({self.line: 1}, partner_id=stranger.id, authorise=False)

    def test_one_return_of_several_orders(self):
        other = self._delivered([(self.other_product, 5)], partner_id=self.buyer.id)
        rma = self._rma({self.line: 2, other.order_line: 3})
        self.assertEqual(rma.order_ids, self.order | other)
        self.assertEqual(len(rma.picking_ids), 2)
        self._receive(rma)
        self.assertEqual((self.line.qty_delivered, other.order_line.qty_delivered), (8, 2))

    def test_decided_quantities_can_not_be_changed(self):
        rma = self._rma({self.line: 2})
        for values in ({"quantity_authorised": 1}, {"quantity": 5}, {"product_uom_id": 1}):
            with self.assertRaisesRegex(UserError, "is decided"):
                rma.line_ids.write(values)
        with self.assertRaisesRegex(UserError, "is decided"):
            rma.line_ids.unlink()
        with self.assertRaisesRegex(UserError, "is decided"):
            rma.line_ids.create({"rma_id": rma.id, "order_line_id": self.line.id, "quantity": 1})

    def test_button_of_the_order_offers_what_is_left(self):
        self._rma({self.line: 6})
        action = self.order.action_om_return()
        rma = Form(self.env["om.rma"].with_user(self.specialist).with_context(**action["context"])).save()
        self.assertEqual((rma.line_ids.order_line_id, rma.line_ids.quantity), (self.line, 4))
        self.assertEqual(rma.line_ids.returnable, 4)
        self.assertEqual(self.order.om_rma_count, 2)

    def test_authorising_many_lines_reads_the_past_once(self):
        def order_of(count):
            products = [self._new_product(f"P{n}", f"P-{count}-{n}", 10.0) for n in range(count)]
            return self._delivered([(product, 2) for product in products])

        def cost(order):
            lines = order.order_line
            rma = self._rma(dict.fromkeys(lines, 1), authorise=False)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rma.line_ids._check_returnable()
            return self.env.cr.sql_log_count - before

        few, many = order_of(2), order_of(20)
        cost(few)
        self.assertLessEqual(cost(many), cost(few) + 2)
