from odoo import models


class ResPartner(models.Model):
    """The limit of customers, as Odoo keeps it, and what follows when it changes."""

    _inherit = "res.partner"

    def _om_credit_limits(self, company):
        """Limits in force of these commercial partners in a company.

        Odoo's own fields decide. With the company's switch *Sales Credit Limit* on, the customer's limit
        or the company's default counts; with it off, only a limit that was set on the customer itself.
        As in Odoo, a limit of zero is no limit.

        :return: ``{partner id: limit}`` in the currency of the company's root, of those that have one
        """
        # sudo: the fields are readable for accountants only, and everybody's order meets the limit;
        # with_company: the limit is the document's company's, whichever company is active (G3)
        root = company.sudo().root_id
        partners = self.sudo().with_company(root)
        default = self._fields["credit_limit"].get_company_dependent_fallback(partners)
        return {
            partner.id: partner.credit_limit
            for partner in partners
            if partner.credit_limit > 0 and (root.account_use_credit_limit or partner.credit_limit != default)
        }

    def write(self, vals):
        moved = self.commercial_partner_id if "parent_id" in vals else self.browse()
        result = super().write(vals)
        if vals.keys() & {"credit_limit", "use_partner_credit_limit", "parent_id", "is_company"}:
            # a limit belongs to the active company; a changed parent matters to all
            # sudo: a customer that moves counts in all companies, whoever moves it
            companies = (
                self.env.company
                if not moved
                else self.env["res.company"].sudo().search([("parent_id", "=", False)])
            )
            self.env["om.credit.account"]._schedule(moved | self.commercial_partner_id, companies)
        return result

    def action_om_credit_account(self):
        """Open the credit account of this customer in the active company."""
        self.ensure_one()
        self.env["om.credit.account"].check_access("read")
        # sudo: the account is created on demand by whoever may read it
        account = self.env["om.credit.account"].sudo()._of(self.commercial_partner_id, self.env.company)
        return {
            "type": "ir.actions.act_window",
            "res_model": "om.credit.account",
            "res_id": account.id,
            "views": [(False, "form")],
        }
