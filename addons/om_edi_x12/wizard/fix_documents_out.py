from odoo import models


class OmExceptionResolve(models.TransientModel):
    _inherit = "om.exception.resolve"

    def _om_fix_edi_build_again(self):
        """Build the documents again that were kept back; what is right is sent, and its cases close."""
        cases = self.exception_ids.filtered(lambda case: case.res_model == "om.edi.transaction")
        # sudo: as in the document's own button, which checks who may
        self.env["om.edi.transaction"].sudo().browse(set(cases.mapped("res_id"))).action_retry()
