from odoo import models


class OmExceptionResolve(models.TransientModel):
    """A person cures cases of which the required steps of the procedure are done."""

    _inherit = "om.exception.resolve"

    def action_apply(self):
        """Run the chosen fix action, unless the procedure is not finished. A waiver needs no procedure."""
        if self.fix_id.method != "_om_fix_accept":
            self.exception_ids.filtered("is_open")._check_sop()
        return super().action_apply()
