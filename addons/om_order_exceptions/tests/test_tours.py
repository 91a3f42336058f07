from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestTours(OrderManagementCommon, HttpCase):
    """The work queue in a real browser."""

    def _orders_of_a_product_that_ended(self, count):
        lamp = self._new_product("Lamp", "LAM-1", 40.0)
        orders = self.env["sale.order"].concat(
            *(self._order([(lamp, 2)], user_id=self.specialist.id) for _n in range(count))
        )
        lamp.sale_ok = False
        orders._om_check()
        return orders

    def test_specialist_takes_the_most_pressing_case_and_frees_its_order(self):
        order = self._orders_of_a_product_that_ended(1)
        self.start_tour("/odoo", "om_specialist_morning", login=self.specialist.login, timeout=120)
        self.assertEqual((order.state, order.order_line.product_id), ("sale", self.other_product))
        case = order.om_exception_ids.filtered(lambda e: e.code == "E-ITM-DISC")
        self.assertEqual((case.state, case.user_id), ("resolved", self.specialist))

    def test_manager_accepts_a_price_with_the_reason(self):
        order = self._order([(self.product, 10, 90.0)])
        order._om_check()
        self.start_tour("/odoo/work-queue", "om_waiver_by_manager", login=self.manager.login, timeout=120)
        self.assertEqual(order.om_exception_ids.filtered(lambda e: e.code == "E-PRC-DIFF").state, "waived")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_specialist_is_not_offered_a_waiver(self):
        self._order([(self.product, 10, 90.0)])._om_check()
        self.start_tour(
            "/odoo/work-queue", "om_no_waiver_by_specialist", login=self.specialist.login, timeout=120
        )

    def test_one_cure_frees_all_orders_of_one_cause(self):
        orders = self._orders_of_a_product_that_ended(3)
        self.start_tour("/odoo/work-queue", "om_same_cause", login=self.specialist.login, timeout=120)
        self.assertEqual(orders.order_line.product_id, self.other_product)
        self.assertFalse(self._open(orders))

    def test_twenty_orders_are_released_with_the_keyboard_alone(self):
        orders = self.env["sale.order"]
        for n in range(12):
            lamp = self._new_product(f"Lamp {n}", f"LAM-{n}", 40.0)
            orders += self._order([(lamp, 2, 35.0)], user_id=self.specialist.id)
        gone_by = fields.Date.today() - timedelta(days=3)
        for _n in range(8):
            orders += self._order(om_requested_date=gone_by, user_id=self.specialist.id)
        orders._om_check()
        self.start_tour("/odoo/work-queue", "om_keyboard_release", login=self.specialist.login, timeout=120)
        self.assertFalse(self._open(orders))
        self.assertEqual(set(orders.mapped("state")), {"sale"})
