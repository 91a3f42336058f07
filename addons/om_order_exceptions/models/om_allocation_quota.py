from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class OmAllocationQuota(models.Model):
    """How much of a scarce product a customer, or all customers together, may order in a period."""

    _name = "om.allocation.quota"
    _description = "Allocation Quota"
    _order = "date_from desc, product_id, partner_id"
    _rec_name = "product_id"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="cascade", check_company=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        ondelete="cascade",
        domain="[('parent_id', '=', False)]",
        help="Empty: all customers together.",
    )
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_to = fields.Date("To", required=True)
    quantity = fields.Float(digits="Product Unit", required=True)
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    ordered = fields.Float(digits="Product Unit", compute="_compute_ordered", compute_sudo=True)
    left = fields.Float(digits="Product Unit", compute="_compute_ordered", compute_sudo=True)

    _quantity_positive = models.Constraint("CHECK(quantity >= 0)", "A quota can't be negative.")
    _dates_in_order = models.Constraint("CHECK(date_from <= date_to)", "The period ends before it begins.")

    @api.constrains("active", "company_id", "product_id", "partner_id", "date_from", "date_to")
    def _check_overlap(self):
        for quota in self.filtered("active"):
            if self.search_count(
                [
                    ("id", "!=", quota.id),
                    ("company_id", "=", quota.company_id.id),
                    ("product_id", "=", quota.product_id.id),
                    ("partner_id", "=", quota.partner_id.id),
                    ("date_from", "<=", quota.date_to),
                    ("date_to", ">=", quota.date_from),
                ],
                limit=1,
            ):
                raise ValidationError(
                    self.env._("%s has a quota in this period already.", quota.product_id.display_name)
                )

    def _compute_ordered(self):
        ordered = {}
        for _line, quota_id, before, quantity in self._ordered_by_line() if self.ids else ():
            ordered[quota_id] = max(ordered.get(quota_id, 0.0), before + quantity)
        for quota in self:
            quota.ordered = ordered.get(quota.id, 0.0)
            quota.left = max(quota.quantity - quota.ordered, 0.0)

    def _ordered_by_line(self):
        """What confirmed orders take of these quotas, first come first served. One query.

        :return: ``[(order line id, quota id, quantity ordered before it, its own quantity)]``, in the
            product's unit
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT line_id, quota_id, SUM(quantity) OVER turn - quantity, quantity
                  FROM (SELECT line.id AS line_id, quota.id AS quota_id, o.date_order, o.id AS order_id,
                               line.product_uom_qty * unit.factor / own.factor AS quantity
                          FROM om_allocation_quota quota
                          JOIN sale_order_line line ON line.product_id = quota.product_id
                          JOIN sale_order o ON o.id = line.order_id
                          JOIN product_product product ON product.id = line.product_id
                          JOIN product_template template ON template.id = product.product_tmpl_id
                          JOIN uom_uom unit ON unit.id = line.product_uom_id
                          JOIN uom_uom own ON own.id = template.uom_id
                         WHERE quota.id IN %(quotas)s
                           AND o.state = 'sale'
                           AND o.company_id = quota.company_id
                           AND o.date_order >= quota.date_from
                           AND o.date_order < quota.date_to + 1
                           AND (quota.partner_id IS NULL OR quota.partner_id = o.om_commercial_partner_id)
                       ) taken
                WINDOW turn AS (PARTITION BY quota_id ORDER BY date_order, order_id, line_id)
                """,
                quotas=tuple(self.ids),
            )
        )
