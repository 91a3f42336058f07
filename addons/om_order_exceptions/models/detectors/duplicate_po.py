from collections import defaultdict
from datetime import timedelta

from odoo import models

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """The same purchase order twice."""

    _inherit = "sale.order"

    def write(self, vals):
        """Another number or customer: what was second to this order may be the only one, or the other way."""
        if not {"client_order_ref", "partner_id"} & vals.keys():
            return super().write(vals)
        before = self._om_po_numbers()
        result = super().write(vals)
        self._om_check_same_number(before | self._om_po_numbers())
        return result

    def unlink(self):
        """What was the second order of a number may be the only one now."""
        numbers = self._om_po_numbers()
        result = super().unlink()
        self.browse()._om_check_same_number(numbers)
        return result

    def _action_cancel(self):
        """What was the second order of a number may be the only one now."""
        result = super()._action_cancel()
        self._om_check_same_number(self._om_po_numbers())
        return result

    def action_draft(self):
        """An order that is taken up again may be the first of a number: the others are second to it."""
        result = super().action_draft()
        self._om_check_same_number(self._om_po_numbers())
        return result

    def _om_po_numbers(self):
        """``{(company id, commercial partner id, PO number as compared)}`` of these orders."""
        return {
            (order.company_id.id, order.om_commercial_partner_id.id, order.om_po_key)
            for order in self
            if order.om_po_key
        }

    def _om_check_same_number(self, numbers):
        """Look again at the other orders that have one of these numbers. One query.

        :param numbers: as :meth:`_om_po_numbers` gives them
        """
        if not numbers:
            return
        companies, customers, keys = (list(set(part)) for part in zip(*numbers, strict=True))
        # sudo: the other orders may be a colleague's
        others = self.sudo().search(
            [
                ("om_po_key", "in", keys),
                ("om_commercial_partner_id", "in", customers),
                ("company_id", "in", companies),
                ("state", "!=", "cancel"),
                ("id", "not in", self.ids),
            ]
        )
        others._om_schedule_check({"E-DUP"})

    def _om_check_numbers_again(self):
        """Look once more at the orders that have the numbers of these, in a transaction that sees them all.

        Two processes that enter the same number at the same time do not see each other's order; after their
        commit at least one of them finds both here. One query where no number is there twice.
        """
        numbers = self._om_po_numbers()
        if not numbers:
            return
        companies, customers, keys = (list(set(part)) for part in zip(*numbers, strict=True))
        # sudo: the other orders may be a colleague's
        found = self.sudo().search(
            [
                ("om_po_key", "in", keys),
                ("om_commercial_partner_id", "in", customers),
                ("company_id", "in", companies),
                ("state", "!=", "cancel"),
            ]
        )
        by_number = found.grouped(
            lambda order: (order.company_id.id, order.om_commercial_partner_id.id, order.om_po_key)
        )
        twice = [orders for number, orders in by_number.items() if number in numbers and len(orders) > 1]
        found.browse().union(*twice)._om_check({"E-DUP"})

    @detector(
        "E-DUP",
        order=("partner_id", "client_order_ref", "om_intake_id"),
        suspect_order="""
            o.om_po_key IS NOT NULL
            AND EXISTS (SELECT 1 FROM sale_order earlier
                         WHERE earlier.om_commercial_partner_id = o.om_commercial_partner_id
                           AND earlier.om_po_key = o.om_po_key
                           AND earlier.company_id = o.company_id
                           AND earlier.id < o.id AND earlier.state != 'cancel')
            OR EXISTS (SELECT 1 FROM om_intake received
                        WHERE received.id = o.om_intake_id AND received.state = 'duplicate')""",
    )
    def _om_detect_duplicate_po(self):
        """The same document, or the customer's PO number in whatever spelling, came before (G6).

        The later order is the duplicate, for any of the customer's contacts. Case, blanks, punctuation
        and leading zeros do not count; cancelled orders do not count; nor do numbers older than the
        company's window. The same bytes weigh more than the same number. One query.
        """
        findings = []
        before = self._om_same_number_before()
        for order in self:
            document = order.om_intake_id
            if document.state == "duplicate" and document.duplicate_of_id.order_ids.filtered(
                lambda first: first.state != "cancel"
            ):
                findings.append(
                    Finding(
                        order,
                        found=self.env._(
                            "the document came before, as %s", document.duplicate_of_id.display_name
                        ),
                        expected=self.env._("a document that is new"),
                        key=f"document {document.sha256[:16]}",
                        amount=order.amount_total,
                        severity="1",
                    )
                )
            elif order in before:
                findings.append(
                    Finding(
                        order,
                        found=self.env._(
                            "%(number)s is on %(order)s already",
                            number=order.client_order_ref,
                            order=before[order].name,
                        ),
                        expected=self.env._("a new PO number"),
                        key=order.om_po_key,
                        amount=order.amount_total,
                    )
                )
        return findings

    def _om_same_number_before(self):
        """``{order: the first order before it with its customer's PO number}``. One query."""
        named = self.filtered("om_po_key")
        if not named:
            return {}
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
        found = {}
        for order in named:
            earliest = order.create_date - timedelta(days=order.company_id.om_duplicate_po_days or 36500)
            same = by_number[order.company_id, order.om_commercial_partner_id, order.om_po_key]
            before = same.filtered(
                lambda o, order=order, since=earliest: o.id < order.id and o.create_date >= since
            )
            if before:
                found[order] = before[0]
        return found
