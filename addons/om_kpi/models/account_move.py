from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        """Only posted invoices count, so a change of state is what changes a fact."""
        result = super().write(vals)
        if "state" in vals:
            self.env["om.kpi.dirty"]._mark(invoices=self.filtered(lambda move: move.is_sale_document()).ids)
        return result
