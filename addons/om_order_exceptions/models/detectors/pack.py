from odoo import models
from odoo.tools import float_compare, float_repr

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Whole packs."""

    _inherit = "sale.order"

    @detector(
        "E-UOM-PACK",
        line=("product_id", "product_uom_id", "product_uom_qty", "om_po_pack"),
        suspect_line="product.id IS NOT NULL AND (template.om_pack_uom_id IS NOT NULL OR l.om_po_pack > 1)",
    )
    def _om_detect_broken_pack(self):
        """A quantity that breaks a packaging, or a pack size of the customer that we do not have."""
        findings = []
        for order in self._om_still_open():
            for line in order.order_line.filtered(lambda line: line._om_is_sold()):
                product = line.product_id
                if product.om_pack_uom_id and line._om_whole_packs() != line.product_uom_qty:
                    findings.append(
                        Finding(
                            order,
                            found=f"{line._om_ordered_text()} {line.product_uom_id.name}",
                            expected=self.env._("a multiple of %s", product.om_pack_uom_id.name),
                            key="multiple",
                            line=line,
                            amount=line.price_total,
                        )
                    )
                packs = {
                    unit: unit._compute_quantity(1, product.uom_id, round=False)
                    for unit in product.uom_ids
                    if unit._has_common_reference(product.uom_id)
                }
                if line.om_po_pack > 1 and packs and line.om_po_pack not in packs.values():
                    findings.append(
                        Finding(
                            order,
                            found=self.env._("packs of %s", line.om_po_pack),
                            expected=", ".join(unit.name for unit in packs),
                            key="pack",
                            line=line,
                            amount=line.price_total,
                            severity="3",
                        )
                    )
        return findings


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_ordered_text(self):
        """The ordered quantity for people, without trailing zeros."""
        return float_repr(self.product_uom_qty, 2).rstrip("0").rstrip(".")

    def _om_whole_packs(self, up=True):
        """The nearest quantity of this line, in its unit, that breaks no pack: not less, or not more."""
        self.ensure_one()
        pack = self.product_id.om_pack_uom_id._compute_quantity(1, self.product_uom_id, round=False)
        packs = self.product_uom_qty / pack if pack else 0.0
        nearest = round(packs)
        if float_compare(packs, nearest, precision_digits=6) == 0:
            return self.product_uom_qty
        return (int(packs) + 1 if up else int(packs)) * pack
