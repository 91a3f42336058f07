from odoo.tests import tagged

from odoo.addons.om_edi_x12 import x12

from .documents_out_common import DocumentsOutCommon
from .x12_bytes import purchase_order

LINES = [("1", "10", "EA", "100", "IN", "BB-100"), ("2", "5", "EA", "40", "IN", "BB-200")]


@tagged("post_install", "-at_install")
class TestShipNoticeGate(DocumentsOutCommon):
    """T9.6: a ship notice that differs from what was packed is not sent, and says why."""

    def _kept_back(self, picking):
        notice = self._owed("856", picking_id=picking.id)
        self.assertEqual(notice.state, "error")
        self.edi_partner._send()
        self.assertEqual(notice.state, "error")
        return notice

    def _case_of_six(self):
        case = self.env["uom.uom"].create(
            {
                "name": "Case of 6",
                "om_codes": "CA",
                "relative_factor": 6,
                "relative_uom_id": self.product.uom_id.id,
            }
        )
        self.product.uom_ids += case
        return case

    def test_mixed_pack_in_standard_structure(self):
        self.edi_partner.asn_structure = "0002"
        order = self._receive_orders(purchase_order("PO-1", LINES))
        picking = self._ship(order, (self._package(), {self.product: 10, self.other_product: 5}))
        case = self._cases_of(self._kept_back(picking), "E-ASN-MISM")
        self.assertIn("holds 2 items", "".join(case.mapped("found")))
        self.assertEqual((case.order_id, case.severity, case.blocks), (order, "1", False))

    def test_built_again_it_is_sent_once_it_is_right(self):
        self.edi_partner.asn_structure = "0002"
        order = self._receive_orders(purchase_order("PO-2", LINES))
        picking = self._ship(order, (self._package(), {self.product: 10, self.other_product: 5}))
        notice = self._kept_back(picking)
        cases = self._cases_of(notice)
        self._resolve(cases[0], "om_edi_x12.fix_build_again")
        self.assertTrue(self._cases_of(notice), "nothing was mended")
        self.edi_partner.asn_structure = "0001"
        self._resolve(self._cases_of(notice)[0], "om_edi_x12.fix_build_again")
        self.assertEqual(set(cases.mapped("state")), {"resolved"})
        (transaction,) = self._sent("856", picking_id=picking.id)
        self.assertEqual(len(x12.ShipNotice.parse(transaction).orders[0].packs[0].items), 2)

    def test_looked_at_again_and_again_it_is_one_case(self):
        self.edi_partner.asn_structure = "0002"
        order = self._receive_orders(purchase_order("PO-3", LINES))
        picking = self._ship(order, (self._package(), {self.product: 10, self.other_product: 5}))
        notice = self._kept_back(picking)
        before = self._cases_of(notice)
        notice.with_user(self.specialist).action_retry()
        notice.with_user(self.specialist).action_retry()
        self.assertEqual(self._cases_of(notice), before)

    def test_goods_without_a_pack_and_a_number(self):
        self.company.om_gs1_prefix = False
        order = self._receive_orders("PO-4")
        picking = self._ship(
            order, (self._package(), {self.product: 4}), (self.env["stock.package"], {self.product: 6})
        )
        notice = self._kept_back(picking)
        found = "\n".join(self._cases_of(notice, "E-ASN-MISM").mapped("found"))
        self.assertIn("package Box has no SSCC", found)
        self.assertIn("6 Units of [KET-1] Kettle in no package", found)
        self.company.om_gs1_prefix = "0614141"
        notice.with_user(self.specialist).action_retry()
        (transaction,) = self._sent("856", picking_id=picking.id)
        self.assertEqual(len(x12.ShipNotice.parse(transaction).orders[0].packs), 2)
        self.assertFalse(self._cases_of(notice))

    def test_order_without_its_po_number(self):
        self.edi_partner.asn_structure = "0004"
        order = self._receive_orders("PO-5")
        order.client_order_ref = False
        picking = self._ship(order, (self._package(), {self.product: 10}))
        notice = self._kept_back(picking)
        self.assertIn("without a PO number", self._cases_of(notice).found)
        order.client_order_ref = "PO-5"
        notice.with_user(self.specialist).action_retry()
        self.assertIn("PRF*PO-5", self._text(notice))

    def test_quantity_that_differs_from_what_left(self):
        order = self._receive_orders("PO-6")
        picking = self._ship(order, (self._package(), {self.product: 10}))
        mapper = self.env["om.edi.map.856"]
        notice = mapper._build(picking)
        self.assertEqual(mapper._differences(picking, notice), [])
        notice.orders[0].packs[0].items[0].quantity -= 1
        (difference,) = mapper._differences(picking, notice)
        self.assertEqual(
            (difference.found, difference.expected, difference.line),
            ("[KET-1] Kettle: 9 EA", f"10 EA left with {picking.name}", order.order_line),
        )

    def test_line_that_is_not_in_the_customers_unit_any_more(self):
        self.edi_partner.auto_confirm = False
        case = self._case_of_six()
        order = self._receive_orders(purchase_order("PO-7", [("1", "2", "CA", "600", "VN", "KET-1")]))
        self.assertEqual(order.order_line.product_uom_id, case)
        order.order_line.write(
            {"product_uom_id": self.product.uom_id.id, "product_uom_qty": 12, "price_unit": 100}
        )
        self._open(order).with_user(self.manager)._waive("the buyer takes single kettles")
        order.action_confirm()
        picking = self._deliver(order)
        found = self._cases_of(self._kept_back(picking))
        self.assertEqual((found.found, found.expected), ("[KET-1] Kettle in Units", "ordered in CA"))

    def test_cases_of_the_customers_unit_are_announced_in_it(self):
        case = self._case_of_six()
        order = self._receive_orders(purchase_order("PO-8", [("1", "2", "CA", "600", "VN", "KET-1")]))
        self.assertEqual(order.order_line.product_uom_id, case)
        picking = self._deliver(order)
        self.assertIn("SN1*1*2*CA**2*CA", self._text(self._owed("856", picking_id=picking.id)))

    def test_number_that_went_out_before(self):
        package = self._package()
        first = self._receive_orders("PO-9")
        self._ship(first, (package, {self.product: 10}))
        self.company.om_gs1_prefix = False  # no new number to give
        second = self._receive_orders("PO-10")
        notice = self._kept_back(self._ship(second, (package, {self.product: 10})))
        self.assertIn(f"SSCC {package.om_sscc} went out with", self._cases_of(notice).found)

    def test_warehouse_ships_though_the_notice_is_kept_back(self):
        self.company.om_gs1_prefix = False
        order = self._receive_orders("PO-11")
        picking = self._ship(order, (self._package(), {self.product: 10}))
        self.assertEqual(picking.state, "done")
        self.assertFalse(order.om_blocked_stage)
