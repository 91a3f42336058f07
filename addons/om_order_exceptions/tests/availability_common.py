from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .common import OrderManagementCommon


class AvailabilityCommon(OrderManagementCommon):
    """A kettle that is short, another warehouse, and receipts to wait for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.short = cls._new_product("Samovar", "SAM-1", 20.0, stock=4, standard_price=12.0)
        cls.east = cls.env["stock.warehouse"].create({"name": "East", "code": "EAST"})
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor"})

    @classmethod
    def _stock(cls, product, quantity, warehouse=None):
        place = (warehouse or cls.warehouse).lot_stock_id
        cls.env["stock.quant"]._update_available_quantity(product, place, quantity)

    @classmethod
    def _day(cls, days):
        """Noon, ``days`` from today."""
        return fields.Datetime.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(
            days=days
        )

    def _receipt(self, product, quantity, days, warehouse=None):
        """A planned receipt of a vendor."""
        kind = (warehouse or self.warehouse).in_type_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "partner_id": self.vendor.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": kind.default_location_dest_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "product_uom": product.uom_id.id,
                            "date": self._day(days),
                            "location_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": kind.default_location_dest_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.move_ids.date = self._day(days)
        return picking

    def _receive(self, picking):
        picking.move_ids.quantity = picking.move_ids.product_uom_qty
        picking.move_ids.picked = True
        picking.button_validate()
        self._settle()

    def _settle(self):
        """What happens before each commit."""
        self.env.cr.flush()

    def _confirmed(self, lines=None, **values):
        """A confirmed order that was looked at."""
        order = self._order(lines or [(self.short, 10)], **values)
        order.action_confirm()
        self._settle()
        return order

    def _promise(self, exception, way):
        """The proposal of one way for a case."""
        return exception.with_user(self.specialist)._om_propose().filtered(lambda p: p.way == way)
