from odoo import models

from .om_edi_commitment import OPEN_ANSWERS


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_edi_net_price(self):
        """Price per unit after discount; 0 of no line."""
        return self.price_unit * (1 - self.discount / 100)

    def _om_sent_quantities(self):
        """What a 3PL was told to ship can't simply be changed any more: its warehouse has to be asked."""
        sent = super()._om_sent_quantities()
        for line in self:
            told = line.move_ids.filtered(
                lambda move: (
                    move.state not in ("done", "cancel")
                    and move.picking_id.om_edi_order_id.answer_state in OPEN_ANSWERS
                )
            )
            if told:
                quantity = sum(line._om_quantity_of(move, move.product_uom_qty) for move in told)
                sent[line] = sent.get(line, 0) + quantity
        return sent
