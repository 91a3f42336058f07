import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.om_order_event import WRITE
from .common import OrderManagementCommon


class EventsCommon(OrderManagementCommon):
    def _events(self, order, kind=None):
        events = order.sudo().om_event_ids.sorted("id")
        return events.filtered(lambda event: event.kind == kind) if kind else events

    def _kinds(self, order):
        return self._events(order).mapped("kind")

    def _quantities(self, order, kind):
        return self._events(order, kind).mapped("quantity")

    def _pay(self, invoice):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({})._create_payments()
        self.assertEqual(invoice.payment_state, "paid")

    def _return(self, picking, quantity):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({})
        )
        wizard.product_return_moves.quantity = quantity
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": quantity, "picked": True})
        back.button_validate()
        return back


@tagged("post_install", "-at_install")
class TestEvents(EventsCommon):
    """The timeline of an order: one event per fact, with time, actor and quantity."""

    def test_clean_order_from_entry_to_payment(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        invoice = order.sudo()._create_invoices()
        invoice.action_post()
        self._pay(invoice)
        self.assertEqual(
            self._kinds(order),
            ["entered", "confirmed", "released", "allocated", "shipped", "invoiced", "paid"],
        )

    def test_entered_tells_who_created_the_order_and_when(self):
        order = self._order()
        order.with_user(self.manager).action_confirm()
        entered = self._events(order, "entered")
        self.assertEqual((entered.user_id, entered.occurred_at), (self.specialist, order.create_date))
        self.assertEqual(self._events(order, "confirmed").user_id, self.manager)

    def test_order_that_is_confirmed_again_was_entered_once(self):
        order = self._order()
        order.action_confirm()
        order.action_cancel()
        order.action_draft()
        order.action_confirm()
        self.env.flush_all()
        self.assertEqual(self._kinds(order).count("entered"), 1)
        self.assertEqual(self._kinds(order).count("confirmed"), 2)

    def test_held_order_is_released_by_its_cure(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.sudo()._validate_order()
        self.assertEqual(self._kinds(order), ["entered", "confirmed", "held"])
        self.assertIn("date", self._events(order, "held").note)
        order.om_cancel_after = "2099-01-01"
        self.env.cr.flush()
        order._om_check()
        self.assertEqual(self._kinds(order)[3:], ["released", "allocated"])

    def test_second_exception_of_a_held_order_holds_nothing_anew(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.sudo()._validate_order()
        order.order_line.price_unit = 1.0
        self.env.cr.flush()
        order.order_line.price_unit = 100.0
        self.env.cr.flush()
        self.assertEqual(self._kinds(order).count("held"), 1)
        self.assertEqual(self._kinds(order).count("released"), 0)

    def test_hold_gives_back_what_was_allocated(self):
        order = self._order()
        order.action_confirm()
        self.env.cr.flush()
        order.om_cancel_after = "2020-01-01"
        self.env.cr.flush()
        self.assertEqual(self._kinds(order)[3:], ["allocated", "held", "allocated"])
        self.assertEqual(self._quantities(order, "allocated"), [10, -10])

    def test_allocation_is_told_net(self):
        order = self._order()
        order.action_confirm()
        moves = order.sudo().picking_ids.move_ids
        for _time in range(3):
            moves._do_unreserve()
            moves._action_assign()
        self.env.cr.flush()
        self.assertEqual(self._quantities(order, "allocated"), [10])

    def test_goods_that_arrive_later_are_allocated_then(self):
        scarce = self._new_product("Rare", "RAR-1", 10.0, stock=4)
        order = self._order([(scarce, 10)])
        order.action_confirm()
        self.env.cr.flush()
        self.env["stock.quant"]._update_available_quantity(scarce, self.warehouse.lot_stock_id, 6)
        order.sudo().picking_ids.action_assign()
        self.env.cr.flush()
        self.assertEqual(self._quantities(order, "allocated"), [4, 6])

    def test_cancellation_tells_what_would_have_been_delivered(self):
        order = self._order([(self.product, 10), (self.other_product, 5)])
        order.action_confirm()
        order.action_cancel()
        cancelled = self._events(order, "cancelled")
        self.assertEqual(
            {e.order_line_id.product_id: e.quantity for e in cancelled},
            {self.product: 10, self.other_product: 5},
        )

    def test_cancelled_quotation_without_lines_is_one_event(self):
        order = self.env["sale.order"].with_user(self.specialist).create({"partner_id": self.customer.id})
        order.action_cancel()
        self.assertEqual(self._kinds(order), ["cancelled"])

    def test_change_after_confirmation_tells_from_what_to_what(self):
        order = self._order()
        order.order_line.product_uom_qty = 12  # still a quotation: no event
        order.action_confirm()
        order.order_line.product_uom_qty = 8
        order.order_line.price_unit = 90
        changes = self._events(order, "changed")
        self.assertEqual(changes.mapped("quantity"), [-4, 0])
        self.assertEqual(changes[0].note, "Quantity 12 to 8")
        self.assertIn("100 to 90", changes[1].note)

    def test_event_tells_time_actor_and_source(self):
        order = self._order()
        order.action_confirm()
        picking = self._deliver(order)
        shipped = self._events(order, "shipped")
        self.assertEqual((shipped.res_model, shipped.res_id), ("stock.picking", picking.id))
        self.assertEqual(self._events(order, "confirmed").user_id, self.specialist)
        self.assertTrue(shipped.occurred_at and shipped.recorded_at)

    def test_each_partial_delivery_tells_what_left_of_each_line(self):
        order = self._order([(self.product, 10), (self.other_product, 5)])
        order.action_confirm()
        self._deliver(order, {self.product: 4})
        self._deliver(order)
        shipped = self._events(order, "shipped")
        self.assertEqual(
            [(event.order_line_id.product_id, event.quantity) for event in shipped],
            [(self.product, 4), (self.other_product, 5), (self.product, 6)],
        )

    def test_quantity_is_in_the_unit_of_the_order(self):
        order = self._order([(self.product, 2)])
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        order.order_line.price_unit = 1200.0
        order.action_confirm()
        self._deliver(order)
        order.sudo()._create_invoices().action_post()
        for kind in ("allocated", "shipped", "invoiced"):
            with self.subTest(kind=kind):
                self.assertEqual(self._quantities(order, kind), [2])

    def test_delivery_in_three_steps_is_picked_packed_and_shipped_once(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self._order()
        order.action_confirm()
        for _step in range(3):
            self._deliver(order)
        self.assertEqual(order.order_line.qty_delivered, 10)
        self.assertEqual(self._kinds(order)[3:], ["allocated", "picked", "packed", "shipped"])
        self.assertEqual(self._events(order)[3:].mapped("quantity"), [10, 10, 10, 10])

    def test_return_is_an_event_with_its_quantity(self):
        order = self._order()
        order.action_confirm()
        self._return(self._deliver(order), 3)
        self.assertEqual(self._kinds(order)[-2:], ["shipped", "returned"])
        self.assertEqual(self._quantities(order, "returned"), [3])

    def test_corrected_delivery_is_another_event(self):
        order = self._order()
        order.action_confirm()
        picking = self._deliver(order)
        picking.move_ids.move_line_ids.quantity = 7
        self.assertEqual(self._quantities(order, "shipped"), [10, -3])
        self.assertEqual(order.order_line.qty_delivered, 7)

    def test_invoice_for_two_orders_is_an_event_of_both(self):
        orders = self._order() | self._order([(self.product, 3)])
        orders.action_confirm()
        for order in orders:
            self._deliver(order)
        invoice = orders.sudo()._create_invoices()
        self.assertEqual(len(invoice), 1)
        invoice.action_post()
        self.assertEqual([self._quantities(order, "invoiced") for order in orders], [[10], [3]])

    def test_invoice_that_is_taken_back_takes_its_quantity_back(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        invoice = order.sudo()._create_invoices()
        invoice.action_post()
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self._quantities(order, "invoiced"), [10, -10])

    def test_credit_memo_is_an_event_with_its_quantity(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        invoice = order.sudo()._create_invoices()
        invoice.action_post()
        invoice._reverse_moves().action_post()
        self.assertEqual(self._quantities(order, "credited"), [10])


@tagged("post_install", "-at_install")
class TestAppendOnly(EventsCommon):
    """What happened does not change, for nobody and by no way."""

    def test_events_are_neither_changed_nor_deleted_by_anybody(self):
        order = self._order()
        order.action_confirm()
        event = self._events(order)[:1]
        admin = self.env.ref("base.user_admin")
        for user in (self.specialist, self.manager, admin, self.env.user):
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    event.sudo(False).with_user(user).write({"note": "never happened"})
                with self.assertRaises(UserError):
                    event.sudo(False).with_user(user).unlink()
        with self.assertRaises(UserError):
            event.sudo().write({"quantity": 5})
        with self.assertRaises(UserError):
            event.sudo().unlink()

    def test_events_are_not_made_by_hand(self):
        values = {"order_ref": "S1", "company_id": self.company.id, "kind": "shipped"}
        for user in (self.specialist, self.manager, self.env.user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["om.order.event"].with_user(user).create(values)
            with self.subTest(user=user.login, by="import"):
                rows = [["S1", "shipped", "2026-01-01 00:00:00"]]
                result = (
                    self.env["om.order.event"]
                    .with_user(user)
                    .load(["order_ref", "kind", "occurred_at"], rows)
                )
                self.assertFalse(result["ids"])

    def test_database_itself_refuses(self):
        order = self._order()
        order.action_confirm()
        event = self._events(order)[:1]
        for statement in (
            "UPDATE om_order_event SET quantity = 5 WHERE id = %s",
            "UPDATE om_order_event SET order_id = NULL WHERE id = %s",
            "DELETE FROM om_order_event WHERE id = %s",
            "TRUNCATE om_order_event CASCADE",
        ):
            with (
                self.subTest(statement=statement),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(flush=False),
            ):
                self.env.cr.execute(statement, [event.id] if "%s" in statement else [])

    def test_events_of_a_deleted_order_keep_its_reference(self):
        order = self._order()
        name = order.name
        self.env["om.order.event"]._log("received", order)
        event = self._events(order)
        order.sudo().unlink()
        self.env.invalidate_all()
        self.assertEqual((event.order_id.id, event.order_ref), (False, name))
        seller = new_test_user(self.env, "om_event_seller", groups="sales_team.group_sale_salesman")
        self.assertNotIn(event, self.env["om.order.event"].with_user(seller).search([]))

    def test_order_that_is_deleted_at_once_keeps_its_events(self):
        order = self._order()
        name = order.name
        order.action_cancel()
        self.env.cr.flush()  # written with its order and its line, in this transaction
        order.sudo().unlink()
        event = self.env["om.order.event"].search([("order_ref", "=", name)])
        self.assertEqual((event.kind, event.order_id.id, event.quantity), ("cancelled", False, 10))

    def test_events_go_with_what_is_rolled_back(self):
        order = self._order()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.env["om.order.event"]._log("received", order)
            raise ZeroDivisionError
        self.assertEqual(self._kinds(order), [])

    def test_events_are_found_before_they_are_written(self):
        order = self._order()
        events = self.env["om.order.event"]
        for find in (
            lambda: events.search_count([("order_id", "=", order.id)]),
            lambda: events._read_group([("order_id", "=", order.id)], [], ["__count"])[0][0],
            lambda: len(order.sudo().om_event_ids),
        ):
            before = find()
            events._log("received", order)
            self.assertEqual(find(), before + 1)


@tagged("post_install", "-at_install")
class TestEventCost(EventsCommon):
    """Events are nearly free."""

    def _inserts(self, function):
        """Number of statements that write events while ``function`` runs and its end is written."""
        self.env.cr.flush()
        statements = []
        execute = type(self.env.cr).execute

        def counting(cursor, query, *args, **kwargs):
            if WRITE in str(getattr(query, "code", query)):
                statements.append(query)
            return execute(cursor, query, *args, **kwargs)

        self.patch(type(self.env.cr), "execute", counting)
        function()
        self.env.cr.flush()
        self.patch(type(self.env.cr), "execute", execute)
        return len(statements)

    def test_one_statement_for_creation_and_confirmation(self):
        self._order().action_confirm()  # warm
        self.assertEqual(self._inserts(lambda: self._order().action_confirm()), 1)

    def test_one_statement_for_a_batch(self):
        orders = self.env["sale.order"].union(*(self._order([(self.product, 1)]) for _n in range(5)))
        self.assertEqual(self._inserts(lambda: orders.action_confirm()), 1)
        self.assertEqual(len(self._events(orders)), 5 * 4)
