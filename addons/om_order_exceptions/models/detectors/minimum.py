from odoo import models
from odoo.tools import formatLang

from ...detection import Finding, detector

# What holds for a customer: its own minimum, else the company's, for both the order and a line
LIMIT = """COALESCE(NULLIF((partner.{field} ->> o.company_id::text)::numeric, 0), company.{field})"""
RATE = "COALESCE(NULLIF(o.currency_rate, 0), 1)"


class SaleOrder(models.Model):
    """Orders and lines that are too small."""

    _inherit = "sale.order"

    @detector(
        "E-MIN",
        order=("partner_id", "currency_id", "pricelist_id"),
        line=("product_id", "product_uom_qty", "price_unit", "discount"),
        suspect_order=f"o.amount_untaxed < {LIMIT.format(field='om_min_order_amount')} * {RATE}",
        suspect_line=f"""product.id IS NOT NULL AND l.display_type IS NULL
            AND l.price_subtotal < {LIMIT.format(field="om_min_line_amount")} * {RATE}""",
    )
    def _om_detect_below_minimum(self):
        """An order or a line below the customer's, else the company's, minimum.

        An order that pays the small order fee is welcome at any amount. An empty order is none yet.
        """
        findings = []
        for order in self._om_still_open():
            lines = order.order_line.filtered(lambda line: line._om_is_sold() and line.product_uom_qty)
            fee = order.company_id.om_small_order_product_id
            if fee and fee in lines.product_id:
                continue
            minimum = order._om_minimum("om_min_order_amount")
            if lines and order._om_is_below(order.amount_untaxed, minimum):
                findings.append(order._om_too_small(order.amount_untaxed, minimum, key="order"))
            minimum = order._om_minimum("om_min_line_amount")
            findings += [
                order._om_too_small(line.price_subtotal, minimum, key="line", line=line, severity="3")
                for line in lines
                if order._om_is_below(line.price_subtotal, minimum)
            ]
        return findings

    def _om_minimum(self, field):
        """The minimum of this order's customer, in the company's currency."""
        customer = self.partner_id.commercial_partner_id.with_company(self.company_id)
        return customer[field] or self.company_id[field]

    def _om_is_below(self, amount, minimum):
        amount = self._om_in_company_currency(amount)
        return bool(minimum) and self.company_id.currency_id.compare_amounts(amount, minimum) < 0

    def _om_too_small(self, amount, minimum, **values):
        in_order_currency = minimum * (self.currency_rate or 1.0)
        return Finding(
            self,
            found=formatLang(self.env, amount, currency_obj=self.currency_id),
            expected=self.env._(
                "%s or more", formatLang(self.env, in_order_currency, currency_obj=self.currency_id)
            ),
            amount=amount,
            **values,
        )
