from datetime import datetime, timedelta

from odoo.tests import freeze_time, tagged

from .test_events import EventsCommon

NOW = datetime(2026, 6, 1, 12)


@tagged("post_install", "-at_install")
class TestLateRisk(EventsCommon):
    """An order that waits longer than nine of ten of its customer's orders is warned of (T12.2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Ten orders that were shipped 1, 2, ... 10 days after their release: p90 is 9.1 days.
        for days in range(1, 11):
            cls._history(cls.customer, NOW - timedelta(days=60), shipment=days)

    @classmethod
    def _history(cls, customer, start, shipment=None, delivery=None):
        """An order with the timeline that these durations (days) make; what is left out waits."""
        order = cls.env["sale.order"].create(
            {"partner_id": customer.id, "order_line": [(0, 0, {"product_id": cls.product.id})]}
        )
        events = cls.env["om.order.event"]
        events._log("confirmed", order, occurred_at=start)
        events._log("released", order, occurred_at=start)
        if shipment is not None:
            shipped = start + timedelta(days=shipment)
            events._log_lines("shipped", {order.order_line: 1}, occurred_at=shipped)
            if delivery is not None:
                delivered = shipped + timedelta(days=delivery)
                events._log_lines("delivered", {order.order_line: 1}, occurred_at=delivered)
        order.state = "sale"
        return order

    def _check(self, now=NOW):
        with freeze_time(now):
            self.env["sale.order"]._om_cron_late_risk()

    def _warning(self, order):
        return self._open(order, "E-LATE-RISK")

    def test_order_that_waits_longer_than_the_p90_is_warned_of(self):
        slow = self._history(self.customer, NOW - timedelta(days=9.2))
        usual = self._history(self.customer, NOW - timedelta(days=9))
        self._check()
        self.assertTrue(self._warning(slow))
        self.assertFalse(self._warning(usual))
        self.assertIn("218.4 h (10 compared)", self._warning(slow).expected)
        self.assertFalse(slow.om_blocked_stage, "a warning blocks nothing")

    def test_every_stage_is_compared_with_itself(self):
        for _n in range(10):
            self._history(self.customer, NOW - timedelta(days=60), shipment=1, delivery=2)
        late = self._history(self.customer, NOW - timedelta(days=4), shipment=1)
        fine = self._history(self.customer, NOW - timedelta(days=2), shipment=1)
        self._check()
        self.assertEqual(self._warning(late).key, "delivery")
        self.assertFalse(self._warning(fine))

    def test_customer_is_compared_with_itself_only(self):
        newcomer = self.env["res.partner"].create({"name": "Newcomer"})
        order = self._history(newcomer, NOW - timedelta(days=50))
        self._check()
        self.assertFalse(self._warning(order))

    def test_warning_ends_with_the_next_step(self):
        order = self._history(self.customer, NOW - timedelta(days=10))
        self._check()
        warning = self._warning(order)
        self.env["om.order.event"]._log_lines("shipped", {order.order_line: 1}, occurred_at=NOW)
        self._check(NOW + timedelta(hours=1))
        self.assertEqual(warning.state, "auto_closed")

    def test_warned_once_however_often_it_is_looked_at(self):
        order = self._history(self.customer, NOW - timedelta(days=10))
        for hour in range(3):
            self._check(NOW + timedelta(hours=hour))
        self.assertEqual(len(order.om_exception_ids.filtered(lambda e: e.code == "E-LATE-RISK")), 1)

    def test_promise_that_is_missed_is_no_early_warning(self):
        order = self._history(self.customer, NOW - timedelta(days=10))
        order.commitment_date = NOW - timedelta(days=1)
        self._check()
        self.assertFalse(self._warning(order))
        order.commitment_date = NOW + timedelta(days=5)
        self._check()
        self.assertTrue(self._warning(order))

    def test_company_that_switched_it_off_is_not_warned(self):
        order = self._history(self.customer, NOW - timedelta(days=10))
        self.company.om_late_risk_history = 0
        self._check()
        self.assertFalse(self._warning(order))

    def test_one_statement_finds_all(self):
        for _n in range(5):
            self._history(self.customer, NOW - timedelta(days=10))
        self.env.cr.flush()
        with freeze_time(NOW), self.assertQueryCount(1):
            self.assertEqual(len(self.env["sale.order"]._om_late_risks()), 5)
