from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    om_rma_validity_days = fields.Integer(
        "Return Validity (days)",
        default=30,
        help="Days from its authorisation within which a return has to arrive.",
    )
    om_credit_original_rate = fields.Boolean(
        "Credit at the Invoice's Rate",
        default=True,
        help="A credit memo of an invoice in foreign currency takes the exchange rate of that invoice, "
        "so that crediting it whole leaves neither gain nor loss. Off: the rate of the credit memo's day.",
    )
