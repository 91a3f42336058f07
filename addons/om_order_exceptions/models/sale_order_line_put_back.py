from odoo import models
from odoo.fields import Command


class SaleOrderLine(models.Model):
    """A line that shrinks after picking began: what was picked goes back to the shelf.

    Odoo lets a line shrink by a procurement below zero. Where the first step of the delivery is done
    already that makes a return of it, but leaves the next steps at the old quantity.
    """

    _inherit = "sale.order.line"

    def _om_staged(self):
        """Lines of these with picked goods: ``{line: (progress, quantity on the packing table)}``."""
        return {
            line: (progress, max(0.0, progress.picked - progress.shipped - progress.staged))
            for line, progress in self._om_progress().items()
            if progress.picked > progress.shipped
        }

    def _om_set_quantity(self, quantity):
        """Order ``quantity``; what is least far is taken away first.

        :return: ``(transfers that put goods back, quantity that is picked but lies where no transfer
            has moved it)``
        """
        self.ensure_one()
        nothing = self.env["stock.picking"]
        if quantity >= self.product_uom_qty:
            self.product_uom_qty = quantity
            return nothing, 0.0
        progress = self._om_progress()[self]
        less = self.product_uom_qty - quantity
        not_staged = self.product_uom_qty - progress.shipped - progress.staged
        back = min(progress.staged, max(0.0, less - not_staged))
        picked_on_table = max(0.0, progress.picked - progress.shipped - progress.staged)
        on_table = min(picked_on_table, max(0.0, less - back - (not_staged - picked_on_table)))
        if quantity + back != self.product_uom_qty:
            self.product_uom_qty = quantity + back
        if not back:
            return nothing, on_table
        self.with_context(skip_procurement=True).product_uom_qty = quantity
        self._om_reduce_next_steps(progress, back)
        return self._om_put_back(progress, back), on_table

    def _om_reduce_next_steps(self, progress, back):
        """Take ``back`` off the open steps that would have moved these goods on."""
        for step, at_step in (
            ("pack", min(back, progress.at_packing)),
            ("out", max(0.0, back - progress.at_packing)),
        ):
            for move in self.move_ids.filtered(
                lambda move: move.state not in ("done", "cancel") and not move.origin_returned_move_id
            ):
                if at_step <= 0 or move._om_step() != step:
                    continue
                less = min(at_step, self._om_quantity_of(move, move.product_uom_qty))
                at_step -= less
                in_unit = self.product_uom_id._compute_quantity(less, move.product_uom)
                if move.product_uom.compare(move.product_uom_qty, in_unit) <= 0:
                    move._action_cancel()
                    continue
                move._do_unreserve()
                move.product_uom_qty -= in_unit
                move._action_assign()

    def _om_put_back(self, progress, back):
        """Returns of the steps that are done, from where the goods stand to the shelf.

        :return: the transfers, ready to be done
        """
        self.ensure_one()
        transfers = self.env["stock.picking"]
        # what is at the packing zone has only the first step behind it
        for step, quantity in (("pick", back), ("pack", max(0.0, back - progress.at_packing))):
            for move in self.move_ids.filtered(
                lambda move: move.state == "done" and not move.origin_returned_move_id
            ).sorted("id", reverse=True):
                if quantity <= 0 or move._om_step() != step:
                    continue
                less = min(quantity, self._om_quantity_of(move, move.quantity))
                quantity -= less
                transfers |= self._om_return(move, less)
        return transfers

    def _om_return(self, move, quantity):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=move.picking_id.id)
            .create({"picking_id": move.picking_id.id, "product_return_moves": [Command.clear()]})
        )
        wizard.product_return_moves = [
            Command.create(
                {
                    "product_id": move.product_id.id,
                    "move_id": move.id,
                    "quantity": self.product_uom_id._compute_quantity(quantity, move.product_uom),
                }
            )
        ]
        return wizard._create_return()
