from odoo.tests import tagged

from .availability_common import AvailabilityCommon


@tagged("post_install", "-at_install")
class TestPromiseSlip(AvailabilityCommon):
    """Promises that move when receipts do (T4.6)."""

    def setUp(self):
        super().setUp()
        self.receipt = self._receipt(self.short, 6, 3)
        self.order = self._confirmed(commitment_date=self._day(4))
        self.line = self.order.order_line

    def _move_receipt(self, days):
        self.receipt.move_ids.date = self._day(days)
        self._settle()

    def _notes(self):
        return self.order.sudo().message_ids.filtered(lambda m: "is expected on" in (m.body or ""))

    def test_promise_is_kept_at_confirmation(self):
        self.assertEqual(self.line.om_promised_date, self._day(4))
        self.assertEqual(self.line.om_forecast_date, self._day(3))
        self.assertFalse(self._open(self.order))

    def test_receipt_that_comes_later_is_found(self):
        self._move_receipt(6)
        case = self._open(self.order)
        self.assertEqual(case.code, "E-PROMISE-SLIP")
        self.assertFalse(self.order.om_blocked_stage)
        self.assertEqual(case.order_line_id, self.line)

    def test_receipt_that_comes_in_time_again_closes_it(self):
        self._move_receipt(6)
        self._move_receipt(4)
        self.assertFalse(self._open(self.order))

    def test_within_the_tolerance_nobody_is_told(self):
        self.company.om_promise_tolerance = 2
        self._move_receipt(5)
        self.assertFalse(self._open(self.order, "E-PROMISE-SLIP"))
        self.assertFalse(self._notes())

    def test_beyond_the_tolerance_the_order_is_told_once(self):
        self.company.om_promise_tolerance = 2
        self._move_receipt(9)
        self._move_receipt(9)
        self.assertEqual(len(self._notes()), 1)
        self.assertTrue(self._open(self.order, "E-PROMISE-SLIP"))

    def test_new_promise_to_the_customer_ends_it(self):
        self._move_receipt(6)
        case = self._open(self.order)
        self._resolve(case, "fix_set_date", date=self._day(7).date())
        self.assertEqual(case.state, "resolved")
        self.assertFalse(self._open(self.order))

    def test_order_that_was_short_from_the_start_is_short_and_has_not_moved(self):
        late = self._confirmed([(self.short, 2)], commitment_date=self._day(1))
        self._receipt(self.short, 2, 8)
        self._settle()
        self.assertEqual(self._open(late).mapped("code"), ["E-STK-SHORT"])

    def test_receipt_that_is_cancelled_leaves_the_line_short(self):
        self.receipt.action_cancel()
        self._settle()
        self.assertEqual(self._open(self.order).mapped("code"), ["E-STK-SHORT"])

    def test_only_orders_of_that_product_are_looked_at(self):
        other = self._confirmed([(self._new_product("Lamp", "LAM-1", 9.0, stock=0), 1)])
        checked = []
        orders = type(self.env["sale.order"])

        def schedule(records, codes=None):
            checked.extend(records.ids)

        self.patch(orders, "_om_schedule_check", schedule)
        self._move_receipt(9)
        self.assertIn(self.order.id, checked)
        self.assertNotIn(other.id, checked)

    def test_order_whose_date_stays_is_left_alone(self):
        checked = []
        self._receipt(self.short, 5, 20)
        self._settle()
        self.patch(
            type(self.env["sale.order"]), "_om_schedule_check", lambda o, codes=None: checked.extend(o.ids)
        )
        self._receipt(self.short, 5, 30)
        self._settle()
        self.assertFalse(checked)

    def test_nightly_run_moves_what_an_overdue_receipt_holds_up(self):
        self.receipt.move_ids.date = self._day(-1)
        self._settle()
        self.env["sale.order.line"].browse(self.line.id).sudo().om_forecast_date = self._day(3)
        self.env["sale.order"]._cron_om_reforecast()
        self._settle()
        self.assertNotEqual(self.line.om_forecast_date, self._day(3))
