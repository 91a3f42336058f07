from collections import defaultdict

from odoo import api, fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    om_rma_line_ids = fields.One2many("om.rma.line", "order_line_id", "Return Lines", readonly=True)
    om_returnable = fields.Float(
        "Returnable",
        digits="Product Unit",
        compute="_compute_om_returnable",
        help="Delivered, and neither returned nor authorised to be returned yet.",
    )

    @api.depends("move_ids.state", "move_ids.quantity", "om_rma_line_ids.quantity_authorised")
    def _compute_om_returnable(self):
        free = self._om_returnable()
        for line in self:
            base = line.product_id.uom_id
            quantity = max(free.get(line.id, 0.0), 0.0)
            line.om_returnable = (
                base._compute_quantity(quantity, line.product_uom_id, rounding_method="DOWN")
                if quantity
                else 0.0
            )

    def _om_deliveries(self):
        """Done moves of these lines' products to the customer, the oldest first. One query."""
        moves = self.env["stock.move"].search(
            [("sale_line_id", "in", self.ids), ("state", "=", "done")], order="date, id"
        )
        return moves.browse(
            move.id
            for move, direction in moves._om_directions().items()
            if direction > 0 and move.product_id == move.sale_line_id.product_id
        )

    def _om_returnable(self):
        """What the customer has of these lines and may still send back.

        shipped - received back - expected back, where expected back is the greater part of

        * open returns without an authorisation, made by hand in the warehouse,
        * authorised - received of the open authorisations.

        :return: ``{line id: quantity in the product's unit}``, for every line; may be negative
        """
        free = dict.fromkeys(self.ids, 0.0)
        # sudo: what is left does not depend on who looks
        moves = (
            self.env["stock.move"]
            .sudo()
            .search([("sale_line_id", "in", self.ids), ("state", "!=", "cancel")])
        )
        for move, direction in moves._om_directions().items():
            line = move.sale_line_id
            if move.product_id != line.product_id:
                continue  # a part of a kit
            if move.state == "done":
                free[line.id] += move._om_base(move.quantity) * direction
            elif direction < 0 and not move.om_rma_line_id:
                free[line.id] -= move._om_base(move.product_uom_qty)
        # sudo: as above
        expected = (
            self.env["om.rma.line"]
            .sudo()
            .search([("order_line_id", "in", self.ids), ("decision", "=", "authorised")])
        )
        for line in expected:
            missing = max(line.quantity_authorised - line.quantity_received, 0.0)
            free[line.order_line_id.id] -= line._base_quantity(missing)
        return free

    def _om_billed_excess(self):
        """How much more of these lines was billed than is delivered now.

        posted invoices - credit memos (draft ones too: they are on their way) - delivered

        :return: ``{line id: quantity in the line's unit}``
        """
        excess = defaultdict(float)
        for line in self:
            # sudo: figures of invoices, for users of the order desk who may not read these
            for billed in line.sudo().invoice_lines:
                if billed.parent_state == "cancel":
                    continue
                quantity = line._om_in_unit(billed)
                if billed.move_id.move_type == "out_refund":
                    excess[line.id] -= quantity
                elif billed.parent_state == "posted":
                    excess[line.id] += quantity
            excess[line.id] -= line.qty_delivered
        return excess

    def _om_creditable(self):
        """What is left to credit of this order line's posted invoices, the oldest first.

        Credit memos that name the invoice line (ours) or the invoice (Odoo's reversal) reduce that
        one; others reduce the oldest.

        :return: ``{invoice line: quantity in the order line's unit}``
        """
        self.ensure_one()
        left, loose = {}, 0.0
        lines = self.invoice_lines.sorted(lambda line: (line.move_id.invoice_date or line.date, line.id))
        for billed in lines:
            if billed.move_id.move_type == "out_invoice" and billed.parent_state == "posted":
                left[billed] = self._om_in_unit(billed)
        for credit in lines:
            if credit.move_id.move_type != "out_refund" or credit.parent_state == "cancel":
                continue
            quantity = self._om_in_unit(credit)
            named = credit.om_credited_line_id
            reversed_move = credit.move_id.reversed_entry_id
            billed = named if named in left else next((b for b in left if b.move_id == reversed_move), None)
            if billed:
                taken = min(quantity, left[billed])
                left[billed] -= taken
                quantity -= taken
            loose += quantity
        for billed, quantity in left.items():
            taken = min(loose, quantity)
            left[billed] = quantity - taken
            loose -= taken
        return left

    def _om_credit_entries(self):
        """Rounding lines of our credit memos name the invoice line, but no order line."""
        entries = super()._om_credit_entries()
        return entries | entries.om_credit_line_ids

    def _om_in_unit(self, invoice_line):
        """Quantity of an invoice line in this order line's unit."""
        return invoice_line.product_uom_id._compute_quantity(
            invoice_line.quantity, self.product_uom_id, rounding_method="HALF-UP"
        )
