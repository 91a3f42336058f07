from odoo import models
from odoo.exceptions import UserError


class OmExceptionResolve(models.TransientModel):
    _inherit = "om.exception.resolve"

    def _om_fix_resend(self):
        """Send documents again; their cases stay open until the partner accepts them."""
        cases = self.exception_ids.filtered(lambda case: case.res_model == "om.edi.transaction")
        if not cases:
            raise UserError(self.env._("There is no document to send again."))
        self.env["om.edi.transaction"].browse(cases.mapped("res_id")).action_resend()
