from odoo import models

SHORT_STATES = ("waiting", "confirmed", "partially_available")


class StockMove(models.Model):
    """Moves that bring or take stock tell the orders that wait for it."""

    _inherit = "stock.move"

    def _om_changes_supply(self):
        """The moves of these that bring goods into a warehouse, or take them out of it."""
        return self.filtered(
            lambda move: (move.location_id.usage == "internal") != (move.location_dest_id.usage == "internal")
        )

    def _om_brings(self):
        """The moves of these that bring goods into a warehouse, for whoever waits for them."""
        return self.filtered(
            lambda move: move.location_dest_id.usage == "internal" and move.location_id.usage != "internal"
        )

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        moves = super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)
        if receipts := moves._om_brings():
            self.env["sale.order"]._om_supply_changed(receipts.product_id)
        return moves

    def _action_assign(self, force_qty=False):
        """What could not be reserved for an order is looked at before this transaction commits."""
        result = super()._action_assign(force_qty=force_qty)
        # sudo: warehouse users may not read orders
        short = self.sudo().filtered(lambda move: move.state in SHORT_STATES and move.sale_line_id)
        if short:
            self.env["sale.order"]._om_supply_changed(lines=short.sale_line_id)
        return result

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        if changing := moves._om_changes_supply():
            self.env["sale.order"]._om_supply_changed(changing.product_id)
        return moves

    def _action_cancel(self):
        receipts = self.filtered(lambda move: move.state not in ("done", "cancel"))._om_brings()
        result = super()._action_cancel()
        if receipts:
            self.env["sale.order"]._om_supply_changed(receipts.product_id)
        return result

    def write(self, vals):
        """A receipt that moves to another day, or to another quantity, moves the orders behind it."""
        result = super().write(vals)
        if "date" in vals or "product_uom_qty" in vals:
            planned = self.filtered(lambda move: move.state not in ("draft", "done", "cancel"))
            if receipts := planned._om_brings():
                self.env["sale.order"]._om_supply_changed(receipts.product_id)
        return result
