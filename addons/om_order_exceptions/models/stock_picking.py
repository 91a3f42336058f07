from odoo import api, fields, models

from ..stages import GATES


class StockPicking(models.Model):
    _inherit = "stock.picking"

    om_customer_note = fields.Text(related="sale_id.om_customer_note")
    om_hold_reason = fields.Char("Held", compute="_compute_om_hold_reason", compute_sudo=True)

    @api.depends("move_ids.sale_line_id.order_id.om_blocked_stage", "state")
    def _compute_om_hold_reason(self):
        for picking in self:
            held = picking.move_ids.sale_line_id.order_id.filtered(
                lambda order: order.om_blocked_stage in GATES["ship"]
            )
            if held and picking.state not in ("done", "cancel"):
                picking.om_hold_reason = held._om_held_message()
            else:
                picking.om_hold_reason = False
