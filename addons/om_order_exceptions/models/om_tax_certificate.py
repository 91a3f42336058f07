from odoo import fields, models


class OmTaxCertificate(models.Model):
    """A customer's proof that it is exempt from tax, and how long it holds."""

    _name = "om.tax.certificate"
    _description = "Tax Exemption Certificate"
    _inherit = ["om.order.agreement", "mail.thread"]
    _order = "partner_id, date_end desc"
    _rec_name = "number"
    _om_code = "E-TAX-ID"

    number = fields.Char(required=True, tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        ondelete="cascade",
        index=True,
        domain=[("parent_id", "=", False)],
    )
    state_ids = fields.Many2many(
        "res.country.state", string="States", help="Where the goods must go for it to hold. Empty: anywhere."
    )
    date_start = fields.Date("Valid From", tracking=True)
    date_end = fields.Date("Valid Until", tracking=True, help="Last day. Empty: for good.")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)

    def _covers(self, address, day):
        """Those of these certificates that hold on ``day`` for goods sent to ``address``."""
        return self.filtered(
            lambda certificate: (
                (not certificate.date_start or certificate.date_start <= day)
                and (not certificate.date_end or certificate.date_end >= day)
                and (not certificate.state_ids or address.state_id in certificate.state_ids)
            )
        )


class AccountFiscalPosition(models.Model):
    _inherit = "account.fiscal.position"

    om_needs_certificate = fields.Boolean(
        "Needs a Certificate",
        help="Orders with this fiscal position need a valid exemption certificate of the customer before "
        "they are invoiced.",
    )
