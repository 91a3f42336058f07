from odoo import models
from odoo.tools import formatLang

from ...detection import Finding, detector


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @detector(
        "E-PRC-CHANGED",
        line=(
            "price_unit",
            "discount",
            "product_uom_qty",
            "product_id",
            "om_agreed_price",
            "om_agreed_discount",
        ),
        suspect_line="l.state = 'sale' AND (l.price_unit <> l.om_agreed_price"
        " OR coalesce(l.discount, 0) <> coalesce(l.om_agreed_discount, 0))",
    )
    def _om_detect_price_changed(self):
        """The net price of a confirmed line is not the agreed one any more (G14).

        A pure comparison of what stands on the line with what was agreed on.
        """
        findings = []
        for order in self.filtered(lambda order: order.state == "sale"):
            for line in order.order_line._om_with_agreed_price():
                net = line.price_unit * (1 - line.discount / 100)
                agreed = line.om_agreed_price * (1 - line.om_agreed_discount / 100)
                if not order.currency_id.compare_amounts(net, agreed):
                    continue
                findings.append(
                    Finding(
                        order,
                        found=formatLang(self.env, net, currency_obj=order.currency_id),
                        expected=formatLang(self.env, agreed, currency_obj=order.currency_id),
                        line=line,
                        amount=abs(net - agreed) * line.product_uom_qty,
                    )
                )
        return findings
