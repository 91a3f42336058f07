from odoo import api, models

from .. import x12
from .om_edi_warehouse_answer import REPORTED_IN_FULL
from .om_edi_warehouse_lookup import Reported, WarehouseLookup

DAMAGED = "01"  # W1303, element 412


class OmEdiMap944(models.AbstractModel):
    """944 Warehouse Stock Transfer Receipt Advice in: what a 3PL has received of what a 943 announced.

    A receipt is final: what it does not name has not come. Goods that arrived damaged are received into
    the warehouse's damaged stock where it has one, and not at all where it has none.
    """

    _name = "om.edi.map.944"
    _inherit = "om.edi.warehouse.answer"
    _description = "EDI Map: 944"

    _om_answers = "943"
    _om_lots_are_new = True

    @api.model
    def _read(self, transaction):
        parsed = transaction._parsed()
        receipt = x12.TransferReceipt.parse(parsed)
        if receipt.status not in REPORTED_IN_FULL:
            raise ValueError(
                self.env._("W1701 says %s: this 944 is no plain report of a receipt.", receipt.status)
            )
        if problems := [finding.message for finding in receipt.findings if finding.severity == "error"]:
            raise ValueError("; ".join(problems))
        received = sum(segment[0] == "W07" for segment in parsed.segments)
        if received != len(receipt.lines) or not received:
            raise ValueError(
                self.env._(
                    "%(received)s W07 came, but %(read)s stand where received lines belong.",
                    received=received,
                    read=len(receipt.lines),
                )
            )
        receipt.number = receipt.number or receipt.shipment_id
        return receipt

    @api.model
    def _event_ref(self, document):
        return document.receipt_number

    @api.model
    def _lines(self, document, partner):
        return [
            Reported(
                item=WarehouseLookup.named(partner, line.items, line.upc_case),
                text=next(iter(line.items.values()), line.upc_case or line.description or "?"),
                quantity=line.quantity or 0,
                unit=line.unit,
                lot=line.lot,
                line_ref=next((ref.value for ref in line.references if ref.qualifier == "LI"), ""),
                damaged=sum(e.quantity for e in line.exceptions if e.code == DAMAGED and e.quantity),
                final=True,
            )
            for line in document.lines
        ]

    @api.model
    def _plan(self, order, lines, moves, lookup):
        plan = super()._plan(order, lines, moves, lookup)
        plan.final.update(order.told["lines"])
        return plan
