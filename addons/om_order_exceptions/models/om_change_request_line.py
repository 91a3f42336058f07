from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_datetime, formatLang

from ..stages import INTERNAL
from .om_change_policy import ACTIONS, CHANGE_STAGES

LINE_KINDS = [
    ("quantity", "Quantity"),
    ("price", "Price"),
    ("date", "Date"),
    ("ship_to", "Ship-to"),
    ("substitute", "Another Item"),
    ("add_line", "New Line"),
    ("cancel_line", "Cancel a Line"),
    ("cancel_order", "Cancel the Order"),
]
ON_A_LINE = ("quantity", "price", "substitute", "cancel_line")
# what the customer sees of a change, and what the warehouse has to do with it
SEEN_BY_WAREHOUSE = tuple(kind for kind, _label in LINE_KINDS if kind != "price")


class OmChangeRequestLine(models.Model):
    """One change: before, after and impact."""

    _name = "om.change.request.line"
    _description = "Change"
    _order = "request_id, sequence, id"

    request_id = fields.Many2one("om.change.request", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    order_id = fields.Many2one(related="request_id.order_id")
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    currency_id = fields.Many2one(related="request_id.currency_id")
    kind = fields.Selection(LINE_KINDS, "Change", required=True, default="quantity")
    order_line_id = fields.Many2one(
        "sale.order.line",
        "Line",
        index="btree_not_null",
        ondelete="set null",
        domain="[('order_id', '=', order_id), ('display_type', '=', False)]",
    )
    product_id = fields.Many2one(
        "product.product", "New Item", domain="[('sale_ok', '=', True)]", check_company=True
    )
    quantity = fields.Float(
        "New Quantity",
        digits="Product Unit",
        compute="_compute_new_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    price_unit = fields.Float(
        "New Price",
        digits="Product Price",
        compute="_compute_new_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    discount = fields.Float(
        "New Disc. %",
        digits="Discount",
        compute="_compute_new_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    date = fields.Datetime("New Promise")
    partner_shipping_id = fields.Many2one("res.partner", "New Ship-to")

    before_quantity = fields.Float(digits="Product Unit", readonly=True)
    before_price = fields.Float(digits="Product Price", readonly=True)
    before_discount = fields.Float(digits="Discount", readonly=True)
    before_date = fields.Datetime(readonly=True)
    before_shipping_id = fields.Many2one("res.partner", readonly=True)
    before = fields.Char(compute="_compute_before_after")
    after = fields.Char(compute="_compute_before_after")

    reserved_qty = fields.Float("Reserved", digits="Product Unit", readonly=True)
    picked_qty = fields.Float("Picked", digits="Product Unit", readonly=True)
    packed_qty = fields.Float("Packed", digits="Product Unit", readonly=True)
    shipped_qty = fields.Float("Shipped", digits="Product Unit", readonly=True)
    invoiced_qty = fields.Float("Invoiced", digits="Product Unit", readonly=True)
    short_qty = fields.Float(
        "Short", digits="Product Unit", readonly=True, help="More than is free in stock."
    )
    amount_delta = fields.Monetary("Difference", readonly=True)
    stage = fields.Selection(CHANGE_STAGES, "Goods Are", readonly=True)
    action = fields.Selection(ACTIONS, "What Follows", readonly=True)
    needs_approval = fields.Boolean("Needs a Manager", readonly=True)
    impact = fields.Char(compute="_compute_impact")

    @api.depends("kind", "order_line_id", "product_id")
    def _compute_new_values(self):
        """Propose what stays as it is; the price of a new item is the pricelist's."""
        for line in self:
            now = line.order_line_id
            if line.kind == "add_line":
                line.quantity = line.quantity or 1.0
                line.discount = line.discount or 0.0
                if not line.price_unit and line.product_id:
                    order = line.request_id.order_id
                    line.price_unit = order.pricelist_id.with_company(order.company_id)._get_product_price(
                        line.product_id, line.quantity, currency=order.currency_id, date=fields.Datetime.now()
                    )
                continue
            left = (
                now.product_uom_qty - now.qty_delivered if line.kind == "substitute" else now.product_uom_qty
            )
            line.quantity = line.quantity or (0.0 if line.kind.startswith("cancel") else left)
            line.price_unit = line.price_unit or now.price_unit
            line.discount = line.discount or now.discount

    @api.depends_context("lang", "tz")
    @api.depends(
        "kind",
        "quantity",
        "price_unit",
        "discount",
        "date",
        "partner_shipping_id",
        "product_id",
        "order_line_id",
    )
    def _compute_before_after(self):
        for line in self:
            line.before, line.after = line._om_before_after()

    def _om_before_after(self):
        """``(before, after)`` of this change as text, in the language of the environment."""
        self.ensure_one()
        item = self.order_line_id.product_id.display_name or ""
        # a line of the order that is gone still tells how much there was
        if self.kind == "quantity":
            return f"{item}: {self._text(self.before_quantity)}", self._text(self.quantity)
        if self.kind == "price":
            return (
                f"{item}: {self._text_price(self.before_price, self.before_discount)}",
                self._text_price(self.price_unit, self.discount),
            )
        if self.kind == "substitute":
            return (
                f"{item}: {self._text(self.before_quantity)}",
                f"{self.product_id.display_name}: {self._text(self.quantity)}",
            )
        if self.kind == "add_line":
            return "", (
                f"{self.product_id.display_name}: {self._text(self.quantity)} × "
                f"{self._text_price(self.price_unit, self.discount)}"
            )
        if self.kind == "date":
            return self._text_date(self.before_date), self._text_date(self.date)
        if self.kind == "ship_to":
            # sudo: an address of the customer, shown to whoever reads the change
            return (
                self.sudo().before_shipping_id.display_name or "",
                self.sudo().partner_shipping_id.display_name or "",
            )
        what = item if self.kind == "cancel_line" else self.order_id.name or ""
        return f"{what}: {self._text(self.before_quantity)}", self.env._(
            "cancelled, %(shipped)s shipped", shipped=self._text(self.shipped_qty)
        ) if self.shipped_qty else self.env._("cancelled")

    def _text(self, quantity):
        return formatLang(self.env, quantity, dp="Product Unit")

    def _text_price(self, price, discount):
        text = formatLang(self.env, price, currency_obj=self.currency_id)
        return f"{text} - {discount:g} %" if discount else text

    def _text_date(self, date):
        return format_datetime(self.env, date, dt_format="short") if date else ""

    @api.depends_context("lang")
    @api.depends("reserved_qty", "picked_qty", "packed_qty", "shipped_qty", "invoiced_qty", "short_qty")
    def _compute_impact(self):
        for line in self:
            facts = (
                (line.reserved_qty, self.env._("%s reserved")),
                (line.picked_qty, self.env._("%s picked")),
                (line.packed_qty, self.env._("%s packed")),
                (line.shipped_qty, self.env._("%s shipped")),
                (line.invoiced_qty, self.env._("%s invoiced")),
                (line.short_qty, self.env._("%s not in stock: the promise moves")),
            )
            line.impact = ", ".join(text % line._text(quantity) for quantity, text in facts if quantity)

    @api.constrains(
        "kind", "order_line_id", "product_id", "date", "partner_shipping_id", "quantity", "discount"
    )
    def _check_complete(self):
        for line in self:
            order = line.request_id.order_id
            if line.kind in ON_A_LINE and line.order_line_id.order_id != order:
                raise ValidationError(self.env._("Choose the line of %s that changes.", order.name))
            needed = {
                "substitute": "product_id",
                "add_line": "product_id",
                "date": "date",
                "ship_to": "partner_shipping_id",
            }.get(line.kind)
            if needed and not line[needed]:
                raise ValidationError(
                    self.env._("Enter: %s", line._fields[needed].get_description(self.env)["string"])
                )
            if line.quantity < 0 or not 0 <= line.discount <= 100:
                raise ValidationError(self.env._("A quantity is not below zero, a discount is a percentage."))
            customer = order.partner_id.commercial_partner_id
            # sudo: whose address it is decides, not who may read it
            if line.kind == "ship_to" and line.sudo().partner_shipping_id.commercial_partner_id != customer:
                raise ValidationError(self.env._("The new ship-to is no address of the customer."))

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create([self._om_allowed(vals) for vals in vals_list])
        lines.request_id._om_reopen()
        return lines

    def write(self, vals):
        self.request_id._om_reopen()
        return super().write(self._om_allowed(vals))

    def unlink(self):
        self.request_id._om_reopen()
        return super().unlink()

    def _om_allowed(self, vals):
        """``vals`` as they may be written: what evaluation finds is not typed in."""
        if self.env.context.get("om_transition") is INTERNAL:
            return vals
        found = {"stage", "action", "needs_approval", "amount_delta"} | {
            name for name in self._fields if name.startswith("before_") or name.endswith("_qty")
        }
        if found & vals.keys():
            raise AccessError(self.env._("Before and impact of a change are found out, not written."))
        return vals

    def _om_policy_kind(self):
        """The row of the stage matrix that rules this change."""
        self.ensure_one()
        if self.kind == "quantity":
            return "quantity_up" if self.quantity > self.order_line_id.product_uom_qty else "quantity_down"
        return self.kind

    def _om_changes_something(self):
        """Does anything that a customer sees differ before and after?"""
        self.ensure_one()
        if self.kind == "quantity":
            return self.quantity != self.before_quantity
        if self.kind == "price":
            net = self.price_unit * (1 - self.discount / 100)
            return bool(
                self.currency_id.compare_amounts(net, self.before_price * (1 - self.before_discount / 100))
            )
        if self.kind == "date":
            return self.date != self.before_date
        if self.kind == "ship_to":
            return self.partner_shipping_id != self.before_shipping_id
        return True
