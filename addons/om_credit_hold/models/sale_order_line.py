from odoo import models

# What changes how much room an order takes from the other orders of its payer.
VALUE_FIELDS = frozenset(("product_uom_qty", "price_unit", "discount", "tax_ids", "product_uom_id"))


class SaleOrderLine(models.Model):
    """A confirmed order that shrinks or grows leaves more or less room to the others."""

    _inherit = "sale.order.line"

    def write(self, vals):
        result = super().write(vals)
        if VALUE_FIELDS & vals.keys():
            self.order_id.filtered(lambda order: order.state == "sale")._om_credit_schedule()
        return result

    def unlink(self):
        confirmed = self.order_id.filtered(lambda order: order.state == "sale")
        result = super().unlink()
        confirmed._om_credit_schedule()
        return result
