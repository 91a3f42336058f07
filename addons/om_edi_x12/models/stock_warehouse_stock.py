from collections import defaultdict

from odoo import fields, models


class StockWarehouse(models.Model):
    """The stock of a 3PL's warehouse as our books have it."""

    _inherit = "stock.warehouse"

    om_edi_difference_count = fields.Integer(compute="_compute_om_edi_difference_count", compute_sudo=True)

    def _compute_om_edi_difference_count(self):
        counts = dict(
            self.env["om.edi.stock.difference"]._read_group(
                [("warehouse_id", "in", self.ids), ("state", "=", "open")], ["warehouse_id"], ["__count"]
            )
        )
        for warehouse in self:
            warehouse.om_edi_difference_count = counts.get(warehouse, 0)

    def action_om_open_differences(self):
        """Open the differences between our stock in this warehouse and the 3PL's."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_stock_difference")
        return {**action, "domain": [("warehouse_id", "=", self.id)]}

    def _om_edi_stock(self, products=None):
        """Stock of this warehouse. One query, and one for the places.

        :param products: only of these; all when ``None``
        :return: ``{(product, lot name, status): (quantity, reserved)}`` in the products' units
        """
        self.ensure_one()
        domain = [
            ("location_id", "child_of", self.view_location_id.id),
            ("location_id.usage", "=", "internal"),
            ("product_id.is_storable", "=", True),
        ]
        if products is not None:
            domain.append(("product_id", "in", [product.id for product in products]))
        stock = defaultdict(lambda: [0.0, 0.0])
        for product, lot, location, quantity, reserved in self.env["stock.quant"]._read_group(
            domain, ["product_id", "lot_id", "location_id"], ["quantity:sum", "reserved_quantity:sum"]
        ):
            row = stock[product, lot.name or "", self._om_edi_status(location)]
            row[0] += quantity
            row[1] += reserved
        return stock

    def _om_edi_status(self, location):
        """``available``, ``hold`` or ``damaged``: what stock in this place is."""
        for place, status in (
            (self.om_edi_hold_location_id, "hold"),
            (self.om_edi_damaged_location_id, "damaged"),
        ):
            if place and location.parent_path.startswith(place.parent_path):
                return status
        return "available"

    def _om_edi_end_cases(self, key):
        """End the cases of this warehouse's stock with this key."""
        # sudo: what is found does not depend on who looks
        self.env["om.exception"].sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("code", "=", "E-3PL-STOCK"),
                ("key", "=", key),
                ("is_open", "=", True),
            ]
        )._close("auto_closed")
