from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
class TestChangeRequest(ChangeCommon):
    """From the wish to the changed order: before, after, impact, approval, all or nothing."""

    def test_each_kind_before_picking_is_applied(self):
        expected = {
            "quantity_up": lambda o: o.order_line.product_uom_qty == 12,
            "quantity_down": lambda o: o.order_line.product_uom_qty == 6,
            "price": lambda o: o.order_line.price_unit == 90,
            "date": lambda o: str(o.commitment_date) == "2099-05-01 12:00:00",
            "ship_to": lambda o: o.partner_shipping_id == o.picking_ids.partner_id == self.buyer,
            "substitute": lambda o: o.order_line.mapped("product_uom_qty") == [0, 10],
            "add_line": lambda o: o.order_line.mapped("product_uom_qty") == [10, 2],
            "cancel_line": lambda o: o.order_line.product_uom_qty == 0,
            "cancel_order": lambda o: o.state == "cancel",
        }
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            for kind, is_done in expected.items():
                with self.subTest(kind=kind, steps=steps):
                    order = self._confirmed(steps)
                    request = self._asked(order, kind)
                    request.with_user(self.manager if request.needs_approval else self.specialist)
                    if request.needs_approval:
                        request.with_user(self.manager).action_approve()
                    else:
                        request.action_apply()
                    self.assertEqual(request.state, "applied")
                    self.assertTrue(is_done(order), order.order_line.read(["product_uom_qty", "price_unit"]))

    def test_moves_follow_the_quantity(self):
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                order = self._confirmed(steps)
                self._asked(order, "quantity_down").action_apply()
                moves = self._open_pickings(order).move_ids
                self.assertEqual(moves.mapped("product_uom_qty"), [6])

    def test_before_after_and_impact_are_stored_and_shown(self):
        order = self._confirmed("ship_only")
        self._pick_on_table(order, 4)
        request = self._asked(order, "quantity_down")
        line = request.line_ids
        self.assertEqual(
            (line.before_quantity, line.quantity, line.picked_qty, line.reserved_qty, line.amount_delta),
            (10, 6, 4, 6, -400),
        )
        self.assertIn("10.00", line.before)
        self.assertEqual(line.after, "6.00")
        self.assertEqual(line.impact, "6.00 reserved, 4.00 picked")
        self.assertEqual(
            (request.amount_before, request.amount_delta, request.amount_after), (1000, -400, 600)
        )

    def test_amount_of_every_kind(self):
        deltas = {
            "quantity_up": 200,
            "quantity_down": -400,
            "price": -100,
            "date": 0,
            "ship_to": 0,
            "substitute": 0,  # at the price of the old item, where nobody says another
            "add_line": 80,
            "cancel_line": -1000,
            "cancel_order": -1000,
        }
        order = self._confirmed()
        for kind, delta in deltas.items():
            with self.subTest(kind=kind):
                self.assertEqual(self._asked(order, kind).amount_delta, delta)

    def test_amount_is_untaxed_where_the_price_contains_the_tax(self):
        tax = self.env["account.tax"].create(
            {"name": "25 incl", "amount": 25, "price_include_override": "tax_included"}
        )
        self.product.taxes_id = tax
        order = self._confirmed()
        self.assertEqual(order.amount_untaxed, 800)
        self.assertAlmostEqual(self._asked(order, "quantity_down").amount_delta, -320)

    def test_more_than_in_stock_is_told(self):
        order = self._confirmed()
        request = self._request(
            order, [{"kind": "quantity", "order_line_id": order.order_line.id, "quantity": 130}]
        )
        request.action_evaluate()
        self.assertEqual(request.line_ids.short_qty, 30)

    def test_documents_that_were_sent_are_shown(self):
        order = self._confirmed()
        self.env["om.order.event"]._log("document_out", order, note="855")
        self.assertEqual(self._asked(order, "date").documents, "855")

    def test_order_that_has_moved_on_is_asked_again(self):
        order = self._confirmed()
        request = self._asked(order, "quantity_down")
        order.order_line.product_uom_qty = 20
        request.action_apply()
        self.assertEqual((request.state, request.is_stale), ("evaluated", True))
        self.assertEqual(request.line_ids.before_quantity, 20)
        self.assertEqual(order.order_line.product_uom_qty, 20)
        request.action_apply()
        self.assertEqual((request.state, order.order_line.product_uom_qty), ("applied", 6))

    def test_second_request_of_a_batch_sees_what_the_first_has_done(self):
        order = self._confirmed()
        requests = self._asked(order, "quantity_down") | self._asked(order, "quantity_up")
        requests.action_apply()
        self.assertEqual(sorted(requests.mapped("state")), ["applied", "evaluated"])

    def test_request_of_a_cancelled_order_is_refused(self):
        order = self._confirmed()
        request = self._asked(order, "quantity_down")
        order.action_cancel()
        request.action_apply()
        self.assertEqual((request.state, request.action), ("evaluated", "refuse"))
        with self.assertRaises(UserError):
            request.action_apply()

    def test_reservation_that_comes_and_goes_is_no_news(self):
        order = self._confirmed()
        request = self._asked(order, "quantity_down")
        order.sudo().picking_ids.do_unreserve()
        request.action_apply()
        self.assertEqual(request.state, "applied")

    def test_approval_of_an_order_that_moved_on_is_void(self):
        order = self._confirmed()
        request = self._asked(order, "price")
        request.action_apply()
        self.assertEqual(request.state, "approval")
        order.order_line.product_uom_qty = 20
        request.with_user(self.manager).action_approve()
        self.assertEqual((request.state, request.approved_by_id.id), ("evaluated", False))

    def test_price_needs_a_manager_who_did_not_ask(self):
        order = self._confirmed()
        request = self._asked(order, "price", user=self.manager)
        request.action_apply()
        self.assertEqual((request.state, order.order_line.price_unit), ("approval", 100))
        with self.assertRaises(AccessError):
            request.with_user(self.specialist).action_approve()
        with self.assertRaises(AccessError):
            request.with_user(self.manager).action_approve()
        request.with_user(self.second_manager).action_approve()
        self.assertEqual((request.state, request.approved_by_id), ("applied", self.second_manager))
        self.assertEqual((order.order_line.price_unit, order.order_line.om_agreed_price), (90, 90))
        self.env.cr.flush()
        self.assertFalse(self._open(order, "E-PRC-CHANGED"))

    def test_approved_price_is_not_asked_about_again(self):
        order = self._confirmed()
        request = self._asked(order, "price")
        request.with_user(self.manager).action_approve()
        self.env.cr.flush()
        self.assertEqual((request.state, order.om_is_held), ("applied", False))
        [case] = order.sudo().om_exception_ids
        self.assertEqual((case.code, case.state, case.closed_by_id), ("E-PRC-DIFF", "waived", self.manager))
        self.assertIn(request.name, case.waiver_reason)
        order.order_line.price_unit = 80
        self.env.cr.flush()
        self.assertTrue(order.om_is_held)

    def test_company_may_do_without_four_eyes(self):
        self.company.om_change_four_eyes = False
        request = self._asked(self._confirmed(), "price", user=self.manager)
        request.with_user(self.manager).action_approve()
        self.assertEqual(request.state, "applied")

    def test_all_lines_or_none(self):
        order = self._confirmed(lines=[(self.product, 10), (self.other_product, 5)])
        request = self._request(
            order,
            [
                {"kind": "quantity", "order_line_id": order.order_line[0].id, "quantity": 6},
                {"kind": "quantity", "order_line_id": order.order_line[1].id, "quantity": 2},
            ],
        )
        request.action_evaluate()
        fails = type(self.env["om.change.request.line"])._om_apply_quantity

        def second_fails(line):
            if line.order_line_id == order.order_line[1]:
                raise UserError(line.kind)
            return fails(line)

        self.patch(type(self.env["om.change.request.line"]), "_om_apply_quantity", second_fails)
        with self.assertRaises(UserError):
            request.action_apply()
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [10, 5])
        self.assertEqual((request.state, self._events(order)), ("evaluated", []))

    def test_one_that_fails_does_not_stop_the_others_of_a_batch(self):
        good, bad = (self._asked(self._confirmed(), "quantity_down") for _number in range(2))
        applies = type(good.line_ids)._om_apply_quantity

        def bad_fails(line):
            result = applies(line)
            if line.request_id == bad:
                raise UserError(line.kind)
            return result

        self.patch(type(good.line_ids), "_om_apply_quantity", bad_fails)
        (bad | good).action_apply()
        self.assertEqual((good.state, bad.state), ("applied", "evaluated"))
        self.assertEqual(bad.order_id.order_line.product_uom_qty, 10)
        self.assertIn("quantity", bad.message_ids[:1].body)

    def test_applied_change_is_an_event_with_before_and_after(self):
        order = self._confirmed()
        request = self._asked(order, "quantity_down")
        request.action_apply()
        [event] = self._events(order)
        self.assertIn("10.00 → 6.00", event.note)
        self.assertEqual((event.kind, event.res_id, event.user_id), ("changed", request.id, self.specialist))

    def test_detectors_look_at_what_was_applied(self):
        order = self._confirmed()
        request = self._request(order, [{"kind": "date", "date": "2020-01-01 12:00:00"}])
        request.action_evaluate()
        request.action_apply()
        self.assertTrue(self._open(order, "E-DTE-PAST"))

    def test_refusal_needs_a_reason(self):
        request = self._asked(self._confirmed(), "date")
        with self.assertRaises(UserError):
            request.action_refuse()
        request.refusal = "The truck has left."
        request.action_refuse()
        self.assertEqual(request.state, "refused")

    def test_request_that_is_edited_is_evaluated_again(self):
        request = self._asked(self._confirmed(), "quantity_down")
        request.line_ids.quantity = 7
        self.assertEqual(request.state, "draft")
        request.action_apply()
        self.assertEqual((request.state, request.order_id.order_line.product_uom_qty), ("applied", 7))

    def test_applied_request_is_history(self):
        request = self._asked(self._confirmed(), "quantity_down")
        request.action_apply()
        with self.assertRaises(UserError):
            request.line_ids.quantity = 1
        with self.assertRaises(UserError):
            request.unlink()

    def test_quotations_need_no_request(self):
        order = self._order()
        with self.assertRaises(UserError):
            self._request(order, [{"kind": "cancel_order"}])

    def test_incomplete_and_foreign_changes_are_refused(self):
        order, other = self._confirmed(), self._confirmed()
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        for change in (
            {"kind": "quantity", "quantity": 3},
            {"kind": "quantity", "order_line_id": other.order_line.id, "quantity": 3},
            {"kind": "quantity", "order_line_id": order.order_line.id, "quantity": -1},
            {"kind": "add_line"},
            {"kind": "date"},
            {"kind": "ship_to", "partner_shipping_id": stranger.id},
        ):
            with self.subTest(change=change), self.assertRaises(ValidationError):
                self._request(order, [change])

    def test_batch_is_evaluated_with_a_constant_number_of_queries(self):
        counts = []
        self._asked(self._confirmed(), "date")  # what is read once per process is read
        for size in (2, 12):
            orders = [self._confirmed() for _number in range(size)]
            requests = self.env["om.change.request"].concat(
                *(
                    self._request(order, self._changes(order)[kind])
                    for order, kind in zip(orders, ["quantity_down", "cancel_order"] * size, strict=False)
                )
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            requests.action_evaluate()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(requests.mapped("state")), {"evaluated"})
        self.assertEqual(counts[0], counts[1])
        requests.action_apply()
        self.assertEqual(set(requests.mapped("state")), {"applied"})

    def test_one_request_per_order_of_a_batch(self):
        orders = self._confirmed() | self._confirmed()
        requests = self.env["om.change.request"].with_user(self.specialist)
        made = requests._om_request(orders, {order.id: [{"kind": "cancel_order"}] for order in orders})
        self.assertEqual(made.order_id, orders)

    def _events(self, order):
        events = order.sudo().om_event_ids
        return list(events.filtered(lambda event: event.res_model == "om.change.request"))

    # -------------------------------------------------------------------------------------- access
