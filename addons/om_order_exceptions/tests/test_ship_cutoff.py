from datetime import date, datetime, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestShipCutoff(OrderManagementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usa = cls.env.ref("base.us")
        cls.ohio = cls.env.ref("base.state_us_35")
        cls.columbus = cls._calendar("Columbus", "America/New_York")
        cls.warehouse.write({"om_calendar_id": cls.columbus.id, "om_pickup_time": 15.0})
        cls.store.write({"country_id": cls.usa.id, "state_id": cls.ohio.id, "tz": "America/New_York"})
        cls.lane = cls.env["om.ship.lane"].create(
            {
                "name": "Columbus to Ohio",
                "warehouse_id": cls.warehouse.id,
                "country_id": cls.usa.id,
                "transit_days": 2,
            }
        )

    @classmethod
    def _calendar(cls, name, tz):
        """Monday to Friday, 8 to 17."""
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": tz,
                "attendance_ids": [
                    Command.create({"name": day, "dayofweek": day, "hour_from": 8, "hour_to": 17})
                    for day in "01234"
                ],
            }
        )

    def _holiday(self, calendar, day):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": f"{day} 04:00:00",
                "date_to": f"{date.fromisoformat(day) + timedelta(days=1)} 04:00:00",
            }
        )

    def _cutoff(self, day):
        """Cut-off of an order that is wanted on ``day``, as naive UTC."""
        return self._order(om_requested_date=day).om_ship_cutoff

    def test_monday_delivery_with_two_transit_days_leaves_on_thursday(self):
        self.assertEqual(self._cutoff("2026-06-15"), datetime(2026, 6, 11, 19, 0))  # 15:00 EDT

    def test_pickup_keeps_the_wall_clock_across_summer_time_in_america(self):
        for monday, cutoff in (
            ("2026-03-09", datetime(2026, 3, 5, 20, 0)),  # clocks went forward on 8 March: still EST
            ("2026-03-16", datetime(2026, 3, 12, 19, 0)),
            ("2026-11-02", datetime(2026, 10, 29, 19, 0)),  # clocks went back on 1 November: still EDT
            ("2026-11-09", datetime(2026, 11, 5, 20, 0)),
        ):
            with self.subTest(monday=monday):
                self.assertEqual(self._cutoff(monday), cutoff)

    def test_pickup_keeps_the_wall_clock_across_summer_time_in_europe(self):
        self.warehouse.om_calendar_id = self._calendar("Venlo", "Europe/Amsterdam")
        self.store.tz = "Europe/Amsterdam"
        for monday, cutoff in (
            ("2026-03-30", datetime(2026, 3, 26, 14, 0)),  # clocks went forward on 29 March: still CET
            ("2026-04-13", datetime(2026, 4, 9, 13, 0)),
            ("2026-10-26", datetime(2026, 10, 22, 13, 0)),  # clocks went back on 25 October: still CEST
            ("2026-11-02", datetime(2026, 10, 29, 14, 0)),
        ):
            with self.subTest(monday=monday):
                self.assertEqual(self._cutoff(monday), cutoff)

    def test_holidays_of_warehouse_and_carrier_count(self):
        carrier = self._calendar("Carrier", "America/New_York")
        self.lane.calendar_id = carrier
        self._holiday(carrier, "2026-06-12")  # a Friday: the carrier rests, transit starts a day earlier
        self.assertEqual(self._cutoff("2026-06-15"), datetime(2026, 6, 10, 19, 0))
        self._holiday(self.columbus, "2026-06-10")  # and the warehouse is closed on that Wednesday
        self.assertEqual(self._cutoff("2026-06-15"), datetime(2026, 6, 9, 19, 0))

    def test_promise_is_a_day_where_the_goods_go(self):
        # Monday 23:00 in Los Angeles is Tuesday in UTC: the goods are due on Monday
        self.store.tz = "America/Los_Angeles"
        order = self._order(commitment_date="2026-06-16 06:00:00")
        self.assertEqual(order.om_ship_cutoff, datetime(2026, 6, 11, 19, 0))

    def test_weekend_delivery_arrives_on_friday(self):
        self.assertEqual(self._cutoff("2026-06-14"), datetime(2026, 6, 10, 19, 0))

    def test_requested_shipment_leaves_on_its_day(self):
        order = self._order(om_requested_ship_date="2026-06-12")
        self.assertEqual(order.om_ship_cutoff, datetime(2026, 6, 12, 19, 0))

    def test_nothing_promised_has_no_cutoff(self):
        self.assertFalse(self._order().om_ship_cutoff)

    def test_confirmed_order_without_promise_takes_its_lead_time(self):
        self.product.sale_delay = 5
        order = self._order()
        order.action_confirm()
        order.date_order = "2026-06-10 12:00:00"
        self.assertEqual(order.om_ship_cutoff, datetime(2026, 6, 11, 19, 0))  # due on Monday the 15th

    def test_closest_lane_counts(self):
        lanes = self.lane.create(
            [
                {"name": "Ohio", "warehouse_id": self.warehouse.id, "state_ids": self.ohio.ids},
                {
                    "name": "Dayton",
                    "warehouse_id": self.warehouse.id,
                    "zip_prefixes": "453 454",
                    "pickup_time": 11.5,
                    "transit_days": 1,
                },
                {"name": "Anywhere", "warehouse_id": self.warehouse.id, "transit_days": 9},
            ]
        )
        order = self._order(om_requested_date="2026-06-15")
        self.assertEqual(order.om_lane_id, lanes[1])
        self.assertEqual(order.om_ship_cutoff, datetime(2026, 6, 12, 15, 30))
        self.store.zip = "44114"
        self.assertEqual(self._order().om_lane_id, lanes[0])
        self.store.write({"state_id": False, "country_id": self.env.ref("base.ca").id})
        self.assertEqual(self._order().om_lane_id, lanes[2])

    def test_other_service_moves_the_cutoff(self):
        fast = self.lane.copy({"name": "Overnight", "transit_days": 1})
        order = self._order(om_requested_date="2026-06-15")
        order.om_lane_id = fast
        self.assertEqual(order.om_ship_cutoff, datetime(2026, 6, 12, 19, 0))

    def test_open_orders_follow_a_changed_lane_and_calendar(self):
        order = self._order(om_requested_date="2026-06-15")
        self.lane.transit_days = 3
        self.env["sale.order"]._cron_rescore_all()
        self.env["sale.order"]._om_rescore_due()
        self.assertEqual(order.om_ship_cutoff, datetime(2026, 6, 10, 19, 0))
        self._holiday(self.columbus, "2026-06-10")
        self.env["sale.order"]._cron_rescore_all()
        self.env["sale.order"]._om_rescore_due()
        self.assertEqual(order.om_ship_cutoff, datetime(2026, 6, 9, 19, 0))

    def test_leave_of_a_person_concerns_no_shipment(self):
        triggers = self.env["ir.cron.trigger"].sudo()
        cron = self.env.ref("om_order_exceptions.cron_rescore_all")
        self.env.cr.precommit.data.pop("om_order_exceptions.triggers", None)
        before = triggers.search_count([("cron_id", "=", cron.id)])
        person = self.env["resource.resource"].create({"name": "Pat", "calendar_id": self.columbus.id})
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Away",
                "resource_id": person.id,
                "calendar_id": self.columbus.id,
                "date_from": "2026-06-10 00:00:00",
                "date_to": "2026-06-11 00:00:00",
            }
        )
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before)

    def test_queries_do_not_grow_with_the_orders(self):
        orders = self.env["sale.order"]
        for _n in range(12):
            orders += self._order(om_requested_date="2026-06-15")
        self.env.flush_all()

        def queries(of):
            of.invalidate_recordset()
            self.env.registry.clear_cache()
            of._om_recompute("om_ship_cutoff")
            start = self.env.cr.sql_log_count
            of.mapped("om_ship_cutoff")
            return self.env.cr.sql_log_count - start

        few = queries(orders[:2])
        self.assertLessEqual(queries(orders), few)

    def test_specialist_reads_lanes_and_manager_sets_them_up(self):
        self.assertEqual(self.lane.with_user(self.specialist).name, "Columbus to Ohio")
        with self.assertRaises(AccessError):
            self.lane.with_user(self.specialist).transit_days = 1
        self.lane.with_user(self.manager).transit_days = 1

    def test_lane_of_another_company_is_not_shown(self):
        other = self.env["res.company"].create({"name": "Other"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        lane = self.lane.create({"name": "Theirs", "warehouse_id": warehouse.id})
        self.assertNotIn(lane, self.lane.with_user(self.manager).search([]))
