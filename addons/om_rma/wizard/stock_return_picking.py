from collections import defaultdict

from odoo import fields, models

from ..serialize import serialize


class StockReturnPickingLine(models.TransientModel):
    _inherit = "stock.return.picking.line"

    om_rma_line_id = fields.Many2one("om.rma.line", "Return Line", readonly=True)

    def _prepare_move_default_values(self, new_picking):
        vals = super()._prepare_move_default_values(new_picking)
        if self.om_rma_line_id:
            vals["om_rma_line_id"] = self.om_rma_line_id.id
        return vals


class StockReturnPicking(models.TransientModel):
    _inherit = "stock.return.picking"

    def _create_return(self):
        """Refuse to return more than was moved, less what came back or is expected back already.

        :raise UserError: names the product, what was delivered, what came back and what was asked
        """
        if self.picking_id:
            self._om_check_quantities()
        return super()._create_return()

    def _om_check_quantities(self):
        moves = self.env["stock.move"]
        asked = defaultdict(float)
        added = defaultdict(float)
        for line in self.product_return_moves:
            quantity = line.uom_id._compute_quantity(line.quantity, line.product_id.uom_id, round=False)
            if line.move_id:
                # sudo: returns that this user may not see have taken their part all the same
                asked[line.move_id.sudo()] += quantity
            elif quantity:
                added[line.product_id] += quantity
        # sudo: as above
        there = self.picking_id.sudo().move_ids.filtered(lambda move: move.state != "cancel")
        origins = moves.sudo().concat(*asked) | there.filtered(lambda move: move.product_id in added)
        serialize(origins)
        origins.invalidate_recordset(["returned_move_ids"])
        capacity = origins._om_return_capacity(planned=True)
        # What was added by hand, without a move, comes from the same deliveries of that product. A product
        # that was not delivered at all is another matter: it may be received, but counts on no order.
        for product, quantity in added.items():
            delivered = origins.filtered(lambda move, product=product: move.product_id == product)
            for move in delivered:
                # the last one takes what is too much, and is refused for it
                part = (
                    quantity
                    if move == delivered[-1]
                    else min(quantity, max(capacity[move] - asked[move], 0.0))
                )
                asked[move] += part
                quantity -= part
        moves._om_refuse_excess(asked, capacity, planned=True)
