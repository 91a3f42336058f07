from odoo import api, fields, models
from odoo.exceptions import UserError


class OmExceptionResolve(models.TransientModel):
    """Fix action of credit exceptions."""

    _inherit = "om.exception.resolve"

    om_credit_explanation = fields.Text(
        "Figures", compute="_compute_om_credit_explanation", groups="om_credit_hold.group_credit_analyst"
    )

    @api.depends("exception_ids")
    def _compute_om_credit_explanation(self):
        for wizard in self:
            wizard.om_credit_explanation = "\n".join(
                exception._om_credit_explain()
                for exception in wizard.exception_ids
                if exception.om_credit_parts
            )

    def _om_fix_release_credit(self):
        """Let the orders go over the limit: needs a credit analyst without a hand in them, and a reason."""
        exceptions = self.exception_ids.filtered("is_open")
        if not exceptions or set(exceptions.mapped("code")) != {"E-CRD-LIMIT"}:
            raise UserError(self.env._("Choose open exceptions of the credit limit only."))
        reason = self._need(self.reason, self.env._("the reason"))
        exceptions.order_id._om_credit_release(reason, self.waiver_expires)
