from odoo import models

from .. import x12
from .om_edi_order_difference import ADD, REPLACING


class OmEdiTransaction(models.Model):
    """The lines of orders as their customers name them, which our documents repeat."""

    _inherit = "om.edi.transaction"

    def _ordered_lines(self, purchase_orders):
        """What customers ordered, line by line: as in the 850, and as 860s have added or replaced it since.

        One query for the changes, one for their bytes.

        :param purchase_orders: ``{850: x12.PurchaseOrder}`` of these 850s
        :return: ``{850: {number: x12 line}}``
        """
        lines = {order: {line.number: line for line in po.lines} for order, po in purchase_orders.items()}
        changes = self.search(
            [
                ("set_id", "=", "860"),
                ("direction", "=", "in"),
                ("change_verdict", "=", "accepted"),
                ("order_id", "in", self.order_id.ids),
            ],
            order="id",
        )
        if not changes:
            return lines
        by_order = {transaction.order_id: transaction for transaction in self}
        every = changes._parsed_all()
        for change in changes:
            change_lines = x12.OrderChange.parse(every[change]).lines
            numbers = self.env["om.edi.map.860"]._line_numbers(every[change])
            known = lines[by_order[change.order_id]]
            for line, number in zip(change_lines, numbers, strict=True):
                is_new = line.number not in known
                if line.items and (is_new or number and line.change in (ADD, *REPLACING)):
                    known[line.number] = line
        return lines
