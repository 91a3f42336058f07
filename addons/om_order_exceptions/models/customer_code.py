from odoo import api, models
from odoo.fields import Domain

from .res_partner import normalize_reference


class OmPartnerIdentifier(models.Model):
    """Customers by the code under which a document or a table names them."""

    _inherit = "om.partner.identifier"

    @api.model
    def _customers_by_code(self, codes, company):
        """Find customers by an identifier of ours, else by the reference of the contact. Two queries.

        A code that means several customers means none.

        :return: ``{code: res.partner}``; a code that nobody has is left out
        """
        keys = {normalize_reference(code): code for code in codes if normalize_reference(code)}
        found = {}
        of_company = Domain("company_id", "in", (company.id, False))
        identifiers = self.search(Domain("code_key", "in", list(keys)) & of_company)
        partners = self.env["res.partner"].search(
            Domain("ref", "in", list({code.strip() for code in codes} | {code.upper() for code in codes}))
            & of_company
        )
        for code in codes:
            key = normalize_reference(code)
            customers = identifiers.filtered(lambda i, key=key: i.code_key == key).commercial_partner_id
            customers = (
                customers
                or partners.filtered(
                    lambda p, key=key: normalize_reference(p.ref) == key
                ).commercial_partner_id
            )
            if len(customers) == 1:
                found[code] = customers
        return found

    @api.model
    def _learn_customers(self, customers):
        """Remember how documents name customers: ``{code: res.partner}``."""
        for code, customer in customers.items():
            known = self.search(
                [("partner_id", "=", customer.id), ("code_key", "=", normalize_reference(code))]
            )
            if normalize_reference(code) and not known:
                self.create({"partner_id": customer.id, "scheme": "seller", "code": code, "learned": True})
