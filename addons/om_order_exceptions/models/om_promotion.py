from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from .res_partner import normalize_reference


class OmPromotion(models.Model):
    """A promotion that customers name on their orders by its code: who, what, when, how much.

    It gives no price: pricelists do. It says which orders may name it.
    """

    _name = "om.promotion"
    _description = "Promotion"
    _inherit = ["om.order.agreement"]
    _order = "date_end desc, code"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True
    _om_code = "E-PRO-INELIG"

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="As the customer names it on the order.")
    code_key = fields.Char(compute="_compute_code_key", store=True)
    active = fields.Boolean(default=True)
    date_start = fields.Date("From")
    date_end = fields.Date("Until", help="Last day.")
    partner_id = fields.Many2one(
        "res.partner", "Customer", domain=[("parent_id", "=", False)], help="Empty: all customers."
    )
    product_tmpl_ids = fields.Many2many(
        "product.template", string="Products", check_company=True, help="Empty: all products."
    )
    min_quantity = fields.Float(
        "Minimum Quantity", digits="Product Unit", help="Of its products together, in their own units."
    )
    discount = fields.Float("Discount (%)", help="What the promotion costs us, in percent of its lines.")
    budget = fields.Monetary(help="What the promotion may cost in all. 0: no limit.")
    stackable = fields.Boolean(help="May stand on an order beside other promotions.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    spent = fields.Monetary(compute="_compute_spent", help="What confirmed orders have used of the budget.")

    _unique_code = models.UniqueIndex(
        "(company_id, code_key) WHERE active", "There is a promotion with this code already."
    )

    @api.depends("code")
    def _compute_code_key(self):
        for promotion in self:
            promotion.code_key = normalize_reference(promotion.code)

    @api.depends("code", "name")
    def _compute_display_name(self):
        for promotion in self:
            promotion.display_name = f"{promotion.code or ''} {promotion.name or ''}".strip()

    def _compute_spent(self):
        spent = self._spent_by_order()
        for promotion in self:
            promotion.spent = sum(spent[promotion.id].values())

    def _spent_by_order(self):
        """What these promotions cost on confirmed orders, in the company's currency. One query.

        :return: ``defaultdict`` ``{promotion id: {order id: amount}}``
        """
        spent = defaultdict(dict)
        if not self.ids:
            return spent
        self.env["sale.order"].flush_model(["state", "currency_rate", "om_promotion_ids"])
        self.env["sale.order.line"].flush_model(["price_subtotal", "product_id", "order_id"])
        self.flush_model(["discount", "product_tmpl_ids"])
        rows = self.env.execute_query(
            SQL(
                """SELECT promotion.id, o.id,
                          SUM(line.price_subtotal * promotion.discount / 100
                              / COALESCE(NULLIF(o.currency_rate, 0), 1))
                     FROM om_promotion promotion
                     JOIN om_promotion_sale_order_rel named ON named.om_promotion_id = promotion.id
                     JOIN sale_order o ON o.id = named.sale_order_id AND o.state = 'sale'
                     JOIN sale_order_line line ON line.order_id = o.id
                     JOIN product_product product ON product.id = line.product_id
                    WHERE promotion.id = ANY(%s)
                      AND (NOT EXISTS (SELECT 1 FROM om_promotion_product_template_rel r
                                        WHERE r.om_promotion_id = promotion.id)
                           OR EXISTS (SELECT 1 FROM om_promotion_product_template_rel r
                                       WHERE r.om_promotion_id = promotion.id
                                         AND r.product_template_id = product.product_tmpl_id))
                    GROUP BY promotion.id, o.id""",
                list(self.ids),
            )
        )
        for promotion_id, order_id, amount in rows:
            spent[promotion_id][order_id] = float(amount or 0)
        return spent

    def _lines_of(self, order):
        """The lines of ``order`` that this promotion is for."""
        return order.order_line.filtered(
            lambda line: (
                line._om_is_sold()
                and (not self.product_tmpl_ids or line.product_id.product_tmpl_id in self.product_tmpl_ids)
            )
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    om_promotion_code = fields.Char(
        "Promotion", copy=False, help="Codes of promotions that the customer names, separated by commas."
    )
    om_promotion_ids = fields.Many2many(
        "om.promotion", string="Promotions", compute="_compute_om_promotion_ids", store=True, copy=False
    )

    def _om_promotion_codes(self):
        """The codes that the customer names: ``{code to compare: code as written}``."""
        written = [code.strip() for code in (self.om_promotion_code or "").split(",")]
        return {normalize_reference(code): code for code in written if normalize_reference(code)}

    @api.depends("om_promotion_code", "company_id")
    def _compute_om_promotion_ids(self):
        naming = self.filtered("om_promotion_code")
        (self - naming).om_promotion_ids = False
        if not naming:
            return
        keys = {order: order._om_promotion_codes().keys() for order in naming}
        # sudo: a promotion holds for whoever enters the order
        promotions = (
            self.env["om.promotion"].sudo().search([("code_key", "in", list(set().union(*keys.values())))])
        )
        for order in naming:
            order.om_promotion_ids = promotions.filtered(
                lambda p, order=order: p.company_id == order.company_id and p.code_key in keys[order]
            )
