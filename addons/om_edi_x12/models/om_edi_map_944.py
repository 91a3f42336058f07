from odoo import api, models

from .. import x12
from .om_edi_traced import Traced
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
    _om_trace_in = (Traced("W1703", "event_ref"), Traced("W1704", "reference"))
    _om_trace_in_lines = (
        "W07",
        (
            Traced("W0701", "quantity"),
            Traced("W0702", "product_uom_id"),
            Traced("W0703+", "product_id"),
            Traced("W0708", "lot_id"),
        ),
    )
    _om_lots_are_new = True

    @api.model
    def _read(self, transaction):
        parsed = transaction._parsed()
        receipt = self._checked(parsed, x12.TransferReceipt.parse(parsed), "W07", "W1701")
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
