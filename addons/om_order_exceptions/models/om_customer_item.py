from odoo import api, fields, models

from .res_partner import normalize_reference


class OmCustomerItem(models.Model):
    """A customer's own part number for one of our products, entered or learned from a fix action."""

    _name = "om.customer.item"
    _description = "Customer Part Number"
    _order = "partner_id, code"
    _rec_name = "code"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        ondelete="cascade",
        index=True,
        domain=[("parent_id", "=", False)],
    )
    code = fields.Char("Part Number", required=True)
    code_key = fields.Char(compute="_compute_code_key", store=True)
    product_id = fields.Many2one(
        "product.product", required=True, ondelete="cascade", index=True, check_company=True
    )
    product_uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        help="Unit in which the customer orders this part number; empty: as in the document.",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    learned = fields.Boolean(readonly=True, help="Learned from a fix action of a specialist.")

    _unique_code = models.UniqueIndex(
        "(partner_id, code_key, COALESCE(company_id, 0))", "This customer has this part number already."
    )

    @api.depends("code")
    def _compute_code_key(self):
        for item in self:
            item.code_key = normalize_reference(item.code)

    @api.model
    def _resolve(self, wanted, company):
        """Find products by customers' part numbers. One query.

        :param wanted: iterable of ``(commercial partner id, part number)``
        :param company: company whose part numbers hold, beside those of all companies
        :return: ``{(commercial partner id, part number): om.customer.item}`` of those found
        """
        wanted = {(partner, code) for partner, code in wanted if partner and code}
        if not wanted:
            return {}
        items = self.search_fetch(
            [
                ("partner_id", "in", list({partner for partner, _code in wanted})),
                ("code_key", "in", list({normalize_reference(code) for _partner, code in wanted})),
                ("company_id", "in", (company.id, False)),
            ],
            ["partner_id", "code_key", "product_id", "product_uom_id", "company_id"],
        ).sorted(lambda item: bool(item.company_id))  # a company's own entry wins over the shared one
        found = {(item.partner_id.id, item.code_key): item for item in items}
        return {
            key: found[key[0], normalize_reference(key[1])]
            for key in wanted
            if (key[0], normalize_reference(key[1])) in found
        }
