from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.om_edi_x12 import x12

from ..models.om_edi_map_850 import OrderLookup
from ..models.om_edi_map_850_replay import NOT_MAPPED
from .common_3pl import WarehouseCommon
from .test_acknowledgments import AcknowledgmentCommon
from .test_order_changes import KETTLE
from .x12_bytes import SOON, application_advice, interchange, order_change, purchase_order, remittance
from .x12_bytes_3pl import inventory, shipping_advice, transfer_receipt

MAPS = "810 820 824 846 850 855 856 860 865 940 943 944 945 997".split()


class TraceCommon:
    def _assert_written(self, first, second, except_for=()):
        """Two documents that differ in every element: each traced field is filled, and differs.

        :param except_for: places that the two can't differ in, or that stand in another release only
        """
        rows = zip(first._traced(), second._traced(), strict=True)
        for was, now in rows:
            with self.subTest(set=first.set_id, place=was.place, field=was.field):
                if was.place in except_for:
                    continue
                self.assertTrue(was.value and now.value, "the sample has no such element")
                self.assertNotEqual(was.value, now.value)
                self.assertTrue(was.is_filled and now.is_filled, "nothing was written")
                self.assertNotEqual(was.ours, now.ours, "it is not this element that fills the field")


@tagged("post_install", "-at_install")
class TestTraceDeclarations(AcknowledgmentCommon):
    def test_traced_elements_and_fields_exist(self):
        releases = [x12.schema.release(version) for version in ("004010", "005010")]
        documents = self.env["om.edi.transaction"]
        for set_id in MAPS:
            mapper = self.env[f"om.edi.map.{set_id}"]
            known = {id_ for release in releases for id_ in release.sets[set_id].segment_ids}
            for direction in ("in", "out"):
                of_whole, start, of_line = mapper._trace_of(direction)
                for traced in (*of_whole, *of_line):
                    self.assertIn(traced.place.rstrip("+")[:-2], known, (set_id, traced))
                for traced in of_whole:
                    self.assertTrue(traced.label(documents), (set_id, traced))
                self.assertEqual(bool(start), bool(of_line))

    def test_every_map_that_acts_or_builds_is_traced(self):
        for set_id in MAPS:
            mapper = self.env[f"om.edi.map.{set_id}"]
            if hasattr(mapper, "_map_in"):
                self.assertTrue(mapper._om_trace_in, set_id)
            if hasattr(mapper, "_build") or set_id == "846":
                self.assertTrue(mapper._om_trace_out, set_id)


