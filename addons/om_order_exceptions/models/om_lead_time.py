from odoo import api, fields, models


class OmLeadTime(models.Model):
    """How long a product, or all of a warehouse, takes to the customer, instead of the product's lead time.

    The most special entry counts: product and warehouse, then product, then warehouse.
    """

    _name = "om.lead.time"
    _description = "Lead Time"
    _order = "product_tmpl_id, warehouse_id, id"
    _rec_name = "product_tmpl_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    product_tmpl_id = fields.Many2one(
        "product.template",
        "Product",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        help="Empty: all products.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", ondelete="cascade", check_company=True, help="Empty: all warehouses."
    )
    days = fields.Integer("Lead Time", help="Calendar days from the order to the delivery.")

    _unique_scope = models.UniqueIndex(
        "(company_id, COALESCE(product_tmpl_id, 0), COALESCE(warehouse_id, 0))",
        "There is a lead time for this product and warehouse already.",
    )
    _days_positive = models.Constraint("CHECK(days >= 0)", "A lead time can't be negative.")

    @api.model
    def _of_lines(self, lines):
        """Lead time of order lines in days, with the company's safety days. One query.

        :param lines: ``sale.order.line`` of any companies
        :return: ``{line: days}``
        """
        # sudo: the rules hold for everybody's orders
        entries = self.sudo().search([("company_id", "in", lines.company_id.ids)])
        days = {
            (entry.company_id, entry.product_tmpl_id, entry.warehouse_id): entry.days for entry in entries
        }
        product, warehouse = self.env["product.template"], self.env["stock.warehouse"]
        result = {}
        for line in lines:
            template = line.product_id.product_tmpl_id
            scopes = ((template, line.warehouse_id), (template, warehouse), (product, line.warehouse_id))
            keys = [(line.company_id, *scope) for scope in scopes]
            own = (days[key] for key in keys if key in days)
            result[line] = next(own, line.customer_lead) + line.company_id.security_lead
        return result
