from odoo import models
from odoo.tools import float_compare

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Allowances and charges of the document against what is agreed."""

    _inherit = "sale.order"

    @detector(
        "E-ALW",
        order=("partner_id", "om_po_allowances", "date_order"),
        suspect_order="o.om_po_allowances IS NOT NULL",
    )
    def _om_detect_other_allowance(self):
        """The document takes an allowance, or accepts a charge, that is not agreed so. One query."""
        agreed = self.env["om.customer.allowance"].search(
            [
                ("partner_id", "in", self.partner_id.commercial_partner_id.ids),
                ("company_id", "in", [*self.company_id.ids, False]),
            ]
        )
        findings = []
        for order in self.filtered(lambda order: order.invoice_status != "invoiced"):
            for received in order.om_po_allowances or ():
                mine = agreed.filtered(
                    lambda a, order=order, received=received: (
                        a.partner_id == order.partner_id.commercial_partner_id
                        and a.company_id.id in (order.company_id.id, False)
                        and a._is_meant_by(received, order._om_order_day())
                    )
                )
                if any(allowance._agrees_with(received) for allowance in mine):
                    continue
                expected = mine[:1]._terms_text() if mine else self.env._("no such allowance or charge")
                findings.append(
                    Finding(
                        order,
                        found=self.env["om.customer.allowance"]._received_text(received),
                        expected=expected,
                        key=f"{received['indicator']} {received['code']}",
                        amount=float(received.get("amount") or 0)
                        or order.amount_untaxed * float(received.get("percent") or 0) / 100,
                    )
                )
        return findings


class OmCustomerAllowance(models.Model):
    _inherit = "om.customer.allowance"

    def _is_meant_by(self, received, day):
        """Does a received allowance or charge name this one?"""
        self.ensure_one()
        return (
            (self.indicator, self.code) == (received["indicator"], received["code"])
            and (not self.date_start or self.date_start <= day)
            and (not self.date_end or self.date_end >= day)
        )

    def _agrees_with(self, received):
        """Is what was received as agreed? A number that one side does not name is not compared."""
        self.ensure_one()
        pairs = ((self.percent, received.get("percent"), 4), (self.amount, received.get("amount"), 2))
        return all(
            not agreed
            or named in (None, "")
            or float_compare(agreed, float(named), precision_digits=digits) == 0
            for agreed, named, digits in pairs
        )

    def _terms_text(self):
        self.ensure_one()
        return self._received_text(
            {
                "indicator": self.indicator,
                "code": self.code,
                "percent": self.percent,
                "amount": self.amount,
            }
        )

    def _received_text(self, received):
        """An allowance or charge for people: ``Allowance C310 2 %``."""
        labels = dict(self._fields["indicator"]._description_selection(self.env))
        parts = [labels.get(received["indicator"], received["indicator"]), received["code"]]
        if float(received.get("percent") or 0):
            parts.append(f"{float(received['percent']):g} %")
        if float(received.get("amount") or 0):
            parts.append(f"{float(received['amount']):.2f}")
        if received.get("description"):
            parts.append(received["description"])
        return " ".join(filter(None, parts))
