from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare, float_is_zero

from ..serialize import serialize
from .om_rma_reason import DISPOSITIONS

# What was decided about may not be changed any more.
DECIDED = frozenset(("rma_id", "order_line_id", "product_uom_id", "quantity", "quantity_authorised"))


class OmRmaLine(models.Model):
    """Goods of one order line that come back. All quantities are in the line's unit.

    ====================  ==========================================================================
    quantity              meaning and source
    ====================  ==========================================================================
    requested             what the customer asks for
    authorised            what we allow: at most shipped - returned - allowed by other returns
    received              done moves from the customer
    disposed              scrapped, or sent back to the customer, by the line's disposition
    to dispose            received - disposed, unless the goods are restocked
    credited              lines of credit memos, draft or posted
    to credit             min(received - credited, billed - delivered), at least 0. ``billed`` is
                          posted invoices - credit memos of the order line: what was never billed
                          needs no credit. Goods sent back to the customer are not credited.
    ====================  ==========================================================================
    """

    _name = "om.rma.line"
    _description = "Return Line"
    _order = "rma_id desc, sequence, id"
    _check_company_auto = True
    _rec_name = "product_id"

    rma_id = fields.Many2one("om.rma", "Return", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="rma_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="rma_id.partner_id", store=True, string="Customer")
    state = fields.Selection(related="rma_id.state", store=True)
    decision = fields.Selection(related="rma_id.decision", store=True)
    order_line_id = fields.Many2one(
        "sale.order.line", required=True, index=True, ondelete="restrict", check_company=True
    )
    order_id = fields.Many2one(related="order_line_id.order_id", store=True, index=True, string="Order")
    product_id = fields.Many2one(related="order_line_id.product_id", store=True, index=True)
    product_uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    reason_id = fields.Many2one(
        "om.rma.reason", compute="_compute_reason_id", store=True, readonly=False, precompute=True
    )
    disposition = fields.Selection(
        DISPOSITIONS,
        compute="_compute_disposition",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="What happens to the goods once they are here.",
    )
    quantity = fields.Float("Requested", digits="Product Unit", required=True, default=1.0)
    quantity_authorised = fields.Float(
        "Authorised",
        digits="Product Unit",
        compute="_compute_quantity_authorised",
        store=True,
        readonly=False,
        precompute=True,
    )
    quantity_received = fields.Float(
        "Received", digits="Product Unit", compute="_compute_move_quantities", store=True
    )
    quantity_disposed = fields.Float(
        "Disposed Of", digits="Product Unit", compute="_compute_move_quantities", store=True
    )
    quantity_to_dispose = fields.Float(
        "To Dispose Of", digits="Product Unit", compute="_compute_quantity_to_dispose", store=True
    )
    quantity_credited = fields.Float(
        "Credited", digits="Product Unit", compute="_compute_credited", store=True
    )
    quantity_to_credit = fields.Float(
        "To Credit", digits="Product Unit", compute="_compute_quantity_to_credit", store=True
    )
    credit_posted = fields.Boolean(
        compute="_compute_credited", store=True, help="No credit memo is in draft."
    )
    returnable = fields.Float(
        digits="Product Unit",
        compute="_compute_returnable",
        help="Delivered, and neither returned nor authorised to be returned yet.",
    )
    move_ids = fields.One2many("stock.move", "om_rma_line_id", "Stock Moves", readonly=True)
    scrap_ids = fields.One2many("stock.scrap", "om_rma_line_id", "Scraps", readonly=True)
    credit_line_ids = fields.One2many("account.move.line", "om_rma_line_id", "Credit Lines", readonly=True)

    _quantities_positive = models.Constraint(
        "CHECK(quantity > 0 AND quantity_authorised >= 0 AND quantity_authorised <= quantity)",
        "A return line needs a quantity, and can't be authorised for more than was requested.",
    )

    # ---------------------------------------------------------------------------------- computes

    @api.depends("order_line_id")
    def _compute_product_uom_id(self):
        for line in self:
            line.product_uom_id = line.order_line_id.product_uom_id

    @api.depends("rma_id.reason_id")
    def _compute_reason_id(self):
        for line in self:
            line.reason_id = line.reason_id or line.rma_id.reason_id

    @api.depends("reason_id")
    def _compute_disposition(self):
        for line in self:
            line.disposition = line.reason_id.disposition or line.disposition or "restock"

    @api.depends("quantity")
    def _compute_quantity_authorised(self):
        for line in self:
            line.quantity_authorised = line.quantity

    @api.depends(
        "move_ids.state", "move_ids.quantity", "move_ids.product_uom", "scrap_ids.state", "disposition"
    )
    def _compute_move_quantities(self):
        directions = self.move_ids._om_directions()
        for line in self:
            unit = line.product_uom_id
            received = disposed = 0.0
            for move in line.move_ids.filtered(lambda move: move.state == "done"):
                quantity = move.product_uom._compute_quantity(move.quantity, unit, rounding_method="HALF-UP")
                received += quantity if directions[move] < 0 else 0.0
                disposed += quantity if directions[move] > 0 else 0.0
            for scrap in line.scrap_ids:
                if scrap.state == "done":
                    disposed += scrap.product_uom_id._compute_quantity(
                        scrap.scrap_qty, unit, rounding_method="HALF-UP"
                    )
            line.quantity_received = received
            line.quantity_disposed = disposed

    @api.depends("quantity_received", "quantity_disposed", "disposition")
    def _compute_quantity_to_dispose(self):
        for line in self:
            kept = line.disposition == "restock"
            line.quantity_to_dispose = (
                0.0 if kept else max(line.quantity_received - line.quantity_disposed, 0.0)
            )

    @api.depends(
        "credit_line_ids.parent_state",
        "credit_line_ids.quantity",
        "credit_line_ids.product_uom_id",
        "product_uom_id",
    )
    def _compute_credited(self):
        for line in self:
            credits = line.credit_line_ids.filtered(lambda credit: credit.parent_state != "cancel")
            line.quantity_credited = sum(
                credit.product_uom_id._compute_quantity(
                    credit.quantity, line.product_uom_id, rounding_method="HALF-UP"
                )
                for credit in credits
            )
            line.credit_posted = "draft" not in credits.mapped("parent_state")

    @api.depends(
        "quantity_received",
        "quantity_credited",
        "disposition",
        "order_line_id.qty_delivered",
        "order_line_id.invoice_lines.quantity",
        "order_line_id.invoice_lines.parent_state",
    )
    def _compute_quantity_to_credit(self):
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        excess = self.order_line_id._om_billed_excess()
        for line in self:
            if line.disposition == "return":
                line.quantity_to_credit = 0.0
                continue
            sold = line.order_line_id
            owed = (
                sold.product_uom_id._compute_quantity(
                    max(excess.get(sold.id, 0.0), 0.0), line.product_uom_id, rounding_method="HALF-UP"
                )
                if sold
                else 0.0
            )
            wanted = min(line.quantity_received - line.quantity_credited, owed)
            line.quantity_to_credit = (
                wanted if float_compare(wanted, 0.0, precision_digits=digits) > 0 else 0.0
            )

    @api.depends("order_line_id", "product_uom_id")
    def _compute_returnable(self):
        free = self.order_line_id._om_returnable()
        for line in self:
            base = line.product_id.uom_id
            quantity = max(free.get(line.order_line_id.id, 0.0), 0.0)
            line.returnable = (
                base._compute_quantity(quantity, line.product_uom_id, rounding_method="DOWN")
                if line.product_uom_id and base
                else 0.0
            )

    # --------------------------------------------------------------------------------- guards

    @api.constrains("product_uom_id", "order_line_id")
    def _check_unit(self):
        for line in self:
            if not line.product_uom_id._has_common_reference(line.product_id.uom_id):
                raise ValidationError(
                    self.env._(
                        "%(product)s can't be counted in %(unit)s.",
                        product=line.product_id.display_name,
                        unit=line.product_uom_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_pending()
        lines.rma_id._check_one_customer()
        return lines

    def write(self, vals):
        if DECIDED & vals.keys():
            self._check_pending()
        if "disposition" in vals:
            for line in self.filtered(lambda line: line.disposition != vals["disposition"]):
                if line.quantity_credited or line.quantity_disposed:
                    raise UserError(
                        self.env._(
                            "%s is credited or disposed of already; its disposition can't be changed.",
                            line.product_id.display_name,
                        )
                    )
        result = super().write(vals)
        if "order_line_id" in vals:
            self.rma_id._check_one_customer()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_pending(self):
        self._check_pending()

    def _check_pending(self):
        for rma in self.rma_id:
            if rma.decision != "pending":
                raise UserError(
                    self.env._(
                        "%s is decided; its quantities can't be changed. Open another return.", rma.name
                    )
                )

    def _awaits_goods(self):
        """Is less received than authorised?"""
        self.ensure_one()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return float_compare(self.quantity_received, self.quantity_authorised, precision_digits=digits) < 0

    def _base_quantity(self, quantity):
        """``quantity`` of this line's unit in the product's own unit, not rounded."""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(quantity, self.product_id.uom_id, round=False)

    def _check_returnable(self):
        """Refuse to authorise more than was delivered and is not returned or authorised already.

        All returns of an order line count, also those of other companies' users; two transactions
        can't both take the same goods.

        :raise UserError: names every product that is asked for in excess
        """
        serialize(self.order_line_id)
        asked = defaultdict(float)
        for line in self:
            asked[line.order_line_id] += line._base_quantity(line.quantity_authorised)
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        # sudo: returns that this user may not see have taken their part all the same
        free = self.order_line_id.sudo()._om_returnable()
        problems = []
        for sold, quantity in asked.items():
            left = max(free[sold.id], 0.0)
            if float_compare(quantity, left, precision_digits=digits) > 0:
                problems.append(
                    self.env._(
                        "%(order)s, %(product)s: %(asked)g %(unit)s asked for, "
                        "%(left)g can still be returned.",
                        order=sold.order_id.name,
                        product=sold.product_id.display_name,
                        asked=quantity,
                        unit=sold.product_id.uom_id.name,
                        left=left,
                    )
                )
        if problems:
            raise UserError("\n".join([self.env._("More than was delivered can't be returned."), *problems]))

    def _is_zero(self, quantity):
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return float_is_zero(quantity, precision_digits=digits)
