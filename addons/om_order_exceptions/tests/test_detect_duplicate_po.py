from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestDuplicatePo(OrderManagementCommon):
    """E-DUP: a customer's PO number comes twice (gap G6 of stock Odoo)."""

    def _is_duplicate(self, order):
        order._om_check()
        return bool(self._open(order, "E-DUP"))

    def test_spelling_does_not_hide_a_duplicate(self):
        self._order(client_order_ref="PO-0077")
        for spelling in ("PO-0077", "po-0077", " PO 0077 ", "po_0077", "Po/00.77", "#PO0077"):
            with self.subTest(spelling=spelling):
                self.assertTrue(self._is_duplicate(self._order(client_order_ref=spelling)))

    def test_leading_zeros_do_not_hide_a_duplicate(self):
        self._order(client_order_ref="0004711")
        self.assertTrue(self._is_duplicate(self._order(client_order_ref="4711")))

    def test_other_number_is_no_duplicate(self):
        self._order(client_order_ref="PO-77")
        for number in ("PO-770", "PO-7", "PO-77A", "77"):
            with self.subTest(number=number):
                self.assertFalse(self._is_duplicate(self._order(client_order_ref=number)))

    def test_orders_without_a_number_are_no_duplicates(self):
        for number in (False, "", "  ", "--", "000"):
            self._order(client_order_ref=number)
            self.assertFalse(self._is_duplicate(self._order(client_order_ref=number)), repr(number))

    def test_contacts_of_one_company_are_one_customer(self):
        self._order(client_order_ref="PO-77")
        self.assertTrue(self._is_duplicate(self._order(client_order_ref="PO-77", partner_id=self.buyer.id)))

    def test_number_of_another_customer_is_no_duplicate(self):
        other = self.env["res.partner"].create({"name": "Other Stores", "is_company": True})
        self._order(client_order_ref="PO-77")
        order = self._order(client_order_ref="PO-77", partner_id=other.id, partner_shipping_id=other.id)
        self.assertFalse(self._is_duplicate(order))

    def test_number_in_another_company_of_ours_is_no_duplicate(self):
        self._order(client_order_ref="PO-77")
        other = self.env["res.company"].create({"name": "Second Company"})
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "company_id": other.id, "client_order_ref": "PO-77"}
        )
        self.assertFalse(self._is_duplicate(order))

    def test_only_the_later_order_is_the_duplicate(self):
        first, second = self._order(client_order_ref="PO-77"), self._order(client_order_ref="PO-77")
        (first | second)._om_check()
        self.assertFalse(self._open(first))
        self.assertIn(first.name, self._open(second, "E-DUP").found)

    def test_confirmed_order_counts(self):
        first = self._order(client_order_ref="PO-77")
        first.action_confirm()
        self.assertTrue(self._is_duplicate(self._order(client_order_ref="PO-77")))

    def test_cancelled_order_does_not_count(self):
        self._order(client_order_ref="PO-77").action_cancel()
        self.assertFalse(self._is_duplicate(self._order(client_order_ref="PO-77")))

    def test_cancelling_the_first_order_closes_the_exception_of_the_second(self):
        first, second = self._order(client_order_ref="PO-77"), self._order(client_order_ref="po 77")
        self.assertTrue(self._is_duplicate(second))
        first.action_cancel()
        self.env.cr.flush()
        self.assertFalse(self._open(second))

    def _two_of_one_number(self):
        first, second = self._order(client_order_ref="4711"), self._order(client_order_ref="4711")
        self.env.cr.flush()
        self.assertTrue(self._open(second, "E-DUP"))
        return first, second

    def test_another_number_on_the_first_order_closes_the_exception_of_the_second(self):
        first, second = self._two_of_one_number()
        first.client_order_ref = "4712"
        self.env.cr.flush()
        self.assertFalse(self._open(second, "E-DUP"))

    def test_number_that_the_first_order_gets_later_makes_the_second_a_duplicate(self):
        first, second = self._order(), self._order(client_order_ref="4711")
        self.env.cr.flush()
        first.client_order_ref = "47 11"
        self.env.cr.flush()
        self.assertTrue(self._open(second, "E-DUP"))

    def test_deleting_the_first_order_closes_the_exception_of_the_second(self):
        first, second = self._two_of_one_number()
        first.sudo().unlink()  # only administrators of Sales delete
        self.env.cr.flush()
        self.assertFalse(self._open(second, "E-DUP"))

    def test_order_older_than_the_window_does_not_count(self):
        self.company.om_duplicate_po_days = 30
        first, second = self._order(client_order_ref="PO-77"), self._order(client_order_ref="PO-77")
        for days, expected in ((29, True), (31, False)):
            with self.subTest(days=days):
                self._age(first, days)
                self.assertIs(self._is_duplicate(second), expected)

    def test_window_of_zero_days_knows_no_end(self):
        self.company.om_duplicate_po_days = 0
        first, second = self._order(client_order_ref="PO-77"), self._order(client_order_ref="PO-77")
        self._age(first, 3000)
        self.assertTrue(self._is_duplicate(second))

    def _age(self, order, days):
        order.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_order SET create_date = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(days=days), order.id),
        )
        order.invalidate_recordset(["create_date"])

    def test_order_of_a_colleague_counts_for_a_salesperson_who_sees_only_own(self):
        seller = new_test_user(self.env, "om_dup_seller", groups="sales_team.group_sale_salesman")
        self._order(client_order_ref="PO-77", user_id=self.manager.id)
        order = self._order(client_order_ref="PO-77", user=seller, user_id=seller.id)
        self.assertTrue(self._is_duplicate(order))
