from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_credit_tolerance = fields.Float(related="company_id.om_credit_tolerance", readonly=False)
    om_credit_tolerance_days = fields.Integer(related="company_id.om_credit_tolerance_days", readonly=False)

    def _inverse_account_default_credit_limit(self):
        """The default limit is that of every customer without a limit of its own."""
        result = super()._inverse_account_default_credit_limit()
        self.env["om.credit.account"]._evaluate_soon(self.company_id)
        return result
