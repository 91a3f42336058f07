from datetime import timedelta
from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.om_edi_x12 import x12

from .common_changes import OrderChangeCommon
from .x12_bytes import SOON, interchange, order_change, purchase_order

KETTLE = ("VN", "KET-1")
TOASTER = ("VN", "TOA-1")


@tagged("post_install", "-at_install")
class TestOrderChanges(OrderChangeCommon):
    def test_change_before_picking_is_applied_and_answered(self):
        order = self._receive_orders("PO-1")
        change = self._change(
            "PO-1", [("1", "QI", "12", "EA", "", *KETTLE), ("2", "AI", "3", "EA", "40", *TOASTER)]
        )
        self.assertEqual((change.state, change.order_id), ("done", order), change.findings)
        request = change.change_id
        self.assertEqual((request.state, request.source, request.order_id), ("applied", "edi", order))
        self.assertEqual(request.om_edi_transaction_ids.mapped("set_id"), ["865", "860"])
        lines = order.order_line.mapped(lambda line: (line.om_po_line, line.product_uom_qty, line.price_unit))
        self.assertEqual(lines, [("1", 12, 100), ("2", 3, 40)])
        (answer,) = self._answers(order)
        self.assertEqual(self._codes_of(answer), ("AD", ["IA", "IA"]))
        self.assertEqual((answer.po_number, answer.change_number), ("PO-1", "1"))
        self.assertFalse(self._open(order))

    def test_line_that_an_860_adds_is_shipped_and_billed_as_the_customer_names_it(self):
        self.env["om.customer.item"].create(
            {"partner_id": self.customer.id, "code": "BB-200", "product_id": self.other_product.id}
        )
        order = self._receive_orders("PO-A")
        self._change("PO-A", [("2", "AI", "3", "EA", "40", "IN", "BB-200")])
        self._deliver(order)
        order.sudo()._create_invoices().action_post()
        (notice,) = [x12.ShipNotice.parse(t) for t in self._sent("856", order_id=order.id)]
        (bill,) = [x12.Invoice.parse(t) for t in self._sent("810", order_id=order.id)]
        shipped = {item.line_number: item.items for pack in notice.orders[0].packs for item in pack.items}
        self.assertEqual(shipped["2"], {"IN": "BB-200"})
        self.assertEqual({line.number: line.items for line in bill.lines}["2"], {"IN": "BB-200"})

    def test_each_kind_of_line_change(self):
        lines = [("1", "10", "EA", "100", *KETTLE), ("2", "5", "EA", "40", *TOASTER)]
        order = self._receive_orders(purchase_order("PO-2", lines))
        kettle, toaster = order.order_line
        self._change("PO-2", [("1", "QD", "6", "EA", "", *KETTLE), ("2", "NC", "5", "EA", "", *TOASTER)])
        self.assertEqual((kettle.product_uom_qty, toaster.product_uom_qty), (6, 5))
        self._change("PO-2", [("2", "DI", "", "", "", *TOASTER)], change_number="2")
        self.assertEqual(toaster.product_uom_qty, 0)
        self._change("PO-2", [("1", "CA", "7", "EA", "100", *KETTLE)], change_number="3")
        self.assertEqual(kettle.product_uom_qty, 7)
        self._change("PO-2", [("1", "RZ", "2", "EA", "40", *TOASTER)], change_number="4")
        living = order.order_line.filtered("product_uom_qty")
        self.assertEqual((living.product_id, living.product_uom_qty), (self.other_product, 2))
        self.assertEqual(living.om_po_line, "1")
        self.assertEqual([self._codes_of(answer)[0] for answer in self._answers(order)], ["AD"] * 4)

    def test_price_waits_for_a_manager(self):
        order = self._receive_orders("PO-3")
        change = self._change("PO-3", [("1", "PC", "", "", "95", *KETTLE)])
        request = change.change_id
        self.assertEqual((request.state, order.order_line.price_unit), ("approval", 100))
        self.assertFalse(self._answers(order), "answered when it is decided, not before")
        request.with_user(self.manager).action_approve()
        self.assertEqual((request.state, order.order_line.price_unit), ("applied", 95))
        self.assertEqual(self._codes_of(self._answers(order)[0]), ("AD", ["IA"]))

    def test_change_that_was_made_otherwise_is_answered_with_changes(self):
        order = self._receive_orders("PO-4")
        lines = [("1", "CA", "20", "EA", "90", *KETTLE)]
        request = self._change("PO-4", lines).change_id
        request = request.with_user(self.manager)
        request.line_ids.filtered(lambda line: line.kind == "quantity")
        self.assertEqual(request.state, "approval")
        request.write({"refusal": "Not at this price"})
        request.action_refuse()
        (answer,) = self._answers(order)
        self.assertEqual(self._codes_of(answer), ("RD", ["IR"]))
        self.assertEqual(order.order_line.product_uom_qty, 10)

    def test_own_code_of_the_partner_is_sent(self):
        self.edi_partner.ack_code_ids.create(
            {"edi_partner_id": self.edi_partner.id, "reason": "rejected", "code": "R4"}
        )
        order = self._receive_orders("PO-5")
        self._deliver(order)
        self._change("PO-5", [("1", "QD", "6", "EA", "", *KETTLE)])
        self.assertEqual(self._codes_of(self._answers(order)[0]), ("RD", ["R4"]))

    def test_change_of_picked_goods_waits_and_holds_the_shipment(self):
        order = self._receive_orders("PO-6")
        order.picking_ids.move_line_ids.picked = True
        request = self._change("PO-6", [("1", "QD", "6", "EA", "", *KETTLE)]).change_id
        self.assertEqual((request.stage, request.action, request.state), ("picked", "task", "approval"))
        self.assertTrue(self._open(order, "E-CHG-LATE"))
        request.with_user(self.manager).action_approve()
        self.assertEqual((request.state, order.order_line.product_uom_qty), ("applied", 6))
        self.assertEqual(self._codes_of(self._answers(order)[0]), ("AD", ["IA"]))

    def test_change_of_shipped_goods_is_refused(self):
        order = self._receive_orders("PO-7")
        self._deliver(order)
        change = self._change("PO-7", purpose="01")
        self.assertEqual((change.state, change.change_id.state), ("done", "refused"))
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._codes_of(self._answers(order)[0]), ("RJ", []))

    def test_cancellation_of_an_order(self):
        order = self._receive_orders("PO-8")
        change = self._change("PO-8", purpose="01")
        self.assertEqual((order.state, change.change_id.state), ("cancel", "applied"))
        self.assertEqual(self._codes_of(self._answers(order)[0]), ("AT", []))
        self.assertEqual(len(self._sent("855", order_id=order.id)), 1, "no second word on the 850")

    def test_cancellation_of_an_unconfirmed_order(self):
        lines = [("1", "10", "EA", "100", "VN", "NO-SUCH")]
        order = self._receive_orders(purchase_order("PO-9", lines))
        self.assertEqual(order.state, "draft")
        self._change("PO-9", purpose="01")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(self._codes_of(self._answers(order)[0]), ("AT", []))

    def test_replacement_cancels_what_it_does_not_name(self):
        lines = [("1", "10", "EA", "100", *KETTLE), ("2", "5", "EA", "40", *TOASTER)]
        order = self._receive_orders(purchase_order("PO-10", lines))
        self._change(
            "PO-10",
            [("1", "RZ", "4", "EA", "100", *KETTLE), ("3", "RZ", "1", "EA", "40", *TOASTER)],
            purpose="05",
        )
        quantities = {line.om_po_line: line.product_uom_qty for line in order.order_line}
        self.assertEqual(quantities, {"1": 4, "2": 0, "3": 1})

    def test_new_day_moves_the_promise(self):
        order = self._receive_orders("PO-11")
        later, last = SOON + timedelta(days=7), SOON + timedelta(days=14)
        self._change("PO-11", dates=[("002", later), ("001", last)])
        self.assertEqual(
            (order.om_requested_date, order._om_promised_day(), order.om_cancel_after), (later, later, last)
        )
        self.assertEqual(self._codes_of(self._answers(order)[0]), ("AT", []))

    def test_new_ship_to(self):
        other = self._store_address("0077", "Store 77")
        order = self._receive_orders("PO-12")
        self._change("PO-12", ship_to="0077")
        self.assertEqual(order.partner_shipping_id, other)

    def test_difference_where_the_partner_means_it(self):
        self.edi_partner.change_quantity = "difference"
        order = self._receive_orders("PO-13")
        self._change("PO-13", [("1", "QD", "3", "EA", "", *KETTLE)])
        self._change("PO-13", [("1", "QI", "1", "EA", "", *KETTLE)], change_number="2")
        self.assertEqual(order.order_line.product_uom_qty, 8)

    def test_flow_that_is_off_sends_no_865(self):
        self.edi_partner._sends("865").active = False
        order = self._receive_orders("PO-14")
        self._change("PO-14", [("1", "QI", "12", "EA", "", *KETTLE)])
        self.assertEqual(order.order_line.product_uom_qty, 12)
        self.assertFalse(self._answers(order))

    def test_invoice_and_ship_notice_name_the_added_line(self):
        order = self._receive_orders("PO-15")
        self._change("PO-15", [("7", "AI", "3", "EA", "40", *TOASTER)])
        self._deliver(order)
        (event,) = self._sent("856", order_id=order.id)
        self.assertIn("7", [segment[1] for segment in event.segments if segment[0] == "LIN"])

    def test_answer_names_our_quantities(self):
        order = self._receive_orders("PO-16")
        request = self._change("PO-16", [("1", "PQ", "20", "EA", "90", *KETTLE)]).change_id
        request.with_user(self.manager).action_approve()
        order.order_line.product_uom_qty = 15
        change = request.om_edi_transaction_ids.filtered(lambda t: t.set_id == "860")
        answer = self.env["om.edi.map.865"]._build(change)
        self.assertEqual(self._codes_of(answer), ("AC", ["IQ"]))
        self.assertEqual(answer.lines[0].statuses[0].quantity, Decimal(15))


