from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    om_edi_adjust_limit = fields.Monetary(
        "Adjust Stock by Itself up to",
        help="A difference with a 3PL's stock that is worth no more is adjusted by itself. 0: never.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_edi_adjust_limit = fields.Monetary(
        related="company_id.om_edi_adjust_limit", readonly=False, currency_field="om_edi_currency_id"
    )
    om_edi_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
