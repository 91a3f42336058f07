from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_substitute(self, product, ratio=1.0):
        """Deliver ``product`` instead of what is left of this line, ``ratio`` of it for each.

        The customer pays what was agreed for the product that was ordered. What has moves already keeps its
        product, its quantity goes down to what was delivered, and a new line takes the rest.

        :return: the line of the substitute
        """
        self.ensure_one()
        rest = self.product_uom_qty - self.qty_delivered
        ordered = self._om_in_product_unit(rest)
        values = {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "product_uom_qty": ordered * ratio,
            "price_unit": self.price_unit * rest / (ordered * ratio),
            "discount": self.discount,
            "om_substituted_product_id": (self.om_substituted_product_id or self.product_id).id,
        }
        if self.product_updatable:
            self.write(values)
            return self
        line = self.create({**self._om_received_values(), **values})
        self.product_uom_qty = self.qty_delivered
        return line
