from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    om_credit_tolerance = fields.Float(
        "Credit Release Tolerance (%)",
        default=10.0,
        help="By how much an order may grow after its release from credit hold before it is held again.",
    )
    om_credit_tolerance_days = fields.Integer(
        "Credit Release Tolerance (days)",
        default=5,
        help="For how many days after its release an order may grow so much.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "account_use_credit_limit" in vals:
            self.env["om.credit.account"]._evaluate_soon(self)
        return result
