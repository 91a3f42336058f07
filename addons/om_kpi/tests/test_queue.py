from unittest.mock import patch

from odoo.tests import tagged

from .common import KpiCommon


@tagged("post_install", "-at_install")
class TestQueue(KpiCommon):
    def setUp(self):
        super().setUp()
        self.queue = self.env["om.kpi.dirty"]
        self.env.cr.flush()
        self.env.cr.execute("DELETE FROM om_kpi_dirty")
        self.queue.invalidate_model()

    def _queued(self):
        self.env.cr.flush()
        return self.queue.search([]).mapped("order_id")

    def test_confirming_orders_costs_one_insert(self):
        orders = self._order() | self._order() | self._order()
        self.env.cr.flush()
        inserts = []
        execute = type(self.env.cr).execute

        def spy(cr, query, *args, **kwargs):
            text = str(query)
            if "om_kpi_dirty" in text:
                inserts.append(text)
            return execute(cr, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", spy):
            orders.action_confirm()
            self.env.cr.flush()
        self.assertEqual(len(inserts), 1)
        self.assertEqual(sorted(self._queued()), sorted(orders.ids))

    def test_quotations_are_not_queued(self):
        order = self._order()
        order.order_line.product_uom_qty = 3
        order.commitment_date = "2030-01-01"
        self.assertFalse(self._queued())

    def test_a_change_of_what_counts_queues_the_order(self):
        order = self._promise([(self.product, 10)])
        picking = self._ship(order, "03-04", {self.product: 4})
        move = picking.move_ids.filtered("sale_line_id")
        changes = {
            "promise": lambda: order.write({"commitment_date": "2026-03-07 12:00:00"}),
            "window": lambda: order.write({"om_deliver_not_before": "2026-03-03"}),
            "quantity": lambda: order.order_line.write({"product_uom_qty": 12}),
            "customer cut": lambda: order.order_line.write({"om_customer_cancelled_qty": 1}),
            "done date": lambda: picking.write({"date_done": "2026-03-03 12:00:00"}),
            "done quantity": lambda: move.move_line_ids.write({"quantity": 3}),
            "rest cancelled": lambda: self._cancel_balance(order),
        }
        for name, change in changes.items():
            self._measure()
            self.assertFalse(self._queued())
            change()
            self.assertEqual(set(self._queued()), {order.id}, name)
        self._measure()
        fact = self._fact(order)
        self.assertEqual((fact.net_qty, fact.shipped_qty, str(fact.first_ship_date)), (11, 3, "2026-03-03"))

    def test_job_works_in_batches_and_tells_its_progress(self):
        orders = [self._promise([(self.product, 1)]) for _n in range(5)]
        told = []

        def commit_progress(_cron, processed=0, *, remaining=None, deactivate=False):
            told.append((processed, remaining > 0))
            return 60.0

        with patch.object(type(self.env["ir.cron"]), "_commit_progress", commit_progress):
            self.queue._cron_refresh(batch=2)
        self.assertEqual(told, [(2, True), (2, True), (1, False)])
        self.assertEqual(self.lines.search_count([("order_id", "in", [order.id for order in orders])]), 5)

    def test_measuring_is_one_statement_for_any_number_of_orders(self):
        orders = self._promise([(self.product, 1)])
        self.lines._refresh(orders.ids)  # caches warm
        for _n in range(4):
            orders |= self._promise([(self.product, 1), (self.other_product, 2)])
        self.env.cr.flush()
        with self.assertQueryCount(1):
            self.lines._refresh(orders.ids)
        self.assertEqual(len(self._fact(orders)), 9)

    def test_measuring_twice_changes_nothing(self):
        order = self._promise([(self.product, 10)])
        self._ship(order, "03-04")
        self._measure("03-10")
        before = self._fact(order).read()
        with self._on("03-10"):
            self.lines._refresh(order.ids)
        self.assertEqual(self._fact(order).read(), before)

    def test_deleted_line_leaves_no_fact(self):
        order = self._promise([(self.product, 10), (self.other_product, 5)])
        self._measure("03-02")
        self.env.cr.execute(
            "UPDATE sale_order_line SET om_confirmed_at = NULL WHERE id = %s", [order.order_line[1].id]
        )
        self.env.invalidate_all()
        self.lines._refresh(order.ids)
        self.assertEqual(self._fact(order).product_id, self.product)

    def test_unknown_time_zone_does_not_stop_the_measuring(self):
        order = self._promise([(self.product, 10)])
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET tz = 'Atlantis/Capital' WHERE id = %s", [self.store.id])
        self.lines._refresh(order.ids)
        self.assertEqual(str(self._fact(order).window_end), "2026-03-05")
