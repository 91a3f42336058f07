from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class OrderManagementCommon(TransactionCase):
    """A distributor with one customer, two stores, and goods in stock; acts as an order specialist.

    Builders of this class are used by the tests of all addons of the suite.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True, "mail_create_nolog": True})
        cls.company = cls.env.company
        cls.specialist = new_test_user(
            cls.env, "om_specialist", groups="om_order_exceptions.group_specialist", name="Sam Specialist"
        )
        cls.manager = new_test_user(
            cls.env, "om_manager", groups="om_order_exceptions.group_manager", name="Mary Manager"
        )
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        # switches pricelists on, as the setting does
        cls.env.user.group_ids += cls.env.ref("product.group_product_pricelist")
        cls.pricelist = cls.env["product.pricelist"].create({"name": "Contract"})
        cls.customer = cls.env["res.partner"].create(
            {"name": "Bluebird Stores", "is_company": True, "property_product_pricelist": cls.pricelist.id}
        )
        cls.buyer = cls.env["res.partner"].create({"name": "Bea Buyer", "parent_id": cls.customer.id})
        cls.store = cls.env["res.partner"].create(
            {
                "name": "Store 42",
                "type": "delivery",
                "parent_id": cls.customer.id,
                "street": "42 Main Street",
                "city": "Dayton",
                "zip": "45402",
                "state_id": cls.env.ref("base.state_us_35").id,
                "country_id": cls.env.ref("base.us").id,
                "om_identifier_ids": [Command.create({"scheme": "buyer", "code": "0042"})],
            }
        )
        cls.product = cls._new_product("Kettle", "KET-1", 100.0, barcode="614141000012")
        cls.other_product = cls._new_product("Toaster", "TOA-1", 40.0, barcode="614141000029")

    @classmethod
    def _new_product(cls, name, code, price, stock=100.0, **values):
        product = cls.env["product.product"].create(
            {
                "name": name,
                "default_code": code,
                "list_price": price,
                "is_storable": True,
                "taxes_id": False,
                "invoice_policy": "delivery",
                **values,
            }
        )
        if stock:
            cls.env["stock.quant"]._update_available_quantity(product, cls.warehouse.lot_stock_id, stock)
        return product

    def _order(self, lines=None, user=None, **values):
        """A quotation of the specialist. ``lines``: ``(product, quantity[, price])``."""
        line_vals = []
        for product, quantity, *price in lines or [(self.product, 10)]:
            vals = {"product_id": product.id, "product_uom_qty": quantity}
            if price:
                vals["price_unit"] = price[0]
            line_vals.append(Command.create(vals))
        orders = self.env["sale.order"].with_user(user or self.specialist)
        return orders.create(
            {
                "partner_id": self.customer.id,
                "partner_shipping_id": self.store.id,
                "order_line": line_vals,
                **values,
            }
        )

    def _open(self, order, code=None):
        """Open exceptions of an order, of one code where given."""
        exceptions = order.sudo().om_exception_ids.filtered("is_open")
        return exceptions.filtered(lambda e: e.code == code) if code else exceptions

    def _resolve(self, exceptions, fix, user=None, **values):
        """Run a fix action (its xml id without module) in the resolve dialog, as a specialist."""
        fix = self.env.ref(fix if "." in fix else f"om_order_exceptions.{fix}")
        wizard = (
            self.env["om.exception.resolve"]
            .with_user(user or self.specialist)
            .create({"exception_ids": exceptions.ids, "fix_id": fix.id, **values})
        )
        return wizard.action_apply()

    def _deliver(self, order, quantities=None):
        """Ship an order's open delivery: all of it, or ``{product: quantity}`` with a backorder."""
        picking = order.sudo().picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        for move in picking.move_ids.filtered(lambda move: move.state != "cancel"):
            move.quantity = (
                move.product_uom_qty if quantities is None else quantities.get(move.product_id, 0.0)
            )
            move.picked = bool(move.quantity)
        picking.with_context(skip_backorder=True).button_validate()
        return picking
