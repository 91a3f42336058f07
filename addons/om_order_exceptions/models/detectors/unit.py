from odoo import models

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Units of measure."""

    _inherit = "sale.order"

    @detector(
        "E-UOM",
        line=("product_id", "product_uom_id", "display_type", "om_raw", "om_po_product_id"),
        suspect_line="l.om_raw IS NOT NULL AND l.product_id IS NULL",
    )
    def _om_detect_unknown_unit(self):
        """A received line whose unit is unknown here, or can't be converted to the product's."""
        return [
            Finding(
                order,
                found=line.om_po_unit or self.env._("no unit"),
                expected=self.env._(
                    "a unit that converts to %(unit)s, in which %(product)s is sold",
                    unit=line.om_po_product_id.uom_id.name,
                    product=line.om_po_product_id.display_name,
                ),
                line=line,
                amount=line.om_po_quantity * line.om_po_price,
            )
            for order in self
            for line in order.order_line
            if line.om_unresolved == "unit"
        ]
