from odoo import api, models

from .. import x12
from ..x12.documents.parts import split_text
from .om_edi_map_855 import number
from .om_edi_traced import Traced
from .om_edi_warehouse_order import CANCELLATION, NEW

NOTE_WIDTH = 80


class OmEdiMap940(models.AbstractModel):
    """940 Warehouse Shipping Order out: a released delivery of a warehouse that a 3PL runs.

    It orders what is reserved: what is not in stock waits for a 940 of its own. W0501: N new, R
    replacement, F cancellation. N9 LI on each line is ours; a 945 that repeats it names the line for sure.
    """

    _name = "om.edi.map.940"
    _inherit = "om.edi.warehouse.order"
    _description = "EDI Map: 940"

    _om_set = "940"
    _om_answer = "945"
    _om_trace_out = (
        Traced("W0502", "reference"),
        Traced("W0503", "order_id.client_order_ref"),
        Traced("N902", "order_id.name", ("VN",)),
        Traced("G6202", "picking_id.scheduled_date", ("10",)),
        Traced("G6202", "order_id.commitment_date", ("02",)),
        Traced("G6202", "order_id.om_cancel_after", ("01",)),
        Traced("NTE02", "picking_id.om_customer_note", ("WHI",)),
    )
    _om_trace_out_lines = (
        "W01",
        (
            Traced("W0101", "quantity", copied=True),
            Traced("W0102", "product_uom.om_codes"),
            Traced("W0104+", "product_id.default_code"),
            Traced("G6901", "product_id.product_tmpl_id.name"),
        ),
    )

    @api.model
    def _takes(self, what, partner):
        return partner.takes_order_changes if what == "changes" else partner.takes_order_cancellations

    @api.model
    def _build(self, picking, told=None, status=None):
        """The ``x12.ShippingOrder`` of one delivery.

        :param told: what the warehouse goes by then; what the delivery's 940 told when left out
        :param status: W0501; as the delivery's state says when left out
        """
        told = told or picking.om_edi_order_id.told
        status = status or (CANCELLATION if picking.state == "cancel" else NEW)
        order = picking.sale_id
        moves = {move._om_edi_key(): move for move in picking.move_ids}
        return x12.ShippingOrder(
            status=status,
            number=picking.om_edi_order_id.reference or picking.name,
            po_number=(order.client_order_ref or "")[:22],
            parties=self._parties(picking),
            references=[("VN", order.name)] if order else [],
            dates=self._dates(picking, order),
            notes=[("WHI", piece) for piece in split_text(picking.om_customer_note or "", NOTE_WIDTH)],
            lines=[
                x12.ShippingOrderLine(
                    number=position,
                    quantity=number(quantity),
                    unit=moves[key].product_uom._om_edi_code(),
                    items=moves[key].product_id._om_edi_items(),
                    description=(moves[key].product_id.name or "")[:45],
                    references=[("LI", key)],
                )
                for position, (key, quantity) in enumerate(told["lines"].items(), start=1)
                if key in moves
            ],
        )

    @api.model
    def _parties(self, picking):
        warehouse = picking.picking_type_id.warehouse_id
        return [
            warehouse.partner_id._om_edi_party("WH"),
            picking.company_id.partner_id._om_edi_party("DE"),
            picking.partner_id._om_edi_party("ST"),
        ]

    @api.model
    def _dates(self, picking, order):
        """G62: 10 requested ship date, 02 delivery requested, 01 cancel after."""
        dates = {"10": picking._om_edi_local(picking.scheduled_date).date()}
        if promised := order.commitment_date:
            dates["02"] = picking._om_edi_local(promised).date()
        if order.om_cancel_after:
            dates["01"] = order.om_cancel_after
        return dates
