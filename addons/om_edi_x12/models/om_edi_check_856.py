from collections import Counter, defaultdict

from odoo import api, models

from .om_edi_owed import Difference

MISMATCH = "E-ASN-MISM"


class OmEdiMap856(models.AbstractModel):
    """The gate before a ship notice (T9.6): it equals what was packed, or it is not sent.

    * each piece that left is in a pack, and each pack has an SSCC of its own that never went out before;
    * the quantities of each order line add up to what left, in the unit in which the customer ordered;
    * each order has its PO number;
    * the structure that the partner wants can say it: in the standard structure a pack holds one item.
    """

    _inherit = "om.edi.map.856"

    @api.model
    def _differences_of(self, shipments, picking, notice):
        """
        :param shipments: ``Shipments`` that know this delivery
        :param notice: its ``x12.ShipNotice``
        :return: list of ``Difference``
        """
        differences = [
            *self._without_po(picking),
            *self._wrong_quantities(picking, notice),
            *self._wrong_units(shipments, picking),
        ]
        if notice.structure != "0004":
            differences += self._wrong_packs(shipments, picking)
        if notice.structure == "0002":
            differences += self._mixed_packs(shipments, picking)
        return differences

    @api.model
    def _without_po(self, picking):
        lines = picking.move_ids.filtered(lambda move: move.state == "done" and move.quantity).sale_line_id
        return [
            Difference(
                MISMATCH,
                f"po:{order.id}",
                self.env._("%s goes without a PO number", order.name),
                self.env._("the customer's reference on the order"),
            )
            for order in lines.order_id | picking.sale_id
            if not order.client_order_ref
        ]

    @api.model
    def _wrong_quantities(self, picking, notice):
        """Sums per order line and unit of the notice against what the moves took out of the warehouse."""
        said = Counter()
        for order in notice.orders:
            for pack in order.packs:
                for item in pack.items:
                    code = "" if item.line_number else _our_code(item.items)
                    said[order.po_number, item.line_number, item.unit, code] += float(item.quantity or 0)
        left, names = Counter(), {}
        for move in picking.move_ids.filtered(lambda move: move.state == "done" and move.quantity):
            line = move._om_edi_line()
            order = line.order_id or picking.sale_id
            unit = line.product_uom_id or move.product_uom
            key = (
                order.client_order_ref or order.name,
                line.om_po_line or "",
                line._om_edi_unit() if line else unit._om_edi_code(),
                "" if line.om_po_line else _our_code(move.product_id._om_edi_items()),
            )
            left[key] += move.product_uom._compute_quantity(move.quantity, unit, round=False)
            names[key] = (line, move.product_id.display_name)
        differences = []
        for key in {**left, **said}:
            if abs(said[key] - left[key]) < 1e-4:
                continue
            line, name = names.get(key, (None, key[3] or key[1]))
            differences.append(
                Difference(
                    MISMATCH,
                    "quantity:" + ":".join(key),
                    self.env._("%(product)s: %(said)g %(unit)s", product=name, said=said[key], unit=key[2]),
                    self.env._(
                        "%(left)g %(unit)s left with %(picking)s",
                        left=left[key],
                        unit=key[2],
                        picking=picking.name,
                    ),
                    line,
                )
            )
        return differences

    @api.model
    def _wrong_units(self, shipments, picking):
        lines = picking.move_ids.filtered(lambda move: move.state == "done" and move.quantity).sale_line_id
        return [
            Difference(
                MISMATCH,
                f"unit:{line.id}",
                self.env._(
                    "%(product)s in %(unit)s",
                    product=line.product_id.display_name,
                    unit=line.product_uom_id.name,
                ),
                self.env._("ordered in %s", line.om_po_unit),
                line,
            )
            for line in lines & shipments.wrong_units
        ]

    @api.model
    def _wrong_packs(self, shipments, picking):
        """Goods without a pack, packs without a number, numbers that are taken."""
        loose, packs = defaultdict(float), picking.env["stock.package"]
        for line in shipments.lines.get(picking, ()):
            if line.result_package_id:
                packs |= line.result_package_id
            else:
                loose[line.product_id] += line.quantity_product_uom
        differences = [
            Difference(
                MISMATCH,
                f"loose:{product.id}",
                self.env._(
                    "%(quantity)g %(unit)s of %(product)s in no package",
                    quantity=quantity,
                    unit=product.uom_id.name,
                    product=product.display_name,
                ),
                self._why_no_sscc(picking),
            )
            for product, quantity in loose.items()
        ]
        if picking.sale_id.om_edi_partner_id.asn_tare:
            packs |= picking.env["stock.package"].union(*(shipments.tare(picking, pack) for pack in packs))
        numbers = Counter(shipments.sscc(picking, pack) for pack in packs)
        for pack in packs:
            sscc = shipments.sscc(picking, pack)
            before = shipments.shipped_with.get(pack, picking) - picking
            before = before.filtered(
                lambda other, pack=pack, sscc=sscc: shipments.went_as(other, pack) == sscc
            )
            if not sscc:
                found = self.env._("package %s has no SSCC", pack.name)
                expected = self._why_no_sscc(picking)
            elif numbers[sscc] > 1:
                found = self.env._("SSCC %s stands on several packages", sscc)
                expected = self.env._("a number for each package")
            elif before:
                found = self.env._(
                    "SSCC %(sscc)s went out with %(picking)s already", sscc=sscc, picking=before[0].name
                )
                expected = self.env._("a number that was never used")
            else:
                continue
            differences.append(Difference(MISMATCH, f"pack:{pack.id}", found, expected))
        return differences

    @api.model
    def _why_no_sscc(self, picking):
        if not picking.company_id.om_gs1_prefix:
            return self.env._("the company's GS1 prefix in the EDI settings; then build again")
        return self.env._(
            "a number of the company's range; a range that is used up needs another extension digit"
        )

    @api.model
    def _mixed_packs(self, shipments, picking):
        return [
            Difference(
                MISMATCH,
                f"mixed:{package.id}",
                self.env._("package %(name)s holds %(count)s items", name=package.name, count=len(lines)),
                self.env._("one item per package in the standard structure"),
            )
            for packages in shipments.quantities(picking).values()
            for package, lines in packages.items()
            if sum(len(lots) for lots in lines.values()) > 1
        ]


def _our_code(items):
    """By which code an item that the customer did not order is told apart."""
    return items.get("VN") or next(iter(items.values()), "")
