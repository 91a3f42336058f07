from odoo.tests import tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestGapsOfStockOdoo(OrderManagementCommon):
    """What stock Odoo lets pass, and this addon does not: each shown without and with our types.

    With all types switched off an order goes the way of stock Odoo. Everything runs as an order
    specialist, whose access rights count.
    """

    def _stock_then_ours(self, faulty):
        """Confirm what ``faulty`` makes without our types, and with them; return both orders."""
        kinds = self.env["om.exception.type"].search([])
        kinds.active = False
        stock = faulty()
        stock.action_confirm()
        kinds.active = True
        ours = faulty()
        ours.action_confirm()
        return stock, ours

    def _assert_gap_is_closed(self, faulty, code):
        stock, ours = self._stock_then_ours(faulty)
        self.assertEqual(stock.env.user, self.specialist)
        self.assertEqual((stock.state, stock.om_exception_ids.ids), ("sale", []))
        self.assertEqual((ours.state, self._open(ours).mapped("code")), ("draft", [code]))

    def test_g6_the_same_purchase_order_twice(self):
        self._order(client_order_ref="PO-77").action_confirm()
        self._assert_gap_is_closed(lambda: self._order(client_order_ref="PO-77"), "E-DUP")

    def test_g6_in_another_spelling_by_a_sister_contact(self):
        self._order(client_order_ref="PO-77").action_confirm()
        self._assert_gap_is_closed(
            lambda: self._order(client_order_ref="po 77 ", partner_id=self.buyer.id), "E-DUP"
        )

    def test_g10_product_no_longer_for_sale(self):
        def faulty():
            self.product.sale_ok = True
            order = self._order()
            self.product.sale_ok = False
            return order

        self._assert_gap_is_closed(faulty, "E-ITM-DISC")

    def test_g10_archived_product(self):
        def faulty():
            self.product.active = True
            order = self._order()
            self.product.active = False
            return order

        self._assert_gap_is_closed(faulty, "E-ITM-DISC")

    def test_g11_promise_in_the_past(self):
        self._assert_gap_is_closed(lambda: self._order(commitment_date="2020-01-01 12:00:00"), "E-DTE-PAST")
