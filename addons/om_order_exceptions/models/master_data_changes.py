from odoo import models

# Fields of a contact, and the exceptions that a change of them may cure
CURES = {
    "E-SHP-INVALID": ("street", "street2", "city", "zip", "state_id", "country_id"),
    "E-TAX-ID": ("vat", "country_id", "is_company"),
    "E-TRM": ("property_payment_term_id",),
    "E-MIN": ("om_min_order_amount", "om_min_line_amount"),
}


class ResPartner(models.Model):
    """A contact that is put right has the orders looked at again that waited for it."""

    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        codes = {code for code, names in CURES.items() if any(name in vals for name in names)}
        if codes:
            self.env["om.exception"]._look_again(
                codes, [("partner_id", "in", self.commercial_partner_id.ids)]
            )
        return result
