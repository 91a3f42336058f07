from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_rma_validity_days = fields.Integer(related="company_id.om_rma_validity_days", readonly=False)
    om_credit_original_rate = fields.Boolean(related="company_id.om_credit_original_rate", readonly=False)
