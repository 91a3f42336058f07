from odoo import models


class AccountMove(models.Model):
    """Invoices, credit notes and payments change what a customer owes."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted._om_credit_schedule()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._om_credit_schedule()
        return result

    def _om_credit_schedule(self):
        """Look at the orders of the customers of these entries before this transaction commits."""
        # sudo: who posts a payment need not see orders
        items = self.sudo().line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        for company, of_company in items.grouped("company_id").items():
            self.env["om.credit.account"]._schedule(of_company.partner_id, company)
