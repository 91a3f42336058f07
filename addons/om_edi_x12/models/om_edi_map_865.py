from odoo import api, models
from odoo.tools import float_compare

from odoo.addons.om_order_exceptions.stages import INTERNAL

from .. import x12
from .om_edi_map_850 import DELIVERY
from .om_edi_map_855 import REJECTIONS, all_of, number
from .om_edi_order_difference import CANCELLATION, NOTHING
from .om_edi_traced import Traced


class OmEdiMap865(models.AbstractModel):
    """865 Purchase Order Change Acknowledgment out: what became of a customer's 860, line by line.

    =========  =====================================================
    BCA02      when
    =========  =====================================================
    AD, AT     all as asked for; with lines, or without
    AC         with changes
    RD, RJ     refused; with lines, or without
    =========  =====================================================
    """

    _name = "om.edi.map.865"
    _inherit = "om.edi.map"
    _description = "EDI Map: 865"

    _om_trace_out = (
        Traced("BCA03", "order_id.client_order_ref", copied=True),
        Traced("BCA05", "answers_id.event_ref", copied=True),
        Traced("BCA09", "order_id.name"),
    )
    _om_trace_out_lines = (
        "POC",
        (
            Traced("POC03", "product_uom_qty", copied=True),
            Traced("POC06", "price_unit", copied=True),
            Traced("ACK05", "order_id.commitment_date"),
        ),
    )

    @api.model
    def _owe(self, changes):
        """Owe the answers to 860s on which we have decided: one to each, where the partner wants them."""
        # sudo: whoever decides on a change may not read EDI documents
        changes = changes.sudo()
        transactions = self.env["om.edi.transaction"].sudo()
        answered = transactions.search([("answers_id", "in", changes.ids), ("set_id", "=", "865")]).answers_id
        for change in changes - answered:
            partner = change.edi_partner_id
            if not change.change_verdict or not partner._sends("865"):
                continue
            transactions._owe(
                partner,
                "865",
                lambda change=change, partner=partner: self._build(change).segments(partner._version("865")),
                change.reference,
                order_id=change.order_id.id,
                change_id=change.change_id.id,
                answers_id=change.id,
            )

    @api.model
    def _build(self, transaction):
        """The ``x12.OrderChangeAck`` to one received 860."""
        # sudo: the customer's document and its answer do not depend on who decides
        transaction = transaction.sudo()
        order = transaction.order_id
        change = x12.OrderChange.parse(transaction._parsed())
        answers = [self._line(transaction, change, line) for line in change.lines]
        as_asked = all(reason == "accepted" for reason, _line in answers)
        if transaction.change_verdict == "refused":
            kind = "RD" if answers else "RJ"
        elif as_asked and not (change.purpose == CANCELLATION and order.state != "cancel"):
            kind = "AD" if answers else "AT"
        else:
            kind = "AC"
        return x12.OrderChangeAck(
            purpose="00",
            type=kind,
            po_number=change.number,
            po_date=change.po_date,
            release=change.release,
            change_number=change.change_number,
            reference=order.name,
            ack_date=order._om_edi_local_date(),
            currency=change.currency,
            parties=[party for party in change.parties if party.entity in ("ST", "BY", "VN", "SU", "BT")],
            lines=[line for _reason, line in answers],
        )

    @api.model
    def _line(self, transaction, change, line):
        """``(reason, x12.ChangeAckLine)``: the customer's line with our word on it."""
        order, partner = transaction.order_id, transaction.edi_partner_id
        asked = (transaction.asked or {}).get(line.number, {})
        ours = self._ours(order, line, asked)
        if line.change in NOTHING:
            reason = "accepted"
        elif transaction.change_verdict == "refused":
            reason = asked.get("reason") or self._refusal(transaction, ours)
        else:
            reason = self._reason(order, change, asked, ours)
        code = partner._ack_code(reason)
        quantity, price = line.quantity, line.price
        date_qualifier, date = "", None
        if reason != "accepted" and transaction.change_verdict == "accepted":
            quantity = number(ours.product_uom_qty)
            price = number(ours._om_edi_net_price()) if ours else price
        coming = order.state == "sale" and ours.product_uom_qty > ours.qty_delivered
        if code not in REJECTIONS and coming and (promise := order._om_promised_day()):
            date_qualifier, date = "067", promise
        unit = line.unit or ours.om_po_unit or ""
        said = line.quantity if unit else None
        left = line.left if line.left is not None else said
        return reason, x12.ChangeAckLine(
            number=line.number,
            change=line.change,
            quantity=said,
            # POC03, POC04 and POC05 come together
            left=left if said is not None else None,
            unit=unit if said is not None else "",
            price=price if line.price is not None else None,
            price_basis=line.price_basis,
            items=line.items,
            description=line.description,
            statuses=[
                x12.LineStatus(
                    code=code,
                    quantity=quantity if unit else None,
                    unit=unit if quantity is not None else "",
                    date_qualifier=date_qualifier,
                    date=date,
                )
            ],
        )

    @api.model
    def _ours(self, order, line, asked):
        """Our line for a line of the 860: the living one of its number, else the one that it named."""
        goods = order.order_line.filtered(lambda ours: ours.product_id and not ours.display_type)
        of_number = goods.filtered(lambda ours: ours.om_po_line == line.number)
        named = goods.filtered(lambda ours: ours.id == asked.get("line"))
        both = named if named and named not in of_number else of_number or named
        return both.filtered("product_uom_qty")[-1:] or both[-1:]

    @api.model
    def _refusal(self, transaction, ours):
        """Why a line was refused: what the exception of its line or request says, else no special reason."""
        cases = self.env["om.exception"].search(
            [
                "|",
                "&",
                ("res_model", "=", "om.change.request"),
                ("res_id", "in", transaction.change_id.ids),
                "&",
                ("order_line_id", "in", ours.ids),
                ("state", "in", ("resolved", "verified")),
            ],
            order="id desc",
        )
        return next((case._x12_status() for case in cases if case._x12_status() in REJECTIONS), "rejected")

    @api.model
    def _reason(self, order, change, asked, ours):
        """What became of a line of a change that was made."""
        changes = []
        wanted = asked.get("quantity")
        if wanted is not None and float_compare(ours.product_uom_qty, wanted, precision_digits=4):
            if wanted and not ours.product_uom_qty:
                return "rejected"
            changes.append("quantity")
        price = asked.get("price")
        if price is not None and float_compare(ours._om_edi_net_price(), price, precision_digits=4):
            changes.append("price")
        day = next((change.dates[qualifier] for qualifier in DELIVERY if change.dates.get(qualifier)), None)
        if day and ours and order._om_promised_day() != day:
            changes.append("date")
        return all_of(changes) if changes else "accepted"


class OmEdiMap855(models.AbstractModel):
    _inherit = "om.edi.map.855"

    @api.model
    def _owe(self, orders):
        """A cancellation that the customer asked for is answered by an 865: an 855 would reject the order."""
        if self.env.context.get("om_answered_by_865") is INTERNAL:
            orders = orders.filtered(lambda order: not order.om_edi_partner_id._sends("865"))
        return super()._owe(orders)


class OmChangeRequest(models.Model):
    _inherit = "om.change.request"

    def _om_apply_one(self):
        if self.source == "edi":
            self = self.with_context(om_answered_by_865=INTERNAL)
        return super()._om_apply_one()
