from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .availability_common import AvailabilityCommon


@tagged("post_install", "-at_install")
class TestLeadTime(AvailabilityCommon):
    """Dates that leave less than the lead time (T17.3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.short.sale_delay = 10

    def _cases(self, order):
        order._om_check()
        return self._open(order, "E-DTE-LEAD")

    def _earliest(self, order):
        """Earliest day that the detector computed, as days from today."""
        line = order.sudo().order_line
        supplies = self.env["om.availability"]._of_lines(line)
        day = line._om_inside_lead_time(supplies).get(line)
        return day and (day - fields.Date.today()).days

    def test_day_inside_the_lead_time_is_found_with_the_earliest_one(self):
        order = self._order([(self.short, 10)], om_requested_date=fields.Date.today() + timedelta(days=5))
        case = self._cases(order)
        self.assertTrue(case.expected.endswith("or later"))
        self.assertEqual(self._earliest(order), 10)
        self.assertFalse(order.om_blocked_stage)

    def test_day_after_the_lead_time_is_fine(self):
        order = self._order([(self.short, 10)], commitment_date=self._day(10))
        self.assertFalse(self._cases(order))

    def test_no_day_asked_for_is_no_case(self):
        self.assertFalse(self._cases(self._order([(self.short, 10)])))

    def test_goods_at_hand_need_no_lead_time(self):
        self.assertFalse(self._cases(self._order([(self.short, 4)], commitment_date=self._day(5))))

    def test_receipt_in_time_needs_no_lead_time(self):
        self._receipt(self.short, 6, 4)
        self.assertFalse(self._cases(self._order([(self.short, 10)], commitment_date=self._day(5))))

    def test_promise_of_the_earliest_day_cures_it(self):
        order = self._order([(self.short, 10)], commitment_date=self._day(5))
        case = self._cases(order)
        self._resolve(case, "fix_set_date", date=fields.Date.today() + timedelta(days=10))
        self.assertEqual(case.state, "resolved")

    def test_same_line_is_not_short_of_stock_as_well(self):
        order = self._confirmed(commitment_date=self._day(5))
        self.assertEqual(self._open(order).mapped("code"), ["E-DTE-LEAD"])

    def test_confirmed_order_is_held_against_the_day_of_its_confirmation(self):
        order = self._confirmed(commitment_date=self._day(12))
        order.sudo().date_order -= timedelta(days=9)
        self.assertFalse(self._cases(order))

    def test_most_special_lead_time_counts(self):
        entries = self.env["om.lead.time"].with_user(self.manager)
        order = self._order([(self.short, 10)], commitment_date=self._day(1))
        template = self.short.product_tmpl_id
        for scope, days in (
            ({"warehouse_id": self.warehouse.id}, 4),
            ({"product_tmpl_id": template.id}, 6),
            ({"product_tmpl_id": template.id, "warehouse_id": self.warehouse.id}, 8),
            ({"product_tmpl_id": template.id, "warehouse_id": self.east.id}, 30),
        ):
            entries.create({**scope, "days": days})
            with self.subTest(days=days):
                self.assertEqual(self._earliest(order), min(days, 8))

    def test_safety_days_of_the_company_are_added(self):
        self.company.security_lead = 3
        order = self._order([(self.short, 10)], commitment_date=self._day(1))
        self.assertEqual(self._earliest(order), 13)

    def test_ship_to_receives_on_its_own_days(self):
        today = fields.Date.today()
        wanted = (today + timedelta(days=10)).weekday()
        calendar = self.env["resource.calendar"].create(
            {
                "name": "The day after",
                "tz": "UTC",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Open",
                            "dayofweek": str((wanted + 1) % 7),
                            "hour_from": 8,
                            "hour_to": 12,
                            "day_period": "morning",
                        }
                    )
                ],
            }
        )
        self.store.om_receiving_calendar_id = calendar
        order = self._order([(self.short, 10)], commitment_date=self._day(1))
        self.assertEqual(self._earliest(order), 11)

    def test_transit_of_the_lane_comes_on_top(self):
        always = self.env["resource.calendar"].create(
            {
                "name": "Every day",
                "tz": "UTC",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Open",
                            "dayofweek": str(day),
                            "hour_from": 0,
                            "hour_to": 23,
                            "day_period": "morning",
                        }
                    )
                    for day in range(7)
                ],
            }
        )
        self.env["om.ship.lane"].create(
            {"name": "All", "warehouse_id": self.warehouse.id, "transit_days": 3, "calendar_id": always.id}
        )
        order = self._order([(self.short, 10)], commitment_date=self._day(1))
        self.assertEqual(self._earliest(order), 13)

    def test_stock_odoo_without_lead_times_finds_nothing(self):
        self.short.sale_delay = 0
        order = self._order([(self.short, 10)], commitment_date=self._day(0))
        self.assertFalse(self._cases(order))
