from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.om_score_weight import points_by_amount, points_by_time, terms_of
from .common import OrderManagementCommon

NOW = datetime(2026, 6, 10, 12, 0)


@tagged("post_install", "-at_install")
class TestScore(OrderManagementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.om_calendar_id = cls.env["resource.calendar"].create(
            {
                "name": "Every weekday",
                "tz": "UTC",
                "attendance_ids": [
                    Command.create({"name": day, "dayofweek": day, "hour_from": 8, "hour_to": 17})
                    for day in "01234"
                ],
            }
        )
        cls.warehouse.om_pickup_time = 15.0
        cls.store.tz = "UTC"
        cls.orders = cls.env["sale.order"]

    def setUp(self):
        super().setUp()
        self.startClock(NOW)

    def startClock(self, moment):
        clock = freeze_time(moment)
        clock.start()
        self.addCleanup(clock.stop)

    def _terms(self, record):
        self.env.flush_all()
        return terms_of(record.om_score_terms if record._name == "sale.order" else record.score_terms)

    def _checked(self, lines=None, **values):
        """Exceptions of an order whose price is off the pricelist."""
        order = self._order(lines or [(self.product, 10, 80.0)], **values)
        order._om_check()
        return self._open(order)

    # -------------------------------------------------------------------------------- what it is

    def test_terms_add_up_to_the_score(self):
        self.customer.write({"om_tier": "a", "om_late_penalty": 5.0})
        for quantity in (1, 10, 5000):
            case = self._checked([(self.product, quantity, 80.0)], om_requested_date="2026-06-12")
            order = case.order_id
            self.assertEqual(sum(self._terms(order).values()), order.om_score)
            self.assertEqual(sum(self._terms(case).values()), case.score)
            self.assertLessEqual(self._terms(order).items(), self._terms(case).items())

    def test_list_is_sorted_by_the_sum_of_the_stored_terms(self):
        cases = self.env["om.exception"]
        for quantity, day in ((1, "2026-06-30"), (900, "2026-06-11"), (20, False), (3, "2026-06-10")):
            cases += self._checked([(self.product, quantity, 80.0)], om_requested_date=day)
        listed = cases.search([("id", "in", cases.ids)])
        sums = [sum(self._terms(case).values()) for case in listed]
        self.assertEqual(sums, sorted(sums, reverse=True))
        self.assertGreater(len(set(sums)), 2)

    def test_each_term_has_its_points(self):
        self.customer.write({"om_tier": "b", "om_late_penalty": 10.0})
        order = self._order(om_requested_date="2026-06-10", om_priority="1")  # cut-off today 15:00
        self.assertEqual(
            self._terms(order),
            {"cutoff": 130, "penalty": 35, "tier": 30, "value": 50, "urgent": 100},
        )
        self.assertEqual(order.om_penalty, 100.0)

    def test_penalty_of_the_company_counts_where_the_customer_has_none(self):
        self.company.om_late_penalty = 2.0
        order = self._order()
        self.assertEqual(order.om_penalty, 20.0)
        self.customer.om_late_penalty = 3.0
        self.assertEqual(order.om_penalty, 30.0)

    def test_another_penalty_of_the_company_makes_all_open_orders_due(self):
        order = self._order()
        self.company.om_late_penalty = 2.0
        self.env["sale.order"]._cron_rescore_all()
        self.env["sale.order"]._om_rescore_due()
        self.assertEqual(order.om_penalty, 20.0)

    def test_earlier_stage_severity_and_more_money_come_first(self):
        cheap, dear = self._checked([(self.product, 1, 80.0)]), self._checked([(self.product, 1000, 80.0)])
        self.assertGreater(dear.score, cheap.score)
        severe = self._checked([(self.product, 1, 120.0)])
        self.assertGreater(severe.score, cheap.score)

    def test_text_names_the_terms(self):
        self.customer.om_tier = "a"
        text = self._order(om_requested_date="2026-06-10").om_score_text
        self.assertIn("Customer tier 60", text)
        self.assertIn("Time to ship cut-off 130", text)

    def test_late_promise_is_a_term(self):
        order = self._order(om_requested_date="2026-06-09")
        self.assertEqual(order.om_promise_risk, "late")
        self.assertEqual(self._terms(order)["cutoff"], 200)
        self.assertIn("risk", self._terms(order))

    def test_delivery_planned_after_its_date_is_at_risk(self):
        order = self._order(commitment_date="2026-06-22 12:00:00")
        order.action_confirm()
        self.assertFalse(order.om_promise_risk)
        order.sudo().picking_ids.move_ids.date = "2026-06-24 12:00:00"
        self.assertEqual(order.om_promise_risk, "predicted")

    def test_shipped_order_has_no_time_terms_and_an_invoiced_one_none(self):
        order = self._order(om_requested_date="2026-06-10")
        order.action_confirm()
        self._deliver(order)
        self.assertEqual(set(self._terms(order)), {"value"})
        order.sudo()._create_invoices().action_post()
        self.assertEqual(order.om_score, 0)

    def test_billed_order_is_to_do_again_when_the_warehouse_corrects_what_it_shipped(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        order.sudo()._create_invoices().action_post()
        self.env.flush_all()
        self.assertFalse(order.om_is_open)
        order.sudo().picking_ids.move_line_ids.quantity -= 1
        self.env.flush_all()
        self.assertTrue(order.om_is_open)

    def test_cancelled_order_has_no_score(self):
        order = self._order()
        self.assertTrue(order.om_score)
        order.action_cancel()
        self.assertEqual(order.om_score, 0)

    def test_closed_case_keeps_its_score(self):
        case = self._checked()
        score = case.score
        case.order_line_id.price_unit = 100.0
        self.env.cr.flush()
        self.assertFalse(case.is_open)
        self.assertEqual(case.score, score)
        self.assertFalse(case.score_next_at)

    # ----------------------------------------------------------------------------------- weights

    def test_weights_of_a_company_replace_those_of_all(self):
        weights = self.env["om.score.weight"].with_user(self.manager)
        weights.create({"term": "tier", "key": "a", "points": 500, "company_id": self.company.id})
        self.customer.om_tier = "a"
        self.assertEqual(self._terms(self._order())["tier"], 500)
        self.customer.om_tier = "b"  # has no row of the company
        self.assertNotIn("tier", self._terms(self._order()))

    def test_specialist_may_not_change_weights(self):
        with self.assertRaises(AccessError):
            self.env["om.score.weight"].with_user(self.specialist).create({"term": "value", "points": 1})

    def test_value_of_a_weight_fits_its_term(self):
        with self.assertRaises(ValidationError):
            self.env["om.score.weight"].create({"term": "tier", "key": "gold", "points": 1})

    def test_tier_and_penalty_are_per_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.customer.om_tier = "a"
        self.assertFalse(self.customer.with_company(other).om_tier)

    # ------------------------------------------------------------------- only what changed, when due

    def test_steps_by_time_and_amount(self):
        steps = ((0, 9), (2, 5), (8, 1))
        for hours, points, next_in in (
            (-1, 9, None),
            (0, 9, None),
            (1, 5, 1),
            (2, 5, 2),
            (3, 1, 1),
            (8, 1, 6),
            (9, 0, 1),
        ):
            moment = NOW + timedelta(hours=hours)
            expected = NOW + timedelta(hours=next_in) if next_in is not None else False
            with self.subTest(hours=hours):
                self.assertEqual(points_by_time(steps, moment, NOW), (points, expected))
        self.assertEqual([points_by_amount(5, n) for n in (-3, 0, 1, 2, 1000)], [0, 0, 5, 10, 50])

    def test_only_the_order_that_was_written_is_worked_out_again(self):
        order, other = self._order(), self._order()
        self.env.flush_all()
        # a score that no terms give: whoever works it out again puts it right
        self.env.cr.execute("UPDATE sale_order SET om_score = 77777 WHERE id = %s", [other.id])
        other.invalidate_recordset()
        order.om_priority = "1"
        self.env.flush_all()
        self.assertIn("urgent", self._terms(order))
        self.assertEqual(other.om_score, 77777)

    def test_job_takes_only_what_is_due(self):
        soon = self._order(om_requested_date="2026-06-10")
        later = self._order(om_requested_date="2026-06-12")
        self.env.flush_all()
        self.assertEqual(soon.om_score_next_at, datetime(2026, 6, 10, 13, 0))
        self.assertEqual(later.om_score_next_at, datetime(2026, 6, 10, 15, 0))
        self.env.flush_all()
        self.startClock(datetime(2026, 6, 10, 13, 5))
        self.assertEqual(self.orders._om_rescore_due() & (soon | later), soon)
        self.assertEqual(self._terms(soon)["cutoff"], 160)
        self.assertEqual(soon.om_score_next_at, datetime(2026, 6, 10, 15, 0))

    def test_case_follows_its_order_and_its_own_time(self):
        case = self._checked(om_requested_date="2026-06-10")
        self.assertEqual(self._terms(case)["cutoff"], 130)
        self.env.flush_all()
        self.startClock(datetime(2026, 6, 10, 13, 5))
        self.orders._om_rescore_due()
        self.assertEqual(self._terms(case)["cutoff"], 160)
        before = self._terms(case).get("sla", 0)
        self.startClock(case.sla_deadline + timedelta(minutes=1))
        self.env["om.exception"]._om_rescore_due()
        self.assertGreater(self._terms(case)["sla"], before)

    def test_tier_counts_at_once_for_open_orders(self):
        case = self._checked()
        self.customer.om_tier = "a"
        self.assertEqual(self._terms(case.order_id)["tier"], 60)
        self.assertEqual(self._terms(case)["tier"], 60)

    def test_job_works_off_all_in_batches(self):
        orders = self.orders
        for _n in range(5):
            orders += self._order(om_requested_date="2026-06-10")
        self.env.flush_all()
        self.startClock(datetime(2026, 6, 10, 13, 5))
        with (
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60) as progress,
            patch.object(type(self.orders), "_om_rescore_due", autospec=True) as step,
        ):
            step.side_effect = [orders[:3], orders[3:], self.orders]
            self.orders._cron_rescore()
        self.assertGreaterEqual(progress.call_count, 2)

    def test_queries_do_not_grow_with_the_orders(self):
        orders = self.orders
        for _n in range(12):
            orders += self._checked(om_requested_date="2026-06-10").order_id
        self.env.flush_all()

        def queries(of):
            self.env.invalidate_all()
            of._om_recompute("om_score")
            start = self.env.cr.sql_log_count
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        few = queries(orders[:3])
        self.assertLessEqual(queries(orders), few)

    def test_clean_order_costs_at_most_one_query(self):
        def queries():
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            order = self._order(om_requested_date="2026-06-12", user=self.env.user)
            order.action_confirm()
            self.env.cr.flush()
            return self.env.cr.sql_log_count - start

        queries()  # fills the caches of the registry
        nothing = {"om_is_open": True, "om_score": 0, "om_score_terms": False, "om_score_next_at": False}
        nothing |= {"om_promise_risk": False, "om_penalty": 0.0}
        with patch.multiple(
            type(self.orders),
            _compute_om_score=lambda orders: orders.update(nothing),
            _compute_om_ship_cutoff=lambda orders: orders.update({"om_ship_cutoff": False}),
            _compute_om_lane_id=lambda orders: orders.update({"om_lane_id": False}),
        ):
            without = queries()
        self.assertLessEqual(queries(), without + 1)

    def test_common_cause_takes_the_terms_of_its_most_pressing_case(self):
        kind = self.env.ref("om_order_exceptions.type_prc_diff")
        kind.write({"cause_threshold": 2, "cause_by": "product"})
        calm = self._checked(om_requested_date="2026-07-30")
        pressing = self._checked(om_requested_date="2026-06-10")
        self.env.cr.flush()
        parent = pressing.parent_id
        self.assertTrue(parent)
        self.assertEqual(calm.parent_id, parent)
        self.assertEqual(self._terms(parent)["cutoff"], 130)
        self.assertEqual(sum(self._terms(parent).values()), parent.score)
        self.assertEqual(parent.ship_cutoff, pressing.ship_cutoff)
        self.startClock(datetime(2026, 6, 10, 13, 5))
        self.orders._om_rescore_due()
        self.assertEqual(self._terms(parent)["cutoff"], 160)
