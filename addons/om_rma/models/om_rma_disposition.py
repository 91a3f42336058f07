from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError


class OmRma(models.Model):
    _inherit = "om.rma"

    def action_dispose(self):
        """Do with the received goods what their disposition says.

        ==========  =====================================================================
        restock     nothing: the receipt has put them into stock
        scrap       scrap them where they were received
        return      prepare a transfer back to the customer
        ==========  =====================================================================
        """
        self._check_may_decide()
        lines = self.filtered("can_dispose").line_ids.filtered("quantity_to_dispose")
        if not lines:
            raise UserError(self.env._("There is nothing to dispose of."))
        lines.filtered(lambda line: line.disposition == "scrap")._scrap()
        lines.filtered(lambda line: line.disposition == "return")._send_back()
        return self.action_view_pickings() if len(self) == 1 else True


class OmRmaLine(models.Model):
    _inherit = "om.rma.line"

    def _receipts(self):
        """Done moves that brought the goods of these lines, the oldest first."""
        directions = self.move_ids._om_directions()
        return self.move_ids.filtered(lambda move: move.state == "done" and directions[move] < 0).sorted(
            lambda move: (move.date, move.id)
        )

    def _scrap(self):
        """Scrap what is to be disposed of, lot by lot, from where it was received.

        :raise UserError: the goods are not there any more
        """
        vals_list = []
        for line in self:
            skip = line._base_quantity(line.quantity_disposed)
            left = line._base_quantity(line.quantity_to_dispose)
            for received in line._receipts().move_line_ids:
                there = received.product_uom_id._compute_quantity(
                    received.quantity, line.product_id.uom_id, round=False
                )
                passed = min(skip, there)
                skip -= passed
                quantity = min(left, there - passed)
                if quantity <= 0 or line._is_zero(quantity):
                    continue
                left -= quantity
                vals_list.append(
                    {
                        "om_rma_line_id": line.id,
                        "origin": line.rma_id.name,
                        "product_id": line.product_id.id,
                        "product_uom_id": line.product_id.uom_id.id,
                        "scrap_qty": quantity,
                        "lot_id": received.lot_id.id,
                        "package_id": received.result_package_id.id,
                        "owner_id": received.owner_id.id,
                        "location_id": received.location_dest_id.id,
                        "picking_id": received.picking_id.id,
                        "company_id": line.company_id.id,
                    }
                )
        for scrap in self.env["stock.scrap"].create(vals_list):
            if not scrap.check_available_qty():
                raise UserError(
                    self.env._(
                        "%(product)s: %(quantity)g %(unit)s are not at %(location)s any more. "
                        "Scrap them by hand.",
                        product=scrap.product_id.display_name,
                        quantity=scrap.scrap_qty,
                        unit=scrap.product_uom_id.name,
                        location=scrap.location_id.display_name,
                    )
                )
            scrap.do_scrap()

    def _send_back(self):
        """Prepare transfers of what is to go back to the customer, unless they are prepared already."""
        parts = defaultdict(list)
        for line in self:
            left = line._base_quantity(line.quantity_to_dispose) - sum(
                move.product_qty
                for move, direction in line.move_ids._om_directions().items()
                if direction > 0 and move.state not in ("done", "cancel")
            )
            receipts = line._receipts()
            free = receipts._om_return_capacity(planned=True)
            for receipt in receipts:
                quantity = min(left, free[receipt])
                if quantity > 0 and not line._is_zero(quantity):
                    left -= quantity
                    parts[receipt.picking_id].append((line, receipt, quantity))
        for picking, found in parts.items():
            self._create_return(picking, found)
