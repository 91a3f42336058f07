from odoo import models
from odoo.exceptions import UserError


class OmExceptionResolve(models.TransientModel):
    _inherit = "om.exception.resolve"

    def _om_fix_resend(self):
        """Send documents again; their cases stay open until the partner accepts them."""
        self._edi_documents().action_resend()

    def _om_fix_send_corrected(self):
        """Build refused documents anew and send them; the partner's answer closes their cases."""
        documents = self._edi_documents()
        documents._check_edi_specialist()
        # sudo: what is sent is the system's; who asked for it is noted
        documents.sudo()._send_corrected()

    def _edi_documents(self):
        cases = self.exception_ids.filtered(lambda case: case.res_model == "om.edi.transaction")
        if not cases:
            raise UserError(self.env._("There is no document to send again."))
        return self.env["om.edi.transaction"].browse(cases.mapped("res_id"))
