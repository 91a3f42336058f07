from odoo import fields, models

from ...availability import NOISE
from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Quotas of scarce products."""

    _inherit = "sale.order"

    @detector(
        "E-STK-ALLOC",
        order=("partner_id",),
        line=("product_id", "product_uom_qty", "product_uom_id"),
        suspect_line="""(o.state <> 'sale' OR l.qty_delivered < l.product_uom_qty) AND EXISTS (
            SELECT FROM om_allocation_quota quota
             WHERE quota.product_id = l.product_id AND quota.company_id = o.company_id AND quota.active)""",
    )
    def _om_detect_allocation(self):
        """A line takes more than is left of a quota: the customer's, or all customers' together.

        First confirmed, first served. A quotation counts on the day of today, after all confirmed orders.
        """
        lines = self.order_line.filtered(lambda line: line._om_is_open_goods())
        quotas = self.env["om.allocation.quota"].search(
            [("product_id", "in", lines.product_id.ids), ("company_id", "in", self.company_id.ids)]
        )
        before, total = {}, {}
        for line_id, quota_id, earlier, quantity in quotas._ordered_by_line() if quotas else ():
            before[line_id, quota_id] = earlier
            total[quota_id] = max(total.get(quota_id, 0.0), earlier + quantity)
        by_product = quotas.grouped("product_id")
        findings = []
        for line in lines:
            order = line.order_id
            day = order._om_day_there(order.date_order if order.state == "sale" else fields.Datetime.now())
            for quota in by_product.get(line.product_id, quotas.browse()):
                if not quota._covers(order, day):
                    continue
                taken = before.get((line.id, quota.id), total.get(quota.id, 0.0))
                wanted = line._om_in_product_unit(line.product_uom_qty)
                left = max(quota.quantity - taken, 0.0)
                if wanted > left + NOISE:
                    findings.append(
                        Finding(
                            order,
                            found=line._om_quantity_text(wanted),
                            expected=self.env._(
                                "%(left)s, what is left of the quota of %(quota)s",
                                left=line._om_quantity_text(left),
                                quota=line._om_quantity_text(quota.quantity),
                            ),
                            line=line,
                            key=f"quota {quota.id}",
                            amount=line._om_value_of(wanted - left),
                            values={"allowed_quantity": left},
                        )
                    )
        return findings


class OmAllocationQuota(models.Model):
    _inherit = "om.allocation.quota"

    def _covers(self, order, day):
        """Does this quota limit an order of that day?"""
        self.ensure_one()
        return (
            self.company_id == order.company_id
            and self.date_from <= day <= self.date_to
            and self.partner_id in (self.env["res.partner"], order.partner_id.commercial_partner_id)
        )
