from collections import defaultdict
from functools import partial

from odoo import api, fields, models

from .. import x12
from .om_edi_map_855 import number
from .om_edi_owed import Owed
from .om_edi_traced import Traced

SUBSTITUTED, REST_FOLLOWS = "IS", "BP"


class OmEdiMap856(models.AbstractModel):
    """856 Ship Notice out: what was packed and shipped, in the structure that the partner wants."""

    _name = "om.edi.map.856"
    _inherit = "om.edi.map"
    _description = "EDI Map: 856"

    _om_trace_out = (
        Traced("BSN02", "picking_id.name"),
        Traced("DTM02", "picking_id.date_done", ("011",)),
        Traced("DTM02", "order_id.commitment_date", ("017",)),
        Traced("TD503", "picking_id.om_carrier_scac"),
        Traced("TD504", "edi_partner_id.carrier_mode"),
        Traced("REF02", "picking_id.om_bill_of_lading", ("BM",)),
        Traced("REF02", "picking_id.om_tracking_ref", ("CN",)),
        Traced("PRF01", "order_id.client_order_ref"),
        Traced("REF02", "order_id.name", ("VN",)),
        Traced("MAN02", "picking_id.move_line_ids.result_package_id.name", copied=True),
    )
    _om_trace_out_lines = (
        "LIN",
        (
            Traced("SN102", "move_ids.move_line_ids.quantity"),
            Traced("SN105", "product_uom_qty"),
            Traced("SN103", "om_po_unit"),
        ),
    )

    @api.model
    def _owe(self, pickings):
        """Owe the ship notices of done deliveries, one per delivery and trading partner that wants it."""
        # sudo: warehouse users may not read orders
        pickings = pickings.sudo().filtered(lambda picking: picking.sale_id.om_edi_partner_id._sends("856"))
        shipments = Shipments(pickings)
        self.env["om.edi.transaction"]._owe_all(
            "856",
            [
                Owed(
                    picking.sale_id.om_edi_partner_id,
                    picking.name,
                    partial(shipments.notice, picking),
                    {"order_id": picking.sale_id.id, "picking_id": picking.id},
                    partial(self._differences_of, shipments, picking),
                )
                for picking in pickings
            ],
        )

    @api.model
    def _build(self, picking):
        """The ``x12.ShipNotice`` of a done delivery, once more; what has no SSCC gets one if possible."""
        picking = picking.sudo()  # sudo: as above
        picking._om_edi_pack()
        return Shipments(picking).notice(picking)

    @api.model
    def _differences(self, picking, notice):
        """What a ship notice would say wrong about its delivery: a list of ``Difference``."""
        picking = picking.sudo()  # sudo: as above
        return self._differences_of(Shipments(picking), picking, notice)


