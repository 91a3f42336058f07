from odoo import models
from odoo.tools import float_compare, float_is_zero, formatLang

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Prices at which nothing is sold: none, negative, or below cost plus a margin."""

    _inherit = "sale.order"

    @detector(
        "E-PRC-ZERO",
        order=("om_intake_id", "om_order_type"),
        line=("product_id", "product_uom_id", "product_uom_qty", "price_unit", "discount"),
        suspect_line="""
            product.id IS NOT NULL AND l.display_type IS NULL
            AND (company.om_floor_check
                 OR ((company.om_zero_price_check = 'all'
                      OR company.om_zero_price_check = 'received' AND o.om_intake_id IS NOT NULL)
                     AND l.price_unit * (1 - COALESCE(l.discount, 0) / 100) < 0.01))""",
    )
    def _om_detect_price_too_low(self):
        """A line without a price, with a negative one, or below the floor; samples are free."""
        digits = self.env["decimal.precision"].precision_get("Product Price")
        findings = []
        for order in self.filtered(lambda order: order.om_order_type != "sample"):
            policy = order.company_id.om_zero_price_check
            is_checked = policy == "all" or (policy == "received" and order.om_intake_id)
            for line in order.order_line:
                if not line._om_is_sold() or not line.product_uom_qty:
                    continue
                net = line.price_unit * (1 - line.discount / 100)
                floor = line._om_price_floor()
                if is_checked and (net < 0 or float_is_zero(net, precision_digits=digits)):
                    expected, key = self.env._("a price above zero"), "zero"
                elif (
                    floor and float_compare(line._om_untaxed_unit_price(), floor, precision_digits=digits) < 0
                ):
                    text = formatLang(self.env, floor, currency_obj=order.currency_id)
                    expected, key = self.env._("%s or more", text), "floor"
                else:
                    continue
                findings.append(
                    Finding(
                        order,
                        found=formatLang(self.env, net, currency_obj=order.currency_id),
                        expected=expected,
                        key=key,
                        line=line,
                        amount=max(floor - net, 0.0) * line.product_uom_qty,
                        severity="1",
                    )
                )
        return findings


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_untaxed_unit_price(self):
        """What one unit brings in, without tax."""
        self.ensure_one()
        return self.price_subtotal / self.product_uom_qty if self.product_uom_qty else 0.0

    def _om_price_floor(self):
        """The lowest price of this line's unit that the company allows, in the order's currency; 0: any."""
        self.ensure_one()
        company = self.company_id
        if not company.om_floor_check:
            return 0.0
        cost = self.product_id.uom_id._compute_price(self.product_id.standard_price, self.product_uom_id)
        return cost * (1 + company.om_floor_percent / 100) * (self.order_id.currency_rate or 1.0)
