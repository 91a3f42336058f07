from odoo import fields, models


class OmProductSubstitute(models.Model):
    """A product that may be delivered instead of another, and how many of it replace one."""

    _name = "om.product.substitute"
    _description = "Product Substitute"
    _order = "product_id, sequence, id"
    _rec_name = "substitute_id"
    _check_company_auto = True

    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="cascade", check_company=True
    )
    substitute_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="cascade",
        domain="[('sale_ok', '=', True), ('id', '!=', product_id)]",
        check_company=True,
    )
    ratio = fields.Float(default=1.0, help="How many of the substitute replace one of the product.")
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: all companies.")

    _unique_pair = models.UniqueIndex(
        "(product_id, substitute_id, COALESCE(company_id, 0))", "This substitute is listed already."
    )
    _ratio_positive = models.Constraint("CHECK(ratio > 0)", "The ratio must be more than zero.")
    _not_itself = models.Constraint(
        "CHECK(product_id <> substitute_id)", "A product does not substitute itself."
    )
