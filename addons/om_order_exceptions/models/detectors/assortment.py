from odoo import models

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """What the customer may buy."""

    _inherit = "sale.order"

    @detector(
        "E-ITM-CONTRACT",
        order=("partner_id",),
        line=("product_id",),
        suspect_line="""
            product.id IS NOT NULL
            AND EXISTS (SELECT 1 FROM om_customer_assortment a WHERE a.partner_id = partner.id)
            AND NOT EXISTS (SELECT 1 FROM om_customer_assortment a
                             WHERE a.partner_id = partner.id AND a.product_tmpl_id = template.id
                               AND (a.company_id = o.company_id OR a.company_id IS NULL)
                               AND a.date_start IS NULL AND a.date_end IS NULL)""",
    )
    def _om_detect_outside_assortment(self):
        """A product that is not in the assortment of a customer who has one. One query."""
        entries = self.env["om.customer.assortment"].search(
            [
                ("partner_id", "in", self.partner_id.commercial_partner_id.ids),
                ("company_id", "in", [*self.company_id.ids, False]),
            ]
        )
        findings = []
        for order in self._om_still_open():
            customer = order.partner_id.commercial_partner_id
            mine = entries.filtered(
                lambda entry, order=order, customer=customer: (
                    entry.partner_id == customer and entry.company_id.id in (order.company_id.id, False)
                )
            )
            if not mine:
                continue
            for line in order.order_line:
                if line._om_is_sold() and not mine._holds(line.product_id, order._om_order_day()):
                    findings.append(
                        Finding(
                            order,
                            found=line.product_id.display_name,
                            expected=self.env._("a product of %s's assortment", customer.name),
                            line=line,
                            amount=line.price_total,
                        )
                    )
        return findings
