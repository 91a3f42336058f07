from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.om_edi_x12 import x12

from .common import EdiCommon
from .x12_bytes import SOON, purchase_order


@tagged("post_install", "-at_install")
class TestDocumentsOut(EdiCommon):
    def _ack(self, order):
        (transaction,) = self._sent("855", order_id=order.id)
        return x12.PurchaseOrderAck.parse(transaction)

    def _codes(self, order):
        return [status.code for line in self._ack(order).lines for status in line.statuses]

    def test_855_accepts_what_is_taken_as_ordered(self):
        order = self._receive_orders("PO-1")
        ack = self._ack(order)
        self.assertEqual((ack.type, ack.po_number, ack.reference), ("AD", "PO-1", order.name))
        self.assertEqual(self._codes(order), ["IA"])

    def test_855_tells_a_corrected_price(self):
        order = self._receive_orders(purchase_order("PO-2", [("1", "10", "EA", "90", "VN", "KET-1")]))
        self._resolve(self._open(order), "fix_contract_price")
        ack = self._ack(order)
        self.assertEqual((ack.type, self._codes(order), ack.lines[0].price), ("AC", ["IP"], Decimal(100)))

    def test_855_tells_a_promised_date(self):
        order = self._receive_orders(purchase_order("PO-3", requested=SOON.replace(year=2020)))
        self._resolve(self._open(order), "fix_set_date", date=SOON)
        self.assertEqual(self._codes(order), ["DR"])
        self.assertEqual(self._ack(order).lines[0].statuses[0].date, SOON)

    def test_855_rejects_a_line_that_was_taken_off_with_the_code_of_its_exception(self):
        lines = [("1", "10", "EA", "100", "VN", "KET-1"), ("2", "5", "EA", "7.5", "IN", "NO-SUCH")]
        order = self._receive_orders(purchase_order("PO-4", lines))
        self._resolve(self._open(order), "fix_remove_line")
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._codes(order), ["IA", "R2"])

    def test_855_rejects_a_cancelled_order(self):
        order = self._receive_orders("PO-5", "PO-5")[1]
        self._resolve(self._open(order), "fix_cancel_order")
        self.assertEqual(order.state, "cancel")
        self.assertEqual((self._ack(order).type, self._codes(order)), ("RD", ["IR"]))

    def test_856_names_what_was_packed_under_a_valid_sscc(self):
        order = self._receive_orders("PO-6")
        picking = self._deliver(order, {self.product: 4})
        (transaction,) = self._sent("856", picking_id=picking.id)
        notice = x12.ShipNotice.parse(transaction)
        (shipped,) = notice.orders
        self.assertEqual(shipped.po_number, "PO-6")
        (pack,) = shipped.packs
        self.assertEqual(pack.sscc, picking.move_line_ids.result_package_id.name)
        self.assertEqual(len(pack.sscc), 18)
        self.assertTrue(picking.move_line_ids.result_package_id.valid_sscc)
        (item,) = pack.items
        self.assertEqual((item.quantity, item.unit, item.line_number), (Decimal(4), "EA", "1"))
        self.assertEqual(item.items, {"VN": "KET-1"})

    def test_each_delivery_gets_its_own_856_and_sscc(self):
        order = self._receive_orders("PO-7")
        first = self._deliver(order, {self.product: 4})
        second = self._deliver(order)
        notices = [x12.ShipNotice.parse(t) for t in self._sent("856", order_id=order.id)]
        quantities = [n.orders[0].packs[0].items[0].quantity for n in notices]
        self.assertEqual(quantities, [4, 6])
        self.assertNotEqual(*(n.orders[0].packs[0].sscc for n in notices))
        self.assertTrue(first and second)

    def test_packages_that_are_numbered_anew_get_the_companys_next_ssccs(self):
        packages = self.env["stock.package"].create([{"name": "PACK1"}, {"name": "PACK2"}])
        packages._om_number_anew(self.company)
        self.assertTrue(all(packages.mapped("valid_sscc")))
        self.assertNotEqual(*packages.mapped("name"))

    def test_missing_gs1_prefix_stops_the_856_and_not_the_goods(self):
        self.company.om_gs1_prefix = False
        order = self._receive_orders("PO-8")
        picking = self._deliver(order)
        self.assertEqual(picking.state, "done")
        notice = self.env["om.edi.transaction"].search([("picking_id", "=", picking.id)])
        self.assertEqual(notice.state, "error")
        self.assertIn("GS1 prefix", notice.findings)
        self.assertEqual(
            self.env["om.exception"]
            .search([("res_model", "=", notice._name), ("res_id", "=", notice.id)])
            .code,
            "E-ASN-MISM",
        )

    def test_856_is_built_again_after_the_gs1_prefix_was_set(self):
        self.company.om_gs1_prefix = False
        order = self._receive_orders("PO-8B")
        picking = self._deliver(order)
        notice = self.env["om.edi.transaction"].search([("picking_id", "=", picking.id)])
        self.company.om_gs1_prefix = "0614141"
        notice.with_user(self.specialist).action_retry()
        self.assertEqual((notice.state, notice.findings), ("ready", False))
        (transaction,) = self._sent("856", picking_id=picking.id)
        self.assertEqual(len(x12.ShipNotice.parse(transaction).orders[0].packs[0].sscc), 18)
        self.assertFalse(
            self.env["om.exception"].search(
                [("res_model", "=", notice._name), ("res_id", "=", notice.id), ("is_open", "=", True)]
            )
        )

    def test_810_bills_what_was_shipped(self):
        order = self._receive_orders(purchase_order("PO-9", [("1", "10", "EA", "100", "IN", "BB-100")]))
        self._deliver(order, {self.product: 4})
        invoice = order.sudo()._create_invoices()
        invoice.action_post()
        (transaction,) = self._sent("810", move_id=invoice.id)
        bill = x12.Invoice.parse(transaction)
        self.assertEqual((bill.number, bill.po_number, bill.total), (invoice.name, "PO-9", Decimal(400)))
        (line,) = bill.lines
        self.assertEqual((line.quantity, line.unit, line.price, line.items), (4, "EA", 100, {"IN": "BB-100"}))

    def test_each_order_is_billed_by_its_own_810(self):
        orders = self._receive_orders("PO-20", "PO-21")
        for order in orders:
            self._deliver(order)
        orders.sudo()._create_invoices().action_post()
        bills = [x12.Invoice.parse(transaction) for transaction in self._sent("810")]
        self.assertEqual(sorted(bill.po_number for bill in bills), ["PO-20", "PO-21"])

    def test_orders_of_one_file_are_answered_in_one_interchange_with_gapless_numbers(self):
        self._receive_orders("PO-10", "PO-11", "PO-12")
        self.assertEqual(len(self._sent("855")), 3)
        self._receive_orders("PO-13")
        self._sent("855")
        sent = self.env["om.edi.interchange"].search([("direction", "=", "out")], order="control_number")
        self.assertEqual(sent.mapped("control_number"), list(range(1, len(sent) + 1)))
        acks = sent.filtered(lambda i: "855" in i.sets)
        self.assertEqual([len(i.transaction_ids) for i in acks], [3, 1])

    def test_documents_leave_in_the_partners_delimiters_and_version(self):
        self.edi_partner.write(
            {
                "version": "005010",
                "element_separator": "|",
                "component_separator": ":",
                "segment_terminator": "'",
            }
        )
        self._receive_orders("PO-14")
        self._sent("855")
        sent = (
            self.env["om.edi.interchange"]
            .search([("direction", "=", "out")])
            .filtered(lambda i: "855" in i.sets)
        )
        data = self._outbox_file(sent.file_name)
        self.assertTrue(data.startswith(b"ISA|00|"))
        self.assertEqual(data[105:106], b"'")
        self.assertIn(b"|005010'", data)

    def test_same_document_is_delivered_under_the_same_name_when_the_step_is_repeated(self):
        self._receive_orders("PO-15")
        self.edi_partner._send()
        folder = self.env["om.edi.transport.folder"]._path(self.mailbox) / "outbox"
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        interchanges = self.env["om.edi.interchange"].search([("direction", "=", "out")])
        interchanges.state = "ready"  # as if the machine had stopped before it was noted
        self.edi_partner._send()
        self.assertEqual({path.name: path.read_bytes() for path in folder.iterdir()}, before)

    def test_order_from_the_keyboard_sends_nothing(self):
        order = self._order(client_order_ref="PO-16")
        order.action_confirm()
        self._deliver(order)
        self.assertFalse(order.sudo().om_edi_transaction_ids)

    def test_timeline_tells_the_documents(self):
        order = self._receive_orders("PO-17")
        self._deliver(order)
        invoice = order.sudo()._create_invoices()
        invoice.action_post()
        self.edi_partner._send()
        kinds = order.om_event_ids.sorted("id").mapped("kind")
        self.assertEqual(
            kinds,
            "received entered confirmed released allocated shipped invoiced".split() + ["document_out"] * 3,
        )

    def test_data_with_a_delimiter_is_cleaned_or_refused_as_the_partner_says(self):
        self.env["om.customer.item"].create(
            {"partner_id": self.customer.id, "code": "A-1", "product_id": self.product.id}
        )
        self.warehouse.partner_id.name = "Dock ~ West * 1"
        order = self._receive_orders("PO-18")
        picking = self._deliver(order)
        (transaction,) = self._sent("856", picking_id=picking.id)
        self.assertIn(["N1", "SF", "Dock   West   1"], [s[:3] for s in transaction.segments])
        self.edi_partner.lenient_characters = False
        order = self._receive_orders("PO-19")
        picking = self._deliver(order)
        self.assertEqual(
            self.env["om.edi.transaction"].search([("picking_id", "=", picking.id)]).state, "error"
        )