@tagged("post_install", "-at_install")
class TestTraceOfCustomer(TraceCommon, AcknowledgmentCommon):
    """What the trace of a received document says is what its map really wrote."""

    def _take_in(self, body, group):
        self.control = getattr(self, "control", 0) + 1
        intake = self._receive(interchange(body, group=group, control=self.control))
        documents = intake.edi_transaction_ids.filtered(lambda t: t.direction == "in")
        self.assertEqual(documents.state, "done", documents.findings)
        return documents

    def _full_order(self, number, quantity, price, item, days, store, terms, note):
        day = (SOON + timedelta(days=days)).strftime("%Y%m%d")
        body = purchase_order(
            number, [("1", quantity, "EA", price, "VN", item)], ship_to=store, requested=None
        )
        bill_to = ["N1", "BT", "BILL", "92", f"{store}B"]
        body[1:1] = [
            ["REF", "PD", f"PROMO{days}"],
            *([["SAC", "A", "C310", "", "", "500"]] * (days + 1)),
            ["ITD", "01", "3", "", "", "", "", terms],
            ["DTM", "002", day],
            ["DTM", "010", day],
            ["DTM", "001", day],
            ["N9", "L1", "NOTE"],
            ["MSG", note],
            bill_to,
        ]
        return body

    def test_850(self):
        for code in ("0042", "0043"):
            self._store_address(f"{code}B", f"Billing {code}")
        self._store_address("0043", "Store 43")
        case = self.env["uom.uom"].create(
            {"name": "Box", "om_codes": "BX", "relative_factor": 5, "relative_uom_id": self.product.uom_id.id}
        )
        second = self._full_order("PO-B", "2", "200", "TOA-1", 1, "0043", "60", "Use the ramp")
        second = [["PO1", "1", "2", "BX", *row[4:]] if row[0] == "PO1" else row for row in second]
        self.assertTrue(case)
        one = self._take_in(
            self._full_order("PO-A", "10", "100", "KET-1", 0, "0042", "30", "Ring twice"), "PO"
        )
        other = self._take_in(second, "PO")
        # the code says which allowance it is; how many came is what differs. MTX: from 005010 on
        self._assert_written(one, other, ("SAC02 A C", "MTX02"))
        allowances = [next(r for r in d._traced() if r.place.startswith("SAC")).ours for d in (one, other)]
        self.assertEqual(allowances, ["1", "2"])

    def test_850_traces_every_field_that_follows_from_the_document(self):
        order = self._take_in(
            self._full_order("PO-A", "10", "100", "KET-1", 0, "0042", "30", "x"), "PO"
        ).order_id
        document = order.om_edi_transaction_id
        po = document._purchase_order()
        values = OrderLookup(self.env, self.edi_partner, [po]).order_values(document, po)
        traced = {t.path.removeprefix("order_id.") for t in self.env["om.edi.map.850"]._om_trace_in}
        # these follow from a traced one, or from the envelope
        derived = {
            "om_ship_to_scheme",
            "om_ship_to_code",
            "commitment_date",
            "om_po_terms_days",
            "om_edi_is_test",
        }
        self.assertFalse(values.keys() - traced - derived - set(NOT_MAPPED))

    def test_860(self):
        self._store_address("0043", "Store 43")
        documents = []
        for days, (number, quantity, price, item) in enumerate(
            (("PO-1", "12", "95", "TOA-1"), ("PO-2", "13", "96", "KET-1")), start=1
        ):
            price_of = {"KET-1": "100", "TOA-1": "40"}
            ordered = "KET-1" if item == "TOA-1" else "TOA-1"
            line = ("1", "10", "EA", price_of[ordered], "VN", ordered)
            self._receive_orders(purchase_order(number, [line]))
            dates = [(code, SOON + timedelta(days=days)) for code in ("002", "010", "001")]
            body = order_change(
                number,
                [("1", "CA" if days == 1 else "RZ", quantity, "EA", price, "VN", item)],
                change_number=str(days),
                dates=dates,
            )
            body[4:4] = [["N9", "L1", "NOTE"], ["MSG", f"Note {days}"]]
            documents.append(self._take_in(body, "PC"))
        # both are substitutions; the ship-to is changed below
        self._assert_written(
            *documents,
            ("MTX02", "N102 ST", "POC02", "DTM02 010 118 037", "DTM02 001 061 177 063"),
        )
        order = self._receive_orders("PO-3")
        moved = self._take_in(
            order_change("PO-3", [("1", "NC", "10", "EA", "", *KETTLE)], ship_to="0043"), "PC"
        )
        row = next(row for row in moved._traced() if row.place == "N102 ST")
        self.assertEqual((row.is_filled, "Store 43" in row.ours), (True, True), order.name)

    def test_820(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        documents = []
        for number, (paid, discount, currency) in enumerate(
            (("900", "20", "USD"), ("800", "30", "EUR")), start=1
        ):
            order = self._receive_orders(f"PO-{number}")
            self._deliver(order)
            invoice = order._create_invoices()
            invoice.action_post()
            if currency == "EUR":
                invoice.button_draft()
                invoice.currency_id = euro
                invoice.action_post()
            deduction = (f"-{number}0", f"0{number}")
            body = remittance(f"T-{number}", paid, [(invoice.name, paid, "1000", discount, deduction)])
            body[0][-1] = f"2026112{number}"
            body.insert(1, ["CUR", "PR", currency])
            body[1], body[2] = body[2], body[1]
            documents.append(self._take_in(body, "RA"))
        self._assert_written(*documents)

    def test_824(self):
        documents = []
        for number, reason in enumerate(("No price", "Wrong item"), start=1):
            self._receive_orders(f"PO-{number}")
            self._sent("855")
            body = application_advice(
                f"A-{number}", "TR", "PO", f"PO-{number}", set_id="855", errors=[("007", reason)]
            )
            documents.append(self._take_in(body, "AG"))
        self._assert_written(*documents)

    def test_997(self):
        documents = []
        for number, status in enumerate(("A", "R"), start=1):
            sent = self._sent_855(f"PO-{number}")
            intake = self._answer(sent, status)
            documents.append(intake.edi_transaction_ids.filtered(lambda t: t.set_id == "997"))
        # each group has one document: its number is the same
        self._assert_written(*documents, except_for=("AK202",))

    def test_value_that_is_unknown_here_says_so(self):
        order = self._receive_orders(purchase_order("PO-1", [("1", "10", "EA", "100", "IN", "BB-900")]))
        row = next(row for row in order.om_edi_transaction_id._traced() if row.place == "PO106")
        self.assertEqual((row.value, row.is_filled), ("IN BB-900", False))
        self.assertIn("unknown here", row.ours)


@tagged("post_install", "-at_install")
class TestTraceOfWarehouse(TraceCommon, WarehouseCommon):
    def _pair(self):
        return self.env["uom.uom"].create(
            {
                "name": "Pair",
                "om_codes": "PR",
                "relative_factor": 2,
                "relative_uom_id": self.product.uom_id.id,
            }
        )

    def test_945(self):
        documents = []
        for number, (item, shipped) in enumerate((("KET-1", 10), ("TOA-1", 5)), start=1):
            line = ("1", str(shipped), "EA", "100" if number == 1 else "40", "VN", item)
            order = self._receive_orders(purchase_order(f"PO-{number}", [line]))
            self._settle()
            body = shipping_advice(
                order.picking_ids.name,
                [{"item": item, "shipped": shipped, "packs": [f"0000614141000000{number}012"[:20]]}],
                shipment=f"SH{number}",
                references=(("CN", f"PRO{number}"), ("BM", f"BOL{number}")),
            )
            body = [["W27", "M", f"SCA{'AB'[number - 1]}"] if row[0] == "W27" else row for row in body]
            (document,) = self._from_3pl(body)
            self.assertEqual(document.state, "done", document.findings)
            documents.append(document)
        # units differ in test_units_of_a_shipment, lots only with products that are tracked
        self._assert_written(*documents, except_for=("W1205", "W1209"))

    def test_944(self):
        supplier = self.env.ref("stock.stock_location_suppliers")
        documents = []
        for number, product in enumerate((self.product, self.other_product), start=1):
            move = {
                "product_id": product.id,
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
                    "move_ids": [(0, 0, move)],
                }
            )
            picking.action_confirm()
            self._settle()
            lines = [(product.default_code, 20 - number, 0)]
            body = transfer_receipt(picking.om_edi_order_id.reference, lines, receipt=f"R{number}")
            (document,) = self._from_3pl(body, group="RE")
            self.assertEqual(document.state, "done", document.findings)
            documents.append(document)
        self._assert_written(*documents, except_for=("W0702", "W0708"))

    def test_846(self):
        self.warehouse.om_edi_lists_all_stock = False
        (first,) = self._from_3pl(inventory("INV1", [("KET-1", {"17": 97})]), group="IB")
        (second,) = self._from_3pl(inventory("INV2", [("TOA-1", {"17": 96})]), group="IB")
        self._assert_written(first, second)
        (same,) = self._from_3pl(inventory("INV3", [("KET-1", {"17": 100})]), group="IB")
        self.assertIn("no difference", same.trace)
