from stdnum import get_cc_module
from stdnum.exceptions import ValidationError as InvalidNumber

from odoo import fields, models
from odoo.tools import format_date

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """What has to be on file before tax is left out of an invoice, or put on it."""

    _inherit = "sale.order"

    @detector(
        "E-TAX-ID",
        order=("partner_id", "partner_shipping_id", "fiscal_position_id"),
        suspect_order="""
            EXISTS (SELECT 1 FROM om_company_tax_id_country_rel required
                     WHERE required.company_id = o.company_id AND required.country_id = partner.country_id)
            OR EXISTS (SELECT 1 FROM account_fiscal_position position
                        WHERE position.id = o.fiscal_position_id AND position.om_needs_certificate)""",
    )
    def _om_detect_tax_papers(self):
        """A tax ID that is missing or wrong, or an exemption that no valid certificate covers.

        Asked of the day: an order that is invoiced next month needs a certificate that holds then, so
        the nightly look finds what has run out. One query.
        """
        customers = self.partner_id.commercial_partner_id
        certificates = self.env["om.tax.certificate"].search(
            [("partner_id", "in", customers.ids), ("company_id", "in", [*self.company_id.ids, False])]
        )
        today = fields.Date.context_today(self)
        findings = []
        for order in self.filtered(lambda order: order.invoice_status != "invoiced"):
            customer = order.partner_id.commercial_partner_id
            if problem := customer._om_tax_id_problem(order.company_id):
                findings.append(
                    Finding(
                        order,
                        found=problem,
                        expected=self.env._("a valid tax ID of %s", customer.country_id.name),
                        key="number",
                        amount=order.amount_total,
                    )
                )
            if not order.fiscal_position_id.om_needs_certificate:
                continue
            mine = certificates.filtered(
                lambda c, order=order, customer=customer: (
                    c.partner_id == customer and c.company_id.id in (order.company_id.id, False)
                )
            )
            if not mine._covers(order.partner_shipping_id, today):
                ended = max((c.date_end for c in mine if c.date_end), default=None)
                findings.append(
                    Finding(
                        order,
                        found=self.env._("certificate ended on %s", format_date(self.env, ended))
                        if ended and ended < today
                        else self.env._("no certificate that holds here and today"),
                        expected=self.env._(
                            "a valid exemption certificate for %s", order.fiscal_position_id.name
                        ),
                        key="certificate",
                        amount=order.amount_total,
                    )
                )
        return findings


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _om_tax_id_problem(self, company):
        """What is wrong with this customer's tax ID where ``company`` requires one; empty: nothing.

        ``/`` is Odoo's way of saying that the customer has none.
        """
        self.ensure_one()
        if not self.is_company or self.country_id not in company.om_tax_id_country_ids or self.vat == "/":
            return ""
        if not self.vat:
            return self.env._("no tax ID")
        rules = get_cc_module(self.country_id.code.lower(), "vat")
        if rules:
            try:
                rules.validate(self.vat)
            except InvalidNumber as error:
                return f"{self.vat}: {error.message}"
        return ""
