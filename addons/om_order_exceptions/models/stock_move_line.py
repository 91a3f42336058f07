from odoo import api, models

# What of a line that is done says where goods are, and how many.
WHEREABOUTS = frozenset(("product_uom_id", "location_id", "location_dest_id", "move_id", "state"))


class StockMoveLine(models.Model):
    """Release and ship gates for what is typed into a transfer.

    A quantity that is entered reserves goods, and on a transfer that is done it ships them: neither
    passes through ``stock.move``'s own methods.
    """

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("quantity")._om_refuse_held()
        return lines

    def write(self, vals):
        """Less may be written at any time: what goes back to stock is never held."""
        grows = self.browse()
        if "quantity" in vals:
            grows = self.filtered(
                lambda line: line.product_uom_id.compare(vals["quantity"], line.quantity) > 0
            )
        if WHEREABOUTS & vals.keys():
            grows |= self.filtered(lambda line: line.state == "done")
        grows._om_refuse_held()
        result = super().write(vals)
        if WHEREABOUTS & vals.keys():
            # looked at where they are now, too: a way inside the house may have become a delivery
            self.filtered(lambda line: line.state == "done")._om_refuse_held()
        return result

    def _om_refuse_held(self):
        """
        :raise UserError: the goods of these lines are reserved, or leave, for an order that is held
        """
        if self.move_id._om_is_free():
            return
        done = self.filtered(lambda line: line.state == "done")
        for lines, gate in ((done, "ship"), (self - done, "release")):
            if lines:
                lines.move_id._om_refuse_held(gate)
