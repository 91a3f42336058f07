from collections import defaultdict

from odoo import api, fields, models

from .. import x12
from .om_edi_map_855 import number


class OmEdiMap856(models.AbstractModel):
    """856 Ship Notice out: shipment, order, pack (SSCC-18) and item, from what was packed and shipped."""

    _name = "om.edi.map.856"
    _description = "EDI Map: 856"

    @api.model
    def _owe(self, pickings):
        """Owe the ship notices of done deliveries, one per delivery and trading partner that wants it."""
        # sudo: warehouse users may not read orders
        for picking in pickings.sudo():
            order = picking.sale_id
            partner = order.om_edi_partner_id
            if order and partner._sends("856"):
                self.env["om.edi.transaction"]._owe(
                    partner,
                    "856",
                    lambda picking=picking, partner=partner: self._build(picking).segments(
                        partner._version("856")
                    ),
                    picking.name,
                    order_id=order.id,
                    picking_id=picking.id,
                )

    @api.model
    def _build(self, picking):
        """The ``x12.ShipNotice`` of one done delivery.

        :raise ValueError: something that the notice needs is missing; the sentence says what
        """
        order = picking.sale_id
        po = order.om_edi_transaction_id._purchase_order() if order.om_edi_transaction_id else None
        po_lines = {line.number: line for line in po.lines} if po else {}
        # {package: {order line, or move that nobody ordered: quantity in the line's unit}}
        contents = defaultdict(lambda: defaultdict(float))
        for move_line in picking.move_line_ids.filtered(lambda line: line.state == "done" and line.quantity):
            sale_line = move_line.move_id.sale_line_id
            quantity = move_line.product_uom_id._compute_quantity(
                move_line.quantity, sale_line.product_uom_id or move_line.product_uom_id
            )
            contents[move_line.result_package_id][sale_line or move_line.move_id] += quantity
        packs = []
        for package, lines in contents.items():
            if not package.valid_sscc:
                raise ValueError(
                    self.env._(
                        "%(picking)s: package %(package)s has no SSCC. Set the company's GS1 prefix in the "
                        "EDI settings, and pack again.",
                        picking=picking.name,
                        package=package.name or "-",
                    )
                )
            packs.append(
                x12.Pack(
                    sscc=package.name,
                    items=[self._item(line, quantity, po_lines) for line, quantity in lines.items()],
                )
            )
        shipped = picking._om_edi_local(picking.date_done)
        return x12.ShipNotice(
            purpose="00",
            shipment_id=picking.name.replace("/", "-"),
            when=picking._om_edi_local(fields.Datetime.now()),
            structure="0001",
            dates={"011": shipped.date()},
            parties=self._parties(picking, po),
            bol=picking.name.replace("/", "-"),
            packs_count=len(packs),
            orders=[
                x12.ShipOrder(
                    po_number=order.client_order_ref or order.name,
                    po_date=po.date if po else None,
                    references=[("VN", order.name)],
                    packs=packs,
                )
            ],
        )

    @api.model
    def _item(self, line, quantity, po_lines):
        """One ``x12.ShipItem``: the customer's identifiers and unit, the quantity that was packed."""
        if line._name == "stock.move":  # shipped without having been ordered
            return x12.ShipItem(
                line_number="",
                items=line.product_id._om_edi_items(),
                quantity=number(quantity),
                unit=line.product_uom._om_edi_code(),
            )
        po_line = po_lines.get(line.om_po_line)
        return x12.ShipItem(
            line_number=line.om_po_line or "",
            items=po_line.items if po_line else line.product_id._om_edi_items(),
            quantity=number(quantity),
            unit=line.om_po_unit or line.product_uom_id._om_edi_code(),
            ordered_quantity=number(line.product_uom_qty),
            ordered_unit=line.om_po_unit or line.product_uom_id._om_edi_code(),
            description=po_line.description if po_line else "",
        )

    @api.model
    def _parties(self, picking, po):
        """Ship-from (our warehouse) and ship-to (as the customer named it)."""
        parties = [picking.picking_type_id.warehouse_id.partner_id._om_edi_party("SF")]
        ship_to = [party for party in po.parties if party.entity == "ST"] if po else []
        return parties + (ship_to or [picking.partner_id._om_edi_party("ST")])
