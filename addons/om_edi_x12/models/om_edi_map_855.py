from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import float_compare

from .. import x12
from .om_edi_owed import Owed
from .om_edi_traced import Traced

REJECTIONS = ("IR", "R1", "R2", "R3", "R4", "R5", "R6", "ID")
# An open case with one of these says it to the customer; one that may lead to a rejection is a hold.
PENDING = ("IH", "IE")
BACKORDERED = "IB"
ORIGINAL, REPLACED = "00", "05"
UNSENT, GONE = ("ready", "error"), ("wrapped", "sent")


def number(value):
    """``value`` as a ``Decimal`` without the noise of binary floats (6 decimals)."""
    return Decimal(repr(round(value, 6))).normalize()


def all_of(changes):
    """The reason that stands for all of these: that one itself, or that several things differ."""
    return changes[0] if len(changes) == 1 else "changed"


class Part(NamedTuple):
    """A quantity of an order line, in its unit, and the day for which it is promised."""

    line: Any
    quantity: float
    day: Any = None
    is_backordered: bool = False


class OmEdiMap855(models.AbstractModel):
    """855 Purchase Order Acknowledgment out: what becomes of each line of a customer's 850.

    =========  =================================================================================
    ACK01      when
    =========  =================================================================================
    IA         as ordered
    IP         our price differs
    IQ         our quantity differs
    DR         promised for another day
    IC         several of these
    IB         what is not there in time, or was promised for later: with its day, where known
    IS         another product comes instead: with its identifiers
    IH, IE     an open case holds the order, or the line
    IR, R2, …  taken off the order; the code of the exception that led to it
    =========  =================================================================================

    A line that comes in parts has an ACK for each. BAK02: AD all as ordered, AC with changes, RD all
    rejected. An order that is confirmed, and one that is cancelled, is answered once; when the answer
    changes after the first one has left, the next one replaces it (BAK01 05).
    """

    _name = "om.edi.map.855"
    _inherit = "om.edi.map"
    _description = "EDI Map: 855"

    _om_trace_out = (
        Traced("BAK03", "order_id.client_order_ref", copied=True),
        Traced("BAK08", "order_id.name"),
    )
    _om_trace_out_lines = (
        "PO1",
        (
            Traced("PO102", "product_uom_qty", copied=True),
            Traced("PO103", "product_uom_id", copied=True),
            Traced("PO104", "price_unit"),
            Traced("ACK02", "product_uom_qty"),
            Traced("ACK05", "order_id.commitment_date"),
        ),
    )

    @api.model
    def _owe(self, orders):
        """Owe the acknowledgments of these orders, as far as they came by 850 and the partner wants them."""
        # sudo: the customer's document and its answer do not depend on who confirms or cancels
        orders = orders.sudo().filtered(
            lambda order: order.om_edi_transaction_id and order.om_edi_partner_id._sends("855")
        )
        # what has not left yet is brought up to date: the customer hears one answer, not two
        unsent = orders.om_edi_transaction_ids.filtered(
            lambda t: (t.direction, t.set_id) == ("out", "855") and t.state in UNSENT
        )
        unsent._rebuild()
        answers = Answers(orders - unsent.order_id)
        self.env["om.edi.transaction"]._owe_all(
            "855",
            [
                Owed(
                    order.om_edi_partner_id,
                    order.client_order_ref or order.name,
                    partial(answers.acknowledgment, order),
                    {"order_id": order.id},
                )
                for order in answers.orders
                if not answers.is_known(order)
            ],
        )

    @api.model
    def _build(self, order):
        """The ``x12.PurchaseOrderAck`` of one order, as it stands now."""
        return Answers(order.sudo()).acknowledgment(order.sudo())  # sudo: as above