class Shipments:
    """What was packed with any number of done deliveries, read at once, and their ship notices."""

    def __init__(self, pickings):
        self.env = pickings.env
        lines = pickings.move_line_ids.filtered(lambda line: line.state == "done" and line.quantity).sorted(
            lambda line: (
                line.move_id.sale_line_id.sequence,
                line.move_id.id,
                line.result_package_id.id,
                line.id,
            )
        )
        self.lines = lines.grouped("picking_id")
        orders = (lines.move_id.sale_line_id.order_id | pickings.sale_id).filtered("om_edi_transaction_id")
        transactions = orders.om_edi_transaction_id
        purchase_orders = transactions._purchase_orders()
        self.purchase_orders = {order: purchase_orders[order.om_edi_transaction_id] for order in orders}
        self.ordered_lines = transactions._ordered_lines(purchase_orders)
        self.wrong_units = lines.move_id.sale_line_id._om_edi_wrong_units()
        self.weight_unit = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        self.packages = lines.result_package_id._om_with_containers()
        self.shipped_with = self.packages._om_shipped_with()
        before = pickings.union(*self.shipped_with.values())
        self.history = {
            (picking, history.package_id): history
            for history in self.env["stock.package.history"].search([("picking_ids", "in", before.ids)])
            for picking in history.picking_ids
        }

    # ------------------------------------------------------------------------------------ what was packed

    def sscc(self, picking, package):
        """The number under which a package went with this delivery; ``""`` where it has none."""
        return self.went_as(picking, package) or (package._om_sscc() if package else "")

    def went_as(self, picking, package):
        """The number that a package had when it was shipped with any delivery; ``""`` where it had none."""
        history = self.history.get((picking, package))
        return history.om_sscc or "" if history else ""

    def tare(self, picking, package):
        """The pallet on which a package went; empty where it went alone."""
        if history := self.history.get((picking, package)):
            return history.outermost_dest_id - package
        return package._om_tare() if package else package

    def quantities(self, picking):
        """What was packed: ``{order: {package: {order line: {lot: quantity}}}}``, in the line's unit.

        In place of the order line stands the move of what nobody ordered.
        """
        packed = defaultdict(lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(float))))
        for line in self.lines.get(picking, ()):
            sale_line = line.move_id._om_edi_line()
            unit = sale_line.product_uom_id or line.move_id.product_uom
            quantity = line.product_uom_id._compute_quantity(line.quantity, unit, round=False)
            order = sale_line.order_id or picking.sale_id
            packed[order][line.result_package_id][sale_line or line.move_id][line.lot_id] += quantity
        return packed

    # ------------------------------------------------------------------------------------- the ship notice

    def notice(self, picking):
        """The ``x12.ShipNotice`` of one done delivery."""
        partner = picking.sale_id.om_edi_partner_id
        shipped = picking._om_edi_local(picking.date_done).date()
        dates = {"011": shipped}
        if (promised := picking.sale_id._om_promised_day()) and promised >= shipped:
            dates["017"] = promised
        orders = [
            self.order(picking, order, packages) for order, packages in self.quantities(picking).items()
        ]
        weight, unit = self.weight(picking)
        pro = picking._om_pro()
        return x12.ShipNotice(
            purpose="00",
            shipment_id=picking.name.replace("/", "-"),
            when=picking._om_edi_local(fields.Datetime.now()),
            structure=partner.asn_structure,
            dates=dates,
            parties=self.parties(picking),
            carrier=x12.Carrier(scac=picking.om_carrier_scac, mode=partner.carrier_mode or "")
            if picking.om_carrier_scac
            else None,
            bol=picking._om_bol(),
            weight=weight or None,
            weight_unit=unit if weight else "",
            packs_count=len({line.result_package_id for line in self.lines.get(picking, ())}),
            orders=orders,
            references=[x12.Reference("CN", pro)] if pro else [],
        )

    def order(self, picking, order, packages):
        """One ``x12.ShipOrder``: what was packed of one order, in the sequence of its lines."""
        po = self.purchase_orders.get(order)
        po_lines = self.ordered_lines.get(order.om_edi_transaction_id, {})
        partner = picking.sale_id.om_edi_partner_id
        packs = []
        for package, lines in packages.items():
            tare = self.tare(picking, package) if partner.asn_tare else package.browse()
            packs.append(
                x12.Pack(
                    sscc=self.sscc(picking, package) if partner.asn_structure != "0004" else "",
                    items=[item for line, lots in lines.items() for item in self.items(line, lots, po_lines)],
                    tare=self.sscc(picking, tare) if tare else "",
                )
            )
        return x12.ShipOrder(
            po_number=order.client_order_ref or order.name,
            po_date=po.date if po else None,
            references=[x12.Reference("VN", order.name)],
            packs=packs,
        )

    def items(self, line, lots, po_lines):
        """``x12.ShipItem`` of one line in one pack: one per lot; serial numbers stand together."""
        item = self.item(line, po_lines)
        if not any(lots):
            return [item(number(sum(lots.values())))]
        if line.product_id.tracking == "serial":
            serials = [x12.Reference("SE", lot.name) for lot in lots if lot]
            return [item(number(sum(lots.values())), references=serials)]
        return [
            item(number(quantity), items={**item.keywords["items"], **({"LT": lot.name} if lot else {})})
            for lot, quantity in lots.items()
        ]

    def item(self, line, po_lines):
        """Makes ``x12.ShipItem`` of a line: the customer's identifiers and unit; our own of a substitute."""
        if line._name == "stock.move":  # shipped without having been ordered
            return partial(
                _ship_item,
                line_number="",
                items=line.product_id._om_edi_items(),
                unit=line.product_uom._om_edi_code(),
            )
        substituted = line.om_substituted_product_id
        po_line = None if substituted else po_lines.get(line.om_po_line)
        unit = line._om_edi_unit()
        status = SUBSTITUTED if substituted else ""
        if not status and line.product_uom_id.compare(line.qty_delivered, line.product_uom_qty) < 0:
            status = REST_FOLLOWS if line._om_moves_to_come() else ""
        return partial(
            _ship_item,
            line_number=line.om_po_line or "",
            items=po_line.items if po_line else line.product_id._om_edi_items(),
            unit=unit,
            ordered_quantity=number(line.product_uom_qty),
            ordered_unit=unit,
            description=(po_line.description if po_line else "")
            or (line.product_id.name if substituted else ""),
            status=status,
        )

    def weight(self, picking):
        """``(gross weight as Decimal, unit)``: as weighed, else of the products and the empty packages."""
        loads = defaultdict(float)
        for line in self.lines.get(picking, ()):
            loads[line.result_package_id] += line.quantity_product_uom * line.product_id.weight
        weights = defaultdict(float)
        for package, net in loads.items():
            tare = self.tare(picking, package)
            weights[tare or package] += package.shipping_weight or net + package.package_type_id.base_weight
        total = sum(
            # a pallet that was weighed was weighed with what stands on it
            (outer.shipping_weight if outer not in loads else 0)
            or weight + (outer.package_type_id.base_weight if outer not in loads else 0)
            for outer, weight in weights.items()
        )
        return number(round(total, 3)), self.weight_unit._om_edi_code()

    def parties(self, picking):
        """Ship-from (our warehouse) and ship-to (as the customer named it)."""
        parties = [picking.picking_type_id.warehouse_id.partner_id._om_edi_party("SF")]
        po = self.purchase_orders.get(picking.sale_id)
        ship_to = [party for party in po.parties if party.entity == "ST"] if po else []
        return parties + (ship_to or [picking.partner_id._om_edi_party("ST")])


def _ship_item(quantity, **values):
    return x12.ShipItem(quantity=quantity, **values)
