from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import OrderManagementCommon


class FulfilmentCommon(OrderManagementCommon):
    def _confirmed(self, lines=None, **values):
        order = self._order(lines, **values)
        order.action_confirm()
        return order

    def _cases(self, order, code):
        self.env.cr.flush()
        return self._open(order, code)

    def _open_picking(self, order):
        return order.sudo().picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))

    def _deliver_without_backorder(self, order, quantity):
        picking = self._open_picking(order)
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=picking.ids).button_validate()


@tagged("post_install", "-at_install")
class TestShortShipment(FulfilmentCommon):
    def test_full_delivery_is_fine(self):
        order = self._confirmed()
        self._deliver(order)
        self.assertFalse(self._cases(order, "E-SHP-SHORT"))

    def test_rest_on_backorder_warns_until_it_is_shipped(self):
        order = self._confirmed()
        self._deliver(order, {self.product: 6})
        case = self._cases(order, "E-SHP-SHORT")
        self.assertEqual((case.severity, case.amount), ("3", 400))
        self.assertIn("6 of 10", case.found)
        self.assertFalse(order.om_blocked_stage)
        self._deliver(order)
        self.assertFalse(self._cases(order, "E-SHP-SHORT"))
        self.assertEqual(case.state, "auto_closed")

    def test_rest_that_nobody_plans_is_found_and_shipped(self):
        order = self._confirmed()
        self._deliver_without_backorder(order, 6)
        case = self._cases(order, "E-SHP-SHORT")
        self.assertEqual(case.severity, "2")
        self._resolve(case, "fix_reship")
        self.assertEqual(case.state, "resolved")
        self.assertEqual(self._open_picking(order).move_ids.product_uom_qty, 4)

    def test_delivery_that_was_cancelled_is_found(self):
        order = self._confirmed()
        self._open_picking(order).action_cancel()
        self.assertIn("0 of 10", self._cases(order, "E-SHP-SHORT").found)

    def test_line_ends_with_what_was_shipped(self):
        for drop in (True, False):
            with self.subTest(drop=drop):
                order = self._confirmed()
                if drop:
                    self._deliver_without_backorder(order, 6)
                else:
                    self._deliver(order, {self.product: 6})
                case = self._cases(order, "E-SHP-SHORT")
                self._resolve(case, "fix_cut_line")
                self.assertEqual((case.state, order.order_line.product_uom_qty), ("resolved", 6))
                self.assertFalse(self._open_picking(order).move_ids.filtered("product_uom_qty"))

    def test_customer_who_waits_for_the_rest_ends_the_case_until_more_is_missing(self):
        order = self._confirmed()
        self._deliver(order, {self.product: 6})
        case = self._cases(order, "E-SHP-SHORT")
        self._resolve(case, "fix_keep_backorder")
        self.assertEqual(case.state, "resolved")
        order.order_line.product_uom_qty = 20
        self.assertTrue(self._cases(order, "E-SHP-SHORT"))

    def test_what_came_back_was_shipped(self):
        order = self._confirmed()
        picking = self._deliver(order)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({})
        )
        wizard.product_return_moves.quantity = 3
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.button_validate()
        self.assertEqual(order.order_line.qty_delivered, 7)
        self.assertFalse(self._cases(order, "E-SHP-SHORT"))

    def test_goods_on_their_way_through_the_warehouse_are_not_short(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._confirmed()
        self._open_picking(order).button_validate()
        self.assertFalse(self._cases(order, "E-SHP-SHORT"))

    def test_queries_do_not_grow_with_the_orders(self):
        def cost(orders):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._om_check()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        orders = self.env["sale.order"]
        for _number in range(8):
            order = self._confirmed([(self.product, 4), (self.other_product, 2)])
            self._deliver(order, {self.product: 2, self.other_product: 3})
            orders |= order
        self.company.write({"om_check_phantom": True, "om_label_packages": True, "om_invoice_late_days": 1})
        orders._om_check()
        self.assertTrue(self._open(orders, "E-STK-PHANTOM"))
        self.assertTrue(self._open(orders, "E-SHP-OVER"))
        few = cost(orders[:2])
        self.assertLessEqual(cost(orders), few + 2)


@tagged("post_install", "-at_install")
class TestOverShipment(FulfilmentCommon):
    def _over(self, quantity=12):
        order = self._confirmed()
        picking = self._open_picking(order)
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.button_validate()
        return order

    def test_more_than_ordered_is_found(self):
        case = self._cases(self._over(), "E-SHP-OVER")
        self.assertEqual((case.found, case.expected, case.amount), ("12 Units shipped", "10 Units", 200))

    def test_within_what_the_company_allows(self):
        self.company.om_over_ship_percent = 20
        self.assertFalse(self._cases(self._over(), "E-SHP-OVER"))

    def test_blocks_the_invoice_when_the_company_wants_it(self):
        self.env.ref("om_order_exceptions.type_shp_over").blocks = "invoice"
        order = self._over()
        self._cases(order, "E-SHP-OVER")
        invoice = order.sudo()._create_invoices()
        with self.assertRaisesRegex(UserError, "E-SHP-OVER"):
            invoice.action_post()

    def test_bill_with_consent(self):
        order = self._over()
        case = self._cases(order, "E-SHP-OVER")
        self._resolve(case, "fix_bill_over", reason="Bea Buyer by phone")
        self.assertEqual((case.state, order.order_line.product_uom_qty), ("resolved", 12))
        self.assertIn("Bea Buyer", order.message_ids[0].body)
        self.assertFalse(self._open_picking(order))

    def test_call_back_ends_with_the_receipt(self):
        order = self._over()
        case = self._cases(order, "E-SHP-OVER")
        self._resolve(case, "fix_recover")
        back = self._open_picking(order)
        self.assertEqual((back.move_ids.product_uom_qty, case.is_open), (2, True))
        back.button_validate()
        self.assertFalse(self._cases(order, "E-SHP-OVER"))


@tagged("post_install", "-at_install")
class TestShipTimes(FulfilmentCommon):
    def test_late_when_the_last_pickup_has_left(self):
        order = self._confirmed(commitment_date=fields.Datetime.now() + timedelta(days=10))
        order._om_check({"E-SHP-LATE"})
        self.assertFalse(self._open(order, "E-SHP-LATE"))
        with freeze_time(order.om_ship_cutoff + timedelta(minutes=1)):
            order._om_check({"E-SHP-LATE"})
            case = self._open(order, "E-SHP-LATE")
            self.assertIn("Kettle", case.found)
            self.assertEqual(case.amount, 1000)
            self._resolve(case, "fix_urgent")
            self.assertEqual((case.is_open, self._open_picking(order).priority), (True, "1"))
            self._deliver(order)
            self.assertFalse(self._cases(order, "E-SHP-LATE"))

    def test_dates_are_written_as_the_language_of_the_company_writes_them(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.company.partner_id.lang = "de_DE"
        order = self._confirmed(commitment_date=datetime(2099, 3, 5, 12), om_deliver_not_before="2099-03-05")
        order._om_check({"E-SHP-EARLY"})
        case = self._open(order, "E-SHP-EARLY")
        self.assertIn("05.03.2099", case.found)
        self.assertRegex(case.expected, r"\d\d\.\d\d\.2099")
        with freeze_time(order.om_ship_cutoff + timedelta(minutes=1)):
            order._om_check({"E-SHP-LATE"})
        self.assertRegex(self._open(order, "E-SHP-LATE").expected, r"\d\d\.\d\d\.99, \d\d:\d\d")

    def test_another_promise_ends_it(self):
        order = self._confirmed(commitment_date=fields.Datetime.now() + timedelta(days=10))
        with freeze_time(order.om_ship_cutoff + timedelta(minutes=1)):
            order._om_check({"E-SHP-LATE"})
            case = self._open(order, "E-SHP-LATE")
            self._resolve(case, "fix_set_date", date="2099-01-04")
        self.assertEqual(case.state, "resolved")

    def test_order_that_is_paid_before_it_is_shipped_is_found_by_the_nightly_scan(self):
        self.product.invoice_policy = "order"
        order = self._confirmed(commitment_date=fields.Datetime.now() + timedelta(days=10))
        order.sudo()._create_invoices().action_post()
        self.assertEqual(order.invoice_status, "invoiced")
        with freeze_time(order.om_ship_cutoff + timedelta(minutes=1)), self.enter_registry_test_mode():
            self.env.ref("om_order_exceptions.cron_rescan").method_direct_trigger()
        self.assertTrue(self._open(order, "E-SHP-LATE"))

    def test_order_without_any_promise_is_not_late(self):
        order = self._confirmed()
        with freeze_time(fields.Datetime.now() + timedelta(days=60)):
            order._om_check({"E-SHP-LATE"})
        self.assertFalse(self._open(order, "E-SHP-LATE"))

    def test_early_goods_wait_for_the_window(self):
        first = fields.Date.today() + timedelta(days=20)
        order = self._confirmed(om_deliver_not_before=first)
        case = self._cases(order, "E-SHP-EARLY")
        self.assertEqual(order.om_blocked_stage, "ship")
        with self.assertRaisesRegex(UserError, "E-SHP-EARLY"), self.cr.savepoint():
            self._deliver(order)
        with freeze_time(fields.Datetime.now() + timedelta(days=20)):
            order._om_check({"E-SHP-EARLY"})
        self.assertEqual(case.state, "auto_closed")
        self._deliver(order)

    def test_customer_takes_early_goods(self):
        order = self._confirmed(om_deliver_not_before=fields.Date.today() + timedelta(days=20))
        case = self._cases(order, "E-SHP-EARLY")
        self._resolve(case, "fix_open_window", date=fields.Date.today())
        self.assertEqual(case.state, "resolved")

    def test_nothing_is_early_without_a_window(self):
        order = self._confirmed(commitment_date=fields.Datetime.now() + timedelta(days=60))
        self.assertFalse(self._cases(order, "E-SHP-EARLY"))


@tagged("post_install", "-at_install")
class TestPhantomStock(FulfilmentCommon):
    def test_short_pick_of_stock_on_the_book_asks_for_a_count(self):
        self.company.om_check_phantom = True
        order = self._confirmed()
        self._deliver(order, {self.product: 6})
        case = self._cases(order, "E-STK-PHANTOM")
        self.assertEqual((case.found, case.expected), ("4 Units not found", "94 Units on the book"))
        self.assertEqual(order.om_blocked_stage, "ship")
        self._resolve(case, "fix_recount")
        self.assertTrue(case.is_open)
        quant = self.env["stock.quant"]._gather(self.product, self.warehouse.lot_stock_id)
        self.assertEqual(quant.inventory_date, fields.Date.today())
        with freeze_time(fields.Datetime.now() + timedelta(minutes=5)):
            quant.with_context(inventory_mode=True).inventory_quantity = 50
            quant.action_apply_inventory()
        self.assertFalse(self._cases(order, "E-STK-PHANTOM"))
        self.assertFalse(order.om_blocked_stage)

    def test_stock_that_is_really_out_is_no_phantom(self):
        self.company.om_check_phantom = True
        scarce = self._new_product("Scarce", "SCA-1", 10.0, stock=6)
        order = self._confirmed([(scarce, 10)])
        self._deliver(order, {scarce: 6})
        self.assertFalse(self._cases(order, "E-STK-PHANTOM"))

    def test_nothing_is_asked_where_the_company_did_not_say_so(self):
        order = self._confirmed()
        self._deliver(order, {self.product: 6})
        self.assertFalse(self._cases(order, "E-STK-PHANTOM"))


@tagged("post_install", "-at_install")
class TestPackageLabels(FulfilmentCommon):
    SSCC = "106141411234567897"

    def setUp(self):
        super().setUp()
        self.company.om_label_packages = True
        self.order = self._confirmed()
        self.picking = self._open_picking(self.order)

    def _pack(self, name):
        self.picking.move_ids.picked = True
        self.picking.move_line_ids.result_package_id = self.env["stock.package"].create({"name": name})

    def test_labelled_goods_leave(self):
        self._pack(self.SSCC)
        self.assertFalse(self._cases(self.order, "E-LBL"))
        self.picking.button_validate()
        self.assertEqual(self.picking.state, "done")

    def test_loose_goods_do_not_leave_even_when_packed_seconds_before(self):
        with self.assertRaisesRegex(UserError, "E-LBL"):
            self.picking.button_validate()

    def test_number_with_a_wrong_check_digit(self):
        self._pack("106141411234567890")
        case = self._cases(self.order, "E-LBL")
        self.assertIn("106141411234567890 is no SSCC", case.found)
        self.picking.move_line_ids.result_package_id.name = self.SSCC
        self.assertFalse(self._cases(self.order, "E-LBL"))

    def test_number_that_is_on_another_package_too(self):
        self.env["stock.package"].create({"name": self.SSCC})
        self._pack(self.SSCC)
        self.assertIn("another package", self._cases(self.order, "E-LBL").found)

    def _numbers(self, *numbers):
        """From now on packages are numbered like this."""
        rest = iter(numbers)
        self.patch(
            self.env.registry["stock.package.type"], "_get_next_name_by_sequence", lambda _self: next(rest)
        )
        prefix = "om_gs1_prefix" in self.company._fields and self.company.om_gs1_prefix
        self.assertFalse(prefix, "the sequence counts only without a prefix")

    def test_packages_are_numbered_anew(self):
        self._pack("106141411234567890")
        case = self._cases(self.order, "E-LBL")
        self._numbers("006141411234567890")
        self._resolve(case, "fix_reissue_label")
        self.assertEqual(self.picking.move_line_ids.result_package_id.name, "006141411234567890")
        self.assertEqual(case.state, "resolved")
        self.assertIn("006141411234567890", self.picking.message_ids[0].body)

    def test_new_number_that_is_no_sscc_either_is_refused(self):
        self._pack("106141411234567890")
        case = self._cases(self.order, "E-LBL")
        self._numbers("PACK2")
        with self.assertRaisesRegex(UserError, "PACK2 is no SSCC"):
            self._resolve(case, "fix_reissue_label")

    def test_new_number_does_not_pack_loose_goods(self):
        self.picking.move_ids.picked = True
        self.env.cr.flush()
        self.order._om_check()
        with self.assertRaisesRegex(UserError, "Only the warehouse can pack"):
            self._resolve(self._cases(self.order, "E-LBL"), "fix_reissue_label")

    def test_company_without_labels_packs_as_it_likes(self):
        self.company.om_label_packages = False
        self._pack("PACK1")
        self.assertFalse(self._cases(self.order, "E-LBL"))
