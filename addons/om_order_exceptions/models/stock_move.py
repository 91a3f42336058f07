from odoo import api, models
from odoo.exceptions import UserError

from ..stages import GATES, INTERNAL

# What tells a delivery from a return, scrap or a way inside the house
DISGUISE = frozenset(("location_id", "location_dest_id", "origin_returned_move_id"))


class StockMove(models.Model):
    """Release and ship gates. They stand on the order's moves, so every way to a delivery meets them."""

    _inherit = "stock.move"

    def _om_gated_orders(self):
        """Orders for which this move takes goods out; empty for what comes back, and for scrap.

        A move that somebody added by hand to an order's transfer names no order line: it goes out with
        the orders of that transfer.
        """
        self.ensure_one()
        move = self.sudo()  # sudo: warehouse users may not read orders
        orders = move.sale_line_id.order_id
        by_hand = not orders and move.picking_id.sale_id
        if by_hand:
            orders = move.picking_id.move_ids.sale_line_id.order_id or by_hand
        # Closed gates are few: look at the places only where one is.
        if not any(orders.mapped("om_blocked_stage")):
            return orders
        sources = (move.location_id | move.move_line_ids.location_id).mapped("usage")
        targets = (move.location_dest_id | move.move_line_ids.location_dest_id).mapped("usage")
        comes_back = set(sources) == {"customer"} and "customer" not in targets
        if comes_back or (by_hand and set(targets) == {"inventory"}):
            return orders.browse()
        return orders

    def _om_is_free(self):
        """Is it plain that no gate is closed for these moves? It nearly always is, and quickly seen.

        What has left already (``om_has_left``) no gate brings back: it is booked as it was reported.
        """
        if self.env.context.get("om_has_left") is INTERNAL:
            return True
        for move in self.sudo():  # sudo: warehouse users may not read orders
            line = move.sale_line_id
            if not line or line.order_id.om_blocked_stage:
                return False
        return True

    def _om_held_orders(self, gate):
        """Orders of these moves whose ``gate`` is closed."""
        if self._om_is_free():
            return self.env["sale.order"].sudo()  # sudo: as below
        # sudo: warehouse users may not read orders
        orders = self.env["sale.order"].sudo().union(*(move._om_gated_orders() for move in self))
        return orders.filtered(lambda order: order.om_blocked_stage in GATES[gate])

    def _om_held(self, gate):
        """The moves of these whose order's ``gate`` is closed; what comes back is never held."""
        if self._om_is_free():
            return self.browse()
        return self.filtered(
            lambda move: any(order.om_blocked_stage in GATES[gate] for order in move._om_gated_orders())
        )

    def _om_refuse_held(self, gate):
        """
        :raise UserError: ``gate`` is closed for an order of these moves; the message says why
        """
        if held := self._om_held_orders(gate):
            raise UserError(held._om_held_message())

    def _action_assign(self, force_qty=False):
        """Release gate: nothing is reserved for an order that is held; its demand stays visible."""
        return super(StockMove, self - self._om_held("release"))._action_assign(force_qty=force_qty)

    def _action_done(self, cancel_backorder=False):
        """Ship gate: goods of an order that is held do not leave.

        :raise UserError: one of the moves ships goods of a held order; the message says why
        """
        shipping = self.filtered(lambda move: move.quantity > 0 or move.picked)
        # sudo: warehouse users may not read orders
        shipping.sudo().sale_line_id.order_id._om_settle_checks()
        shipping._om_refuse_held("ship")
        return super()._action_done(cancel_backorder=cancel_backorder)

    @api.model_create_multi
    def create(self, vals_list):
        """Ship gate: a move that is born done, such as one added to a finished transfer, meets it, too."""
        moves = super().create(vals_list)
        moves.filtered(lambda move: move.state == "done")._om_refuse_held("ship")
        return moves

    def write(self, vals):
        """Ship gate: a held move can neither be called done, nor be cut off its order to get out."""
        if vals.get("state") == "done":
            self._om_refuse_held("ship")
        if "sale_line_id" in vals:
            # goods that left for nobody are not made an order's delivery while it is held
            moved = self.filtered(lambda move: move.sale_line_id.id != vals["sale_line_id"])
            moved._om_refuse_held("ship")
            result = super().write(vals)
            moved.filtered(lambda move: move.state == "done")._om_refuse_held("ship")
            return result
        result = super().write(vals)
        if DISGUISE & vals.keys():
            # what went out as a return or to another shelf is not turned into a delivery afterwards
            self.filtered(lambda move: move.state == "done")._om_refuse_held("ship")
        return result
