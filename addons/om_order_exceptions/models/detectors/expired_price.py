from odoo import models
from odoo.fields import Domain
from odoo.tools import format_datetime

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Agreed prices that have ended."""

    _inherit = "sale.order"

    @detector(
        "E-PRC-EXPIRED",
        order=("pricelist_id", "date_order"),
        line=("product_id", "product_uom_id", "product_uom_qty"),
        suspect_line="""
            product.id IS NOT NULL
            AND EXISTS (SELECT 1 FROM product_pricelist list JOIN product_pricelist_item price
                            ON price.pricelist_id = list.id
                         WHERE list.id = o.pricelist_id AND list.om_is_contract
                           AND (price.product_id = product.id OR price.product_tmpl_id = template.id)
                           AND price.date_end < o.date_order)""",
    )
    def _om_detect_expired_price(self):
        """A pricelist of agreed prices has one for the product that ended, and none that holds. One query."""
        prices = self._om_agreed_prices()
        findings = []
        for order in self.filtered(lambda order: order.pricelist_id.om_is_contract):
            for line in order.order_line:
                if not line._om_is_sold() or not (ended := line._om_ended_price(prices)):
                    continue
                end = format_datetime(self.env, ended.date_end, dt_format="short")
                findings.append(
                    Finding(
                        order,
                        found=self.env._("%(price)s ended on %(date)s", price=ended.price, date=end),
                        expected=self.env._("a price that holds on the day of the order"),
                        line=line,
                        amount=line.price_total,
                    )
                )
        return findings

    def _om_agreed_prices(self):
        """The rules for single products of these orders' agreed pricelists."""
        products = self.order_line.product_id
        return self.env["product.pricelist.item"].search(
            Domain("pricelist_id", "in", self.pricelist_id.filtered("om_is_contract").ids)
            & (
                Domain("product_id", "in", products.ids)
                | Domain("product_tmpl_id", "in", products.product_tmpl_id.ids)
            )
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_ended_price(self, prices):
        """Of ``prices``, the one of this line's product that ended last; empty where one still holds."""
        self.ensure_one()
        product, order = self.product_id, self.order_id
        quantity = self.product_uom_id._compute_quantity(self.product_uom_qty, product.uom_id)
        mine = prices.filtered(
            lambda price: (
                price.pricelist_id == order.pricelist_id
                and (
                    price.product_id == product
                    or (not price.product_id and price.product_tmpl_id == product.product_tmpl_id)
                )
                and price.min_quantity <= quantity
                and (not price.date_start or price.date_start <= order.date_order)
            )
        )
        ended = mine.filtered(lambda price: price.date_end and price.date_end < order.date_order)
        if mine - ended:
            return mine.browse()
        return ended.sorted("date_end")[-1:]
