from odoo import api, models


class AccountPartialReconcile(models.Model):
    """Payments that are applied, and payments that bounce.

    In Odoo 19 a payment may have no entry of its own until the bank statement is matched, and matching
    writes posted entries without posting them again: this is the one place that all ways pass.
    """

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        (partials.debit_move_id | partials.credit_move_id).move_id._om_credit_schedule()
        return partials

    def unlink(self):
        moves = (self.debit_move_id | self.credit_move_id).move_id
        result = super().unlink()
        moves.exists()._om_credit_schedule()
        return result
