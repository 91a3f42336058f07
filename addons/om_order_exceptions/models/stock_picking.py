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

    def _action_done(self):
        result = super()._action_done()
        for kind, pickings in (
            ("shipped", self.filtered(lambda p: p.state == "done" and p._is_to_external_location())),
            (
                "returned",
                self.filtered(
                    lambda p: p.state == "done" and p.return_id and p.picking_type_code == "incoming"
                ),
            ),
        ):
            for picking in pickings:
                # sudo: warehouse users may not read orders
                moves = picking.sudo().move_ids.filtered(
                    lambda move: move.sale_line_id and move.state == "done"
                )
                quantities = {}
                for move in moves:
                    order = move.sale_line_id.order_id
                    quantities[order.id] = quantities.get(order.id, 0.0) + move.product_uom._compute_quantity(
                        move.quantity, move.sale_line_id.product_uom_id
                    )
                self.env["om.order.event"]._log(
                    kind,
                    moves.sale_line_id.order_id,
                    note=picking.name,
                    source=picking,
                    quantities=quantities,
                )
        return result
