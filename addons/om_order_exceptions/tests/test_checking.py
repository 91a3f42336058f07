from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import sale_order_suspects
from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestChecking(OrderManagementCommon):
    """How detectors are run: suspects by one query, in batch, for the fields that changed."""

    def _rescan(self):
        """Run the job; a test is one transaction and does not commit its steps."""
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60):
            self.env["sale.order"]._cron_rescan()

    def _faulty_orders(self):
        """Orders with one fault each, of many kinds, and a clean one."""
        gone = self._new_product("Lamp", "LAM-1", 10.0)
        retired = self._new_product("Fan", "FAN-1", 10.0)
        orders = self._order()
        orders += self._order([(gone, 1)])
        orders += self._order([(retired, 1)])
        orders += self._order([(self.product, 1, 90.0)])
        orders += self._order(om_requested_date="2020-01-01")
        orders += self._order(om_cancel_after="2020-01-01")
        orders += self._order(om_ship_to_scheme="buyer", om_ship_to_code="9999")
        orders += self._order(client_order_ref="PO 77") + self._order(client_order_ref="po-77")
        gone.active = False
        retired.sale_ok = False
        return orders

    def test_suspects_miss_nothing_that_a_detector_finds(self):
        orders = self._faulty_orders().sudo().with_company(self.company)
        orders.env.flush_all()
        suspects, _known = orders._om_suspects(None)
        narrowed = 0
        for methods in orders._om_detectors().values():
            for method in methods:
                with self.subTest(method=method):
                    everywhere = {(f.record, f.identity) for f in getattr(orders, method)()}
                    among = suspects.get(method, orders)
                    self.assertEqual({(f.record, f.identity) for f in getattr(among, method)()}, everywhere)
                    narrowed += bool(everywhere) and among < orders
        self.assertGreaterEqual(narrowed, 3, "there was something to find, and to leave out")

    def test_few_orders_and_many_have_the_same_suspects(self):
        orders = self._faulty_orders().sudo().with_company(self.company)
        self.assertTrue(orders._om_has_function(orders._om_suspect_function()[0]))
        few = orders._om_suspects(None)
        with patch.object(sale_order_suspects, "FEW", 0):
            self.assertEqual(orders._om_suspects(None), few)
        self.assertGreaterEqual(sum(map(bool, few[0].values())), 5)

    def test_query_about_few_orders_is_planned_once(self):
        order = self._order().sudo()
        with self.assertQueries([f'SELECT * FROM "{order._om_suspect_function()[0]}"(%s, %s, %s)']):
            order.env.execute_query(order._om_suspect_query(order._om_suspect_methods(None)))

    def test_plans_kept_since_the_tables_were_empty_do_not_read_the_tables(self):
        tables = ("sale_order", "sale_order_line", "om_order_event")

        def rows_read(action):
            self.env.flush_all()
            before = self._rows_read(tables)
            action()
            return self._rows_read(tables) - before

        def costs(order):
            """Rows read by the detectors' query, and to write events."""
            events = self.env["om.order.event"]
            events._write_pending()
            suspects = rows_read(lambda: order._om_suspects(None))
            events._log("entered", order)
            events._log_lines("changed", dict.fromkeys(order.order_line, 1.0))
            events._allocation_changed(order.order_line)
            return suspects, rows_read(events._write_pending)

        for table in tables:
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self.env.cr.execute("DISCARD PLANS")
        order = self._order().sudo()
        costs(order)  # now there are plans
        alone = costs(order)
        self.assertGreater(min(alone), 0)
        copies = self.env["sale.order"].sudo().create(order.copy_data() * 100)
        among_many = costs(copies[-1])
        self.assertLess(among_many[0], alone[0] + 20)
        self.assertLess(among_many[1], alone[1] + 20)

    def _rows_read(self, tables):
        """How many rows of the tables this transaction has read so far, one by one or in their indexes."""
        self.env.cr.execute(
            """
            SELECT SUM(pg_stat_get_xact_tuples_returned(c.oid)
                       + (SELECT SUM(pg_stat_get_xact_tuples_returned(indexrelid))
                            FROM pg_index WHERE indrelid = c.oid))
              FROM pg_class c WHERE c.relname IN %s
            """,
            [tables],
        )
        return self.env.cr.fetchone()[0]

    def test_clean_order_meets_no_detector_that_has_a_condition(self):
        order = self._order()
        suspects, known = order.sudo()._om_suspects(None)
        self.assertFalse(known)
        self.assertFalse([method for method, found in suspects.items() if found])

    def test_number_of_queries_does_not_grow_with_the_orders(self):
        def queries(orders):
            orders.env.flush_all()
            orders.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._om_check()
            return self.env.cr.sql_log_count - before

        orders = self.env["sale.order"].concat(*(self._order() for _n in range(12)))
        queries(orders[:1])  # caches of the registry
        self.assertLessEqual(queries(orders), queries(orders[:2]))

    def test_faulty_orders_are_found_in_a_number_of_queries_that_does_not_grow(self):
        def queries(orders):
            orders._om_check()
            orders.env.flush_all()
            orders.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._om_check()
            return self.env.cr.sql_log_count - before

        few = self._faulty_orders() + self._faulty_orders()
        many = few + self._faulty_orders() + self._faulty_orders()
        self.assertLessEqual(queries(many), queries(few) + 2)

    def test_change_runs_the_detectors_that_read_the_field_and_no_other(self):
        order = self._order()
        self.env.cr.flush()
        ran = set()
        orders = type(self.env["sale.order"])
        check = orders._om_detect

        def spy(these, codes=None):
            ran.update(codes or {"all"})
            return check(these, codes)

        with patch.object(orders, "_om_detect", spy):
            order.commitment_date = "2040-01-01 12:00:00"
            self.env.cr.flush()
        self.assertIn("E-DTE-PAST", ran)
        self.assertFalse(ran & {"all", "E-PRC-DIFF", "E-ITM-DISC", "E-DUP"})

    def test_order_that_is_deleted_before_the_check_is_forgotten(self):
        order = self._order()
        order.sudo().unlink()
        self.env.cr.flush()  # runs the checks of this transaction

    def test_rescan_finds_what_time_and_master_data_have_changed(self):
        order = self._order()
        self.env.cr.flush()
        self.product.sale_ok = False
        self.assertFalse(self._open(order))
        self._rescan()
        self.assertTrue(self._open(order, "E-ITM-DISC"))

    def test_rescan_goes_on_where_it_was_interrupted(self):
        first, second = self._order(), self._order()
        self.env.cr.flush()
        self.product.sale_ok = False
        self.env["ir.config_parameter"].sudo().set_param("om_order_exceptions.rescanned_to", first.id)
        self._rescan()
        self.assertFalse(self._open(first))
        self.assertTrue(self._open(second))
        self._rescan()  # the next one begins anew
        self.assertTrue(self._open(first))

    def test_rescan_leaves_out_what_is_over(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        order.sudo()._create_invoices().action_post()
        self.env.cr.flush()
        self.assertEqual(order.invoice_status, "invoiced")
        with patch.object(type(order), "_om_check", autospec=True) as check:
            self._rescan()
        looked_at = {order_id for call in check.call_args_list for order_id in call.args[0].ids}
        self.assertNotIn(order.id, looked_at)

    def test_lines_are_priced_the_same_as_records_and_as_rows(self):
        orders = self._faulty_orders().sudo()
        orders[0].order_line.discount = 12.5
        orders.env.flush_all()

        def without_none(rows):  # an empty relation is False in a record and NULL in a row
            return sorted(tuple(value or 0 for value in row) for row in rows)

        self.assertEqual(
            without_none(orders._om_priced_lines()), without_none(orders._om_read_priced_lines())
        )
        self.assertTrue(orders._om_priced_lines())

    def test_contract_prices_of_many_pricelists_are_read_together(self):
        def queries(orders):
            orders.env.flush_all()
            orders.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders.sudo().with_company(self.company)._om_detect_price_difference()
            return self.env.cr.sql_log_count - before

        orders = self.env["sale.order"]
        for n in range(6):
            pricelist = self.env["product.pricelist"].create(
                {
                    "name": f"Contract {n}",
                    "item_ids": [fields.Command.create({"compute_price": "fixed", "fixed_price": 50.0 + n})],
                }
            )
            orders += self._order(pricelist_id=pricelist.id)
        queries(orders[:1])
        self.assertLessEqual(queries(orders), queries(orders[:2]))
