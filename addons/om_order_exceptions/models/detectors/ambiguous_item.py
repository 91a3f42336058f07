from odoo import models

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Items that two of our products answer to."""

    _inherit = "sale.order"

    @detector(
        "E-ITM-AMBIG",
        line=("product_id", "display_type", "om_raw", "om_candidate_ids"),
        suspect_line="""
            l.om_raw IS NOT NULL AND l.product_id IS NULL AND l.om_po_product_id IS NULL
            AND l.display_type = 'line_note'
            AND EXISTS (SELECT 1 FROM product_product_sale_order_line_rel several
                         WHERE several.sale_order_line_id = l.id)""",
    )
    def _om_detect_ambiguous_item(self):
        """A received line whose item fits more than one product exactly."""
        return [
            Finding(
                order,
                found=self.env._(
                    "%(item)s is %(products)s",
                    item=line.om_po_item or line.name,
                    products=self.env._(" or ").join(line.om_candidate_ids.mapped("display_name")),
                ),
                expected=self.env._("one product"),
                line=line,
                amount=line.om_po_quantity * line.om_po_price,
            )
            for order in self
            for line in order.order_line
            if line.om_unresolved == "several"
        ]
