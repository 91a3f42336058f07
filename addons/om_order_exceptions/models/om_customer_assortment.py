from odoo import api, fields, models


class OmCustomerAssortment(models.Model):
    """What a customer may buy: products or whole categories, for a time or for good.

    A customer without entries may buy everything.
    """

    _name = "om.customer.assortment"
    _description = "Customer Assortment"
    _inherit = ["om.order.agreement"]
    _order = "partner_id, id"
    _check_company_auto = True
    _om_code = "E-ITM-CONTRACT"

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        ondelete="cascade",
        index=True,
        domain=[("parent_id", "=", False)],
    )
    product_tmpl_id = fields.Many2one(
        "product.template", "Product", ondelete="cascade", index="btree_not_null", check_company=True
    )
    categ_id = fields.Many2one(
        "product.category", "Category", ondelete="cascade", help="All products of it and of those below it."
    )
    date_start = fields.Date("From")
    date_end = fields.Date("Until", help="Last day.")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)

    _one_of_both = models.Constraint(
        "CHECK (num_nonnulls(product_tmpl_id, categ_id) = 1)", "Name a product or a category."
    )

    @api.depends("product_tmpl_id", "categ_id")
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = entry.product_tmpl_id.display_name or entry.categ_id.display_name

    def _holds(self, product, day):
        """Does one of these entries let ``product`` pass on ``day``?"""
        above = set(map(int, product.categ_id.parent_path.split("/")[:-1])) if product.categ_id else set()
        return any(
            (not entry.date_start or entry.date_start <= day)
            and (not entry.date_end or entry.date_end >= day)
            and (entry.product_tmpl_id == product.product_tmpl_id or entry.categ_id.id in above)
            for entry in self
        )
