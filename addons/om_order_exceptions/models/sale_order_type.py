from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    om_order_type = fields.Selection(
        [("standard", "Standard"), ("sample", "Sample")],
        "Order Type",
        default="standard",
        required=True,
        help="Samples may be given away: their prices are not checked.",
    )
