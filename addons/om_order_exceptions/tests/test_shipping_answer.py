from datetime import datetime

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestShippingAnswer(OrderManagementCommon):
    """Why is it not shipping, and what is the cheapest cure?"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.correct = cls.env.ref("om_order_exceptions.fix_contract_price")
        cls.accept = cls.env.ref("om_order_exceptions.fix_accept")
        cls.env.ref("om_order_exceptions.type_prc_diff").fix_ids = cls.correct | cls.accept

    def _blocked(self, **values):
        """An order with two prices off the pricelist and a product that is no longer for sale."""
        self.other_product.sudo().sale_ok = False
        order = self._order(
            [(self.product, 10, 80.0), (self.product, 5, 90.0), (self.other_product, 1)], **values
        )
        order._om_check()
        self.env.invalidate_all()
        return order

    def _type(self, code):
        return self.env["om.exception.type"].search([("code", "=", code)])

    def test_each_stage_lists_its_exceptions_with_what_was_found(self):
        order = self._blocked()
        [stage] = order.om_answer["stages"]
        self.assertEqual(stage["label"], "Confirm")
        self.assertEqual(len(stage["exceptions"]), 3)
        price = next(item for item in stage["exceptions"] if item["code"] == "E-PRC-DIFF")
        self.assertIn("80.00", price["found"])
        self.assertIn("100.00", price["expected"])
        self.assertTrue(price["owner"])
        self.assertTrue(price["due"])
        self.assertEqual(order.om_answer["title"], "Blocked at Confirm")

    def test_cheapest_action_of_each_type_cures_all_its_cases(self):
        cures = self._blocked().om_answer["cures"]
        self.assertEqual(len(cures), 2)
        price = next(cure for cure in cures if cure["what"] == self._type("E-PRC-DIFF").name)
        self.assertEqual(
            (price["label"], price["count"], price["minutes"]), ("Correct to the pricelist", 2, 2)
        )

    def test_least_of_minutes_and_money_is_chosen(self):
        order = self._order([(self.product, 10, 99.0)])  # 10 at risk
        order._om_check()
        correct, accept = self.correct, self.accept
        correct.minutes = 60
        order = order.with_user(self.manager)
        order.invalidate_recordset(["om_answer"])
        [cure] = order.om_answer["cures"]
        self.assertEqual(cure["fix_id"], accept.id)  # 1 minute and 10 of money against 60 minutes
        self.assertIn("10.00", cure["money"])
        self.company.om_minute_cost = 0.1
        order.invalidate_recordset(["om_answer"])
        self.assertEqual(order.om_answer["cures"][0]["fix_id"], correct.id)

    def test_action_of_somebody_else_takes_a_handover(self):
        correct = self.correct
        correct.group_id = self.env.ref("om_order_exceptions.group_manager")
        order = self._order([(self.product, 100, 50.0)])
        order._om_check()
        [cure] = order.om_answer["cures"]
        self.assertEqual((cure["fix_id"], cure["minutes"], cure["who"]), (correct.id, 31, "Manager"))
        [cure] = order.with_user(self.manager).om_answer["cures"]
        self.assertEqual((cure["minutes"], cure["who"]), (1, ""))

    def test_dialog_opens_with_the_cure_chosen_and_cures(self):
        order = self._blocked()
        cure = next(
            cure for cure in order.om_answer["cures"] if cure["what"] == self._type("E-PRC-DIFF").name
        )
        cases = self.env["om.exception"].with_user(self.specialist).browse(cure["ids"])
        context = cases.action_cure(cure["fix_id"])["context"]
        wizard = (
            self.env["om.exception.resolve"].with_user(self.specialist).with_context(**context).create({})
        )
        self.assertEqual(wizard.fix_id.id, cure["fix_id"])
        wizard.action_apply()
        self.assertFalse(cases.filtered("is_open"))
        order.invalidate_recordset(["om_answer"])
        self.assertEqual(len(order.om_answer["cures"]), 1)

    def test_says_whether_the_pickup_is_made(self):
        self.warehouse.om_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Weekdays",
                "tz": "America/New_York",
                "attendance_ids": [
                    Command.create({"name": day, "dayofweek": day, "hour_from": 8, "hour_to": 17})
                    for day in "01234"
                ],
            }
        )
        order = self._blocked(om_requested_ship_date="2026-06-11")
        for now, words in (
            ("2026-06-11 15:00:00", "Makes the pickup of Thu 11 Jun 15:00"),
            ("2026-06-11 18:58:00", "Will miss the pickup"),
            ("2026-06-11 20:00:00", "Misses its date"),
        ):
            with self.subTest(now=now), freeze_time(now):
                order.invalidate_recordset(["om_answer"])
                self.assertIn(words, order.om_answer["outlook"])
        self.assertEqual(order.om_ship_cutoff, datetime(2026, 6, 11, 19, 0))

    def test_quotation_and_missing_stock_are_reasons(self):
        self.assertIn("quotation", self._order().om_answer["reasons"][0])
        self.env["om.exception.type"].search([("category", "=", "availability")]).active = False
        rare = self._new_product("Rare", "RAR-1", 5.0, stock=2)
        order = self._order([(rare, 10)])
        order.action_confirm()
        self.assertEqual(order.om_answer["title"], "Wait for stock")
        self.assertIn("8 of 10", order.om_answer["reasons"][0])

    def test_order_ready_to_pick_says_so(self):
        order = self._order()
        order.action_confirm()
        self.assertIn(order.sudo().picking_ids.name, order.om_answer["reasons"][0])

    def test_order_shipped_in_part_says_so(self):
        order = self._order()
        order.action_confirm()
        picking = order.sudo().picking_ids
        picking.move_ids.quantity = 4
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=[]).button_validate()
        self.assertTrue(any("in part" in reason for reason in order.om_answer["reasons"]))

    def test_nothing_is_said_of_what_is_done(self):
        order = self._order()
        order.action_cancel()
        self.assertFalse(order.om_answer)

    def test_who_may_not_cure_reads_the_answer_without_buttons(self):
        order = self._blocked()
        clerk = new_test_user(self.env, "clerk", groups="sales_team.group_sale_salesman_all_leads")
        answer = order.with_user(clerk).om_answer
        self.assertTrue(answer["cures"])
        self.assertFalse(answer["can_cure"])
        self.assertTrue(order.om_answer["can_cure"])

    def test_answers_of_many_orders_cost_as_much_as_one_of_few(self):
        orders = self.env["sale.order"]
        for _n in range(6):
            orders += self._blocked()
        self.env.flush_all()

        def queries(of):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            of.mapped("om_answer")
            return self.env.cr.sql_log_count - start

        few = queries(orders[:2])
        self.assertLessEqual(queries(orders), few)
