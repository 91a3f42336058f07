from odoo import fields, models


class StockScrap(models.Model):
    _inherit = "stock.scrap"

    om_rma_line_id = fields.Many2one(
        "om.rma.line", "Return Line", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
