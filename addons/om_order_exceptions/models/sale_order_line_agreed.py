from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_compare
from odoo.tools.sql import column_exists

from ..stages import INTERNAL

AGREED = ("om_agreed_price", "om_agreed_discount", "om_price_changed_by_id")
WATCHED = ("price_unit", "discount", "product_uom_qty")


class SaleOrderLine(models.Model):
    """The price on which customer and we agreed when the order was confirmed.

    It stays when somebody writes another price: the difference is exception E-PRC-CHANGED until a
    manager approves it or it is taken back.
    """

    _inherit = "sale.order.line"

    om_agreed_price = fields.Float(
        "Agreed Price", digits="Product Price", compute="_compute_om_agreed", store=True, copy=False
    )
    om_agreed_discount = fields.Float(
        "Agreed Disc. %", digits="Discount", compute="_compute_om_agreed", store=True, copy=False
    )

    om_price_changed_by_id = fields.Many2one(
        "res.users",
        "Price Changed By",
        copy=False,
        readonly=True,
        help="Who wrote the price after confirmation.",
    )

    def _auto_init(self):
        """Prices of orders that are confirmed already are agreed: one statement, not one line at a time."""
        new = not column_exists(self.env.cr, self._table, "om_agreed_price")
        if new:
            self.env.cr.execute(
                "ALTER TABLE sale_order_line ADD COLUMN om_agreed_price numeric,"
                " ADD COLUMN om_agreed_discount numeric"
            )
        result = super()._auto_init()
        if new:
            self.env.cr.execute(
                "UPDATE sale_order_line SET om_agreed_price = price_unit, om_agreed_discount = discount"
                " WHERE state = 'sale'"
            )
        return result

    @api.depends("state")
    def _compute_om_agreed(self):
        """Taken when the order is confirmed, in the statement that writes the line's state."""
        confirmed = self.filtered(lambda line: line.state == "sale")
        before = self - confirmed
        before.om_agreed_price = before.om_agreed_discount = 0.0
        # lines with the same value at once: an assignment costs as much for one as for ten
        for price, lines in confirmed.grouped("price_unit").items():
            lines.om_agreed_price = price
        for discount, lines in confirmed.grouped("discount").items():
            lines.om_agreed_discount = discount

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._om_refuse_agreed(vals)
        lines = super().create(vals_list)
        if any((vals.get("price_unit") or 0) < 0 for vals in vals_list):
            lines._om_take_nothing_off_as_agreed()
        return lines

    def _om_take_nothing_off_as_agreed(self):
        """A discount that is added to a confirmed order as a line of its own is a price that changes."""
        if self.env.context.get("om_change") is INTERNAL:
            return
        now = self.env.cr.now()
        for line in self._om_with_agreed_price():
            # an order that comes into being confirmed, such as by an import, was agreed as it is
            if line.om_agreed_price < 0 and line.order_id.create_date < now:
                # sudo: the agreed price is ours to write
                line.sudo().with_context(om_change=INTERNAL).write(
                    {"om_agreed_price": 0.0, "om_price_changed_by_id": self.env.uid}
                )

    def write(self, vals):
        """Keep the agreed price where somebody writes another; the timeline tells of it.

        :raise UserError: a line is given another state than its order's: what was agreed would be forgotten
        """
        self._om_refuse_agreed(vals)
        if "state" in vals and any(line.order_id.state != vals["state"] for line in self):
            raise UserError(self.env._("The state of a line is that of its order."))
        if self.env.context.get("om_change") is INTERNAL or not set(WATCHED) & vals.keys():
            return super().write(vals)
        confirmed = self._om_with_agreed_price()
        # where the order was confirmed a moment ago, the agreed price has to be taken before it changes
        confirmed.mapped("om_agreed_price")
        before = {line: [line[name] for name in WATCHED] for line in confirmed}
        if before and {"price_unit", "discount"} & vals.keys():
            vals = {**vals, "om_price_changed_by_id": self.env.uid}
        result = super().write(vals)
        for line, (price, discount, quantity) in before.items():
            if line.product_uom_qty != quantity and line.price_unit != price:
                line._om_follow_pricelist(given="price_unit" in vals)
            elif line.discount != discount:
                # price and quantity are told by the timeline itself
                note = self.env._(
                    "%(line)s: discount %(old)g %% to %(new)g %%",
                    line=line.product_id.display_name,
                    old=discount,
                    new=line.discount,
                )
                self.env["om.order.event"]._log("changed", line.order_id, note=note)
        return result

    def _om_refuse_agreed(self, vals):
        if set(AGREED) & vals.keys() and self.env.context.get("om_change") is not INTERNAL:
            raise AccessError(self.env._("The agreed price follows from the order and can't be written."))

    def _om_with_agreed_price(self):
        """Confirmed lines whose price a person agrees on; others get theirs from elsewhere."""
        return self.filtered(
            lambda line: (
                line.state == "sale"
                and not line.display_type
                and not line.is_downpayment
                and not line.is_expense
                and not line._is_delivery()
            )
        )

    def _om_follow_pricelist(self, given):
        """A price that came with another quantity, by the pricelist, is agreed; a written one is not.

        :param given: was a price written? A form writes the pricelist's, too.
        """
        self.ensure_one()
        digits = self.env["decimal.precision"].precision_get("Product Price")
        if not given or not float_compare(self.price_unit, self._om_system_price(), precision_digits=digits):
            self._om_agree()

    def _om_agree(self):
        """Take the prices that stand on these lines as agreed."""
        for line in self:
            # sudo: the agreed price is ours to write
            line.sudo().with_context(om_change=INTERNAL).write(
                {"om_agreed_price": line.price_unit, "om_agreed_discount": line.discount}
            )

    def _om_price_approved(self, approver, reason):
        """A price that an order manager has approved is not asked about again for being off the pricelist."""
        if not approver.has_group("om_order_exceptions.group_manager"):
            return
        # sudo: the manager's approval is the waiver, whoever applies the change
        cases = self.order_id.sudo().om_exception_ids.filtered(
            lambda case: (
                case.is_open
                and case.code == "E-PRC-DIFF"
                and case.type_id.waivable
                and case.order_line_id in self
            )
        )
        for found, alike in cases.grouped("found").items():
            alike._close("waived", waived_found=found, waiver_reason=reason, closed_by_id=approver.id)

    def _om_system_price(self):
        """Price that Odoo itself puts on this line."""
        self.ensure_one()
        line = self.with_company(self.company_id)
        return line._om_taxed_like_the_line(line._get_display_price())
