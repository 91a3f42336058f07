from odoo import models

from ..stages import INTERNAL


class StockMove(models.Model):
    """Reservation in a transaction of its own, where many orders are confirmed at once.

    A reservation writes on the stock of its products. Two processes that each confirm a batch of orders of
    the same products would undo each other's batch, for the one that commits later has not seen the other's
    reservations. With ``om_reserve_later`` in the context nothing is reserved at confirmation, and the caller
    calls :meth:`sale.order._om_reserve` in short transactions afterwards.
    """

    _inherit = "stock.move"

    def _should_assign_at_confirm(self):
        if self.env.context.get("om_reserve_later") is INTERNAL and not self._should_bypass_reservation():
            return False
        return super()._should_assign_at_confirm()


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _om_reserve(self):
        """Reserve for these confirmed orders what Odoo would have reserved at their confirmation.

        What turns out to be a duplicate of an order that came at the same time is held instead.
        """
        # sudo: what is reserved does not depend on who confirms
        orders = self.sudo().with_context(om_reserve_later=None)
        orders._om_check_numbers_again()
        moves = orders.picking_ids.move_ids | orders.order_line.move_ids
        moves.filtered(
            lambda move: (
                move.state in ("confirmed", "partially_available") and move._should_assign_at_confirm()
            )
        )._action_assign()
