from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.om_edi_x12 import x12
from odoo.addons.om_order_exceptions.detection import Finding
from odoo.addons.om_order_exceptions.stages import INTERNAL

from .documents_out_common import DocumentsOutCommon
from .x12_bytes import SOON, purchase_order


@tagged("post_install", "-at_install")
class TestAnswers(DocumentsOutCommon):
    """855: what the customer is told of each line, and how often."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.short = cls._new_product("Samovar", "SAM-1", 20.0, stock=4)
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor"})

    def _acks(self, order):
        return [
            x12.PurchaseOrderAck.parse(transaction) for transaction in self._sent("855", order_id=order.id)
        ]

    def _statuses(self, order, line=0):
        statuses = self._acks(order)[-1].lines[line].statuses
        return [(status.code, status.quantity, status.date) for status in statuses]

    def _short_order(self, number, **kwargs):
        lines = [("1", "10", "EA", "20", "VN", "SAM-1")]
        return self._receive_orders(purchase_order(number, lines, **kwargs))

    def _receipt(self, quantity, day):
        kind = self.warehouse.in_type_id
        values = {
            "location_id": self.env.ref("stock.stock_location_suppliers").id,
            "location_dest_id": kind.default_location_dest_id.id,
        }
        picking = self.env["stock.picking"].create(
            {"picking_type_id": kind.id, "partner_id": self.vendor.id, **values}
        )
        move = self.env["stock.move"].create(
            {
                "picking_id": picking.id,
                "product_id": self.short.id,
                "product_uom_qty": quantity,
                "product_uom": self.short.uom_id.id,
                **values,
            }
        )
        picking.action_confirm()
        move.date = fields.Datetime.to_datetime(day) + timedelta(hours=12)

    def test_whole_answer(self):
        lines = [("1", "10", "EA", "100", "IN", "BB-100"), ("2", "5", "EA", "40", "IN", "BB-200")]
        order = self._receive_orders(purchase_order("PO-1", lines))
        self.assertEqual(
            self._text(self._owed("855")),
            f"""\
BAK*00*AD*PO-1*20261120****{order.name}*{order._om_edi_local_date():%Y%m%d}
N1*ST*BLUEBIRD STORE*92*0042
N3*42 MAIN STREET
N4*DAYTON*OH*45402*US
PO1*1*10*EA*100**IN*BB-100
PID*F****HOUSEHOLD GOODS
ACK*IA*10*EA*067*{SOON:%Y%m%d}
PO1*2*5*EA*40**IN*BB-200
PID*F****HOUSEHOLD GOODS
ACK*IA*5*EA*067*{SOON:%Y%m%d}
CTT*2*15""",
        )

    def test_what_is_not_there_in_time_is_on_backorder_with_its_day(self):
        late = SOON + timedelta(days=10)
        self._receipt(20, late)
        order = self._short_order("PO-2")
        self.assertTrue(self._open(order, "E-STK-SHORT"))
        self.assertEqual(self._statuses(order), [("IA", 4, SOON), ("IB", 6, late)])
        self.assertEqual(self._acks(order)[0].type, "AC")

    def test_backorder_without_a_receipt_has_no_day(self):
        self.assertEqual(self._statuses(self._short_order("PO-3")), [("IA", 4, SOON), ("IB", 6, None)])

    def test_line_that_was_promised_in_two_parts(self):
        self.edi_partner.auto_confirm = False
        late = SOON + timedelta(days=10)
        self._receipt(20, late)
        order = self._short_order("PO-4")
        case = self._open(order, "E-STK-SHORT").with_user(self.specialist)
        case._om_propose().filtered(lambda proposal: proposal.way == "split")._apply()
        order.action_confirm()
        self.assertEqual(self._statuses(order), [("IA", 4, SOON), ("IB", 6, late)])

    def test_line_with_a_promise_of_its_own(self):
        self.edi_partner.auto_confirm = False
        lines = [("1", "10", "EA", "100", "IN", "BB-100"), ("2", "5", "EA", "40", "IN", "BB-200")]
        order = self._receive_orders(purchase_order("PO-5", lines))
        late = SOON + timedelta(days=3)
        order.order_line[1].om_line_commitment_date = order._om_noon(late)
        order.action_confirm()
        self.assertEqual(self._statuses(order), [("IA", 10, SOON)])
        self.assertEqual(self._statuses(order, line=1), [("DR", 5, late)])

    def test_substitute_is_named(self):
        self.edi_partner.auto_confirm = False
        order = self._receive_orders("PO-6")
        order.order_line._om_substitute(self.other_product, 2.0)
        order.action_confirm()
        (status,) = self._acks(order)[0].lines[0].statuses
        self.assertEqual((status.code, status.quantity, status.items["VN"]), ("IS", 20, "TOA-1"))
        self.assertEqual(self._acks(order)[0].lines[0].items, {"VN": "KET-1"})

    def test_reduced_quantity(self):
        self.edi_partner.auto_confirm = False
        order = self._receive_orders("PO-7")
        order.order_line.product_uom_qty = 6
        order.action_confirm()
        self.assertEqual(self._statuses(order), [("IQ", 6, SOON)])

    def test_code_of_the_partners_policy(self):
        self.edi_partner.ack_code_ids = [(0, 0, {"reason": "backorder", "code": "IQ"})]
        self.assertEqual([code for code, *_ in self._statuses(self._short_order("PO-8"))], ["IA", "IQ"])

    def test_order_on_hold_is_not_accepted_as_it_is(self):
        kind = self.env["om.exception.type"].create(
            {"code": "E-TEST-HOLD", "name": "Held", "blocks": "release", "x12_status": "IH"}
        )
        self.assertTrue(kind)
        self.edi_partner.auto_confirm = False
        order = self._receive_orders("PO-9")
        self.env["om.exception"]._raise("E-TEST-HOLD", [Finding(order, found="x")])
        order.action_confirm()
        self.assertEqual([code for code, *_ in self._statuses(order)], ["IH"])

    def test_cancelled_before_the_answer_left_is_one_answer(self):
        order = self._receive_orders("PO-10")
        order.sudo()._action_cancel()
        (ack,) = self._acks(order)
        self.assertEqual((ack.purpose, ack.type), ("00", "RD"))
        self.assertEqual([status.code for status in ack.lines[0].statuses], ["IR"])

    def test_cancelled_after_the_answer_left_replaces_it(self):
        order = self._receive_orders("PO-11")
        self.edi_partner._send()
        order.sudo()._action_cancel()
        first, second = self._acks(order)
        self.assertEqual((first.purpose, first.type), ("00", "AD"))
        self.assertEqual((second.purpose, second.type), ("05", "RD"))

    def test_what_was_shipped_before_the_cancellation_is_not_rejected(self):
        order = self._receive_orders("PO-12")
        self._deliver(order, {self.product: 4})
        self.edi_partner._send()
        order.sudo().with_context(om_change=INTERNAL)._action_cancel()
        self.assertEqual([s[:2] for s in self._statuses(order)], [("IA", 4), ("IR", 6)])
        self.assertEqual(self._acks(order)[-1].type, "AC")

    def test_same_answer_is_not_given_twice(self):
        order = self._receive_orders("PO-13")
        self.edi_partner._send()
        self.env["om.edi.map.855"]._owe(order)
        self.assertEqual(len(self._acks(order)), 1)

    def test_answers_to_many_orders_take_no_more_queries_each(self):
        self.edi_partner.auto_confirm = False
        orders = self._receive_orders(*(f"PO-{number}" for number in range(20, 32)))
        counts = []
        for batch in (orders[:2], orders[2:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["om.edi.map.855"]._owe(batch)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)
