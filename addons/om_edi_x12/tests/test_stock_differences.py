from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_3pl import WarehouseCommon, from_lakeside
from .x12_bytes_3pl import inventory, shipping_advice


@tagged("post_install", "-at_install")
class TestStockDifferences(WarehouseCommon):
    """846: a 3PL's stock against ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # only what these tests put there
        cls.env["stock.quant"].search(
            [
                ("location_id", "child_of", cls.warehouse.view_location_id.id),
                ("product_id", "not in", (cls.product | cls.other_product).ids),
            ]
        ).sudo().unlink()
        cls.product.standard_price = 60

    def _report(self, *lines, **values):
        (transaction,) = self._from_3pl(inventory("INV1", lines, **values), group="IB")
        return transaction

    def _open_differences(self):
        return self.env["om.edi.stock.difference"].search([("state", "=", "open")], order="id")

    def test_equal_stock_is_no_difference(self):
        report = self._report(("KET-1", {"17": 100}), ("TOA-1", {"17": 100}))
        self.assertEqual((report.state, report.reference), ("done", "INV1"))
        self.assertFalse(self._open_differences())
        self.assertFalse(self._cases("E-3PL-STOCK"))

    def test_difference_is_kept_with_its_value_and_a_case(self):
        self._report(("KET-1", {"17": 97}), ("TOA-1", {"17": 100}))
        difference = self._open_differences()
        self.assertEqual((difference.product_id, difference.quantity), (self.product, -3))
        self.assertEqual((difference.their_quantity, difference.our_quantity), (97, 100))
        self.assertEqual(
            (difference.value, difference.proposal, difference.reason), (-180, "adjust", "count")
        )
        case = self._cases("E-3PL-STOCK")
        self.assertEqual((case.res_id, case.amount), (self.warehouse.id, 180))

    def test_next_846_refreshes_and_ends_it(self):
        self._report(("KET-1", {"17": 97}), ("TOA-1", {"17": 100}))
        difference = self._open_differences()
        self._report(("KET-1", {"17": 95}), ("TOA-1", {"17": 100}))
        self.assertEqual((self._open_differences(), difference.quantity), (difference, -5))
        self._report(("KET-1", {"17": 100}), ("TOA-1", {"17": 100}))
        self.assertEqual(difference.state, "gone")
        self.assertFalse(self._cases("E-3PL-STOCK"))

    def test_tolerance(self):
        self.warehouse.om_edi_stock_tolerance = 2
        self._report(("KET-1", {"17": 98}), ("TOA-1", {"17": 97}))
        self.assertEqual(self._open_differences().product_id, self.other_product)

    def test_what_the_846_does_not_name_is_not_there(self):
        self._report(("KET-1", {"17": 100}))
        self.assertEqual(
            (self._open_differences().product_id, self._open_differences().quantity),
            (self.other_product, -100),
        )
        self.warehouse.om_edi_lists_all_stock = False
        self._report(("TOA-1", {"17": 100}))
        self.assertFalse(self._open_differences())
        self._report(("KET-1", {"17": 100}))
        self.assertFalse(self._open_differences())

    def test_available_is_compared_with_what_is_not_reserved(self):
        self._receive_orders("PO-1")
        self._report(("KET-1", {"33": 90}), ("TOA-1", {"33": 100}))
        self.assertFalse(self._open_differences())

    def test_stock_on_hold_is_compared_with_its_place(self):
        place = self.env["stock.location"].create(
            {"name": "Hold", "location_id": self.warehouse.lot_stock_id.id, "usage": "internal"}
        )
        self.warehouse.om_edi_hold_location_id = place
        self.env["stock.quant"]._update_available_quantity(self.product, place, 5)
        self._report(("KET-1", {"17": 105, "QH": 8}), ("TOA-1", {"17": 100}))
        self.assertEqual(
            {d.status: d.quantity for d in self._open_differences()}, {"hold": 3, "available": -3}
        )

    def test_lots_are_compared_where_the_846_names_them(self):
        tea = self._new_product("Tea", "TEA-1", 10.0, stock=0, tracking="lot")
        lots = self.env["stock.lot"].create([{"name": n, "product_id": tea.id} for n in ("L1", "L2")])
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                tea, self.warehouse.lot_stock_id, 10, lot_id=lot
            )
        rest = [("KET-1", {"17": 100}), ("TOA-1", {"17": 100})]
        self._report(("TEA-1", {"17": 12}, "L1"), ("TEA-1", {"17": 8}, "L2"), *rest)
        self.assertEqual({d.lot_name: d.quantity for d in self._open_differences()}, {"L1": 2, "L2": -2})
        self._report(("TEA-1", {"17": 20}), *rest)
        self.assertFalse(self._open_differences())

    def test_shipment_that_was_not_reported_yet_is_waited_for(self):
        order = self._receive_orders("PO-2")
        self._settle()
        self._report(("KET-1", {"17": 90}), ("TOA-1", {"17": 100}))
        difference = self._open_differences()
        self.assertEqual((difference.proposal, difference.reason), ("wait", "shipment"))
        self.assertFalse(self._cases("E-3PL-STOCK"))
        self._from_3pl(shipping_advice(order.picking_ids.name, [{"item": "KET-1", "shipped": 10}]))
        self._report(("KET-1", {"17": 90}), ("TOA-1", {"17": 100}))
        self.assertEqual(difference.state, "gone")

    def test_stock_manager_adjusts_and_nobody_else(self):
        self._report(("KET-1", {"17": 97}), ("TOA-1", {"17": 104}))
        differences = self._open_differences()
        for user in (self.specialist, new_test_user(self.env, "om_pick", "stock.group_stock_user")):
            with self.assertRaises(AccessError):
                differences.with_user(user).action_adjust()
        differences.with_user(self.stock_manager).action_adjust()
        self.assertEqual(differences.mapped("state"), ["adjusted", "adjusted"])
        self.assertEqual(differences.closed_by_id, self.stock_manager)
        self.assertEqual((self.product.qty_available, self.other_product.qty_available), (97, 104))
        self.assertFalse(self._cases("E-3PL-STOCK"))

    def test_difference_is_not_adjusted_after_goods_have_moved(self):
        self._report(("KET-1", {"17": 97}), ("TOA-1", {"17": 100}))
        self.env["stock.quant"]._update_available_quantity(self.product, self.warehouse.lot_stock_id, -3)
        with self.assertRaisesRegex(UserError, "next 846"):
            self._open_differences().with_user(self.stock_manager).action_adjust()

    def test_difference_that_stays_needs_a_note(self):
        self._report(("KET-1", {"17": 97}), ("TOA-1", {"17": 100}))
        difference = self._open_differences().with_user(self.stock_manager)
        with self.assertRaises(UserError):
            difference.action_accept()
        difference.note = "3PL counts again"
        difference.action_accept()
        self.assertEqual((difference.state, self.product.qty_available), ("accepted", 100))
        self.assertFalse(self._cases("E-3PL-STOCK"))

    def test_only_what_is_worth_little_is_adjusted_by_itself(self):
        self.other_product.standard_price = 10
        self._report(("KET-1", {"17": 97}), ("TOA-1", {"17": 99}))
        self.assertEqual(len(self._open_differences()), 2)  # without a limit: nothing
        self.company.om_edi_adjust_limit = 100
        self._report(("KET-1", {"17": 97}), ("TOA-1", {"17": 99}))
        self.assertEqual(self._open_differences().product_id, self.product)
        self.assertEqual((self.product.qty_available, self.other_product.qty_available), (100, 99))

    def test_unknown_item_is_told_and_the_rest_compared(self):
        report = self._report(("LL-1", {"17": 5}), ("KET-1", {"17": 97}), ("TOA-1", {"17": 100}))
        self.assertEqual(report.state, "done")
        self.assertIn("LL-1", report.findings)
        self.assertEqual(set(self._cases("E-3PL-STOCK").mapped("key")), {"unknown", "stock"})
        self.assertEqual(self._open_differences().product_id, self.product)
        self._report(("KET-1", {"17": 97}), ("TOA-1", {"17": 100}))
        self.assertEqual(self._cases("E-3PL-STOCK").mapped("key"), ["stock"])

    def test_list_of_changes_is_not_compared(self):
        report = self._report(("KET-1", {"17": 1}), purpose="04")
        self.assertEqual(report.state, "error")
        self.assertFalse(self._open_differences())

    def test_one_open_difference_per_product_lot_and_status(self):
        self._report(("KET-1", {"17": 97}), ("TOA-1", {"17": 100}))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._open_differences().copy()

    def test_other_companies_see_nothing(self):
        self._report(("KET-1", {"17": 97}), ("TOA-1", {"17": 100}))
        other = self.env["res.company"].create({"name": "Other Co"})
        stranger = new_test_user(
            self.env, "om_other", "stock.group_stock_manager", company_id=other.id, company_ids=[other.id]
        )
        with self.assertRaises(AccessError):
            self._open_differences().with_user(stranger).read(["quantity"])

    def test_queries_do_not_grow_with_the_list(self):
        products = [self._new_product(f"P{n}", f"P-{n}", 1.0, stock=10) for n in range(30)]

        def queries(few, number):
            lines = [(p.default_code, {"17": 9}) for p in products[:few]]
            lines += [(p.default_code, {"17": 10}) for p in products[few:]]
            self.env["om.edi.stock.difference"].search([]).unlink()
            data = from_lakeside(
                inventory(f"I{number}", [*lines, ("KET-1", {"17": 100}), ("TOA-1", {"17": 100})]),
                group="IB",
                control=number,
            )
            intake = self.env["om.intake"]._receive(data, "upload")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            intake._process()
            self.env.flush_all()
            self.assertEqual(len(self._open_differences()), few)
            return self.env.cr.sql_log_count - before

        queries(1, 900)
        few, many = queries(2, 901), queries(30, 902)
        self.assertLessEqual(many, few + 2)
