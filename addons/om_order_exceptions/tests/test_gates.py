from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestGates(OrderManagementCommon):
    def test_clean_order_confirms_untouched(self):
        order = self._order()
        self.assertIs(order.action_confirm(), True)
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.om_exception_ids)
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_blocked_order_is_parked_and_clean_ones_of_the_batch_go_on(self):
        clean, late = self._order(), self._order(commitment_date="2020-01-01 12:00:00")
        action = (clean | late).action_confirm()
        self.assertEqual((clean.state, late.state), ("sale", "draft"))
        self.assertEqual(action["res_model"], "om.exception")
        self.assertIn(("order_id", "in", late.ids), action["domain"])

    def test_customers_signature_confirms_and_holds_at_release(self):
        order = self._order(commitment_date="2020-01-01 12:00:00")
        order.sudo()._validate_order()
        self.assertEqual(order.state, "sale")
        self.assertTrue(order.om_is_held)
        self.assertEqual(order.picking_ids.move_ids.mapped("state"), ["confirmed"])

    def test_client_can_not_claim_to_be_the_customer(self):
        order = self._order(commitment_date="2020-01-01 12:00:00")
        for value in (True, 1, "<internal>", {}):
            order.with_context(om_customer_confirms=value, om_checked=value).action_confirm()
            self.assertEqual(order.state, "draft")

    def _held_order(self):
        order = self._order(commitment_date="2020-01-01 12:00:00")
        order.sudo()._validate_order()
        return order

    def test_held_order_is_not_reserved_by_any_way(self):
        order = self._held_order()
        picking = order.picking_ids
        picking.action_assign()
        self.env["stock.rule"].run_scheduler()
        picking.move_ids._trigger_assign()
        self.assertEqual(picking.move_ids.state, "confirmed")
        self.assertEqual(picking.move_ids.quantity, 0)

    def test_held_order_is_not_shipped_even_when_quantity_is_typed(self):
        order = self._held_order()
        with self.assertRaisesRegex(UserError, "E-DTE-PAST"), self.cr.savepoint():
            order.picking_ids.move_ids.write({"quantity": 10, "picked": True})
        with self.assertRaisesRegex(UserError, "E-DTE-PAST"):
            order.picking_ids.button_validate()

    def test_cure_releases_and_reserves(self):
        order = self._held_order()
        self._resolve(self._open(order), "fix_set_date", date="2099-01-04")
        self.assertFalse(order.om_is_held)
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_block_after_reservation_gives_the_stock_back(self):
        order = self._order()
        order.action_confirm()
        self.assertEqual(order.picking_ids.state, "assigned")
        order.commitment_date = "2020-01-01 12:00:00"
        self.env.cr.flush()
        self.assertEqual(order.picking_ids.move_ids.state, "confirmed")
        self.assertTrue(order.om_is_held)

    def test_invoice_waits_for_the_invoice_gate(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        invoice = order.sudo()._create_invoices()
        order.order_line.price_unit = 1.0
        self.env.cr.flush()
        codes = {"E-INV-MISM", "E-PRC-CHANGED", "E-PRC-DIFF"}
        self.assertEqual(set(self._open(order).mapped("code")), codes)
        with self.assertRaisesRegex(UserError, "E-PRC-DIFF"):
            invoice.action_post()
        order.order_line.price_unit = 100.0
        self.env.cr.flush()
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_gate_adds_few_queries_and_not_per_order(self):
        def cost(orders):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._om_check()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few = self.env["sale.order"].concat(*(self._order() for _ in range(2)))
        many = self.env["sale.order"].concat(*(self._order() for _ in range(20)))
        cost(few)
        self.assertLessEqual(cost(many), cost(few) + 2)