@tagged("post_install", "-at_install")
class TestOrderChangesInTrouble(OrderChangeCommon):
    def _nothing_changed(self, order):
        self.assertEqual(order.order_line.filtered("product_id").product_uom_qty, 10)
        self.assertFalse(order.om_change_ids)

    def test_change_before_its_order_waits_for_it(self):
        change = self._change("PO-1", [("1", "QI", "12", "EA", "", *KETTLE)])
        self.assertEqual(change.state, "error")
        self.assertIn("PO-1", change.findings)
        case = self.env["om.exception"].search([("res_model", "=", change._name), ("res_id", "=", change.id)])
        self.assertTrue(case.is_open)
        order = self._receive_orders("PO-1")
        self.assertEqual((change.state, change.order_id), ("done", order), change.findings)
        self.assertEqual(order.order_line.product_uom_qty, 12)
        self.assertFalse(case.is_open)

    def test_change_of_an_unconfirmed_order_waits_for_its_confirmation(self):
        lines = [("1", "10", "EA", "80", *KETTLE)]
        order = self._receive_orders(purchase_order("PO-2", lines))
        self.assertEqual(order.state, "draft")
        change = self._change("PO-2", [("1", "QI", "12", "EA", "", *KETTLE)])
        self.assertEqual((change.state, change.order_id), ("error", order))
        case = self._cases(order)
        self.assertEqual(len(case), 1)
        self._resolve(self._open(order, "E-PRC-DIFF"), "fix_contract_price")
        if order.state != "sale":
            order.with_user(self.specialist).action_confirm()
        self.assertEqual((change.state, order.order_line.product_uom_qty), ("done", 12), change.findings)
        self.assertFalse(case.is_open)

    def test_nothing_is_applied_of_a_change_that_is_not_understood_whole(self):
        order = self._receive_orders("PO-3")
        change = self._change(
            "PO-3",
            [
                ("1", "QI", "12", "EA", "", *KETTLE),
                ("2", "AI", "3", "EA", "40", "VN", "NO-SUCH"),
                ("9", "QD", "1", "EA", ""),
                ("1", "MU", "1", "EA", ""),
            ],
        )
        self.assertEqual(change.state, "error")
        for word in ("NO-SUCH", "line 9", "MU"):
            self.assertIn(word, change.findings)
        self._nothing_changed(order)
        self.assertEqual(len(self._cases(order)), 1)

    def test_mended_change_is_tried_again(self):
        order = self._receive_orders("PO-4")
        change = self._change("PO-4", [("2", "AI", "3", "EA", "40", "VN", "NEW-1")])
        self.assertTrue(self._cases(order))
        self.other_product.default_code = "NEW-1"
        change.with_user(self.specialist).action_retry()
        self.assertEqual(change.state, "done", change.findings)
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [10, 3])
        self.assertFalse(self._cases(order))

    def test_refused_change_is_answered(self):
        order = self._receive_orders("PO-5")
        change = self._change(
            "PO-5", [("1", "QI", "12", "EA", "", *KETTLE), ("2", "AI", "3", "EA", "40", "VN", "NO-SUCH")]
        )
        change.with_user(self.specialist).action_refuse_change()
        self.assertEqual(self._codes_of(self._answers(order)[0]), ("RD", ["IR", "R2"]))
        self.assertFalse(self._cases(order))
        self._nothing_changed(order)

    def test_only_specialists_refuse_a_change(self):
        order = self._receive_orders("PO-15")
        change = self._change("PO-15", [("9", "QD", "1", "EA", "")])
        seller = new_test_user(self.env, "om_seller", groups="sales_team.group_sale_salesman_all_leads")
        with self.assertRaises(AccessError):
            change.with_user(seller).action_refuse_change()
        self.assertEqual(change.state, "error")
        change.with_user(self.specialist).action_refuse_change()
        with self.assertRaises(UserError):
            change.with_user(self.specialist).action_refuse_change()
        self.assertEqual(len(self._answers(order)), 1)

    def test_same_change_is_noted_once(self):
        order = self._receive_orders("PO-6")
        body = order_change("PO-6", [("1", "QI", "12", "EA", "", *KETTLE)])
        first = self._receive_changes(body, body)
        second = self._receive_changes(body)
        self.assertEqual((first + second).mapped("state"), ["done"] * 3)
        self.assertEqual(len(order.om_change_ids), 1)
        self.assertEqual((first + second).change_id, order.om_change_ids)
        self.assertEqual(len(self._answers(order)), 1)

    def test_other_change_of_the_same_number_is_asked_about(self):
        order = self._receive_orders("PO-7")
        self._change("PO-7", [("1", "QI", "12", "EA", "", *KETTLE)])
        other = self._change("PO-7", [("1", "QI", "14", "EA", "", *KETTLE)])
        self.assertEqual((other.state, order.order_line.product_uom_qty), ("error", 12))
        self.assertTrue(self._cases(order))

    def test_changes_are_applied_in_their_sequence(self):
        first, second = self._receive_orders("PO-8", "PO-9")
        self._receive_changes(
            order_change("PO-8", [("1", "QI", "12", "EA", "", *KETTLE)], change_number="1"),
            order_change("PO-9", [("1", "QD", "9", "EA", "", *KETTLE)], change_number="1"),
            order_change("PO-8", [("1", "QD", "11", "EA", "", *KETTLE)], change_number="2"),
        )
        self.assertEqual((first.order_line.product_uom_qty, second.order_line.product_uom_qty), (11, 9))
        self.assertEqual(len(self._answers(first)), 2)

    def test_later_change_does_not_overtake_one_that_is_not_understood(self):
        order = self._receive_orders("PO-14")
        lines = [("1", "QI", "15", "EA", "", *KETTLE), ("2", "AI", "3", "EA", "40", "VN", "NEW-1")]
        first = self._change("PO-14", lines)
        second = self._change("PO-14", [("1", "QI", "20", "EA", "", *KETTLE)], change_number="2")
        self.assertEqual((first.state, second.state), ("error", "error"))
        self._nothing_changed(order)
        self.other_product.default_code = "NEW-1"
        first.action_retry()
        self.assertEqual((first.state, second.state), ("done", "done"), second.findings)
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [20, 3])
        self.assertEqual([answer.change_number for answer in self._answers(order)], ["1", "2"])
        self.assertFalse(self._cases(order))

    def test_next_change_waits_until_the_one_before_is_decided(self):
        order = self._receive_orders("PO-10")
        first = self._change("PO-10", [("1", "PC", "", "", "95", *KETTLE)]).change_id
        second = self._change("PO-10", [("1", "QI", "12", "EA", "", *KETTLE)], change_number="2").change_id
        self.assertEqual((first.state, second.state), ("approval", "draft"))
        first.with_user(self.manager).action_approve()
        self.assertEqual((first.state, second.state), ("applied", "applied"))
        self.assertEqual([answer.change_number for answer in self._answers(order)], ["1", "2"])

    def test_quantity_that_contradicts_its_code_is_asked_about(self):
        order = self._receive_orders("PO-11")
        change = self._change("PO-11", [("1", "QI", "2", "EA", "", *KETTLE)])
        self.assertEqual(change.state, "error")
        self._nothing_changed(order)

    def test_other_unit_is_asked_about(self):
        order = self._receive_orders("PO-12")
        change = self._change("PO-12", [("1", "QI", "12", "DZ", "", *KETTLE)])
        self.assertEqual(change.state, "error")
        self._nothing_changed(order)

    def test_order_and_change_in_one_file(self):
        body = purchase_order("PO-13")
        intake = self._receive(interchange(body, control=50))
        self._receive(interchange(order_change("PO-13", purpose="06"), group="PC", control=51))
        order = intake.order_ids
        self._nothing_changed(order)
        self.assertIn("BCH01", self.env["om.edi.transaction"].search([("set_id", "=", "860")]).findings)

    def test_queries_do_not_grow_with_the_orders_that_wait_for_nothing(self):
        orders = self._receive_orders("PO-20", "PO-21", "PO-22")
        self.env.flush_all()
        with self.assertQueryCount(2):
            self.env["om.edi.map.860"]._take_up(orders)
