from datetime import date, timedelta

from odoo.tests import tagged

from .common import EdiCommon
from .x12_bytes import SOON, interchange, purchase_order


@tagged("post_install", "-at_install")
class TestOrdersFrom850(EdiCommon):
    def test_clean_850_becomes_a_confirmed_order_untouched(self):
        order = self._receive_orders("PO-1001")
        self.assertEqual(order.state, "sale", order.om_exception_ids.mapped("found"))
        self.assertEqual(order.client_order_ref, "PO-1001")
        self.assertEqual(order.partner_shipping_id, self.store)
        line = order.order_line
        self.assertEqual((line.product_id, line.product_uom_qty, line.price_unit), (self.product, 10, 100))
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_release_005010_and_any_delimiters_are_read(self):
        for control, (version, delimiters) in enumerate(
            [("005010", "*:~^"), ("004010", "|>\n^"), ("005010", "\x1d\x1f\x1c\x1e"), ("004010VICS", "+:'U")],
            10,
        ):
            data = interchange(
                purchase_order(f"PO-V{control}"), control=control, version=version, delimiters=delimiters
            )
            order = self._receive(data).order_ids
            self.assertEqual(
                (order.client_order_ref, order.state), (f"PO-V{control}", "sale"), repr(delimiters)
            )

    def test_items_resolve_by_buyers_part_number_gtin_and_vendors_part_number(self):
        lines = [
            ("1", "1", "EA", "100", "IN", "BB-100"),
            ("2", "2", "EA", "100", "UP", "614141000012"),
            ("3", "3", "EA", "100", "UK", "00614141000012"),
            ("4", "4", "EA", "40", "VN", "TOA-1"),
        ]
        order = self._receive_orders(purchase_order("PO-1002", lines))
        self.assertEqual(order.order_line.mapped("product_id.default_code"), ["KET-1", "TOA-1"])
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [1, 2, 3, 4])
        self.assertEqual(order.state, "sale")

    def test_unit_by_x12_code_uses_the_products_packaging(self):
        case = self.env["uom.uom"].create(
            {
                "name": "Case of 12",
                "relative_factor": 12,
                "relative_uom_id": self.env.ref("uom.product_uom_unit").id,
                "om_codes": "CA CS",
            }
        )
        self.product.product_tmpl_id.uom_ids = case
        order = self._receive_orders(purchase_order("PO-1003", [("1", "2", "CA", "1200", "VN", "KET-1")]))
        self.assertEqual((order.order_line.product_uom_id, order.order_line.product_uom_qty), (case, 2))
        self.assertEqual(order.picking_ids.move_ids.product_qty, 24)
        self.assertEqual(order.state, "sale")

    def test_unknown_item_stays_on_the_order_and_in_the_queue(self):
        lines = [("1", "10", "EA", "100", "VN", "KET-1"), ("2", "5", "EA", "7.5", "IN", "NO-SUCH")]
        order = self._receive_orders(purchase_order("PO-1004", lines))
        self.assertEqual(order.state, "draft")
        raw = order.order_line.filtered(lambda line: line.display_type)
        self.assertIn("NO-SUCH", raw.name)
        self.assertIn("PO1*2*5*EA*7.5**IN*NO-SUCH", raw.om_raw)
        exception = self._open(order)
        self.assertEqual(
            (exception.code, exception.order_line_id, exception.found), ("E-ITM-UNK", raw, "NO-SUCH")
        )
        self.assertEqual(exception.user_id, self.specialist)
        self.assertTrue(exception.sla_deadline)
        self.assertTrue(exception.next_action)

    def test_fix_of_unknown_item_confirms_the_order_and_is_remembered(self):
        first, second = self._receive_orders(
            purchase_order("PO-1005", [("1", "5", "EA", "40", "IN", "BB-TOAST")]),
            purchase_order("PO-1006", [("1", "6", "EA", "40", "IN", "BB-TOAST")]),
        )
        self._resolve(
            self._open(first) | self._open(second), "fix_map_item", product_id=self.other_product.id
        )
        self.assertEqual((first | second).mapped("state"), ["sale", "sale"])
        self.assertEqual((first | second).order_line.mapped("product_uom_qty"), [5, 6])
        third = self._receive_orders(purchase_order("PO-1007", [("1", "7", "EA", "40", "IN", "BB-TOAST")]))
        self.assertEqual(third.state, "sale")

    def test_unknown_unit_is_asked_for_and_remembered(self):
        order = self._receive_orders(purchase_order("PO-1008", [("1", "5", "ZZ", "100", "IN", "BB-100")]))
        self.assertEqual(self._open(order).code, "E-UOM")
        self._resolve(
            self._open(order), "fix_set_unit", product_uom_id=self.env.ref("uom.product_uom_unit").id
        )
        self.assertEqual(order.state, "sale")
        again = self._receive_orders(purchase_order("PO-1009", [("1", "5", "ZZ", "100", "IN", "BB-100")]))
        self.assertEqual(again.state, "sale")

    def test_unknown_ship_to_is_asked_for_and_never_creates_a_partner(self):
        partners = self.env["res.partner"].search_count([])
        order = self._receive_orders(purchase_order("PO-1010", ship_to="0077"))
        self.assertEqual(self._open(order).code, "E-SHP-UNK")
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        self._resolve(self._open(order), "fix_create_ship_to")
        self.assertEqual(order.partner_shipping_id.city, "DAYTON")
        self.assertEqual(order.state, "sale")
        again = self._receive_orders(purchase_order("PO-1011", ship_to="77"))
        self.assertEqual(again.partner_shipping_id, order.partner_shipping_id)

    def test_price_beyond_tolerance_waits_and_is_corrected_to_the_pricelist(self):
        order = self._receive_orders(purchase_order("PO-1012", [("1", "10", "EA", "90", "VN", "KET-1")]))
        self.assertEqual(self._open(order).code, "E-PRC-DIFF")
        self.assertEqual(self._open(order).amount, 100)
        self._resolve(self._open(order), "fix_contract_price")
        self.assertEqual((order.state, order.order_line.price_unit), ("sale", 100))

    def test_price_within_tolerance_is_the_customers(self):
        self.company.om_price_tolerance = 1
        order = self._receive_orders(purchase_order("PO-1013", [("1", "10", "EA", "99.5", "VN", "KET-1")]))
        self.assertEqual((order.state, order.order_line.price_unit), ("sale", 99.5))

    def test_changed_quantity_keeps_the_customers_price(self):
        self.company.om_price_tolerance = 1
        self.edi_partner.auto_confirm = False
        order = self._receive_orders(purchase_order("PO-1013B", [("1", "10", "EA", "99.5", "VN", "KET-1")]))
        order.order_line.product_uom_qty = 8
        self.assertEqual(order.order_line.price_unit, 99.5)

    def test_missing_price_takes_the_pricelist(self):
        order = self._receive_orders(purchase_order("PO-1014", [("1", "10", "EA", "", "VN", "KET-1")]))
        self.assertEqual((order.state, order.order_line.price_unit), ("sale", 100))

    def test_same_number_in_other_spelling_is_a_duplicate(self):
        first, second = self._receive_orders("PO-0077", "po 0077 ")
        self.assertEqual((first.state, second.state), ("sale", "draft"))
        self.assertEqual(self._open(second).code, "E-DUP")

    def test_requested_date_in_the_past_waits_for_a_new_promise(self):
        order = self._receive_orders(purchase_order("PO-1015", requested=date.today() - timedelta(days=10)))
        self.assertEqual(self._open(order).code, "E-DTE-PAST")
        self._resolve(self._open(order), "fix_set_date", date=SOON)
        self.assertEqual(order.state, "sale")

    def test_discontinued_product_waits(self):
        self.product.sale_ok = False
        order = self._receive_orders("PO-1016")
        self.assertEqual(self._open(order).code, "E-ITM-DISC")

    def test_notes_and_dates_are_on_the_order(self):
        body = purchase_order("PO-1017")
        body[2:2] = [
            ["DTM", "010", SOON.strftime("%Y%m%d")],
            ["N9", "L1", "NOTE"],
            ["MSG", "DELIVER AT DOCK 7"],
        ]
        order = self._receive_orders(body)
        self.assertEqual(order.om_requested_date, SOON)
        self.assertEqual(order.om_requested_ship_date, SOON)
        self.assertEqual(order.om_customer_note, "DELIVER AT DOCK 7")
        self.assertEqual(order.picking_ids.om_customer_note, "DELIVER AT DOCK 7")

    def test_poisonous_document_stops_no_other(self):
        cancellation = purchase_order("PO-1018")
        cancellation[0][1] = "01"
        intake = self._receive(interchange(purchase_order("PO-1019"), cancellation, control=77))
        self.assertEqual(intake.order_ids.client_order_ref, "PO-1019")
        self.assertEqual(intake.state, "attention")
        self.assertIn("BEG01", intake.message)
        self.assertEqual(intake.exception_ids.code, "E-EDI-MAP")

    def test_orders_of_a_batch_share_their_queries(self):
        def queries(count, control):
            lines = [(str(n), "1", "EA", "100", "VN", "KET-1") for n in range(1, 4)]
            data = interchange(
                *(purchase_order(f"Q{control}-{n}", lines, requested=None) for n in range(count)),
                control=control,
            )
            self.edi_partner.auto_confirm = False
            self.edi_partner._sends("997").active = False
            intake = self.env["om.intake"]._receive(data, "upload")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            intake._process()
            self.assertEqual(len(intake.order_ids), count)
            return self.env.cr.sql_log_count - before

        queries(2, 500)
        few, many = queries(5, 501), queries(45, 502)
        # what is left per order is Odoo's own creation of it
        self.assertLess((many - few) / 40, 25)
