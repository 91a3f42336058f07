from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_gs1_prefix = fields.Char(related="company_id.om_gs1_prefix", readonly=False)
    om_sscc_extension = fields.Char(related="company_id.om_sscc_extension", readonly=False)
