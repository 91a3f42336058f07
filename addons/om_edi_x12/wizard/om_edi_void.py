from odoo import fields, models


class OmEdiVoid(models.TransientModel):
    """Asks why documents are given up."""

    _name = "om.edi.void"
    _description = "Make EDI Documents Void"

    transaction_ids = fields.Many2many("om.edi.transaction", string="Documents", required=True)
    reason = fields.Char(required=True)

    def action_void(self):
        """Give the documents up."""
        self.transaction_ids._check_edi_specialist()
        # sudo: the state of a document is the system's; who gave it up, and why, is noted
        self.transaction_ids.sudo()._void(self.reason)
        return {"type": "ir.actions.act_window_close"}
