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

    def write(self, vals):
        """Ship gate: a transfer is not called done while goods of a held order wait in it."""
        if vals.get("state") == "done":
            self.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))._om_refuse_held("ship")
        return super().write(vals)

    def _om_refuse_print(self):
        """
        :raise UserError: one of these transfers is open and its order held; the message says why
        """
        waiting = self.filtered(lambda picking: picking.state not in ("done", "cancel"))
        waiting.move_ids._om_refuse_held("release")

    def do_print_picking(self):
        """Release gate: what is held is not marked as printed."""
        self._om_refuse_print()
        return super().do_print_picking()

    def _sanity_check(self, separate_pickings=True):
        """Say that a transfer is held before Odoo asks for its quantities, or cancels what has none."""
        waiting = self.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
        free = waiting - waiting._om_held("ship")
        (waiting - free).filtered(lambda move: move.picking_id not in free.picking_id)._om_refuse_held("ship")
        return super()._sanity_check(separate_pickings=separate_pickings)
