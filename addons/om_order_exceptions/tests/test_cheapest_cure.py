from odoo.tests import tagged

from .availability_common import AvailabilityCommon


@tagged("post_install", "-at_install")
class TestCheapestCure(AvailabilityCommon):
    """The cure that is named first is the cheapest of those that can cure the case as things stand."""

    def _cures(self, order, user=None):
        order.sudo()._om_check()
        self.env.invalidate_all()
        return [cure["fix_id"] for cure in order.with_user(user or self.specialist).om_answer["cures"]]

    def _fix(self, name):
        return self.env.ref(f"om_order_exceptions.{name}").id

    def test_every_action_says_what_it_takes(self):
        for fix in self.env["om.exception.fix"].search([]):
            with self.subTest(fix=fix.name):
                self.assertGreater(fix.minutes, 0)
                self.assertTrue(fix.cost)

    def test_wrong_price_is_corrected_before_it_is_met_half_way_or_accepted(self):
        order = self._order([(self.product, 10, 80.0)])
        self.assertEqual(self._cures(order, self.manager), [self._fix("fix_contract_price")])

    def test_duplicate_is_cancelled(self):
        self._order(client_order_ref="PO-77").action_confirm()
        order = self._order(client_order_ref="po 77")
        self.assertEqual(self._cures(order), [self._fix("fix_cancel_order")])

    def test_successor_comes_first_where_there_is_one(self):
        order = self._order([(self.product, 1)])
        self.product.sale_ok = False
        self.assertEqual(self._cures(order), [self._fix("fix_replace_product")])
        self.product.write(
            {"sale_ok": True, "om_life_cycle": "replaced", "om_successor_id": self.other_product.id}
        )
        type_ = self._open(order).type_id
        self.assertIn(self._fix("fix_successor"), type_.fix_ids.ids)
        self.env.ref("om_order_exceptions.fix_replace_product").minutes = 30
        self.assertEqual(self._cures(order), [self._fix("fix_successor")])
        self.customer.om_substitution = "no"
        self.assertNotEqual(self._cures(order), [self._fix("fix_successor")])

    def test_fee_is_charged_only_where_the_company_has_one(self):
        self.company.om_min_order_amount = 5000
        self.env.ref("om_order_exceptions.type_min").blocks = "release"
        order = self._order([(self.product, 1)])
        self.assertNotIn(self._fix("fix_small_order_fee"), self._cures(order))
        self.company.om_small_order_product_id = self._new_product("Fee", "FEE", 15.0, 0, type="service")
        self.assertEqual(self._cures(order), [self._fix("fix_small_order_fee")])

    def test_own_price_is_put_back_because_it_can_not_be_approved(self):
        order = self._order(user=self.manager)
        order.action_confirm()
        self.env.ref("om_order_exceptions.type_prc_changed").blocks = "release"
        order.order_line.with_user(self.manager).price_unit = 101.0
        self.env.ref("om_order_exceptions.fix_revert_price").minutes = 60
        self.company.om_change_four_eyes = False
        self.env.ref("om_order_exceptions.type_prc_diff").active = False
        self.assertEqual(self._cures(order, self.manager), [self._fix("fix_approve_price")])
        self.company.om_change_four_eyes = True
        self.assertEqual(self._cures(order, self.manager), [self._fix("fix_revert_price")])

    def test_noting_that_it_is_settled_is_no_cure_beside_others(self):
        kind = self.env.ref("om_order_exceptions.type_shp_over")
        fixes = kind.fix_ids._applicable(self.env["om.exception"])
        self.assertNotIn(self.env.ref("om_order_exceptions.fix_done"), fixes)
        only = self.env.ref("om_order_exceptions.fix_done")
        self.assertEqual(only._applicable(self.env["om.exception"]), only)

    def test_another_shipment_costs_what_the_company_says(self):
        self.company.om_shipment_cost = 45.0
        order = self._order()
        reship = self.env.ref("om_order_exceptions.fix_reship")
        self.assertEqual(order._om_money(reship, self.env["om.exception"]), 45.0)

    def test_short_line_costs_its_cheapest_way_out(self):
        kind = self.env.ref("om_order_exceptions.type_stk_short")
        kind.blocks = "release"
        self.company.om_shipment_cost = 20.0
        rare = self._new_product("Rare", "RAR-1", 50.0, stock=4)
        order = self._order([(rare, 10)])
        order.sudo()._validate_order()
        order.sudo()._om_check()
        case = self._open(order, "E-STK-SHORT")
        case.with_user(self.specialist).action_resolve()
        best = min(case.proposal_ids.mapped("cost"))
        choose = self.env.ref("om_order_exceptions.fix_apply_proposal")
        self.assertEqual(order._om_money(choose, case), best)
        self.assertEqual(self._cures(order)[0], choose.id)
