from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class OmRmaLine(models.Model):
    """Receipts of authorised goods: Odoo's own returns of the deliveries that brought them there."""

    _inherit = "om.rma.line"

    def _create_receipts(self):
        """Expect the authorised goods: one return transfer per original delivery.

        The oldest deliveries of an order line come back first.

        :raise UserError: the deliveries have less left to return than is authorised
        """
        parts = defaultdict(list)
        deliveries = self.order_line_id._om_deliveries()
        free = deliveries._om_return_capacity(planned=True)
        for line in self:
            missing = line._base_quantity(line.quantity_authorised)
            for delivery in deliveries.filtered(
                lambda move, line=line: move.sale_line_id == line.order_line_id
            ):
                quantity = min(missing, free[delivery])
                if quantity <= 0 or line._is_zero(quantity):
                    continue
                free[delivery] -= quantity
                missing -= quantity
                parts[delivery.picking_id].append((line, delivery, quantity))
            if not line._is_zero(missing):
                raise UserError(
                    self.env._(
                        "%(product)s: no delivery is left from which %(quantity)g %(unit)s could come back. "
                        "Look for open returns of the same delivery.",
                        product=line.product_id.display_name,
                        quantity=missing,
                        unit=line.product_id.uom_id.name,
                    )
                )
        for picking, found in parts.items():
            self._create_return(picking, found)

    def _create_return(self, picking, parts):
        """Return parts of a done transfer by Odoo's return dialog.

        :param picking: ``stock.picking`` to return
        :param parts: ``[(RMA line, move of the picking, quantity in the product's unit)]``
        :return: the new ``stock.picking``
        """
        wizard = self.env["stock.return.picking"].create(
            {
                "picking_id": picking.id,
                "product_return_moves": [
                    Command.create(
                        {
                            "product_id": move.product_id.id,
                            "move_id": move.id,
                            "quantity": move.product_id.uom_id._compute_quantity(
                                quantity, move.product_uom, rounding_method="HALF-UP"
                            ),
                            "to_refund": True,
                            "om_rma_line_id": line.id,
                        }
                    )
                    for line, move, quantity in parts
                ],
            }
        )
        transfer = wizard._create_return()
        transfer.origin = ", ".join({line.rma_id.name for line, _move, _quantity in parts})
        return transfer

    def _cancel_open_moves(self):
        """Nothing more is expected for these lines."""
        self.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))._action_cancel()
