from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.om_edi_x12.models.om_edi_traced import split_lines

from .common_3pl import WarehouseCommon
from .x12_bytes import interchange, order_change, purchase_order

# Fields that are not stored, by the field that holds their value
BEHIND = {"om_customer_note": ("sale_id", "om_customer_note")}


@tagged("post_install", "-at_install")
class TestTraceOut(WarehouseCommon):
    """What the trace says that an element is filled from is what the map really reads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.om_edi_partner_id = False

    def _document(self, set_id, **links):
        domain = [
            ("direction", "=", "out"),
            ("set_id", "=", set_id),
            *((k, "=", v) for k, v in links.items()),
        ]
        document = self.env["om.edi.transaction"].search(domain, limit=1, order="id desc")
        self.assertTrue(document.segments, document.findings)
        return document

    def _assert_read(self, document, except_for=()):
        """Change each traced field, build the document again: the element is another."""
        mapper = self.env[f"om.edi.map.{document.set_id}"]
        of_whole, start, of_line = mapper._trace_of("out")
        checked = [(traced, None) for traced in of_whole] + [(traced, 0) for traced in of_line]
        header, lines = split_lines(document.segments, start)
        for traced, line in checked:
            with self.subTest(set=document.set_id, place=traced.name, field=traced.path):
                if traced.name in except_for:
                    continue
                record = document
                segments = document.segments if traced.anywhere else header
                if line is not None:
                    record, segments = mapper._trace_records(document, lines)[0], lines[0]
                was = traced.value(segments)
                self.assertTrue(was, "the sample has no such element")
                self.assertTrue(traced.ours(record), "our field is empty")
                if traced.copied:
                    continue
                savepoint = self.env.cr.savepoint()
                try:
                    self._disturb(record, traced.path)
                    built = mapper._build(document._built_from()).segments(document.version)
                finally:
                    savepoint.close(rollback=True)
                new_header, new_lines = split_lines(built, start)
                segments = built if traced.anywhere else new_header
                if line is not None:
                    segments = new_lines[0]
                self.assertNotEqual(was, traced.value(segments), "the map does not read this field")

    def _disturb(self, record, path):
        """Give a field another value, past all business rules."""
        way, _dot, name = path.rpartition(".")
        record = record.mapped(way) if way else record
        if not record._fields[name].store:
            step, name = BEHIND[name]
            record = record[step]
        field, value = record._fields[name], record[0][name]
        if field.type == "many2one":
            other = self.env[field.comodel_name].with_context(active_test=False)
            other = other.search([("id", "!=", value.id)], limit=1).id
        elif field.type in ("date", "datetime"):
            other = value + timedelta(days=3)
        elif field.type in ("float", "monetary", "integer"):
            other = value + 1
        elif field.type == "selection":
            other = next(key for key in field.get_values(self.env) if key != value)
        else:
            other = {"om_codes": "DZ", "set_id": "860", "control_number": "0099"}.get(name, "OTHR")
        self.env.flush_all()
        if field.translate:
            other = f'{{"en_US": "{other}"}}'
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id IN %s",
                SQL.identifier(record._table),
                SQL.identifier(name),
                other,
                tuple(record.ids),
            )
        )
        self.env.invalidate_all()

    def _shipped(self):
        """An order of the retailer, packed, shipped and invoiced."""
        order = self._receive_orders("PO-1")
        picking = order.picking_ids
        picking.write({"om_carrier_scac": "UPSN", "om_tracking_ref": "PRO1", "om_bill_of_lading": "BOL1"})
        self.edi_partner.write({"carrier_mode": "M"})
        order.sudo().commitment_date = fields.Datetime.now() + timedelta(days=20)
        self._deliver(order)
        return order, picking

    def test_855(self):
        order = self._receive_orders("PO-1")
        self._assert_read(self._document("855", order_id=order.id))

    def test_865(self):
        order = self._receive_orders("PO-1")
        body = order_change("PO-1", [("1", "CA", "12", "EA", "100", "VN", "KET-1")])
        self.control += 1
        self._receive(interchange(body, group="PC", control=self.control))
        self._assert_read(self._document("865", order_id=order.id))

    def test_856(self):
        _order, picking = self._shipped()
        self._assert_read(self._document("856", picking_id=picking.id))

    def test_810(self):
        order, _picking = self._shipped()
        tax = self.env["account.tax"].create({"name": "5 %", "amount": 5, "type_tax_use": "sale"})
        order.sudo().order_line.tax_ids = tax
        order.sudo().payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "2 % 10, net 30",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        invoice = order._create_invoices()
        invoice.action_post()
        self._assert_read(self._document("810", move_id=invoice.id))

    def test_940(self):
        self.warehouse.om_edi_partner_id = self.lakeside
        body = purchase_order("PO-1")
        body[2:2] = [["DTM", "001", "20301231"], ["N9", "L1", "NOTE"], ["MSG", "Ring twice"]]
        order = self._receive_orders(body)
        self._settle()
        self._assert_read(self._document("940", order_id=order.id))

    def test_943(self):
        self.warehouse.om_edi_partner_id = self.lakeside
        supplier = self.env.ref("stock.stock_location_suppliers")
        move = {
            "product_id": self.product.id,
            "product_uom_qty": 20,
            "location_id": supplier.id,
            "location_dest_id": self.warehouse.lot_stock_id.id,
        }
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": supplier.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "partner_id": self.store.id,
                "origin": "P00077",
                "om_carrier_scac": "UPSN",
                "move_ids": [Command.create(move)],
            }
        )
        picking.action_confirm()
        self._settle()
        self._assert_read(self._document("943", picking_id=picking.id))

    def test_846(self):
        flow = self.env["om.edi.flow"].create(
            {
                "edi_partner_id": self.edi_partner.id,
                "direction": "out",
                "set_id": "846",
                "stock_warehouse_ids": [Command.set(self.warehouse.ids)],
            }
        )
        flow._send_stock()
        self._assert_read(self._document("846", warehouse_id=self.warehouse.id))

    def test_824(self):
        self.edi_partner.flow_ids = [Command.create({"direction": "out", "set_id": "824"})]
        body = purchase_order("PO-1")
        body[0][1] = "05"
        received = self._receive(interchange(body)).edi_transaction_ids.filtered(lambda t: t.set_id == "850")
        received.reference = "PO-1"
        self.env["om.edi.transaction"].search([("set_id", "=", "824")]).unlink()
        self.env["om.edi.map.824"]._owe(received)
        self._assert_read(self._document("824", answers_id=received.id))

    def test_field_that_is_empty_here_says_so(self):
        order = self._receive_orders("PO-1")
        picking = self._deliver(order)
        picking.om_carrier_scac = False
        document = self._document("856", picking_id=picking.id)
        rows = {row.place: row.ours for row in document._traced()}
        self.assertIn("empty here", rows["TD503"])
        picking.om_carrier_scac = "UPSN"
        rows = {row.place: row.ours for row in document._traced()}
        self.assertIn("not in the document", rows["TD503"])
