import logging
import time

from odoo.fields import Command
from odoo.tests import tagged

from .availability_common import AvailabilityCommon

_logger = logging.getLogger(__name__)
CODES = {"E-STK-SHORT", "E-DTE-LEAD", "E-PROMISE-SLIP", "E-STK-ALLOC", "E-ITM-DISC", "E-SUB"}


@tagged("post_install", "-at_install")
class TestAvailabilityCost(AvailabilityCommon):
    """Queries do not grow with the number of orders, and diagnosis is fast."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = cls.env["product.product"].create(
            [
                {"name": f"Part {number}", "list_price": 5.0, "is_storable": True, "sale_delay": 3}
                for number in range(10)
            ]
        )
        cls.successor = cls._new_product("New", "NEW", 5.0)
        cls.ending = cls._new_product("Old", "OLD", 5.0, stock=1)

    def _many(self, count, product_ids):
        """``count`` quotations of one line each, all short, with a date of their own."""
        return self.env["sale.order"].create(
            [
                {
                    "partner_id": self.customer.id,
                    "commitment_date": self._day(number % 20),
                    "order_line": [
                        Command.create(
                            {"product_id": product_ids[number % len(product_ids)], "product_uom_qty": 5}
                        )
                    ],
                }
                for number in range(count)
            ]
        )

    def _queries(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_detection_of_short_lines_costs_the_same_for_one_and_for_many(self):
        self.company.om_short_quotations = True
        self.env["om.lead.time"].create({"days": 2})
        few, many = self._many(2, self.products.ids), self._many(40, self.products.ids)
        self._settle()
        (few + many)._om_check(CODES)
        counts = [self._queries(lambda orders=orders: orders._om_check(CODES)) for orders in (few, many)]
        self.assertLessEqual(counts[1], counts[0] + 1, counts)

    def test_life_cycle_and_quota_cost_the_same_for_one_and_for_many(self):
        self.ending.write({"om_life_cycle": "last_time_buy", "om_last_quantity": 1})
        self.env["om.allocation.quota"].create(
            {"product_id": self.ending.id, "date_from": "2020-01-01", "date_to": "2099-01-01", "quantity": 1}
        )
        few, many = self._many(2, self.ending.ids), self._many(40, self.ending.ids)
        self._settle()
        (few + many)._om_check(CODES)
        counts = [self._queries(lambda orders=orders: orders._om_check(CODES)) for orders in (few, many)]
        self.assertLessEqual(counts[1], counts[0] + 1, counts)

    def test_confirmed_lines_are_forecast_at_the_cost_of_one(self):
        few, many = self._many(2, self.products.ids), self._many(40, self.products.ids)
        (few + many).action_confirm()
        self._settle()
        counts = [
            self._queries(lambda orders=orders: self.env["om.availability"]._of_lines(orders.order_line))
            for orders in (few, many)
        ]
        self.assertLessEqual(counts[1], counts[0], counts)

    def test_proposals_cost_the_same_for_one_and_for_many(self):
        few, many = self._many(2, self.products.ids), self._many(40, self.products.ids)
        (few + many).action_confirm()
        self._settle()
        counts = [
            self._queries(
                lambda orders=orders: self.env["om.fulfilment.situation"]._options(orders.order_line)
            )
            for orders in (few, many)
        ]
        self.assertLessEqual(counts[1], counts[0] + 1, counts)

    def test_five_hundred_short_lines_are_diagnosed_in_two_seconds(self):
        self.company.om_short_quotations = True
        orders = self._many(500, self.products.ids)
        self._settle()
        self.env.flush_all()
        self.env.invalidate_all()
        start = time.thread_time()
        supplies = self.env["om.availability"]._of_lines(orders.order_line)
        took = time.thread_time() - start
        _logger.info("500 short lines: supply in %.2f s of CPU time", took)
        self.assertEqual(len(supplies), 500)
        self.assertLess(took, 2.0)

    def test_clean_order_costs_no_query_of_ours(self):
        order = self._many(1, self.product.ids)
        self._settle()
        self.env.flush_all()
        order._om_check(CODES)
        self.env.flush_all()
        with self.assertQueryCount(1):
            order._om_check(CODES)
