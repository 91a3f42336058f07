from odoo import api, fields, models


class SaleOrder(models.Model):
    """More of what the customer's document says, to be held against what is agreed."""

    _inherit = "sale.order"

    om_po_terms = fields.Char(
        "PO Terms", copy=False, help="Terms of payment as the customer's document names them."
    )
    om_po_terms_days = fields.Integer(
        "PO Net Days", copy=False, help="Days until payment is due, by the customer's document."
    )
    om_po_allowances = fields.Json(
        "PO Allowances and Charges",
        copy=False,
        readonly=True,
        help="As received: a list of objects with indicator (A, C), code, amount, percent, description.",
    )

    def _om_still_open(self):
        """Those of these orders of which something is not delivered yet."""
        return self.filtered(lambda order: order.state != "sale" or order.delivery_status != "full")

    def _om_in_company_currency(self, amount):
        """``amount`` of this order in its company's currency, at the order's rate."""
        self.ensure_one()
        return amount / (self.currency_rate or 1.0)

    def _om_order_day(self):
        """The day of the order, which prices and agreements are asked for."""
        self.ensure_one()
        return fields.Datetime.context_timestamp(self, self.date_order).date()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    om_po_pack = fields.Integer("PO Pack", copy=False, help="Pieces per pack, by the customer's document.")
    om_candidate_ids = fields.Many2many(
        "product.product",
        string="Products That Fit",
        copy=False,
        help="Products of a received line of which it is not clear which is meant.",
    )
    om_unresolved = fields.Selection(selection_add=[("several", "Several Items")])

    @api.depends("om_candidate_ids")
    def _compute_om_unresolved(self):
        result = super()._compute_om_unresolved()
        for line in self:
            if line.om_unresolved == "item" and len(line.om_candidate_ids) > 1:
                line.om_unresolved = "several"
        return result

    def _om_suggest_products(self, limit=3):
        """What fits exactly comes before what is only alike."""
        candidates = self.om_candidate_ids
        return candidates[:limit] if candidates else super()._om_suggest_products(limit=limit)

    def _om_is_sold(self):
        """Is this a line of goods or services at a price, and no note, delivery, deposit or reward?"""
        self.ensure_one()
        return bool(
            self.product_id
            and not self.display_type
            and not self.is_downpayment
            and not self._is_delivery()
            and not self._is_global_discount()
            and not self.is_expense
            and self.product_type != "combo"
            and not self._om_is_reward()
        )

    def _om_is_reward(self):
        """Does a loyalty program give this line away? Known where ``sale_loyalty`` is installed."""
        return "is_reward_line" in self._fields and self.is_reward_line
