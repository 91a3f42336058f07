from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestDetectPolicies(OrderManagementCommon):
    """What the company sets limits for: assortment, packs, prices, promotions, amounts, quantities."""

    def _checked(self, *args, **values):
        order = self._order(*args, **values)
        self.env.cr.flush()
        return order

    # ----------------------------------------------------------------------------------- assortment

    def test_customer_without_assortment_may_buy_everything(self):
        self.assertFalse(self._open(self._checked(), "E-ITM-CONTRACT"))

    def test_product_outside_the_assortment_is_found_until_it_is_added(self):
        self.env["om.customer.assortment"].create(
            {"partner_id": self.customer.id, "product_tmpl_id": self.product.product_tmpl_id.id}
        )
        order = self._checked([(self.product, 1), (self.other_product, 1)])
        exception = self._open(order, "E-ITM-CONTRACT")
        self.assertEqual(exception.found, self.other_product.display_name)
        with self.assertRaises(AccessError):
            self._resolve(exception, "fix_extend_assortment")
        self._resolve(exception, "fix_extend_assortment", user=self.manager)
        self.assertEqual(exception.state, "resolved")

    def test_assortment_of_a_category_holds_for_those_below_it(self):
        parent = self.env["product.category"].create({"name": "Kitchen"})
        child = self.env["product.category"].create({"name": "Kettles", "parent_id": parent.id})
        self.product.categ_id = child
        self.env["om.customer.assortment"].create({"partner_id": self.customer.id, "categ_id": parent.id})
        order = self._checked([(self.product, 1), (self.other_product, 1)])
        self.assertEqual(self._open(order, "E-ITM-CONTRACT").order_line_id.product_id, self.other_product)

    def test_assortment_that_has_ended_does_not_hold(self):
        self.env["om.customer.assortment"].create(
            {
                "partner_id": self.customer.id,
                "product_tmpl_id": self.product.product_tmpl_id.id,
                "date_end": "2020-01-01",
            }
        )
        self.assertTrue(self._open(self._checked(), "E-ITM-CONTRACT"))

    def test_assortment_in_another_company_does_not_bind(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        self.env["om.customer.assortment"].create(
            {
                "partner_id": self.customer.id,
                "product_tmpl_id": self.other_product.product_tmpl_id.id,
                "company_id": other.id,
            }
        )
        self.assertFalse(self._open(self._checked(), "E-ITM-CONTRACT"))

    # ----------------------------------------------------------------------------------------- packs

    def _pack(self, size):
        unit = self.env["uom.uom"].create(
            {
                "name": f"Case of {size}",
                "relative_factor": size,
                "relative_uom_id": self.env.ref("uom.product_uom_unit").id,
            }
        )
        self.product.product_tmpl_id.write({"uom_ids": [Command.link(unit.id)], "om_pack_uom_id": unit.id})
        return unit

    def test_broken_pack_is_found_and_filled_up_or_left_out(self):
        case = self._pack(6)
        for fix, quantity in (("fix_round_up_packs", 12), ("fix_round_down_packs", 6)):
            with self.subTest(fix=fix):
                order = self._checked([(self.product, 10)])
                exception = self._open(order, "E-UOM-PACK")
                self.assertEqual(
                    (exception.found, exception.expected), ("10 Units", "a multiple of Case of 6")
                )
                self._resolve(exception, fix)
                self.assertEqual((exception.state, order.order_line.product_uom_qty), ("resolved", quantity))
        order = self._checked(
            order_line=[
                Command.create(
                    {"product_id": self.product.id, "product_uom_id": case.id, "product_uom_qty": 2}
                )
            ]
        )
        self.assertFalse(self._open(order, "E-UOM-PACK"), "whole cases")
        self.assertFalse(self._open(self._checked([(self.product, 18)]), "E-UOM-PACK"))

    def test_less_than_one_pack_is_not_left_out(self):
        self._pack(6)
        order = self._checked([(self.product, 4)])
        with self.assertRaises(UserError):
            self._resolve(self._open(order, "E-UOM-PACK"), "fix_round_down_packs")

    def test_pack_of_the_document_that_we_do_not_have_is_pointed_out(self):
        self._pack(6)
        order = self._checked([(self.product, 12)])
        order.order_line.om_po_pack = 12
        self.env.cr.flush()
        exception = self._open(order, "E-UOM-PACK")
        self.assertEqual((exception.found, exception.severity), ("packs of 12", "3"))
        order.order_line.om_po_pack = 6
        self.env.cr.flush()
        self.assertEqual(exception.state, "auto_closed")

    # ---------------------------------------------------------------------------------------- prices

    def test_price_of_zero_is_found_where_the_company_looks_for_it(self):
        order = self._checked([(self.product, 10, 0.0)])
        self.assertFalse(self._open(order, "E-PRC-ZERO"), "entered by a person")
        self.company.om_zero_price_check = "all"
        order._om_check()
        exception = self._open(order, "E-PRC-ZERO")
        self.assertEqual((exception.severity, exception.blocks), ("1", "release"))
        self._resolve(exception, "fix_mark_sample", user=self.manager)
        self.assertEqual(exception.state, "resolved")

    def test_price_of_zero_on_a_received_order_is_found(self):
        intake = self.env["om.intake"]._receive(b"850", "upload")
        order = self._checked([(self.product, 10, 0.0)], om_intake_id=intake.id)
        self.assertTrue(self._open(order, "E-PRC-ZERO"))

    def test_price_below_cost_and_margin_is_found(self):
        self.company.write({"om_floor_check": True, "om_floor_percent": 20})
        self.product.standard_price = 80.0
        order = self._checked([(self.product, 10, 95.0)])
        exception = self._open(order, "E-PRC-ZERO")
        self.assertIn("96.00", exception.expected)
        self.assertAlmostEqual(exception.amount, 10.0)
        order.order_line.price_unit = 96.0
        self.env.cr.flush()
        self.assertEqual(exception.state, "auto_closed")
        order.order_line.discount = 10
        self.env.cr.flush()
        self.assertTrue(self._open(order, "E-PRC-ZERO"), "the discount counts")

    def test_floor_counts_by_unit(self):
        case = self._pack(6)
        self.company.om_floor_check = True
        self.product.standard_price = 50.0
        line = {"product_id": self.product.id, "product_uom_id": case.id, "product_uom_qty": 1}
        cheap = self._checked(order_line=[Command.create({**line, "price_unit": 299})])
        fine = self._checked(order_line=[Command.create({**line, "price_unit": 301})])
        self.assertTrue(self._open(cheap, "E-PRC-ZERO"))
        self.assertFalse(self._open(fine, "E-PRC-ZERO"))

    def _contract_price(self, price, **values):
        self.pricelist.om_is_contract = True
        return self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.pricelist.id,
                "applied_on": "1_product",
                "product_tmpl_id": self.product.product_tmpl_id.id,
                "compute_price": "fixed",
                "fixed_price": price,
                **values,
            }
        )

    def test_agreed_price_that_ended_does_not_fall_to_the_list_price(self):
        rule = self._contract_price(90.0, date_end="2020-01-01 00:00:00")
        order = self._checked([(self.product, 10), (self.other_product, 1)])
        exception = self._open(order, "E-PRC-EXPIRED")
        self.assertEqual(exception.order_line_id.product_id, self.product)
        self._resolve(exception, "fix_extend_price", user=self.manager, date="2099-12-31")
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(order.order_line[0].price_unit, 90.0)
        self.assertEqual(rule.date_end.year, 2099)

    def test_agreed_price_that_was_followed_by_another_has_not_ended(self):
        self._contract_price(90.0, date_end="2020-01-01 00:00:00")
        self._contract_price(95.0, date_start="2020-01-02 00:00:00")
        self.assertFalse(self._open(self._checked(), "E-PRC-EXPIRED"))

    def test_price_for_a_season_on_an_ordinary_pricelist_may_end(self):
        self._contract_price(90.0, date_end="2020-01-01 00:00:00")
        self.pricelist.om_is_contract = False
        self.assertFalse(self._open(self._checked(), "E-PRC-EXPIRED"))

    def test_customer_is_met_half_way_within_the_specialists_authority(self):
        self.company.om_price_authority = 10
        order = self._checked([(self.product, 10, 92.0)])
        exception = self._open(order, "E-PRC-DIFF")
        self._resolve(exception, "fix_split_price")
        self.assertEqual(order.order_line.price_unit, 96.0)
        self.assertEqual(exception.state, "waived")
        far = self._checked([(self.product, 10, 70.0)])
        with self.assertRaises(AccessError):
            self._resolve(self._open(far, "E-PRC-DIFF"), "fix_split_price")
        self._resolve(self._open(far, "E-PRC-DIFF"), "fix_split_price", user=self.manager)
        self.assertEqual(far.order_line.price_unit, 85.0)

    # ------------------------------------------------------------------------------------ promotions

    def _promotion(self, **values):
        return self.env["om.promotion"].create({"name": "Spring", "code": "SPRING-27", **values})

    def test_promotion_must_fit_the_order(self):
        other = self.env["res.partner"].create({"name": "Other"})
        for number, (values, found) in enumerate(
            (
                ({}, ""),
                ({"date_end": "2020-01-01"}, "has ended"),
                ({"date_start": "2099-01-01"}, "has not begun"),
                ({"partner_id": other.id}, "another customer"),
                ({"min_quantity": 11}, "10 pieces"),
                ({"min_quantity": 10}, ""),
                ({"product_tmpl_ids": [Command.set(self.other_product.product_tmpl_id.ids)]}, "0 pieces"),
                ({"discount": 10, "budget": 99}, "would cost"),
                ({"discount": 10, "budget": 100}, ""),
            )
        ):
            with self.subTest(values=values):
                promotion = self._promotion(code=f"P{number}X", **values)
                order = self._checked(om_promotion_code=f"p-{number}x")
                self.assertEqual(order.om_promotion_ids, promotion)
                exception = self._open(order, "E-PRO-INELIG")
                self.assertEqual(bool(exception), bool(found))
                self.assertIn(found, exception.found or "")

    def test_unknown_promotion_is_found_and_taken_off(self):
        order = self._checked(om_promotion_code="NOPE")
        exception = self._open(order, "E-PRO-INELIG")
        self.assertIn("NOPE is unknown", exception.found)
        self._resolve(exception, "fix_remove_promotion")
        self.assertEqual((exception.state, order.om_promotion_code), ("resolved", False))

    def test_promotions_stand_side_by_side_only_where_they_may(self):
        self._promotion(code="ONE", stackable=True)
        second = self._promotion(code="TWO")
        order = self._checked(om_promotion_code="ONE, TWO")
        exception = self._open(order, "E-PRO-INELIG")
        self.assertIn("TWO beside others", exception.found)
        second.stackable = True
        self.env.cr.flush()
        self.assertEqual(exception.state, "auto_closed")

    def test_budget_is_used_up_by_confirmed_orders(self):
        promotion = self._promotion(discount=10, budget=150)
        first = self._checked(om_promotion_code="SPRING27")
        first.action_confirm()
        self.assertEqual(promotion.spent, 100)
        first._om_check()
        self.assertFalse(self._open(first, "E-PRO-INELIG"), "its own use is not counted twice")
        self.assertIn("200", self._open(self._checked(om_promotion_code="SPRING27"), "E-PRO-INELIG").found)

    # --------------------------------------------------------------------------- amounts, quantities

    def test_order_below_the_minimum_is_charged_a_fee(self):
        fee = self._new_product("Small order", "FEE", 25.0, stock=0, type="service", is_storable=False)
        self.company.write({"om_min_order_amount": 500, "om_small_order_product_id": fee.id})
        order = self._checked([(self.product, 4)])
        exception = self._open(order, "E-MIN")
        self.assertIn("400.00", exception.found)
        self.assertFalse(self._open(self._checked([(self.product, 5)]), "E-MIN"))
        self._resolve(exception, "fix_small_order_fee")
        self.assertEqual((exception.state, order.amount_untaxed), ("resolved", 425))

    def test_customer_has_its_own_minimum(self):
        self.company.om_min_order_amount = 500
        self.customer.om_min_order_amount = 300
        self.assertFalse(self._open(self._checked([(self.product, 4)]), "E-MIN"))
        self.company.om_min_order_amount = 0
        self.customer.om_min_order_amount = 450
        self.assertTrue(self._open(self._checked([(self.product, 4)]), "E-MIN"))

    def test_line_below_the_minimum_is_pointed_out(self):
        self.company.om_min_line_amount = 100
        order = self._checked([(self.product, 1), (self.other_product, 1)])
        exception = self._open(order, "E-MIN")
        self.assertEqual((exception.order_line_id.product_id, exception.severity), (self.other_product, "3"))

    def test_order_without_lines_is_no_small_order(self):
        self.company.om_min_order_amount = 500
        order = self._checked(order_line=[])
        self.assertFalse(self._open(order, "E-MIN"))

    def _history(self, quantities):
        self.product.is_storable = False
        for quantity in quantities:
            self._order([(self.product, quantity)]).action_confirm()
        self.env["sale.order"].search([("state", "=", "sale"), ("partner_id", "=", self.customer.id)]).write(
            {"date_order": "2026-01-01 12:00:00"}
        )

    def test_quantity_that_the_customer_never_orders_is_found(self):
        self.company.write({"om_max_quantity_factor": 5, "om_max_quantity_lines": 5})
        self._history([10, 12, 8, 10])
        self.assertFalse(self._open(self._checked([(self.product, 400)]), "E-MAX"), "too little is known")
        self._history([10])
        self.assertFalse(self._open(self._checked([(self.product, 50)]), "E-MAX"))
        order = self._checked([(self.product, 51)])
        exception = self._open(order, "E-MAX")
        self.assertEqual(exception.found, "51 Units")
        self.assertIn("about 10 Units", exception.expected)
        self._resolve(exception, "fix_set_quantity", quantity=15)
        self.assertEqual((exception.state, order.order_line.product_uom_qty), ("resolved", 15))

    def test_customer_whose_orders_vary_is_given_more_room(self):
        self.company.write({"om_max_quantity_factor": 3, "om_max_quantity_lines": 5})
        self._history([5, 10, 40, 80, 90])
        self.assertFalse(self._open(self._checked([(self.product, 180)]), "E-MAX"))
        self.assertTrue(self._open(self._checked([(self.product, 300)]), "E-MAX"))

    # ----------------------------------------------------------------------------- doubles, numbers

    def test_order_that_looks_like_one_before_is_pointed_out(self):
        lines = [(self.product, 10), (self.other_product, 5)]
        self._checked(lines, client_order_ref="A")
        self.assertFalse(self._open(self._checked(lines, client_order_ref="B"), "E-DUP-SOFT"))
        self.company.om_soft_duplicate_days = 3
        third = self._checked(lines, client_order_ref="C")
        exception = self._open(third, "E-DUP-SOFT")
        self.assertEqual((exception.severity, exception.blocks), ("3", False))
        third.order_line[0].product_uom_qty = 11
        self.env.cr.flush()
        self.assertEqual(exception.state, "auto_closed")
        third.order_line[0].product_uom_qty = 10
        third.om_requested_date = "2099-01-01"
        self.env.cr.flush()
        self.assertFalse(self._open(third, "E-DUP-SOFT"), "for another day")

    def test_same_document_weighs_more_than_the_same_number(self):
        first = self.env["om.intake"]._receive(b"850", "upload")
        second = self.env["om.intake"]._receive(b"850", "upload")
        self.assertEqual(second.state, "duplicate")
        self._checked(om_intake_id=first.id, client_order_ref="PO-1")
        order = self._checked(om_intake_id=second.id, client_order_ref="PO-1")
        exception = self._open(order, "E-DUP")
        self.assertEqual(exception.severity, "1")
        self.assertIn(first.name, exception.found)

    # ---------------------------------------------------------------------------------------- costs

    def test_policies_cost_a_constant_number_of_queries(self):
        self._pack(6)
        self.company.write(
            {
                "om_floor_check": True,
                "om_zero_price_check": "all",
                "om_address_check": "all",
                "om_min_order_amount": 10000,
                "om_min_line_amount": 10000,
                "om_max_quantity_factor": 5,
                "om_soft_duplicate_days": 3,
                "om_tax_id_country_ids": [Command.set(self.env.ref("base.us").ids)],
            }
        )
        self.customer.country_id = self.env.ref("base.us")
        self.pricelist.om_is_contract = True
        self._promotion()
        self.env["om.customer.assortment"].create(
            {"partner_id": self.customer.id, "product_tmpl_id": self.other_product.product_tmpl_id.id}
        )
        vals = {
            "partner_id": self.customer.id,
            "om_promotion_code": "SPRING27",
            "om_customer_note": "call us",
            "order_line": [Command.create({"product_id": self.product.id, "product_uom_qty": 7})],
        }
        orders = self.env["sale.order"].create([vals] * 30)
        orders._om_check()

        def cost(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._om_check()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(orders[:10])
        few, many = cost(orders[:10]), cost(orders)
        self.assertTrue(self._open(orders[0]))
        self.assertLessEqual(many, few + 2)
