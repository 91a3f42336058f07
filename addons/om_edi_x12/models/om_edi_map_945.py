from collections import defaultdict

from odoo import api, models

from .. import x12
from .om_edi_traced import Traced
from .om_edi_warehouse_lookup import Reported, WarehouseLookup

# W1201, element 368: no more of the line will be shipped. BP (rest to follow), PR and others: more comes.
FINAL = frozenset(
    (
        "CC",  # complete
        "CL",  # complete
        "CM",  # complete, with more than ordered
        "CS",  # complete, with a substitute
        "CP",  # partial, no backorder
        "LS",  # last shipment
        "IC",  # item cancelled
        "DE",  # deleted
        "IS",  # a substitute was shipped
    )
)
# N901, element 128
TRACKING = ("CN", "2I")  # carrier's reference (PRO), tracking number
BILL_OF_LADING = ("BM", "MB")


class OmEdiMap945(models.AbstractModel):
    """945 Warehouse Shipping Advice in: what a 3PL has shipped of a 940.

    Final is what W1201 (element 368) calls final, line by line: W0601 can't say it.
    """

    _name = "om.edi.map.945"
    _inherit = "om.edi.warehouse.answer"
    _description = "EDI Map: 945"

    _om_answers = "940"
    _om_trace_in = (
        Traced("W0602", "reference"),
        Traced("W0604", "event_ref"),
        Traced("W2702", "picking_id.om_carrier_scac"),
        Traced("N902", "picking_id.om_tracking_ref", TRACKING),
        Traced("N902", "picking_id.om_bill_of_lading", BILL_OF_LADING),
        Traced("MAN02", "picking_id.move_line_ids.result_package_id", anywhere=True),
    )
    _om_trace_in_lines = (
        "W12",
        (
            Traced("W1203", "quantity"),
            Traced("W1205", "product_uom_id"),
            Traced("W1206+", "product_id"),
            Traced("W1209", "lot_id"),
        ),
    )

    @api.model
    def _read(self, transaction):
        parsed = transaction._parsed()
        return self._checked(parsed, x12.ShippingAdvice.parse(parsed), "W12", "W0601")

    @api.model
    def _event_ref(self, document):
        return document.shipment_id or document.agent_shipment_id

    @api.model
    def _lines(self, document, partner):
        lines_of = defaultdict(int)
        for line in document.lines:
            lines_of[line.number] += 1
        return [
            Reported(
                item=WarehouseLookup.named(partner, line.items, line.upc_case),
                text=next(iter(line.items.values()), line.upc_case or line.description or "?"),
                quantity=line.shipped or 0,
                unit=line.unit,
                lot=line.lot,
                line_ref=next((ref.value for ref in line.references if ref.qualifier == "LI"), ""),
                packs=self._packs(line, lines_of[line.number]),
                final=line.status in FINAL,
                original=WarehouseLookup.named(partner, line.original) if line.original else None,
            )
            for line in document.lines
        ]

    def _packs(self, line, lines_in_lx):
        """Names of the packages of a line: SSCCs without their application identifier.

        :raise ValueError: several packages hold several lines
        """
        packs = tuple(dict.fromkeys(_sscc(pack) for pack in line.packs if pack))
        if len(packs) > 1 and lines_in_lx > 1:
            raise ValueError(
                self.env._(
                    "LX %(number)s has %(packs)s packages and %(lines)s items: which holds what "
                    "can't be told.",
                    number=line.number,
                    packs=len(packs),
                    lines=lines_in_lx,
                )
            )
        return packs

    @api.model
    def _notes(self, document):
        """Carrier, tracking number and bill of lading, which the 856 passes on to the customer."""
        references = {ref.qualifier: ref.value for ref in reversed(document.references)}
        values = {
            "om_carrier_scac": document.freight.scac if document.freight else "",
            "om_tracking_ref": next((references[q] for q in TRACKING if q in references), ""),
            "om_bill_of_lading": next((references[q] for q in BILL_OF_LADING if q in references), ""),
        }
        return {name: value for name, value in values.items() if value}


def _sscc(pack):
    return pack[2:] if len(pack) == 20 and pack.startswith("00") else pack
