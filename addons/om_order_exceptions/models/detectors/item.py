from odoo import models

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Items: is it known here, and may it be sold?"""

    _inherit = "sale.order"

    @detector(
        "E-ITM-UNK",
        line=("product_id", "display_type", "om_raw", "om_po_product_id"),
        suspect_line="l.om_raw IS NOT NULL AND l.product_id IS NULL",
    )
    def _om_detect_unknown_item(self):
        """A received line whose item no cross-reference knows."""
        return [
            Finding(
                order,
                found=line.om_po_item or line.name,
                expected=self.env._("a product or a customer part number of ours"),
                line=line,
                amount=line.om_po_quantity * line.om_po_price,
            )
            for order in self
            for line in order.order_line
            if line.om_unresolved == "item"
        ]

    @detector(
        "E-ITM-DISC",
        line=("product_id", "product_uom_qty"),
        suspect_line="NOT product.active OR NOT template.sale_ok",
    )
    def _om_detect_not_sellable(self):
        """A product that is archived, or no longer for sale (gap G10 of stock Odoo).

        Of confirmed orders, what is delivered or was taken back to nothing is not looked at.
        """
        findings = []
        for order in self:
            for line in order.order_line:
                product = line.product_id
                if order.state == "sale" and line.qty_delivered >= line.product_uom_qty:
                    continue
                if product and not line.is_downpayment and not (product.active and product.sale_ok):
                    reason = (
                        self.env._("%s is archived", product.display_name)
                        if not product.active
                        else self.env._("%s is no longer for sale", product.display_name)
                    )
                    findings.append(
                        Finding(
                            order,
                            found=reason,
                            expected=self.env._("a product that is for sale"),
                            line=line,
                            amount=line.price_total,
                        )
                    )
        return findings
