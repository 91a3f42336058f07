from odoo import models

# What of a move a fact is made of.
MEASURED = frozenset(
    (
        "state",
        "date",
        "quantity",
        "product_uom_qty",
        "sale_line_id",
        "to_refund",
        "location_id",
        "location_dest_id",
    )
)


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        before = self.sale_line_id.ids if "sale_line_id" in vals else ()
        result = super().write(vals)
        if not MEASURED.isdisjoint(vals):
            self.env["om.kpi.dirty"]._mark(lines={*before, *self.sale_line_id.ids})
        return result
