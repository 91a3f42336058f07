from collections import Counter, defaultdict
from datetime import timedelta

from odoo import models
from odoo.fields import Domain

from ...detection import Finding, detector

ALIKE = 0.9


class SaleOrder(models.Model):
    """The same order again under another number, or under none."""

    _inherit = "sale.order"

    _om_recent_idx = models.Index("(om_commercial_partner_id, create_date)")

    @detector(
        "E-DUP-SOFT",
        order=("partner_id", "commitment_date", "om_requested_date"),
        line=("product_id", "product_uom_id", "product_uom_qty"),
        suspect_order="""
            COALESCE(company.om_soft_duplicate_days, 0) > 0 AND o.state != 'sale'
            AND EXISTS (SELECT 1 FROM sale_order earlier
                         WHERE earlier.om_commercial_partner_id = o.om_commercial_partner_id
                           AND earlier.company_id = o.company_id
                           AND earlier.id < o.id AND earlier.state != 'cancel'
                           AND earlier.create_date
                               >= o.create_date - company.om_soft_duplicate_days * INTERVAL '1 day')""",
    )
    def _om_detect_look_alike(self):
        """An order of the last days has nine lines in ten in common, for the same date.

        What is confirmed was decided on. The same PO number is E-DUP's. Two queries.
        """
        orders = self.filtered(
            lambda o: o.company_id.om_soft_duplicate_days > 0 and o.state != "sale" and o.order_line
        )
        if not orders:
            return []
        days = max(orders.company_id.mapped("om_soft_duplicate_days"))
        since = min(orders.mapped("create_date")) - timedelta(days=days)
        candidates = self.search(
            Domain("om_commercial_partner_id", "in", orders.om_commercial_partner_id.ids)
            & Domain("company_id", "in", orders.company_id.ids)
            & Domain("state", "!=", "cancel")
            & Domain("create_date", ">=", since),
            order="id",
        )
        by_customer = defaultdict(list)
        for candidate in candidates:
            by_customer[candidate.company_id, candidate.om_commercial_partner_id].append(candidate)
        findings = []
        for order in orders:
            earliest = order.create_date - timedelta(days=order.company_id.om_soft_duplicate_days)
            for before in by_customer[order.company_id, order.om_commercial_partner_id]:
                if (
                    before.id < order.id
                    and before.create_date >= earliest
                    and not (order.om_po_key and before.om_po_key == order.om_po_key)
                    and (share := order._om_likeness(before)) >= ALIKE
                ):
                    findings.append(
                        Finding(
                            order,
                            found=self.env._(
                                "%(share)d %% of the lines of %(order)s", share=share * 100, order=before.name
                            ),
                            expected=self.env._("an order of its own"),
                            key=before.name,
                            amount=order.amount_total,
                        )
                    )
                    break
        return findings

    def _om_likeness(self, other):
        """How much of the lines these two orders have in common, from 0 to 1; 0 for other dates."""
        self.ensure_one()
        if self._om_wanted_day() != other._om_wanted_day():
            return 0.0
        mine, theirs = self._om_ordered(), other._om_ordered()
        most = max(mine.total(), theirs.total())
        return (mine & theirs).total() / most if most else 0.0

    def _om_wanted_day(self):
        return self.om_requested_date or (self.commitment_date and self.commitment_date.date()) or False

    def _om_ordered(self):
        """What is ordered: how many lines of each product and quantity."""
        return Counter(
            (line.product_id.id, round(line.product_uom_qty * line.product_uom_id.factor, 4))
            for line in self.order_line
            if line._om_is_sold()
        )
