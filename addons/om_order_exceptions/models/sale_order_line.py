import difflib

from odoo import api, fields, models

# Worked out when the order is confirmed
AT_CONFIRMATION = ("om_agreed_price", "om_agreed_discount", "om_promised_date")


class SaleOrderLine(models.Model):
    """What the customer's document said on this line, beside what we made of it.

    A line that could not be resolved (no product, or no unit) is a note with these fields filled, so
    that it is seen, priced at nothing, and can neither be shipped nor invoiced.
    """

    _inherit = "sale.order.line"

    om_po_line = fields.Char("PO Line", copy=False, help="Line number in the customer's document.")
    om_po_item = fields.Char("Customer's Item", copy=False, help="Item as the customer's document names it.")
    om_po_quantity = fields.Float("PO Quantity", digits="Product Unit", copy=False)
    om_po_unit = fields.Char("PO Unit", copy=False, help="Unit as in the customer's document.")
    om_po_price = fields.Float("PO Price", digits="Product Price", copy=False, help="Per PO unit.")
    om_raw = fields.Text("Raw Line", copy=False, readonly=True, help="The line as it was received.")
    om_unresolved = fields.Selection(
        [("item", "Item"), ("unit", "Unit")],
        compute="_compute_om_unresolved",
        help="What of a received line could not be found here.",
    )
    om_po_product_id = fields.Many2one(
        "product.product",
        "Product Found",
        copy=False,
        help="Product of a line of which only the unit is unknown.",
    )

    @api.depends("om_raw", "product_id", "display_type", "om_po_product_id")
    def _compute_om_unresolved(self):
        for line in self:
            if not line.om_raw or line.product_id or line.display_type != "line_note":
                line.om_unresolved = False
            else:
                line.om_unresolved = "unit" if line.om_po_product_id else "item"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # of a quotation nothing is agreed or promised: said at once, it need not be worked out and stored
        quoted = lines.filtered(lambda line: line.state != "sale")
        for name in AT_CONFIRMATION:
            self.env.remove_to_compute(self._fields[name], quoted)
        lines.order_id._om_lines_changed()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.order_id._om_lines_changed(vals)
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders.exists()._om_lines_changed()
        return result

    @api.model
    def _om_is_distributed(self):
        """Is there any analytic distribution? Odoo asks for one line by line, also where there is none.

        A line that is created with ``analytic_distribution`` is not asked for.
        """
        # sudo: whoever enters lines need not be allowed to read distributions
        return bool(self.env["account.analytic.distribution.model"].sudo().search([], limit=1))

    def _om_received_values(self):
        """Values of a line that takes the place of this one: what the customer's document said."""
        self.ensure_one()
        received = (
            "sequence",
            "om_po_line",
            "om_po_item",
            "om_po_quantity",
            "om_po_unit",
            "om_po_price",
            "om_raw",
        )
        return {
            "order_id": self.order_id.id,
            **{name: self[name] for name in received},
            # the customer's price stands until the price detector says that it is wrong
            **({"price_unit": self.om_po_price, "technical_price_unit": 0.0} if self.om_po_price else {}),
        }

    def _om_resolve(self, product, unit):
        """Replace an unresolved line by a real one of ``product`` in ``unit``, in the same place.

        :param product: ``product.product``, one record
        :param unit: ``uom.uom`` in which the customer orders, one record
        :return: the new line
        """
        self.ensure_one()
        line = self.create(
            {
                **self._om_received_values(),
                "product_id": product.id,
                "product_uom_id": unit.id,
                "product_uom_qty": self.om_po_quantity,
            }
        )
        self.unlink()
        return line

    def _om_replace_product(self, product):
        """Order ``product`` instead of what is not delivered yet, at the customer's price."""
        self.ensure_one()
        if self.product_updatable:
            self.product_id = product
            return
        # what has moves already keeps its product: they come to nothing with its quantity
        self.create(
            {
                **self._om_received_values(),
                "product_id": product.id,
                "product_uom_qty": self.product_uom_qty - self.qty_delivered,
            }
        )
        self.product_uom_qty = self.qty_delivered

    def _om_suggest_products(self, limit=3):
        """Products that an unresolved line may mean, the likeliest first.

        Compares part number and description as received with codes, barcodes and names of what is
        for sale here. Two queries.
        """
        products = self.env["product.product"]
        if not self.om_unresolved:
            return products
        wanted = f"{self.om_po_item or ''} {self.name or ''}".lower()
        words = {word for word in wanted.replace(",", " ").split() if len(word) > 2}
        domain = fields.Domain.OR(
            fields.Domain(field, "ilike", word)
            for word in words
            for field in ("default_code", "barcode", "name")
        )
        candidates = products.search(fields.Domain("sale_ok", "=", True) & domain, limit=200)

        def likeness(product):
            text = f"{product.default_code or ''} {product.barcode or ''} {product.name}".lower()
            return difflib.SequenceMatcher(None, wanted, text).ratio()

        return candidates.sorted(likeness, reverse=True)[:limit]