class Answers:
    """Answers to any number of orders, with what they need read at once."""

    def __init__(self, orders):
        self.env = orders.env
        self.orders = orders
        self.purchase_orders = orders.om_edi_transaction_id._purchase_orders()
        self.open = orders.om_exception_ids.filtered("is_open")
        short = self.open.filtered(lambda case: case._x12_status() == BACKORDERED)
        self.supplies = self.env["om.availability"]._of_lines(short.order_line_id)

    def acknowledgment(self, order):
        """The ``x12.PurchaseOrderAck`` of one order."""
        po = self.purchase_orders[order.om_edi_transaction_id]
        ours = order.order_line.filtered(lambda line: line.om_po_line and line.product_id).grouped(
            "om_po_line"
        )
        lines = [
            self.line(order, line, ours.get(line.number, order.order_line.browse())) for line in po.lines
        ]
        return x12.PurchaseOrderAck(
            purpose=REPLACED if self.told(order) else ORIGINAL,
            type=self.outcome(order, lines),
            po_number=po.number,
            po_date=po.date,
            release=po.release,
            reference=order.name,
            ack_date=order._om_edi_local_date(),
            currency=po.currency,
            parties=[party for party in po.parties if party.entity in ("ST", "BY", "VN", "SU", "BT")],
            dates={},
            lines=lines,
        )

    def outcome(self, order, lines):
        """BAK02 of an answer with these ``x12.AckLine``."""
        codes = {status.code for line in lines for status in line.statuses}
        if codes and codes <= set(REJECTIONS):
            return "RD"
        return "AD" if codes == {order.om_edi_partner_id._ack_code("accepted")} else "AC"

    def told(self, order):
        """What the customer has been told of this order: the 855s that have left, the last one first."""
        return order.om_edi_transaction_ids.filtered(
            lambda t: (t.direction, t.set_id) == ("out", "855") and t.state in GONE
        ).sorted("id", reverse=True)

    def is_known(self, order):
        """Has the customer been told the same already? Purpose and day of the answer do not count."""
        told = self.told(order)[:1].segments
        if not told:
            return False
        now = self.acknowledgment(order).segments(order.om_edi_partner_id._version("855"))
        return told[1:] == now[1:] and told[0][2:9] == now[0][2:9]

    # ------------------------------------------------------------------------------------------- lines

    def line(self, order, line, ours):
        """One ``x12.AckLine``: the customer's line with our word on it.

        :param ours: what stands for it on the order, several lines where a part is substituted
        """
        parts = self.parts(order, ours)
        kept = sum(part.quantity for part in parts if not part.line.om_substituted_product_id)
        statuses = [self.status(order, line, part, kept) for part in parts]
        if not parts or order.state == "cancel":
            rest = number(max(float(line.quantity or 0) - kept, 0.0)) if parts else line.quantity
            statuses.append(x12.LineStatus(code=self.rejection(order, line), quantity=rest, unit=line.unit))
        price = line.price
        if priced := [part.line for part in parts if not part.line.om_substituted_product_id]:
            net = priced[0]._om_edi_net_price()
            if price is None or float_compare(net, float(price), precision_digits=4):
                price = number(net)
        return x12.AckLine(
            number=line.number,
            quantity=line.quantity,
            unit=line.unit,
            price=price,
            items=line.items,
            description=line.description,
            statuses=[status for status in statuses if status.quantity or len(statuses) == 1],
        )

    def parts(self, order, ours):
        """What the customer gets of a line, and when: list of :class:`Part`."""
        if order.state == "cancel":
            return [Part(line, line.qty_delivered) for line in ours if line.qty_delivered]
        return [part for line in ours for part in self.parts_of(order, line) if part.quantity > 0]

    def parts_of(self, order, line):
        """The parts in which one order line comes."""
        quantity = line.product_uom_qty
        day = order._om_promised_day()
        later = line.om_line_commitment_date and order._om_day_there(line.om_line_commitment_date)
        split = order.om_exception_ids.proposal_ids.filtered(
            lambda proposal: (
                (proposal.order_line_id, proposal.way, proposal.state) == (line, "split", "applied")
            )
        )
        if later and split:
            now = min(line._om_in_line_unit(split.sorted("applied_at")[-1].quantity_now), quantity)
            return [Part(line, now, day), Part(line, quantity - now, later, True)]
        day = later or day
        if supply := self.supplies.get(line):
            short = min(line._om_in_line_unit(supply.short_at(line._om_in_time(supply.needed_by))), quantity)
            arrives = supply.complete_at if short and not supply.missing else None
            arrival = order._om_day_there(arrives) if arrives else None
            return [Part(line, quantity - short, day), Part(line, short, arrival, True)]
        return [Part(line, quantity, day)]

    def status(self, order, line, part, kept):
        """``x12.LineStatus`` of one part of a line.

        :param kept: how much of the ordered product comes in all parts together
        """
        ours = part.line
        substituted = ours.om_substituted_product_id
        return x12.LineStatus(
            code=order.om_edi_partner_id._ack_code(self.reason(order, line, part, kept)),
            quantity=number(part.quantity),
            unit=ours._om_edi_unit() if substituted else line.unit,
            date_qualifier="067" if part.day else "",
            date=part.day or None,
            items=ours.product_id._om_edi_items() if substituted else {},
        )

    def reason(self, order, line, part, kept):
        """Why a part has its status, as ``om.edi.partner._ack_code`` knows it."""
        if part.line.om_substituted_product_id:
            return "substituted"
        if part.is_backordered:
            return "backorder"
        changes = []
        net = part.line._om_edi_net_price()
        if line.price is not None and float_compare(net, float(line.price), precision_digits=4):
            changes.append("price")
        if float_compare(kept, float(line.quantity or 0), precision_digits=4) and order.state != "cancel":
            changes.append("quantity")
        requested = order.om_requested_date
        if requested and part.day and not order.om_edi_partner_id._tolerates_date(requested, part.day):
            changes.append("date")
        if changes:
            return all_of(changes)
        return (order.state != "cancel" and self.hold(order, part.line)) or "accepted"

    def hold(self, order, line):
        """Why the line waits, though nothing on it has changed; empty where it does not."""
        cases = self.open.filtered(
            lambda case: (
                case.order_id == order
                and (not case.order_line_id or case.order_line_id == line)
                and case._x12_status() in (*PENDING, *REJECTIONS)
            )
        )
        pending = [case._x12_status() for case in cases if case._x12_status() in PENDING]
        return pending[0] if pending else "hold" if cases else ""

    def rejection(self, order, line):
        """ACK01 of what is taken off the order: as the case says that led to it."""
        causes = order.om_exception_ids.filtered(
            lambda case: (
                case.line_ref == line.number
                and case.state in ("resolved", "verified")
                and case._x12_status() in REJECTIONS
            )
        )
        reason = causes[:1]._x12_status() if causes else "rejected"
        return order.om_edi_partner_id._ack_code(reason)
