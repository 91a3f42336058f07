from odoo.tests import new_test_user

from odoo.addons.om_edi_x12 import x12

from .common import EdiCommon


class DocumentsOutCommon(EdiCommon):
    """A packer, a carrier, and documents as they stand in the files that left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packer = new_test_user(cls.env, "om_packer", groups="stock.group_stock_user", name="Pat Packer")
        cls.warehouse.partner_id.write(
            {
                "name": "Dock 1",
                "state_id": cls.env["res.country.state"]
                .search([("code", "=", "OH"), ("country_id", "=", cls.env.ref("base.us").id)], limit=1)
                .id,
                "country_id": cls.env.ref("base.us").id,
            }
        )
        cls.env["om.customer.item"].create(
            {"partner_id": cls.customer.id, "code": "BB-200", "product_id": cls.other_product.id}
        )

    def _package(self, **values):
        return self.env["stock.package"].with_user(self.packer).create({"name": "Box", **values})

    def _ship(self, order, *packs, validate=True):
        """Ship an order's open delivery as packed: ``(package, {product: quantity})``, as the packer.

        A quantity may be ``{lot: quantity}``.
        """
        picking = order.sudo().picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        picking.move_line_ids.unlink()
        for package, content in packs:
            for product, quantities in content.items():
                move = picking.move_ids.filtered(lambda move, product=product: move.product_id == product)
                lots = quantities if isinstance(quantities, dict) else {self.env["stock.lot"]: quantities}
                for lot, quantity in lots.items():
                    self.env["stock.move.line"].create(
                        {
                            "picking_id": picking.id,
                            "move_id": move.id,
                            "product_id": product.id,
                            "product_uom_id": move.product_uom.id,
                            "quantity": quantity,
                            "location_id": move.location_id.id,
                            "location_dest_id": move.location_dest_id.id,
                            "result_package_id": package.id,
                            "lot_id": lot.id,
                            "picked": True,
                        }
                    )
        picking = picking.with_user(self.packer)
        if validate:
            picking.with_context(skip_backorder=True).button_validate()
            self.assertEqual(picking.state, "done")
        return picking

    def _owed(self, set_id, **links):
        """Documents of a kind that are owed, whatever their state."""
        return self.env["om.edi.transaction"].search(
            [("direction", "=", "out"), ("set_id", "=", set_id), *((k, "=", v) for k, v in links.items())],
            order="id",
        )

    def _text(self, transaction):
        """What lies between ST and SE of a document in the file that left, a segment per line."""
        self.edi_partner._send()
        self.assertEqual(transaction.state, "sent", transaction.findings)
        data = self._outbox_file(transaction.interchange_id.file_name)
        for event in x12.read(data):
            self.assertFalse(getattr(event, "findings", None))
        body, inside = [], False
        for segment in data.decode("latin-1").split("~"):
            segment = segment.strip("\n")
            number = segment.split("*")[2:3]
            if segment.startswith("ST*"):
                inside = number == [transaction.control_number]
            elif segment.startswith("SE*"):
                inside = False
            elif inside:
                body.append(segment)
        return "\n".join(body)

    def _cases_of(self, transaction, code=None):
        """Open exceptions of a document that was kept back."""
        cases = self.env["om.exception"].search(
            [("res_model", "=", transaction._name), ("res_id", "in", transaction.ids), ("is_open", "=", True)]
        )
        return cases.filtered(lambda case: case.code == code) if code else cases
