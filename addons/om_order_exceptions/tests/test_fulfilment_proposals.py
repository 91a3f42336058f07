from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .availability_common import AvailabilityCommon


@tagged("post_install", "-at_install")
class TestFulfilmentProposals(AvailabilityCommon):
    """Ways out of a short line: what is offered, and that applying one does what it says (T4.4, T4.5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"om_shipment_cost": 8.0, "om_late_penalty": 1.0})

    def _case(self, order):
        return self._open(order, "E-STK-SHORT")

    def _ways(self, order):
        """``[(way, cost)]`` as ranked."""
        proposals = self._case(order).with_user(self.specialist)._om_propose()
        return [(proposal.way, proposal.cost) for proposal in proposals]

    def _apply(self, order, way, **values):
        case = self._case(order)
        proposal = self._promise(case, way)
        self._resolve(case, "fix_apply_proposal", proposal_id=proposal.id, **values)
        self._settle()
        return case, proposal

    def _waiting(self, days=5, **values):
        """A confirmed order of 10, of which 4 are there and 6 come ``days`` after its date."""
        self._receipt(self.short, 6, 2 + days)
        return self._confirmed([(self.short, 10, 20.0)], commitment_date=self._day(2), **values)

    def test_proposals_are_ranked_and_explained(self):
        self._stock(self.short, 10, self.east)
        order = self._waiting()
        self.assertEqual(
            self._ways(order), [("warehouse", 0.0), ("wait", 10.0), ("split", 14.0), ("cancel", 48.0)]
        )
        split = self._promise(self._case(order), "split")
        self.assertIn("4 Units now, 6 Units on", split.why)
        self.assertIn("shipment", split.why)
        self.assertEqual((split.freight, split.penalty, split.margin), (8.0, 6.0, 0.0))
        self.assertEqual((split.quantity_now, split.quantity_later), (4, 6))

    def test_proposals_are_made_anew_and_not_piled_up(self):
        order = self._waiting()
        self._ways(order)
        self._stock(self.short, 10, self.east)
        self.assertEqual(self._ways(order)[0], ("warehouse", 0.0))
        self.assertEqual(len(self._case(order).proposal_ids), 4)

    def test_flags_of_the_customer_remove_what_is_not_allowed(self):
        self.short.om_substitute_ids = [Command.create({"substitute_id": self.product.id})]
        order = self._waiting()
        for values, ways in (
            ({}, {"wait", "split", "cancel", "substitute"}),
            ({"om_ship_complete": True}, {"wait", "substitute"}),
            ({"om_max_shipments": 1}, {"wait", "cancel", "substitute"}),
            ({"om_min_ship_value": 81.0}, {"wait", "cancel", "substitute"}),
            ({"om_substitution": "no"}, {"wait", "split", "cancel"}),
        ):
            with self.subTest(**values):
                self.customer.write(values)
                self.assertEqual({way for way, _cost in self._ways(order)}, ways)
                self.customer.write(dict.fromkeys(values, False))

    def test_order_that_ships_when_all_is_ready_is_not_split(self):
        order = self._waiting(picking_policy="one")
        self.assertEqual([way for way, _cost in self._ways(order)], ["wait"])

    def test_own_penalty_of_the_customer_counts(self):
        self.customer.om_late_penalty = 3.0
        self.assertEqual(dict(self._ways(self._waiting()))["wait"], 30.0)

    def test_penalty_that_the_customer_charges_once_does_not_grow_with_the_delay(self):
        self.customer.write({"om_late_penalty": 3.0, "om_late_penalty_basis": "once"})
        self.assertEqual(dict(self._ways(self._waiting()))["wait"], 6.0)

    def test_order_in_another_currency_is_compared_in_ours(self):
        currency = self.env["res.currency"].create({"name": "XCR", "symbol": "x", "rounding": 0.01})
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "rate": 2.0, "name": "2020-01-01", "company_id": self.company.id}
        )
        pricelist = self.env["product.pricelist"].create({"name": "X", "currency_id": currency.id})
        self._receipt(self.short, 6, 7)
        order = self._confirmed([(self.short, 10)], commitment_date=self._day(2), pricelist_id=pricelist.id)
        self.assertEqual(order.amount_untaxed, 400.0)
        # 400 of theirs are 200 of ours: 200 x 1 % x 5 days
        self.assertEqual(dict(self._ways(order))["wait"], 10.0)

    def test_vendor_lead_time_gives_the_day_when_nothing_is_on_order(self):
        self.short.seller_ids = [Command.create({"partner_id": self.vendor.id, "delay": 7})]
        order = self._confirmed([(self.short, 10)], commitment_date=self._day(2))
        self.assertEqual(
            (self._promise(self._case(order), "wait").promise_date - fields.Date.today()).days, 7
        )

    def test_wait_promises_the_day_of_the_receipt(self):
        order = self._waiting()
        case, proposal = self._apply(order, "wait")
        self.assertEqual(order.commitment_date.date(), proposal.promise_date)
        self.assertEqual((case.state, proposal.state), ("resolved", "applied"))
        self.assertFalse(self._open(order))
        self.assertEqual(proposal.applied_by_id, self.specialist)

    def test_wait_for_one_line_leaves_the_date_of_the_others(self):
        self._receipt(self.short, 6, 7)
        order = self._confirmed([(self.short, 10), (self.product, 1)], commitment_date=self._day(2))
        _case, proposal = self._apply(order, "wait")
        self.assertEqual(order.commitment_date, self._day(2))
        self.assertEqual(order.order_line[0].om_line_commitment_date.date(), proposal.promise_date)
        self.assertFalse(self._open(order))

    def test_split_ships_what_is_there_and_promises_the_rest(self):
        order = self._waiting()
        case, proposal = self._apply(order, "split")
        self.assertEqual(case.state, "resolved")
        self.assertEqual(order.order_line.move_ids.quantity, 4)
        self.assertEqual(order.order_line.om_line_commitment_date.date(), proposal.promise_date)

    def test_other_warehouse_takes_the_demand_of_a_confirmed_line(self):
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            with self.subTest(steps=steps):
                self.east.delivery_steps = steps
                self._stock(self.short, 10, self.east)
                order = self._confirmed([(self.short, 10)])
                case, _proposal = self._apply(order, "warehouse")
                self.assertEqual(case.state, "resolved")
                [move] = order.order_line.move_ids.filtered(lambda move: move.state != "cancel")
                self.assertEqual((move.warehouse_id, move.quantity), (self.east, 10))
                self.assertFalse(self._open(order))

    def test_other_warehouse_of_a_quotation_is_kept_at_confirmation(self):
        self.company.om_short_quotations = True
        self._stock(self.short, 10, self.east)
        order = self._order([(self.short, 10)])
        order._om_check()
        self._apply(order, "warehouse")
        order.action_confirm()
        self.assertEqual(order.order_line.move_ids.location_id, self.east.lot_stock_id)
        self.assertEqual(order.order_line.move_ids.state, "assigned")

    def test_substitute_asks_who_agreed(self):
        substitute = self._new_product("Samovar L", "SAM-L", 30.0, standard_price=13.0)
        self.short.om_substitute_ids = [Command.create({"substitute_id": substitute.id})]
        order = self._waiting()
        # (13 - 12) x 10
        self.assertIn(("substitute", 10.0), self._ways(order))
        with self.assertRaisesRegex(UserError, "who agreed"):
            self._apply(order, "substitute")
        case, _proposal = self._apply(order, "substitute", reason="Bea Buyer, today")
        self.assertEqual(case.state, "resolved")
        line = order.order_line.filtered("product_uom_qty")
        self.assertEqual((line.product_id, line.price_unit), (substitute, 20.0))
        # the price that was agreed is none that differs from the pricelist
        order._om_check()
        self.assertFalse(self._open(order, "E-PRC-DIFF"))

    def _substituted_quotation(self, price=20.0):
        """A quotation of which Samovar L, for 30.00, is delivered instead of ten for 20.00 each."""
        self.customer.om_substitution = "yes"
        self.company.om_short_quotations = True
        substitute = self._new_product("Samovar L", "SAM-L", 30.0)
        self.short.om_substitute_ids = [Command.create({"substitute_id": substitute.id, "ratio": 0.5})]
        order = self._order([(self.short, 10, price)])
        order._om_check()
        self._apply(order, "substitute")
        return order

    def test_substitute_of_a_quotation_keeps_the_contract_price_of_what_was_ordered(self):
        line = self._substituted_quotation().order_line
        self.assertEqual((line.product_uom_qty, line.price_unit), (5.0, 40.0))
        line.order_id._om_check()
        self.assertFalse(self._open(line.order_id, "E-PRC-DIFF"))

    def test_another_quantity_of_a_substitute_keeps_its_price(self):
        line = self._substituted_quotation().order_line
        line.product_uom_qty = 4.0
        self.assertEqual(line.price_unit, 40.0)

    def test_another_price_of_a_substitute_is_an_exception_until_the_contract_price_is_back(self):
        order = self._substituted_quotation()
        order.order_line.price_unit = 35.0
        order._om_check()
        case = self._open(order, "E-PRC-DIFF")
        self.assertEqual((case.expected, case.amount), ("$\N{NO-BREAK SPACE}40.00", 25.0))
        self._resolve(case, "fix_contract_price")
        self.assertEqual((order.order_line.price_unit, case.state), (40.0, "resolved"))

    def test_wrong_price_of_what_was_ordered_stays_wrong_for_its_substitute(self):
        order = self._substituted_quotation(price=15.0)
        order._om_check()
        self.assertEqual(self._open(order, "E-PRC-DIFF").order_line_id.price_unit, 30.0)

    def test_cancel_the_rest_keeps_what_is_there(self):
        order = self._waiting()
        case, _proposal = self._apply(order, "cancel")
        self.assertEqual(order.order_line.product_uom_qty, 4)
        self.assertEqual(case.state, "resolved")

    def test_cancel_of_a_quoted_line_of_which_nothing_is_there_takes_it_off(self):
        self.company.om_short_quotations = True
        none = self._new_product("Lamp", "LAM-1", 9.0, stock=0)
        order = self._order([(none, 1), (self.product, 1)])
        order._om_check()
        _case, proposal = self._apply(order, "cancel")
        self.assertEqual(order.order_line.product_id, self.product)
        self.assertEqual(proposal.state, "applied")

    def test_event_tells_what_was_done(self):
        order = self._waiting()
        self._apply(order, "wait")
        self.assertIn("Wait:", order.om_event_ids.filtered(lambda e: e.kind == "changed").note)

    def test_proposal_that_is_not_possible_any_more_changes_nothing(self):
        self._stock(self.short, 10, self.east)
        order = self._waiting()
        case = self._case(order)
        proposal = self._promise(case, "warehouse")
        self._stock(self.short, -10, self.east)
        with self.assertRaisesRegex(UserError, "not possible any more"):
            self._resolve(case, "fix_apply_proposal", proposal_id=proposal.id)
        self.assertEqual(order.order_line.warehouse_id, self.warehouse)

    def test_best_of_many_lines_is_applied_at_once(self):
        self._receipt(self.short, 30, 7)
        orders = self.env["sale.order"].concat(
            *(self._confirmed([(self.short, 10)], commitment_date=self._day(2)) for _number in range(3))
        )
        cases = self._case(orders)
        self.assertEqual(len(cases), 3)
        self._resolve(cases, "fix_best_proposals")
        self.assertEqual(set(cases.mapped("state")), {"resolved"})

    def test_dialog_shows_the_best_proposal_first(self):
        self._stock(self.short, 10, self.east)
        case = self._case(self._waiting()).with_user(self.specialist)
        action = case.action_resolve()
        form = Form(
            self.env["om.exception.resolve"].with_user(self.specialist).with_context(**action["context"])
        )
        self.assertEqual(form.fix_id, self.env.ref("om_order_exceptions.fix_apply_proposal"))
        self.assertEqual(form.proposal_id.way, "warehouse")
        form.save().action_apply()
        self.assertEqual(case.state, "resolved")

    def test_button_of_a_proposal_opens_the_dialog_with_it(self):
        case = self._case(self._waiting())
        action = self._promise(case, "split").action_apply()
        form = Form(
            self.env["om.exception.resolve"].with_user(self.specialist).with_context(**action["context"])
        )
        self.assertEqual(form.proposal_id.way, "split")

    def test_proposals_are_written_by_nobody(self):
        case = self._case(self._waiting())
        proposal = self._promise(case, "split").with_user(self.manager)
        for attempt in (
            lambda: proposal.write({"promise_date": "2030-01-01"}),
            lambda: proposal.unlink(),
            lambda: proposal.copy(),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_made_to_order_and_dropship_wait_or_cancel(self):
        customers = self.env.ref("stock.stock_location_customers")
        route = self.env["stock.route"].create(
            {
                "name": "Dropship",
                "product_selectable": True,
                "rule_ids": [
                    Command.create(
                        {
                            "name": "Dropship",
                            "action": "pull",
                            "location_src_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": customers.id,
                            "picking_type_id": self.warehouse.out_type_id.id,
                        }
                    )
                ],
            }
        )
        drop = self._new_product("Sofa", "SOF-1", 500.0, stock=0, route_ids=[Command.set(route.ids)])
        self._stock(drop, 10, self.east)
        order = self._confirmed([(drop, 1)], commitment_date=self._day(3))
        order.sudo().order_line.move_ids.date = self._day(6)
        order._om_check()
        self.assertEqual([way for way, _cost in self._ways(order)], ["wait", "cancel"])
        self._apply(order, "wait")
        self.assertFalse(self._open(order))
