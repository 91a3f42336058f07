from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.om_edi_x12 import x12
from odoo.addons.om_order_exceptions.detection import Finding

from .common_3pl import WarehouseCommon, from_lakeside
from .x12_bytes import purchase_order
from .x12_bytes_3pl import shipping_advice

SSCC = "006141410000000012"
TWO_LINES = [("1", "10", "EA", "100", "VN", "KET-1"), ("2", "5", "EA", "40", "VN", "TOA-1")]


@tagged("post_install", "-at_install")
class TestShippingAdvice(WarehouseCommon):
    """945: what a 3PL says that it has shipped."""

    def _ordered(self, number, lines=(TWO_LINES[0],)):
        order = self._receive_orders(purchase_order(number, lines))
        self.assertEqual(order.state, "sale", order.om_exception_ids.mapped("found"))
        self._settle()
        return order, order.picking_ids.name

    def _advise(self, number, *lines, **values):
        (transaction,) = self._from_3pl(shipping_advice(number, lines, **values))
        return transaction

    def test_945_ships_the_delivery_with_its_package_carrier_and_tracking(self):
        order, number = self._ordered("PO-1")
        advice = self._advise(number, {"item": "KET-1", "shipped": 10, "packs": [f"00{SSCC}"]})
        picking = order.picking_ids
        self.assertEqual((advice.state, advice.picking_id, advice.order_id), ("done", picking, order))
        self.assertEqual((picking.state, order.order_line.qty_delivered), ("done", 10))
        self.assertEqual(picking.move_line_ids.result_package_id.name, SSCC)
        self.assertEqual((picking.om_carrier_scac, picking.om_tracking_ref), ("UPSN", "PRO123"))
        self.assertEqual(picking.om_edi_answer_state, "answered")
        self.assertFalse(self._cases("E-3PL-DIFF"))
        self.assertIn("document_in", order.om_event_ids.mapped("kind"))

    def test_many_945s_add_up_and_each_makes_its_own_856(self):
        order, number = self._ordered("PO-2")
        self._advise(number, {"item": "KET-1", "shipped": 4, "status": "BP"}, shipment="A")
        first, backorder = order.picking_ids.sorted("id")
        self.assertEqual((first.state, backorder.om_edi_answer_state), ("done", "partial"))
        self._advise(number, {"item": "KET-1", "shipped": 6, "status": "CC"}, shipment="B")
        self.assertEqual((backorder.state, backorder.om_edi_answer_state), ("done", "answered"))
        self.assertEqual(len(self._told()), 1)
        self.assertFalse(self._cases("E-3PL-DIFF"))
        notices = [x12.ShipNotice.parse(t) for t in self._sent("856", order_id=order.id)]
        self.assertEqual([n.orders[0].packs[0].items[0].quantity for n in notices], [4, 6])

    def test_945s_of_one_order_in_one_file_add_up(self):
        order, number = self._ordered("PO-3")
        documents = self._from_3pl(
            shipping_advice(number, [{"item": "KET-1", "shipped": 4, "status": "BP"}], shipment="A"),
            shipping_advice(number, [{"item": "KET-1", "shipped": 6}], shipment="B"),
        )
        self.assertEqual(documents.mapped("state"), ["done", "done"])
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_same_shipment_again_is_noted_and_not_booked(self):
        order, number = self._ordered("PO-4")
        self._advise(number, {"item": "KET-1", "shipped": 4, "status": "BP"}, shipment="A")
        again = self._advise(number, {"item": "KET-1", "shipped": 4, "status": "BP"}, shipment="A")
        self.assertEqual((again.state, order.order_line.qty_delivered), ("done", 4))
        self.assertIn("booked before", again.findings)
        self.assertEqual(len(self._sent("856", order_id=order.id)), 1)

    def test_same_shipment_twice_in_one_file_is_booked_once(self):
        order, number = self._ordered("PO-5")
        body = shipping_advice(number, [{"item": "KET-1", "shipped": 4, "status": "BP"}])
        documents = self._from_3pl(body, body)
        self.assertEqual((order.order_line.qty_delivered, documents.mapped("state")), (4, ["done"] * 2))

    def test_same_shipment_with_other_content_is_for_a_person(self):
        order, number = self._ordered("PO-6")
        self._advise(number, {"item": "KET-1", "shipped": 4, "status": "BP"}, shipment="A")
        other = self._advise(number, {"item": "KET-1", "shipped": 5, "status": "BP"}, shipment="A")
        self.assertEqual((other.state, order.order_line.qty_delivered), ("error", 4))
        self.assertIn("other content", other.findings)

    def test_same_content_without_a_shipment_number_is_for_a_person(self):
        order, number = self._ordered("PO-7")
        line = {"item": "KET-1", "shipped": 4, "status": "BP"}
        self._advise(number, line, shipment="")
        again = self._advise(number, line, shipment="")
        self.assertEqual((again.state, order.order_line.qty_delivered), ("error", 4))

    def test_open_rest_without_a_final_code_goes_on(self):
        order, number = self._ordered("PO-8", TWO_LINES)
        self._advise(number, {"item": "KET-1", "shipped": 10})
        self.assertEqual(order.picking_ids.sorted("id")[1].om_edi_answer_state, "partial")
        self.assertFalse(self._cases("E-3PL-DIFF"))

    def test_short_and_final_is_a_case_and_nothing_is_ordered_again_by_itself(self):
        order, number = self._ordered("PO-9")
        self._advise(number, {"item": "KET-1", "shipped": 7, "status": "CP"})
        case = self._cases("E-3PL-DIFF", order_id=order.id)
        self.assertEqual((case.order_line_id, case.amount), (order.order_line, 300))
        self.assertIn("7 of 10", case.found)
        self.assertEqual(order.order_line.product_uom_qty, 10)
        backorder = order.picking_ids.sorted("id")[1]
        self.assertEqual(
            (backorder.state, backorder.om_edi_order_id), ("assigned", case.env["om.edi.transaction"])
        )
        self.assertEqual(len(self._told()), 1)
        self._resolve(case, "om_edi_x12.fix_order_again")
        _first, second = self._told()
        self.assertEqual((second.status, second.number), ("N", backorder.name))
        self.assertEqual(second.lines[0].quantity, 3)

    def test_short_line_is_ended_with_what_was_shipped(self):
        order, number = self._ordered("PO-10")
        self._advise(number, {"item": "KET-1", "shipped": 7, "status": "CP"})
        self._resolve(self._cases("E-3PL-DIFF"), "om_edi_x12.fix_end_line_3pl")
        self.assertEqual(order.order_line.product_uom_qty, 7)
        self.assertFalse(self._cases("E-3PL-DIFF"))
        self.assertEqual(len(self._told()), 1)

    def test_nothing_shipped_and_cancelled_by_the_warehouse(self):
        order, number = self._ordered("PO-11")
        advice = self._advise(number, {"item": "KET-1", "shipped": 0, "status": "IC"})
        self.assertEqual((advice.state, order.picking_ids.state), ("done", "assigned"))
        self.assertIn("0 of 10", self._cases("E-3PL-DIFF").found)
        self.assertEqual(len(self._told()), 1)

    def test_more_than_ordered_is_booked_as_it_is_and_a_case(self):
        order, number = self._ordered("PO-12")
        self._advise(number, {"item": "KET-1", "shipped": 12})
        self.assertEqual((order.order_line.qty_delivered, order.order_line.product_uom_qty), (12, 10))
        self.assertIn("12 instead of 10", self._cases("E-3PL-DIFF").found)

    def test_substitute_is_a_case_and_not_booked(self):
        order, number = self._ordered("PO-13")
        advice = self._advise(number, {"item": "TOA-1", "shipped": 10, "status": "IS", "instead_of": "KET-1"})
        self.assertEqual(advice.state, "done", advice.findings)
        cases = self._cases("E-3PL-DIFF", order_id=order.id)
        self.assertEqual(len(cases), 2)  # what came, and what did not
        other = cases.filtered(lambda case: case.key.endswith(":other"))
        self.assertIn("instead of", other.found)
        self.assertEqual((order.order_line.product_id, order.order_line.qty_delivered), (self.product, 0))
        self.assertEqual(len(order.order_line), 1)

    def test_unknown_item_waits_until_it_is_mapped(self):
        order, number = self._ordered("PO-14")
        advice = self._advise(number, {"item": "LL-77", "shipped": 10})
        self.assertEqual((advice.state, order.picking_ids.state), ("error", "assigned"))
        self.assertIn("LL-77", advice.findings)
        self.assertEqual(self._cases("E-EDI-MAP").res_id, advice.id)
        self.env["om.customer.item"].create(
            {"partner_id": self.lakeside.partner_id.id, "code": "LL-77", "product_id": self.product.id}
        )
        advice.with_user(self.specialist).action_retry()
        self.assertEqual((advice.state, order.picking_ids.state), ("done", "done"))

    def test_unit_of_the_warehouse_is_converted(self):
        case = self.env["uom.uom"].create(
            {
                "name": "Case of 5",
                "relative_factor": 5,
                "relative_uom_id": self.env.ref("uom.product_uom_unit").id,
                "om_codes": "CA",
            }
        )
        self.product.product_tmpl_id.uom_ids = case
        order, number = self._ordered("PO-15")
        self._advise(number, {"item": "KET-1", "shipped": 2, "unit": "CA"})
        self.assertEqual(order.order_line.qty_delivered, 10)

    def test_unknown_unit_books_nothing(self):
        order, number = self._ordered("PO-16")
        advice = self._advise(number, {"item": "KET-1", "shipped": 10, "unit": "LB"})
        self.assertEqual((advice.state, order.order_line.qty_delivered), ("error", 0))
        self.assertIn("LB", advice.findings)

    def test_unknown_940_and_one_of_another_partner_book_nothing(self):
        advice = self._advise("WH/OUT/NO", {"item": "KET-1", "shipped": 10})
        self.assertEqual(advice.state, "error")
        self.assertIn("WH/OUT/NO", advice.findings)
        self.assertTrue(advice._bytes().startswith(b"ST*945*"))

    def test_945_that_is_no_plain_report_books_nothing(self):
        order, number = self._ordered("PO-17")
        advice = self._advise(number, {"item": "KET-1", "shipped": 10}, code="R")
        self.assertEqual((advice.state, order.order_line.qty_delivered), ("error", 0))
        self.assertIn("W0601", advice.findings)

    def test_one_bad_945_stops_no_other(self):
        (first, one), (second, two) = self._ordered("PO-18"), self._ordered("PO-19")
        bad, good = self._from_3pl(
            shipping_advice(one, [{"item": "LL-0", "shipped": 1}], shipment="A"),
            shipping_advice(two, [{"item": "KET-1", "shipped": 10}], shipment="B"),
        )
        self.assertEqual((bad.state, good.state), ("error", "done"))
        self.assertEqual((first.picking_ids.state, second.picking_ids.state), ("assigned", "done"))

    def test_goods_reported_for_a_cancelled_delivery_are_for_a_person(self):
        order, number = self._ordered("PO-20")
        order.picking_ids.action_cancel()
        self._settle()
        advice = self._advise(number, {"item": "KET-1", "shipped": 10})
        self.assertEqual(advice.state, "error")
        self.assertIn("taken back", advice.findings)

    def test_part_shipment_of_a_3pl_is_no_phantom_stock(self):
        self.company.om_check_phantom = True
        order, number = self._ordered("PO-24")
        self._advise(number, {"item": "KET-1", "shipped": 4, "status": "BP"}, shipment="A")
        self.assertFalse(self._cases("E-STK-PHANTOM"))
        self._advise(number, {"item": "KET-1", "shipped": 6}, shipment="B")
        self.assertEqual(order.order_line.qty_delivered, 10)

    def _hold(self, order):
        kind = self.env.ref("om_edi_x12.type_edi_map")
        return self.env["om.exception"]._raise(kind.code, [Finding(order, "held", key="test")])

    def test_goods_that_left_while_their_order_was_held_are_booked_and_a_case(self):
        order, number = self._ordered("PO-25")
        hold = self._hold(order)
        advice = self._advise(number, {"item": "KET-1", "shipped": 10})
        self.assertEqual((advice.state, order.order_line.qty_delivered), ("done", 10), advice.findings)
        case = self._cases("E-3PL-HELD", order_id=order.id)
        self.assertEqual((case.severity, case.amount), ("1", 1000))
        self.assertIn("10 Units", case.found)
        self.assertIn(hold.type_id.display_name, case.expected)
        self.assertTrue(case.team_id or case.user_id)
        self.assertTrue(hold.is_open and order.om_is_held)
        self.assertTrue(self._sent("856", order_id=order.id), "the customer is told what is coming")

    def test_what_has_not_left_of_a_held_order_stays_held(self):
        (held, number), (_free, other) = self._ordered("PO-26", TWO_LINES), self._ordered("PO-27")
        hold = self._hold(held)
        for_held, for_free = self._from_3pl(
            shipping_advice(number, [{"item": "KET-1", "shipped": 4, "status": "BP"}], shipment="A"),
            shipping_advice(other, [{"item": "KET-1", "shipped": 10}], shipment="B"),
        )
        self.assertEqual((for_held.state, for_free.state), ("done", "done"), for_held.findings)
        self.assertEqual(held.order_line.mapped("qty_delivered"), [4, 0])
        rest = held.picking_ids.filtered(lambda picking: picking.state != "done")
        self.assertEqual(set(rest.move_ids.mapped("state")), {"confirmed"})
        self.assertFalse(rest.move_line_ids, "nothing is reserved for it")
        with self.assertRaisesRegex(UserError, "Held"):
            rest.with_context(om_has_left=True).button_validate()
        self.assertEqual(self._cases("E-3PL-HELD").order_id, held)
        self._resolve(hold, "fix_done")
        self.assertEqual(set(rest.move_ids.mapped("state")), {"assigned"})

    def test_second_shipment_of_a_held_order_is_a_case_of_its_own(self):
        order, number = self._ordered("PO-28")
        self._hold(order)
        self._advise(number, {"item": "KET-1", "shipped": 4, "status": "BP"}, shipment="A")
        self._advise(number, {"item": "KET-1", "shipped": 6}, shipment="B")
        self.assertEqual(order.order_line.qty_delivered, 10)
        self.assertEqual(len(self._cases("E-3PL-HELD", order_id=order.id)), 2)

    def test_packages_share_a_line_evenly_or_not_at_all(self):
        packs = [f"00{x12.sscc('0', '0614141', n)}" for n in (801, 802, 803)]
        order, number = self._ordered("PO-21")
        advice = self._advise(number, {"item": "KET-1", "shipped": 10, "packs": packs}, shipment="A")
        self.assertEqual((advice.state, order.order_line.qty_delivered), ("error", 0))
        self.assertIn("one LX per package", advice.findings)
        self._advise(number, {"item": "KET-1", "shipped": 10, "packs": packs[:2]}, shipment="B")
        lines = order.picking_ids.move_line_ids
        self.assertEqual(lines.mapped("quantity"), [5, 5])
        self.assertEqual(set(lines.result_package_id.mapped("name")), {pack[2:] for pack in packs[:2]})

    def test_lots_are_those_that_the_warehouse_names(self):
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": self._tracked().id} for name in ("L1", "L2")]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                lot.product_id, self.warehouse.lot_stock_id, 10, lot_id=lot
            )
        order, number = self._ordered("PO-22", [("1", "6", "EA", "10", "VN", "TEA-1")])
        unknown = self._advise(number, {"item": "TEA-1", "shipped": 6, "lot": "L9"}, shipment="A")
        self.assertIn("L9", unknown.findings)
        self._advise(
            number,
            {"item": "TEA-1", "shipped": 2, "lot": "L2", "status": "BP"},
            {"item": "TEA-1", "shipped": 4, "lot": "L1"},
            shipment="B",
        )
        lines = order.picking_ids.move_line_ids
        self.assertEqual({line.lot_id.name: line.quantity for line in lines}, {"L2": 2, "L1": 4})

    def _tracked(self):
        if not hasattr(self, "tea"):
            self.tea = self._new_product("Tea", "TEA-1", 10.0, stock=0, tracking="lot")
        return self.tea

    def test_856_and_810_say_what_the_945_says(self):
        order, number = self._ordered("PO-23", TWO_LINES)
        self._advise(
            number,
            {"item": "KET-1", "shipped": 8, "status": "CP", "packs": [f"00{SSCC}"]},
            {"item": "TOA-1", "shipped": 5, "packs": [f"00{SSCC}"]},
        )
        (notice,) = [x12.ShipNotice.parse(t) for t in self._sent("856", order_id=order.id)]
        (pack,) = notice.orders[0].packs
        self.assertEqual(pack.sscc, SSCC)
        self.assertEqual({i.items["VN"]: i.quantity for i in pack.items}, {"KET-1": 8, "TOA-1": 5})
        order.sudo()._create_invoices().action_post()
        (bill,) = [x12.Invoice.parse(t) for t in self._sent("810", order_id=order.id)]
        self.assertEqual(bill.total, Decimal(1000))

    def test_look_ups_of_a_batch_do_not_grow_with_it(self):
        def queries(count, control):
            orders = self._receive_orders(
                *(purchase_order(f"Q{control}-{n}", requested=None) for n in range(count))
            )
            self._settle()
            bodies = [
                shipping_advice(picking.name, [{"item": "KET-1", "shipped": 1}], shipment=f"S{control}{n}")
                for n, picking in enumerate(orders.picking_ids)
            ]
            book = type(self.env["om.edi.warehouse.booking"])._book
            counted = []

            def booked(this, plans, lookup):
                before = self.env.cr.sql_log_count
                result = book(this, plans, lookup)
                counted.append(self.env.cr.sql_log_count - before)
                return result

            self.env["stock.quant"]._update_available_quantity(
                self.product, self.warehouse.lot_stock_id, 1000
            )
            self.control_3pl = control
            self.lakeside._sends("997").active = False
            self.patch(type(self.env["om.edi.map.945"]), "_book", booked)
            intake = self.env["om.intake"]._receive(
                from_lakeside(*bodies, group="SW", control=control), "upload"
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            intake._process()
            total = self.env.cr.sql_log_count - before
            self.assertEqual(set(intake.edi_transaction_ids.mapped("state")), {"done"})
            return total - sum(counted)

        queries(2, 700)
        few, many = queries(3, 701), queries(23, 702)
        # what is left per document: finding its bytes, and Odoo weighing its transfer
        self.assertLessEqual((many - few) / 20, 3)
