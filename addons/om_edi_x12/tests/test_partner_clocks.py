from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import EdiCommon


@tagged("post_install", "-at_install")
class TestPartnerClocks(EdiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.edi_partner._sends("855")
        cls.office = cls.env["resource.calendar"].create(
            {
                "name": "Buyer's office",
                "tz": "America/New_York",
                "attendance_ids": [
                    Command.create({"name": str(day), "dayofweek": str(day), "hour_from": 9, "hour_to": 17})
                    for day in range(5)
                ],
            }
        )

    def test_without_calendar_every_minute_counts_also_when_clocks_change(self):
        self.flow.due_minutes = 24 * 60
        before_the_change = datetime(2026, 10, 31, 20, 30)
        self.assertEqual(self.flow._due_at(before_the_change), datetime(2026, 11, 1, 20, 30))

    def test_without_minutes_there_is_no_clock(self):
        self.flow.due_minutes = 0
        self.assertFalse(self.flow._due_at(datetime(2026, 10, 30, 12)))

    def test_minutes_are_working_minutes_of_the_partner(self):
        self.edi_partner.calendar_id, self.flow.due_minutes = self.office, 90
        # Wednesday 15:00 in New York (UTC-4) to 16:30
        self.assertEqual(self.flow._due_at(datetime(2026, 6, 3, 19)), datetime(2026, 6, 3, 20, 30))
        # after hours: the clock starts the next morning
        self.assertEqual(self.flow._due_at(datetime(2026, 6, 3, 23)), datetime(2026, 6, 4, 14, 30))

    def test_weekend_in_which_summer_time_ends(self):
        self.edi_partner.calendar_id, self.flow.due_minutes = self.office, 60
        # Friday 16:30 UTC-4; half an hour is left, the other half is Monday 9:00 to 9:30 UTC-5
        self.assertEqual(self.flow._due_at(datetime(2026, 10, 30, 20, 30)), datetime(2026, 11, 2, 14, 30))

    def test_weekend_in_which_summer_time_begins(self):
        self.edi_partner.calendar_id, self.flow.due_minutes = self.office, 60
        # Friday 16:30 UTC-5; Monday 9:30 UTC-4
        self.assertEqual(self.flow._due_at(datetime(2027, 3, 12, 21, 30)), datetime(2027, 3, 15, 13, 30))

    def test_holidays_of_the_partner_do_not_count(self):
        self.edi_partner.calendar_id, self.flow.due_minutes = self.office, 60
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Thanksgiving",
                "calendar_id": self.office.id,
                "date_from": datetime(2026, 11, 26, 5),
                "date_to": datetime(2026, 11, 27, 5),
            }
        )
        # Wednesday 16:30 UTC-5: the rest is on Friday
        self.assertEqual(self.flow._due_at(datetime(2026, 11, 25, 21, 30)), datetime(2026, 11, 27, 14, 30))

    def test_clock_of_weeks_goes_beyond_what_is_read_at_once(self):
        self.edi_partner.calendar_id, self.flow.due_minutes = self.office, 8 * 60 * 60
        start = datetime(2026, 1, 5, 14)
        due = self.flow._due_at(start)
        self.assertTrue(timedelta(days=80) < due - start < timedelta(days=85), due)

    def test_due_times_of_many_documents_cost_the_same_queries_as_of_one(self):
        self.edi_partner.calendar_id, self.flow.due_minutes = self.office, 60

        def queries(count):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.flow._due_at_many([datetime(2026, 6, 1) + timedelta(hours=n) for n in range(count)])
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(1), queries(40))


@tagged("post_install", "-at_install")
class TestAckCodes(EdiCommon):
    def test_usual_line_statuses(self):
        for reason, code in {"accepted": "IA", "price": "IP", "quantity": "IQ", "date": "DR"}.items():
            self.assertEqual(self.edi_partner._ack_code(reason), code)

    def test_partner_gets_the_line_status_it_wants(self):
        manager = new_test_user(self.env, "edi_manager", "om_edi_x12.group_edi_manager")
        self.edi_partner.with_user(manager).ack_code_ids = [
            Command.create({"reason": "item", "code": "IR"}),
            Command.create({"reason": "quantity", "code": "IB"}),
        ]
        self.assertEqual(self.edi_partner._ack_code("item"), "IR")
        self.assertEqual(self.edi_partner._ack_code("quantity"), "IB")
        self.assertEqual(self.edi_partner._ack_code("price"), "IP")

    def test_promise_within_the_tolerance_is_answered_as_accepted(self):
        self.edi_partner.write({"date_tolerance_days": 2, "auto_confirm": False})
        codes = []
        for days in (2, -2, 3):
            order = self._receive_orders(f"PO-{days}")
            order.commitment_date = order._om_noon(order.om_requested_date + timedelta(days=days))
            (line,) = self.env["om.edi.map.855"]._build(order).lines
            codes += [status.code for status in line.statuses]
        self.assertEqual(codes, ["IA", "IA", "DR"])

    def test_status_of_an_exception_stands_for_its_reason(self):
        self.edi_partner.ack_code_ids = [Command.create({"reason": "item", "code": "IR"})]
        self.assertEqual(self.edi_partner._ack_code("R2"), "IR")
        self.assertEqual(self.edi_partner._ack_code("R3"), "R3")
        self.assertEqual(self.edi_partner._ack_code("R5"), "R5")
