from odoo import api, models

from .. import x12
from .om_edi_map_855 import number
from .om_edi_traced import Traced

FULL_DETAIL = "F"  # W0601, element 514


class OmEdiMap943(models.AbstractModel):
    """943 Warehouse Stock Transfer Shipment Advice out: goods on their way to a 3PL's warehouse.

    A receipt that is ready is announced: from a vendor when it is planned, from a warehouse of ours when
    the goods have left there. It can't be changed or taken back by a document.
    """

    _name = "om.edi.map.943"
    _inherit = "om.edi.warehouse.order"
    _description = "EDI Map: 943"

    _om_set = "943"
    _om_answer = "944"
    _om_trace_out = (
        Traced("W0602", "reference"),
        Traced("W0603", "picking_id.scheduled_date"),
        Traced("W0606", "picking_id.origin"),
        Traced("G6202", "picking_id.scheduled_date", ("17",)),
        Traced("W2702", "picking_id.om_carrier_scac"),
    )
    _om_trace_out_lines = (
        "W04",
        (
            Traced("W0401", "quantity", copied=True),
            Traced("W0402", "product_uom.om_codes"),
            Traced("W0404+", "product_id.default_code"),
            Traced("G6901", "product_id.product_tmpl_id.name"),
        ),
    )

    @api.model
    def _build(self, picking, told=None, status=None):  # pylint: disable=unused-argument
        """The ``x12.TransferShipment`` of one receipt; parameters as those of the 940."""
        told = told or picking.om_edi_order_id.told
        moves = {move._om_edi_key(): move for move in picking.move_ids}
        name = picking.om_edi_order_id.reference or picking.name
        sender = (
            picking.partner_id or picking.location_id.warehouse_id.partner_id or picking.company_id.partner_id
        )
        return x12.TransferShipment(
            status=FULL_DETAIL,
            number=name,
            date=picking._om_edi_local(picking.scheduled_date).date(),
            shipment_id=name,
            po_number=(picking.origin or "")[:22],
            parties=[
                picking.picking_type_id.warehouse_id.partner_id._om_edi_party("WH"),
                picking.company_id.partner_id._om_edi_party("DE"),
                sender._om_edi_party("SF"),
            ],
            dates={"17": picking._om_edi_local(picking.scheduled_date).date()},  # estimated delivery
            freight=x12.Freight(
                mode="M",
                scac=picking.om_carrier_scac or "",
                routing="" if picking.om_carrier_scac else "CARRIER NOT KNOWN",  # W27 wants one of the two
            ),
            lines=[
                x12.TransferLine(
                    quantity=number(quantity),
                    unit=moves[key].product_uom._om_edi_code(),
                    items=moves[key].product_id._om_edi_items(),
                    description=(moves[key].product_id.name or "")[:45],
                    references=[("LI", key)],
                )
                for key, quantity in told["lines"].items()
                if key in moves
            ],
        )
