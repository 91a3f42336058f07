from odoo import models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def write(self, vals):
        """A done quantity that is corrected changes what was shipped, without a write on the move."""
        result = super().write(vals)
        if "quantity" in vals and (done := self.filtered(lambda line: line.state == "done")):
            self.env["om.kpi.dirty"]._mark(lines=done.move_id.sale_line_id.ids)
        return result
