from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .availability_common import AvailabilityCommon


@tagged("post_install", "-at_install")
class TestAllocationQuota(AvailabilityCommon):
    """Quotas of scarce products."""

    def _quota(self, quantity, **values):
        today = fields.Date.today()
        return (
            self.env["om.allocation.quota"]
            .with_user(self.manager)
            .create(
                {
                    "product_id": self.product.id,
                    "date_from": today,
                    "date_to": today + timedelta(days=30),
                    "quantity": quantity,
                    **values,
                }
            )
        )

    def _cases(self, order):
        order._om_check()
        return self._open(order, "E-STK-ALLOC")

    def test_nothing_configured_finds_nothing(self):
        self.assertFalse(self._cases(self._order([(self.product, 1000)])))

    def test_more_than_the_quota_holds_at_release(self):
        self._quota(10)
        order = self._order([(self.product, 12)])
        case = self._cases(order)
        self.assertEqual(
            (case.found, case.expected), ("12 Units", "10 Units, what is left of the quota of 10 Units")
        )
        self.assertEqual(case.blocks, "release")
        self.assertEqual(case.amount, 200.0)

    def test_first_confirmed_is_first_served(self):
        quota = self._quota(10)
        first = self._confirmed([(self.product, 6)])
        second = self._confirmed([(self.product, 6)])
        self.assertFalse(self._cases(first))
        self.assertEqual(self._cases(second).allowed_quantity, 4)
        self.assertEqual((quota.ordered, quota.left), (12, 0))

    def test_cutting_to_what_is_left_cures_it(self):
        self._quota(10)
        self._confirmed([(self.product, 6)])
        order = self._order([(self.product, 6)])
        case = self._cases(order)
        self._resolve(case, "fix_limit_quantity")
        self.assertEqual(order.order_line.product_uom_qty, 4)
        self.assertEqual(case.state, "resolved")

    def test_quota_that_is_raised_closes_the_case(self):
        quota = self._quota(10)
        order = self._order([(self.product, 12)])
        self.assertTrue(self._cases(order))
        quota.quantity = 12
        self.assertFalse(self._cases(order))

    def test_quota_of_another_customer_or_period_does_not_count(self):
        other = self.env["res.partner"].create({"name": "Other"})
        today = fields.Date.today()
        self._quota(1, partner_id=other.id)
        self._quota(1, date_from=today + timedelta(days=40), date_to=today + timedelta(days=50))
        self.assertFalse(self._cases(self._order([(self.product, 12)])))

    def test_quota_of_the_customer_counts_for_its_contacts(self):
        self._quota(10, partner_id=self.customer.id)
        self.assertTrue(self._cases(self._order([(self.product, 12)], partner_id=self.buyer.id)))

    def test_dozens_count_as_twelve(self):
        self._quota(10)
        order = self._order([(self.product, 1)])
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        self.assertEqual(self._cases(order).found, "12 Units")

    def test_two_quotas_for_the_same_are_refused(self):
        self._quota(10)
        with self.assertRaisesRegex(ValidationError, "has a quota in this period"):
            self._quota(5)
