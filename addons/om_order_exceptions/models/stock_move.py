from odoo import models
from odoo.exceptions import UserError

from ..stages import GATES


class StockMove(models.Model):
    """Release and ship gates. They stand on the order's moves, so every way to a delivery meets them."""

    _inherit = "stock.move"

    def _om_held(self, gate):
        """The moves of these whose order's ``gate`` is closed; what comes back is never held."""
        return self.filtered(
            # sudo: warehouse users may not read orders
            lambda move: (
                move.sale_line_id
                and move.location_id.usage != "customer"
                and move.sudo().sale_line_id.order_id.om_blocked_stage in GATES[gate]
            )
        )

    def _action_assign(self, force_qty=False):
        """Release gate: nothing is reserved for an order that is held; its demand stays visible."""
        return super(StockMove, self - self._om_held("release"))._action_assign(force_qty=force_qty)

    def _action_done(self, cancel_backorder=False):
        """Ship gate: goods of an order that is held do not leave.

        :raise UserError: one of the moves ships goods of a held order; the message says why
        """
        shipping = self.filtered(lambda move: move.quantity > 0 or move.picked)
        held = shipping._om_held("ship").sudo().sale_line_id.order_id
        if held:
            raise UserError(held._om_held_message())
        return super()._action_done(cancel_backorder=cancel_backorder)
