from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ..serialize import serialize


class StockMove(models.Model):
    """Nothing comes back that never left: guards of returns, whoever makes them, by whatever screen."""

    _inherit = "stock.move"

    om_rma_line_id = fields.Many2one(
        "om.rma.line",
        "Return Line",
        readonly=True,
        copy=False,  # a copy, such as a put-away step, brings no further goods; a backorder does, below
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        return [*super()._prepare_merge_moves_distinct_fields(), "om_rma_line_id"]

    def _prepare_move_split_vals(self, qty):
        return {**super()._prepare_move_split_vals(qty), "om_rma_line_id": self.om_rma_line_id.id}

    def _om_base(self, quantity):
        """``quantity`` of this move's unit in the product's own unit, not rounded."""
        self.ensure_one()
        return self.product_uom._compute_quantity(quantity, self.product_id.uom_id, round=False)

    def _om_directions(self):
        """Which way these moves take the goods, seen from us.

        Asked once per location, since Odoo's answer costs a query each time.

        :return: ``{move: 1 when they leave to a customer, -1 when they come back, 0 otherwise}``
        """
        outside = {place: place._is_outgoing() for place in self.location_id | self.location_dest_id}
        return {move: outside[move.location_dest_id] - outside[move.location_id] for move in self}

    def _om_moved(self, planned):
        """Quantity of this move, in the product's unit.

        :param planned: also count what it is going to move; Odoo plans returns of planned deliveries
        """
        self.ensure_one()
        if self.state == "done":
            return self._om_base(self.quantity)
        return self._om_base(self.product_uom_qty) if planned and self.state != "cancel" else 0.0

    def _om_return_capacity(self, planned, ignore=None):
        """How much of these moves can still be returned.

        :param planned: moves and returns that are not done yet count too
        :param ignore: return moves that do not count
        :return: ``{move: quantity in the product's unit}``
        """
        capacity = {}
        for move in self:
            left = move._om_moved(planned)
            for back in move.returned_move_ids - (ignore or self.browse()):
                left -= back._om_moved(planned)
            capacity[move] = left
        return capacity

    def _action_done(self, cancel_backorder=False):
        """Refuse returns of more than was moved, and receipts of more than was authorised.

        :raise UserError: names the product, what was delivered, what came back and what was asked
        """
        returns = self.filtered(
            # Unbuild orders use the same link without a transfer; they have their own checks.
            lambda move: (
                move.origin_returned_move_id
                and move.picking_id
                and move.state not in ("done", "cancel")
                and move.picked
                and move.quantity > 0
            )
        )
        if returns:
            returns._om_check_capacity()
            returns.filtered("om_rma_line_id")._om_check_authorised()
        result = super()._action_done(cancel_backorder=cancel_backorder)
        result._om_check_delivered()
        return result

    def _om_check_capacity(self):
        """Return moves about to be done: at most what their origin moved, less what came back already."""
        # sudo: returns that this user may not see have taken their part all the same
        origins = self.origin_returned_move_id.sudo()
        serialize(origins)
        origins.invalidate_recordset(["returned_move_ids"])
        capacity = origins._om_return_capacity(planned=False, ignore=self.sudo())
        asked = defaultdict(float)
        for move in self:
            asked[move.origin_returned_move_id.sudo()] += move._om_base(move.quantity)
        self._om_refuse_excess(asked, capacity, planned=False)

    @api.model
    def _om_refuse_excess(self, asked, capacity, planned):
        """:raise UserError: ``asked[move] > capacity[move]`` (product's units) for one of the moves"""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        problems = [
            self.env._(
                "%(product)s: %(delivered)g %(unit)s moved by %(transfer)s, %(returned)g returned already, "
                "%(asked)g asked for.",
                product=move.product_id.display_name,
                delivered=move._om_moved(planned),
                unit=move.product_id.uom_id.name,
                transfer=move.picking_id.name or move.reference,
                returned=move._om_moved(planned) - capacity[move],
                asked=quantity,
            )
            for move, quantity in asked.items()
            if float_compare(quantity, max(capacity[move], 0.0), precision_digits=digits) > 0
        ]
        if problems:
            raise UserError("\n".join([self.env._("More than was delivered can't be returned."), *problems]))

    def _om_check_authorised(self):
        """Receipts of an RMA about to be done: at most what is authorised, over all its transfers."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        asked = defaultdict(float)
        for move, direction in self._om_directions().items():
            if direction < 0:
                asked[move.om_rma_line_id] += move._om_base(move.quantity)
        for line, quantity in asked.items():
            received = line._base_quantity(line.quantity_received)
            authorised = line._base_quantity(line.quantity_authorised)
            if float_compare(received + quantity, authorised, precision_digits=digits) > 0:
                raise UserError(
                    self.env._(
                        "%(rma)s, %(product)s: %(authorised)g %(unit)s authorised, "
                        "%(received)g received already, "
                        "%(asked)g arrive. Receive what is authorised, and open another return for the rest.",
                        rma=line.rma_id.name,
                        product=line.product_id.display_name,
                        authorised=authorised,
                        unit=line.product_id.uom_id.name,
                        received=received,
                        asked=quantity,
                    )
                )

    def _om_check_delivered(self):
        """No order line of which goods were sold or shipped ends with less than nothing delivered.

        This closes what the check of the origin move can't see: goods added to a return by hand.
        Odoo's own lines of less than nothing stay: sold with a negative quantity, or made for goods
        that came back and were never on the order. There is no invoice to credit for the latter.
        """
        counted = self.filtered(lambda move: move.state == "done" and move.to_refund and move.sale_line_id)
        back = self.browse(move.id for move, direction in counted._om_directions().items() if direction < 0)
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        # sudo: warehouse users need no right on order lines to be stopped here
        for sold in back.sudo().sale_line_id:
            if float_compare(sold.qty_delivered, 0.0, precision_digits=digits) >= 0:
                continue
            if sold.product_uom_qty > 0 or (sold.product_uom_qty == 0 and sold._om_deliveries()):
                raise UserError(
                    self.env._(
                        "%(order)s, %(product)s: more than was delivered can't be returned.",
                        order=sold.order_id.name,
                        product=sold.product_id.display_name,
                    )
                )
