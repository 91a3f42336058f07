from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestPriceDifference(OrderManagementCommon):
    """E-PRC-DIFF: the net price of a line is not the customer's contract price."""

    def _difference(self, order):
        order._om_check()
        return self._open(order, "E-PRC-DIFF")

    def _rule(self, **values):
        return self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.pricelist.id,
                "applied_on": "0_product_variant",
                "product_id": self.product.id,
                "compute_price": "fixed",
                **values,
            }
        )

    def test_price_within_tolerance_is_accepted(self):
        self.company.om_price_tolerance = 0.5
        for price, differs in ((100.0, False), (100.5, False), (99.5, False), (100.51, True), (99.49, True)):
            with self.subTest(price=price):
                self.assertIs(bool(self._difference(self._order([(self.product, 1, price)]))), differs)

    def test_customers_own_tolerance_counts_before_the_companys(self):
        self.company.om_price_tolerance = 0.5
        self.customer.om_price_tolerance = 5.0
        self.assertFalse(self._difference(self._order([(self.product, 1, 104.0)])))
        self.assertTrue(self._difference(self._order([(self.product, 1, 106.0)])))

    def test_tolerance_of_a_contact_is_that_of_its_company(self):
        self.customer.om_price_tolerance = 5.0
        self.assertFalse(self._difference(self._order([(self.product, 1, 104.0)], partner_id=self.buyer.id)))

    def test_finding_tells_found_expected_and_money_at_risk(self):
        exception = self._difference(self._order([(self.product, 10, 80.0)]))
        self.assertIn("80.00", exception.found)
        self.assertIn("100.00", exception.expected)
        self.assertEqual(exception.amount, 200.0)
        self.assertEqual(exception.order_line_id.product_id, self.product)

    def test_price_above_contract_is_worse_than_below(self):
        self.assertEqual(self._difference(self._order([(self.product, 1, 120.0)])).severity, "1")
        self.assertEqual(self._difference(self._order([(self.product, 1, 80.0)])).severity, "2")

    def test_money_at_risk_and_score_follow_the_quantity(self):
        order = self._order()
        order.order_line.price_unit = 80.0
        exception = self._difference(order)
        score = exception.score
        order.order_line.product_uom_qty = 100
        self.env.cr.flush()
        self.assertEqual(exception.amount, 2000.0)
        self.assertGreater(exception.score, score)

    def test_each_wrong_line_is_an_exception_of_its_own(self):
        order = self._order([(self.product, 1, 80.0), (self.other_product, 1), (self.product, 1, 70.0)])
        self.assertEqual(self._difference(order).order_line_id, order.order_line[0] | order.order_line[2])

    def test_discount_typed_on_the_line_counts(self):
        order = self._order()
        order.order_line.discount = 60.0
        self.assertIn("40.00", self._difference(order).found)

    def test_discount_of_the_pricelist_is_the_contract(self):
        self.env.user.group_ids += self.env.ref("sale.group_discount_per_so_line")
        self._rule(compute_price="percentage", percent_price=15.0)
        order = self._order()
        self.assertEqual(order.order_line.discount, 15.0)
        self.assertFalse(self._difference(order))
        order.order_line.discount = 0.0
        self.assertIn("85.00", self._difference(order).expected)

    def test_quantity_break_counts(self):
        self._rule(fixed_price=90.0, min_quantity=50)
        self.assertFalse(self._difference(self._order([(self.product, 49, 100.0), (self.product, 50, 90.0)])))
        wrong = self._difference(self._order([(self.product, 49, 90.0), (self.product, 50, 100.0)]))
        self.assertEqual(len(wrong), 2)

    def test_quantity_break_counts_in_the_products_unit(self):
        self._rule(fixed_price=90.0, min_quantity=24)
        order = self._order([(self.product, 2)])
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        self.assertEqual(order.order_line.price_unit, 1080.0)
        self.assertFalse(self._difference(order))

    @freeze_time("2026-03-10 12:00:00")
    def test_rule_counts_on_its_days_only(self):
        self._rule(fixed_price=70.0, date_start="2026-03-01 00:00:00", date_end="2026-03-31 23:59:59")
        inside = self._order([(self.product, 1, 70.0)], date_order="2026-03-15 12:00:00")
        after = self._order([(self.product, 1, 70.0)], date_order="2026-04-02 12:00:00")
        (inside | after)._om_check()
        self.assertFalse(self._open(inside))
        self.assertTrue(self._open(after, "E-PRC-DIFF"))

    @freeze_time("2026-03-10 12:00:00")
    def test_rule_that_ends_in_the_middle_of_a_day_counts_until_then(self):
        self._rule(fixed_price=70.0, date_end="2026-03-15 12:00:00")
        before = self._order([(self.product, 1, 70.0)], date_order="2026-03-15 11:00:00")
        after = self._order([(self.product, 1, 100.0)], date_order="2026-03-15 13:00:00")
        (before | after)._om_check()
        self.assertFalse(self._open(before | after))

    def test_prices_in_another_currency_are_compared_in_the_orders(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].search([("currency_id", "=", euro.id)]).unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": "2020-01-01", "rate": 0.5, "company_id": self.company.id}
        )
        pricelist = self.env["product.pricelist"].create({"name": "Euro", "currency_id": euro.id})
        order = self._order(pricelist_id=pricelist.id)
        self.assertEqual(order.order_line.price_unit, 50.0)
        self.assertFalse(self._difference(order))
        order.order_line.price_unit = 100.0
        self.assertEqual(self._difference(order).amount, 500.0)
        self.assertEqual(self._open(order).currency_id, euro)

    def test_order_without_pricelist_is_held_against_the_sales_price(self):
        self.assertFalse(self._difference(self._order(pricelist_id=False)))
        self.assertTrue(self._difference(self._order([(self.product, 1, 80.0)], pricelist_id=False)))

    def test_included_tax_is_turned_around_by_a_fiscal_position(self):
        included = self._tax(20, price_include_override="tax_included")
        position = self.env["account.fiscal.position"].create({"name": "Export"})
        self._tax(0, fiscal_position_ids=position.ids, original_tax_ids=included.ids)
        self.product.taxes_id = included
        self.product.list_price = 120.0
        order = self._order(fiscal_position_id=position.id)
        self.assertEqual(order.order_line.price_unit, 100.0)
        self.assertFalse(self._difference(order))

    def test_included_tax_without_a_fiscal_position_stays_in_the_price(self):
        self.product.taxes_id = self._tax(20, price_include_override="tax_included")
        order = self._order()
        self.assertEqual(order.order_line.price_unit, 100.0)
        self.assertFalse(self._difference(order))

    def _tax(self, percent, **values):
        return self.env["account.tax"].create(
            {"name": f"{percent} % {values}", "amount": percent, "type_tax_use": "sale", **values}
        )

    def test_price_of_a_fraction_of_a_cent_is_looked_at_closely(self):
        self.env.ref("product.decimal_price").digits = 4
        screw = self._new_product("Screw", "SCR-1", 0.0040)
        self.assertFalse(self._difference(self._order([(screw, 10000)])))
        self.assertTrue(self._difference(self._order([(screw, 10000, 0.0080)])))

    def test_price_rounded_as_it_can_be_entered_is_no_difference(self):
        self.company.om_price_tolerance = 0.0
        self._rule(compute_price="percentage", percent_price=33.3333)
        self.assertFalse(self._difference(self._order([(self.product, 1, 66.67)])))

    def test_lines_without_contract_price_are_left_out(self):
        order = self._order()
        order.order_line = [
            Command.create({"display_type": "line_note", "name": "Please hurry"}),
            Command.create({"display_type": "line_section", "name": "Section"}),
            Command.create({"product_id": self.other_product.id, "price_unit": 7.0, "is_downpayment": True}),
        ]
        self.assertFalse(self._difference(order))

    def test_invoiced_line_is_left_alone(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        order.sudo()._create_invoices().action_post()
        self.product.list_price = 120.0
        self.assertFalse(self._difference(order))

    def test_correct_price_closes_the_exception(self):
        order = self._order([(self.product, 1, 80.0)])
        exception = self._difference(order)
        order.order_line.price_unit = 100.0
        self.env.cr.flush()
        self.assertEqual(exception.state, "auto_closed")

    def test_orders_of_two_companies_are_each_checked_in_their_own(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        self.company.om_price_tolerance = 0.5
        other.om_price_tolerance = 30.0
        ours = self._order([(self.product, 1, 80.0)])
        theirs = (
            self.env["sale.order"]
            .with_company(other)
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": other.id,
                    "order_line": [Command.create({"product_id": self.product.id, "price_unit": 80.0})],
                }
            )
        )
        (ours.sudo() | theirs)._om_check()
        self.assertTrue(self._open(ours, "E-PRC-DIFF"))
        self.assertFalse(self._open(theirs, "E-PRC-DIFF"))
