from odoo import fields, models


class OmExceptionFix(models.Model):
    _inherit = "om.exception.fix"

    input = fields.Selection(
        selection_add=[("proposal", "Proposal"), ("consent", "Customer's consent")],
        ondelete={"proposal": "set default", "consent": "set default"},
    )
    cost = fields.Selection(
        selection_add=[("proposal", "The cheapest proposal")], ondelete={"proposal": "set default"}
    )
