from decimal import Decimal

from odoo import api, models
from odoo.tools import float_compare

from .. import x12

ACCEPTED, CHANGED, PRICE, QUANTITY, DATE, REJECTED = "IA", "IC", "IP", "IQ", "DR", "IR"
REJECTIONS = ("IR", "R1", "R2", "R3", "R4", "R5", "R6", "ID")


def number(value):
    """``value`` as a ``Decimal`` without the noise of binary floats (6 decimals)."""
    return Decimal(repr(round(value, 6))).normalize()


class OmEdiMap855(models.AbstractModel):
    """855 Purchase Order Acknowledgment out: what becomes of each line of a customer's 850.

    ======  ================================================================
    ACK01   when
    ======  ================================================================
    IA      as ordered
    IP      our price differs
    IQ      our quantity differs
    DR      promised for another day
    IC      several of these
    IR, R2  taken off the order; the code of the exception that led to it
    ======  ================================================================

    BAK02: AD all as ordered, AC with changes, RD all rejected.
    """

    _name = "om.edi.map.855"
    _description = "EDI Map: 855"

    @api.model
    def _owe(self, orders):
        """Owe the acknowledgments of these orders, as far as they came by 850 and the partner wants them."""
        for order in orders.filtered(lambda o: o.om_edi_transaction_id and o.om_edi_partner_id._sends("855")):
            partner = order.om_edi_partner_id
            self.env["om.edi.transaction"]._owe(
                partner,
                "855",
                lambda order=order, partner=partner: self._build(order).segments(partner._version("855")),
                order.client_order_ref or order.name,
                order_id=order.id,
            )

    @api.model
    def _build(self, order):
        """The ``x12.PurchaseOrderAck`` of one order."""
        # sudo: the customer's document and its answer do not depend on who confirms
        order = order.sudo()
        po = order.om_edi_transaction_id._purchase_order()
        by_number = {
            line.om_po_line: line for line in order.order_line if line.om_po_line and line.product_id
        }
        lines = [self._line(order, line, by_number.get(line.number)) for line in po.lines]
        codes = {status.code for line in lines for status in line.statuses}
        if order.state == "cancel" or codes and codes <= set(REJECTIONS):
            kind = "RD"
        else:
            kind = "AD" if codes <= {ACCEPTED} else "AC"
        return x12.PurchaseOrderAck(
            purpose="00",
            type=kind,
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

    @api.model
    def _line(self, order, line, ours):
        """One ``x12.AckLine``: the customer's line with our word on it."""
        code = self._status(order, line, ours)
        quantity, unit = line.quantity, line.unit
        price = line.price
        date_qualifier, date = "", None
        if code not in REJECTIONS:
            if code in (QUANTITY, CHANGED):
                quantity = number(ours.product_uom_qty)
            if code in (PRICE, CHANGED) or price is None:
                price = number(ours.price_unit * (1 - ours.discount / 100))
            if promise := order._om_promised_day():
                date_qualifier, date = "067", promise
        return x12.AckLine(
            number=line.number,
            quantity=line.quantity,
            unit=line.unit,
            price=price,
            items=line.items,
            description=line.description,
            statuses=[
                x12.LineStatus(
                    code=code, quantity=quantity, unit=unit, date_qualifier=date_qualifier, date=date
                )
            ],
        )

    @api.model
    def _status(self, order, line, ours):
        """ACK01 of one line."""
        if order.state == "cancel" or not ours or not ours.product_uom_qty:
            causes = order.om_exception_ids.filtered(
                lambda e: (
                    e.line_ref == line.number
                    and e.state in ("resolved", "verified")
                    and e.type_id.x12_status in REJECTIONS
                )
            )
            return causes[:1].type_id.x12_status or REJECTED
        changes = []
        net = ours.price_unit * (1 - ours.discount / 100)
        if line.price is not None and float_compare(net, float(line.price), precision_digits=4):
            changes.append(PRICE)
        if float_compare(ours.product_uom_qty, float(line.quantity or 0), precision_digits=4):
            changes.append(QUANTITY)
        promise = order._om_promised_day()
        if order.om_requested_date and promise and promise != order.om_requested_date:
            changes.append(DATE)
        if not changes:
            return ACCEPTED
        return changes[0] if len(changes) == 1 else CHANGED
