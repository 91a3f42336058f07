from typing import NamedTuple

from odoo import models


class Progress(NamedTuple):
    """How far the goods of an order line have got, in the line's unit.

    ``picked``, ``packed``, ``sent`` and ``shipped`` say how much has come *at least* so far: what is
    shipped has been packed and picked as well.
    """

    ordered: float
    reserved: float = 0.0
    picked: float = 0.0
    packed: float = 0.0
    sent: float = 0.0
    shipped: float = 0.0
    invoiced: float = 0.0
    at_packing: float = 0.0
    at_output: float = 0.0
    delivered: bool = False

    @property
    def left(self):
        """Stage of what has left the house."""
        return "delivered" if self.delivered else "shipped"

    @property
    def staged(self):
        """What stands at the packing zone or the gate, after a step of the warehouse that is done."""
        return self.at_packing + self.at_output

    def _parts(self):
        """``[(stage, from, to)]``: the line's quantity cut where its stage changes."""
        packed = max(self.packed, self.shipped)
        picked = max(self.picked, packed)
        sent = max(self.sent, self.shipped)
        parts = [
            (self.left, 0.0, self.shipped),
            ("sent", self.shipped, sent),
            ("packed", self.shipped, packed),
            ("picked", packed, picked),
            ("open", max(picked, sent), self.ordered),
        ]
        return [(stage, low, high) for stage, low, high in parts if high > low]

    def reduced_to(self, quantity):
        """Stages of the goods that are taken away when the line shrinks to ``quantity``.

        What is least far is taken first.
        """
        stages = {stage for stage, _low, high in self._parts() if quantity < high}
        return stages | {"invoiced"} if quantity < self.invoiced else stages

    def remaining(self):
        """Stages of what has not left yet; of what has left where nothing remains."""
        return {
            stage for stage, low, _high in self._parts() if low >= self.shipped and stage != self.left
        } or ({self.left} if self.shipped else {"open"})

    def least(self):
        """The stage that is least far: where more goods join."""
        parts = self._parts()
        return parts[-1][0] if parts else "open"

    def furthest(self):
        """The stage that is furthest."""
        parts = self._parts()
        return parts[0][0] if parts else "open"

    @property
    def begun(self):
        """Has more been done than to reserve goods?"""
        return bool(self.picked or self.packed or self.sent or self.shipped or self.invoiced)


class SaleOrderLine(models.Model):
    """Where the goods of a line are, derived from its moves: no status is kept beside them."""

    _inherit = "sale.order.line"

    def _om_of_goods(self):
        """Lines of these with something to supply: no texts, deposits or delivery charges."""
        return self.filtered(
            lambda line: not line.display_type and not line.is_downpayment and not line._is_delivery()
        )

    def _om_sent_quantities(self):
        """What a warehouse or vendor outside has been told to ship: ``{line: quantity}``.

        An addon that sends shipping orders (940, a purchase order) adds its own. Here: what a vendor
        ships straight to the customer.
        """
        sent = {}
        for line in self:
            direct = line.move_ids.filtered(
                lambda move: (
                    move.state not in ("done", "cancel")
                    and move.location_id.usage == "supplier"
                    and move.location_dest_id._is_outgoing()
                )
            )
            if direct:
                sent[line] = sum(line._om_quantity_of(move, move.product_uom_qty) for move in direct)
        return sent

    def _om_delivered_orders(self):
        """Orders of these lines whose customer has the goods, by the timeline. One query."""
        groups = self.env["om.order.event"]._read_group(
            [("order_id", "in", self.order_id.ids), ("kind", "=", "delivered")], ["order_id"]
        )
        return self.env["sale.order"].browse(order.id for [order] in groups)

    def _om_quantity_of(self, move, quantity):
        """``quantity`` of a move in this line's unit; of a kit's component, all of the line."""
        self.ensure_one()
        if move.product_id != self.product_id:
            return self.product_uom_qty if quantity else 0.0
        return move.product_uom._compute_quantity(quantity, self.product_uom_id, rounding_method="HALF-UP")

    def _om_progress(self):
        """How far the goods of these lines have got.

        :return: ``{line: Progress}``. The number of queries does not grow with the lines.
        """
        # sudo: who asks for a change need not be allowed to read transfers and invoices
        lines = self.sudo()
        sent, delivered = lines._om_sent_quantities(), lines._om_delivered_orders()
        return {
            line.with_env(self.env): line._om_progress_of_line(
                sent.get(line, 0.0), line.order_id in delivered
            )
            for line in lines
        }

    def _om_progress_of_line(self, sent, delivered):
        self.ensure_one()
        done = {"pick": 0.0, "pack": 0.0}
        picked = {"pick": 0.0, "pack": 0.0, "out": 0.0}
        packed = dict(picked)
        reserved = 0.0
        for move in self.move_ids:
            if move.state == "cancel" or move.location_dest_usage == "inventory":
                continue
            if move.location_id.usage == "customer":
                if move.state == "done" and move.location_dest_usage != "supplier":
                    # goods that came back have to be picked and packed anew
                    for step in done:
                        done[step] -= self._om_quantity_of(move, move.quantity)
                continue
            if returned := move.origin_returned_move_id:
                # what is on its way back counts as gone from there
                if (step := returned._om_step()) != "out":
                    done[step] -= self._om_quantity_of(move, move.product_uom_qty)
                continue
            step = move._om_step()
            if move.state == "done":
                if step != "out":
                    done[step] += self._om_quantity_of(move, move.quantity)
                continue
            for move_line in move.move_line_ids:
                quantity = self._om_quantity_of(
                    move, move_line.product_uom_id._compute_quantity(move_line.quantity, move.product_uom)
                )
                if not move_line.picked:
                    reserved += quantity
                    continue
                picked[step] += quantity
                if move_line.result_package_id:
                    packed[step] += quantity
        shipped = self.qty_delivered
        in_three_steps = any(move._om_step() == "pack" for move in self.move_ids)
        at_packing = max(0.0, done["pick"] - done["pack"]) if in_three_steps else 0.0
        at_output = max(0.0, done["pack" if in_three_steps else "pick"] - shipped)
        reached_pack = max(done["pack"] + packed["pack"], shipped + packed["out"])
        reached_pick = max(
            done["pick"] + picked["pick"],
            done["pack"] + picked["pack"],
            shipped + picked["out"],
            reached_pack,
        )
        # six digits: what comes out of a conversion of units is never exact
        return Progress(
            *(
                round(quantity, 6)
                for quantity in (
                    self.product_uom_qty,
                    reserved,
                    reached_pick,
                    reached_pack,
                    shipped + sent if sent else 0.0,
                    shipped,
                    self.qty_invoiced_posted,
                    at_packing,
                    at_output,
                )
            ),
            delivered=delivered,
        )


class StockMove(models.Model):
    _inherit = "stock.move"

    def _om_step(self):
        """Which step of a delivery this move is: ``pick``, ``pack`` or ``out``."""
        self.ensure_one()
        if self.location_dest_id._is_outgoing():
            return "out"
        return "pack" if self.picking_type_id == self.warehouse_id.pack_type_id else "pick"
