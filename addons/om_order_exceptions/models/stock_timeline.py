from collections import defaultdict

from odoo import api, models


class StockMove(models.Model):
    """What deliveries and returns tell the timeline of their orders, in the unit of the order's line."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        done = super()._action_done(cancel_backorder=cancel_backorder)
        # sudo: warehouse users may not read orders
        done.sudo().filtered(lambda move: move.sale_line_id and move.state == "done")._om_log_done()
        return done

    def _om_log_done(self, kind="", note="", occurred_at=None):
        """Log what these done moves did to their orders: one event per order line and transfer.

        :param kind: kind of the events; as the way of the goods says when left out
        """
        facts = defaultdict(lambda: defaultdict(float))
        for move in self:
            if of_move := kind or move._om_event_kind():
                facts[of_move, move.picking_id][move.sale_line_id] += move._om_line_quantity(move.quantity)
        for (of_moves, picking), quantities in facts.items():
            self.env["om.order.event"]._log_lines(
                of_moves,
                quantities,
                note=note or picking.name,
                source=picking or None,
                occurred_at=occurred_at,
            )

    def _om_event_kind(self):
        """Kind of event of this move when it is done; empty where it is none."""
        self.ensure_one()
        if self.location_dest_id.usage == "customer":
            return "" if self.location_id.usage == "customer" else "shipped"
        if self.location_id.usage == "customer":
            return "returned"
        steps = self.picking_type_id.warehouse_id
        if self.picking_type_id and self.picking_type_id == steps.pick_type_id:
            return "picked"
        if self.picking_type_id and self.picking_type_id == steps.pack_type_id:
            return "packed"
        return ""

    def _om_line_quantity(self, quantity):
        """``quantity`` of this move in the unit of its order line; zero for a part of a kit."""
        self.ensure_one()
        line = self.sale_line_id
        if self.product_id != line.product_id:
            return 0.0
        return self.product_uom._compute_quantity(quantity, line.product_uom_id, round=False)


class StockMoveLine(models.Model):
    """Reservations, and corrections of what is done already."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._om_allocation_changed()
        if done := parts.filtered(lambda part: part.state == "done"):
            done._om_log_correction(dict.fromkeys(done, 0.0))
        return parts

    def write(self, vals):
        if not {"quantity", "move_id", "product_uom_id"} & vals.keys():
            return super().write(vals)
        before = {part: part.quantity_product_uom for part in self if part.state == "done"}
        self._om_allocation_changed()
        result = super().write(vals)
        self._om_allocation_changed()
        self._om_log_correction(before)
        return result

    def unlink(self):
        self._om_allocation_changed()
        return super().unlink()

    def _om_allocation_changed(self):
        # sudo: warehouse users may not read orders
        self.env["om.order.event"]._allocation_changed(self.sudo().move_id.sale_line_id)

    def _om_log_correction(self, before):
        """Log what somebody changed in transfers that are done.

        :param before: ``{move line: quantity in the product's unit before the change}``
        """
        for part in self.sudo():  # sudo: warehouse users may not read orders
            move = part.move_id
            if part.state != "done" or part not in before or not move.sale_line_id:
                continue
            change = part.quantity_product_uom - before[part]
            quantity = part.product_id.uom_id._compute_quantity(change, move.product_uom, round=False)
            if (kind := move._om_event_kind()) and quantity:
                self.env["om.order.event"]._log_lines(
                    kind,
                    {move.sale_line_id: move._om_line_quantity(quantity)},
                    note=self.env._("%s corrected", part.picking_id.name or move.display_name),
                    source=part.picking_id or None,
                )
