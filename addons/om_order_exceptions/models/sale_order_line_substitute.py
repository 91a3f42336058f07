from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    om_substituted_price = fields.Float(
        "Price of What Was Ordered",
        digits="Product Price",
        copy=False,
        readonly=True,
        help="Net price that the customer pays for what was ordered, per unit of its substitute.",
    )

    def _om_substitute(self, product, ratio=1.0):
        """Deliver ``product`` instead of what is left of this line, ``ratio`` of it for each.

        The customer pays what was agreed for the product that was ordered: the price of this line goes over
        to the substitute, and until the order is confirmed the contract price of what was ordered is what
        it is held against. What has moves already keeps its
        product, its quantity goes down to what was delivered, and a new line takes the rest.

        :return: the line of the substitute
        """
        self.ensure_one()
        rest = self.product_uom_qty - self.qty_delivered
        ordered = self._om_in_product_unit(rest)
        per_unit = rest / (ordered * ratio)
        values = {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "product_uom_qty": ordered * ratio,
            "price_unit": self.price_unit * per_unit,
            "om_substituted_price": self._om_price_to_keep() * per_unit,
            # a technical price that differs marks the price as given: a changed quantity keeps it
            "technical_price_unit": 0.0,
            "discount": self.discount,
            "om_substituted_product_id": (self.om_substituted_product_id or self.product_id).id,
        }
        if self.product_updatable:
            self.write(values)
            return self
        line = self.create({**self._om_received_values(), **values})
        self.product_uom_qty = self.qty_delivered
        return line

    def _om_price_to_keep(self):
        """Net price per unit of this line that a substitute has to keep: agreed, or by contract."""
        net = self._om_net_price()
        if self.state == "sale":
            return net
        return self.order_id._om_contract_prices().get(self, net)
