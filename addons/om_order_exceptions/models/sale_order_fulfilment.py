from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    om_deliver_not_before = fields.Date(
        "Deliver Not Before",
        copy=False,
        tracking=True,
        help="First day on which the customer takes the goods in, in the ship-to's time zone. "
        "The window ends with the promised delivery date.",
    )

    def _om_is_shipped(self):
        """Has all that is to go to the customer gone? Odoo's delivery status waits for open returns, too."""
        self.ensure_one()
        if self.delivery_status in ("started", "partial"):
            return not self.order_line._om_moves_to_come()
        return self.delivery_status == "full"


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    om_rest_agreed = fields.Float(
        "Rest Agreed",
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="So much of a short delivery the customer has agreed to get later.",
    )

    def _om_shipped(self):
        """``{line: quantity that left for the customer}``, in the line's unit: what came back counts."""
        shipped = {}
        for line in self:
            returned = sum(
                move.product_uom._compute_quantity(move.quantity, line.product_uom_id)
                for move in line.move_ids
                if move.state == "done" and move.location_id.usage == "customer" and move.to_refund
            )
            shipped[line] = line.qty_delivered + returned
        return shipped

    def _om_moves_to_come(self):
        """Moves that still bring goods of these lines to the customer, at whatever step they are."""
        return self.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel") and move.location_id.usage != "customer"
        )
