from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .change_common import ChangeCommon
from .test_gates_warehouse_paths import HeldDelivery


@tagged("post_install", "-at_install")
class TestOrderStateIsNotWritten(ChangeCommon):
    """An order on which work has begun does not end by a write of its state (gap G8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "om_seller", groups="sales_team.group_sale_salesman")

    def _own(self, steps="ship_only", **kwargs):
        order = self._confirmed(steps, **kwargs)
        order.sudo().user_id = self.seller
        return order.sudo(False).with_user(self.seller)

    def _ways(self, order, state):
        """Every way on which a client can send a state: ``{name: call}``."""
        forged = {"om_change": True, "om_cancelling": True, "om_confirming": "<internal>", "sudo": True}
        free = self._order(user=self.seller, user_id=self.seller.id)
        line = order.order_line[:1]
        return {
            "write": lambda: order.write({"state": state}),
            "with other fields": lambda: order.write({"state": state, "locked": False, "note": "x"}),
            "with its lines": lambda: order.write(
                {"state": state, "order_line": [Command.update(line.id, {"name": "x"})]}
            ),
            "with a context": lambda: order.with_context(**forged).write({"state": state}),
            "in a batch": lambda: (free | order).write({"state": state}),
            "web client": lambda: order.web_save({"state": state}, {"state": {}}),
        }

    def _assert_refused(self, order, state):
        for name, way in self._ways(order, state).items():
            with self.subTest(state=state, way=name):
                with self.assertRaisesRegex(UserError, order.name), self.cr.savepoint():
                    way()
                self.env.invalidate_all()
                self.assertEqual(order.state, "sale")

    def test_delivered_order_is_neither_cancelled_nor_made_a_quotation(self):
        order = self._own()
        self._deliver(order)
        for state in ("cancel", "draft", "sent"):
            self._assert_refused(order, state)

    def test_picked_order_is_cancelled_by_its_action_only(self):
        order = self._own("pick_ship")
        self._do_step(order)
        self._assert_refused(order, "cancel")
        order.action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_invoiced_order_is_not_called_cancelled(self):
        self.product.invoice_policy = "order"
        order = self._own()
        order.sudo()._create_invoices().action_post()
        self._assert_refused(order, "cancel")

    def test_state_is_not_imported(self):
        order = self._own()
        self._deliver(order)
        for state in ("cancel", "draft"):
            with self.subTest(state=state):
                result = order.env["sale.order"].load([".id", "state"], [[str(order.id), state]])
                self.assertIn(order.name, result["messages"][0]["message"])
                self.assertEqual(order.state, "sale")

    def test_delivered_order_is_not_deleted(self):
        order = self._own()
        self._deliver(order)
        with self.assertRaises(UserError):
            order.sudo().unlink()

    def test_lock_that_comes_and_goes_lets_nothing_be_cancelled(self):
        order = self._own()
        self._deliver(order)
        order.action_lock()
        with self.assertRaises(UserError):
            order.action_cancel()
        order.write({"locked": False})
        with self.assertRaisesRegex(UserError, order.name):
            order.action_cancel()

    def test_order_on_which_nobody_worked_may_be_written_as_in_stock_odoo(self):
        order = self._own()
        order.write({"state": "draft"})
        self.assertEqual(order.state, "draft")

    def test_policy_that_wants_an_approval_is_not_gone_around(self):
        self.env.ref("om_order_exceptions.change_cancel_order_open").needs_approval = True
        order = self._own()
        self._assert_refused(order, "cancel")

    def test_cancellation_that_waits_leaves_the_case_open(self):
        """The fix *cancel the order* closes nothing before the order is cancelled."""
        self._confirmed(client_order_ref="PO-77")
        order = self._confirmed("pick_pack_ship", client_order_ref="PO-78")
        self._bring_to_packed(order, "pick_pack_ship")
        order.client_order_ref = "PO 77"
        self.env.cr.flush()
        case = self._open(order, "E-DUP")
        self._resolve(case, "fix_cancel_order")
        self.assertEqual((order.state, order.om_change_ids.state), ("sale", "warehouse"))
        self.assertTrue(case.is_open)
        order.om_change_ids.action_warehouse_stopped()
        self.assertEqual((order.state, case.is_open), ("cancel", False))


@tagged("post_install", "-at_install")
class TestHeldOrderIsNotWrittenFree(HeldDelivery):
    """Nothing that is written on a held order, its transfer or its invoice opens a gate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "om_seller", groups="sales_team.group_sale_salesman")

    def _held(self):
        order = self._held_order(user_id=self.seller.id)
        return order.sudo(False).with_user(self.seller)

    def test_order_that_is_called_cancelled_keeps_its_hold(self):
        order = self._held()
        order.write({"state": "cancel"})
        self._open(order).with_user(self.specialist).action_recheck()
        move = self._picking(order).move_ids
        self._assert_refused(order, move.write, {"quantity": 10, "picked": True})
        order.write({"state": "draft"})
        with self.assertRaisesRegex(UserError, "E-DTE-PAST"):
            order.write({"state": "sale"})

    def test_line_is_not_called_confirmed(self):
        order = self._order(user=self.seller, user_id=self.seller.id, commitment_date="2020-01-01 12:00:00")
        self.env.cr.flush()
        with self.assertRaisesRegex(UserError, "state of a line"):
            order.order_line.write({"state": "sale"})

    def test_form_of_a_held_order_confirms_nothing(self):
        order = self._order(user=self.seller, user_id=self.seller.id, commitment_date="2020-01-01 12:00:00")
        self.env.cr.flush()
        with Form(order) as form, self.assertRaises(AssertionError):
            form.state = "sale"  # read-only there
        self.assertEqual(order.state, "draft")

    def test_transfer_is_not_called_done(self):
        order = self._held()
        picking = self._picking(order)
        self._assert_refused(order, picking.write, {"state": "done"})
        self.assertNotEqual(order.delivery_status, "full")

    def test_move_is_not_called_done(self):
        order = self._held()
        self._assert_refused(order, self._picking(order).move_ids.write, {"state": "done"})

    def test_put_back_does_not_become_a_delivery(self):
        order = self._held()
        move = self._picking(order).move_ids
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id, "usage": "internal"}
        )
        for name in ("move", "line"):
            with self.subTest(by=name), self.assertRaises(UserError), self.cr.savepoint():
                move.write({"origin_returned_move_id": move.id, "location_dest_id": shelf.id})
                move.write({"quantity": 10, "picked": True})
                move.picking_id.button_validate()
                records = move if name == "move" else move.move_line_ids
                records.write({"location_dest_id": self.customers.id})
            self.env.invalidate_all()
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_way_from_customer_to_customer_is_no_return(self):
        order = self._held()
        move = self._picking(order).move_ids
        move.write({"location_id": self.customers.id})
        self._assert_refused(order, move.picking_id.button_validate)

    def test_return_does_not_become_a_delivery(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=order.sudo().picking_ids.id)
            .create({})
        )
        wizard.product_return_moves.quantity = 4
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": 4, "picked": True})
        order.commitment_date = "2020-01-01 12:00:00"
        order.order_line.product_uom_qty = 12
        self.env.cr.flush()
        self.assertTrue(order.om_is_held)
        back.button_validate()
        self.assertEqual(back.state, "done")
        lines = back.move_ids.move_line_ids.with_user(self.worker).sudo(False)
        with self.assertRaisesRegex(UserError, "E-DTE-PAST"):
            lines.write({"location_id": self.stock.id, "location_dest_id": self.customers.id})

    def test_invoice_without_an_order_does_not_become_one_of_a_blocked_order(self):
        clerk = new_test_user(
            self.env,
            "om_clerk",
            groups="account.group_account_invoice,sales_team.group_sale_salesman_all_leads",
        )
        order = self._order([(self.product, 10, 80.0)])
        self.env.ref("om_order_exceptions.type_prc_diff").blocks = "invoice"
        order.sudo()._validate_order()
        self.assertEqual(order.om_blocked_stage, "invoice")
        invoice = (
            self.env["account.move"]
            .with_user(clerk)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_line_ids": [
                        Command.create({"name": "Kettles", "quantity": 10, "price_unit": 80.0})
                    ],
                }
            )
        )
        invoice.action_post()
        lines = order.sudo(False).with_user(clerk).order_line
        ways = (
            lambda: invoice.invoice_line_ids.write({"sale_line_ids": [Command.set(lines.ids)]}),
            lambda: lines.write({"invoice_lines": [Command.set(invoice.invoice_line_ids.ids)]}),
        )
        for number, way in enumerate(ways):
            with self.subTest(way=number):
                with self.assertRaisesRegex(UserError, "E-PRC-DIFF"), self.cr.savepoint():
                    way()
                self.env.invalidate_all()
        self.assertEqual(order.order_line.qty_invoiced, 0)
