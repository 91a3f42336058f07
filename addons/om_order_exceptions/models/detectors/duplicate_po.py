from collections import defaultdict
from datetime import timedelta

from odoo import models

from ...detection import Finding, detector
from ..om_exception import OPEN_STATES


class SaleOrder(models.Model):
    """The same purchase order twice."""

    _inherit = "sale.order"

    def _action_cancel(self):
        """What was the second order of a number may be the only one now."""
        result = super()._action_cancel()
        # sudo: the other orders may be a colleague's
        exceptions = self.env["om.exception"].sudo()
        duplicates = exceptions.search(
            [
                ("code", "=", "E-DUP"),
                ("state", "in", OPEN_STATES),
                ("key", "in", self.filtered("om_po_key").mapped("om_po_key")),
                ("partner_id", "in", self.om_commercial_partner_id.ids),
                ("order_id", "not in", self.ids),
            ]
        )
        duplicates.order_id._om_schedule_check({"E-DUP"})
        return result

    @detector("E-DUP", order=("partner_id", "client_order_ref"))
    def _om_detect_duplicate_po(self):
        """The customer's PO number came before, in whatever spelling, for any of its contacts (G6).

        The later order is the duplicate. Case, blanks, punctuation and leading zeros do not count;
        cancelled orders do not count; nor do orders older than the company's window. One query.
        """
        named = self.filtered("om_po_key")
        if not named:
            return []
        candidates = self.search(
            [
                ("om_po_key", "in", list(set(named.mapped("om_po_key")))),
                ("om_commercial_partner_id", "in", named.om_commercial_partner_id.ids),
                ("company_id", "in", named.company_id.ids),
                ("state", "!=", "cancel"),
            ],
            order="id",
        )
        by_number = defaultdict(self.browse)
        for order in candidates:
            by_number[order.company_id, order.om_commercial_partner_id, order.om_po_key] |= order
        findings = []
        for order in named:
            earliest = order.create_date - timedelta(days=order.company_id.om_duplicate_po_days or 36500)
            same = by_number[order.company_id, order.om_commercial_partner_id, order.om_po_key]
            before = same.filtered(
                lambda o, order=order, since=earliest: o.id < order.id and o.create_date >= since
            )
            if before:
                findings.append(
                    Finding(
                        order,
                        found=self.env._(
                            "%(number)s is on %(order)s already",
                            number=order.client_order_ref,
                            order=before[0].name,
                        ),
                        expected=self.env._("a new PO number"),
                        key=order.om_po_key,
                        amount=order.amount_total,
                    )
                )
        return findings
