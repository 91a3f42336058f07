from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CODE, CreditCommon


@tagged("post_install", "-at_install")
class TestCreditLimit(CreditCommon):
    """Orders over the limit confirm and are held at release. As an ordinary specialist."""

    def test_g1_order_over_the_limit_confirms_and_is_held(self):
        """Stock Odoo confirms and ships it."""
        self._set_limit(1000)
        order = self._value_order(5000)
        self.assertIs(order.action_confirm(), True)
        self.assertEqual(order.state, "sale")
        self.assertTrue(order.om_is_held)
        self.assertEqual(order.om_credit_status, "held")
        self.assertEqual(order.picking_ids.move_ids.mapped("state"), ["confirmed"])
        with self.assertRaisesRegex(UserError, CODE):
            order.picking_ids.move_ids.write({"quantity": 1, "picked": True})
            order.picking_ids.button_validate()

    def test_g2_open_orders_count(self):
        """Stock Odoo takes confirmed orders that are invoiced on delivery for nothing."""
        self._set_limit(1000)
        first, second = self._value_order(900), self._value_order(200)
        first.action_confirm()
        second.action_confirm()
        self.assertEqual((first.om_credit_status, second.om_credit_status), ("ok", "held"))

    def test_g3_limit_of_the_orders_company_whichever_is_active(self):
        """Stock Odoo's warning disappears when the order is seen from another company."""
        other = self.env["res.company"].create({"name": "Second"})
        self.specialist.sudo().company_ids |= other
        self._set_limit(1000)
        self._set_limit(9000, company=other)
        order = self._value_order(5000)
        order.with_company(other).with_context(
            allowed_company_ids=[other.id, self.company.id]
        ).action_confirm()
        self.assertTrue(order.om_is_held)

    def test_limit_of_the_customer_counts_with_the_companys_switch_off(self):
        self.assertFalse(self.company.account_use_credit_limit)
        self._set_limit(1000)
        self.assertEqual(self.customer._om_credit_limits(self.company), {self.customer.id: 1000})

    def test_default_limit_counts_with_the_companys_switch_on_only(self):
        self.env["ir.default"].set("res.partner", "credit_limit", 500, company_id=self.company.id)
        self.assertEqual(self.customer._om_credit_limits(self.company), {})
        self.company.account_use_credit_limit = True
        self.assertEqual(self.customer._om_credit_limits(self.company), {self.customer.id: 500})
        self._set_limit(0)
        self.assertEqual(self.customer._om_credit_limits(self.company), {})

    def test_without_limit_nothing_is_held(self):
        order = self._value_order(10**6, confirm=True)
        self.assertFalse(order.om_is_held)
        self.assertEqual(order.om_credit_status, "none")

    def test_order_of_exactly_the_limit_passes(self):
        self._set_limit(1000)
        order = self._value_order(1000, confirm=True)
        self.assertFalse(order.om_is_held)
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_quotation_over_the_limit_is_shown_and_counts_for_nobody(self):
        self._set_limit(1000)
        quotation, order = self._value_order(5000), self._value_order(1000)
        self._commit_point()
        self.assertEqual(self._open(quotation).code, CODE)
        order.action_confirm()
        self.assertFalse(order.om_is_held)

    def test_order_counts_itself_once(self):
        self._set_limit(1000)
        order = self._value_order(600, confirm=True)
        for _again in range(3):
            order._om_check()
            self._commit_point()
        self.assertFalse(order.om_is_held)

    def test_batch_those_that_fit_pass(self):
        self._set_limit(1000)
        orders = self.env["sale.order"].concat(*(self._value_order(value) for value in (600, 500, 400)))
        orders.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale"] * 3)
        self.assertEqual(orders.mapped("om_is_held"), [False, True, False])

    def test_credit_priority_decides_before_age(self):
        self._set_limit(1000)
        orders = self.env["sale.order"].concat(*(self._value_order(value) for value in (600, 500)))
        orders[1].sudo().om_credit_priority = 1
        orders.action_confirm()
        self.assertEqual(orders.mapped("om_is_held"), [True, False])

    def test_detecting_again_leaves_one_exception_and_one_decision(self):
        self._set_limit(1000)
        order = self._value_order(5000, confirm=True)
        for _again in range(3):
            order._om_check()
        self.assertEqual(len(order.sudo().om_exception_ids), 1)
        decisions = self.env["om.credit.decision"].search([("order_id", "=", order.id)])
        self.assertEqual((decisions.verdict, decisions.over), ("held", 4000))

    def test_more_quantity_after_confirmation_is_held(self):
        self._set_limit(1000)
        order = self._value_order(900, quantity=9, confirm=True)
        order.order_line.product_uom_qty = 11
        self._commit_point()
        self.assertTrue(order.om_is_held)
        self.assertEqual(set(order.picking_ids.move_ids.mapped("state")), {"confirmed"})

    def test_less_quantity_frees_the_order_and_the_next(self):
        self._set_limit(1000)
        first, second = self._value_order(900, quantity=9, confirm=True), self._value_order(500, confirm=True)
        self.assertTrue(second.om_is_held)
        first.order_line.product_uom_qty = 5
        self._commit_point()
        self.assertFalse(second.om_is_held)
        self.assertEqual(second.picking_ids.state, "assigned")

    def test_confirmation_claims_the_limit(self):
        """What the claim does to a second session is in test_concurrency."""
        self._set_limit(1000)
        account = self._account()
        self.assertFalse(account.claimed_at)
        self._value_order(100, confirm=True)
        self.assertTrue(account.claimed_at)

    def test_quotation_that_was_cancelled_before_counts_in_full(self):
        """Moves of the order's former life, all cancelled, do not hide what a quotation is worth."""
        self._set_limit(1000)
        order = self._value_order(800, confirm=True)
        order._action_cancel()
        order.action_draft()
        self._commit_point()
        self.assertEqual(self.customer._om_exposure_and_orders(self.company, order)[1][order.id].value, 800)

    # ------------------------------------------------------------------------------ no way around (T8.3)

    def test_other_contact_is_the_same_customer(self):
        self._set_limit(1000)
        self._value_order(900, confirm=True)
        order = self._value_order(200, partner_id=self.buyer.id, confirm=True)
        self.assertTrue(order.om_is_held)

    def test_small_orders_add_up(self):
        self._set_limit(1000)
        orders = [self._value_order(300, confirm=True) for _n in range(4)]
        self.assertEqual([order.om_is_held for order in orders], [False, False, False, True])

    def test_customers_signature_does_not_pass(self):
        self._set_limit(1000)
        order = self._value_order(5000)
        order.sudo()._validate_order()
        self.assertTrue(order.om_is_held)

    def test_cancel_and_confirm_again_is_held_again(self):
        self._set_limit(1000)
        order = self._value_order(5000, confirm=True)
        order._action_cancel()
        self.assertFalse(self._open(order))
        order.action_draft()
        order.action_confirm()
        self.assertTrue(order.om_is_held)

    def test_duplicate_is_held(self):
        self._set_limit(1000)
        copy = self._value_order(5000, confirm=True).copy()
        copy.action_confirm()
        self.assertTrue(copy.om_is_held)

    def test_written_state_is_held(self):
        self._set_limit(1000)
        order = self._value_order(5000)
        order.write({"state": "sale"})
        self._commit_point()
        self.assertTrue(order.om_is_held)

    def test_change_of_payer_is_checked(self):
        payer = self.env["res.partner"].create({"name": "Payer", "is_company": True})
        self._set_limit(1000)
        self._set_limit(500, partner=payer)
        order = self._value_order(900, confirm=True)
        order.partner_invoice_id = payer
        self._commit_point()
        self.assertTrue(order.om_is_held)

    def test_context_keys_do_not_pass(self):
        self._set_limit(1000)
        for key in ("om_checked", "om_transition", "om_customer_confirms", "bypass_risk"):
            order = self._value_order(5000)
            order.with_context(**{key: True}).action_confirm()
            self.assertTrue(order.om_is_held, key)

    def test_exception_can_not_be_ended_by_hand(self):
        self._set_limit(1000)
        hold = self._open(self._value_order(5000, confirm=True), CODE)
        for user in (self.specialist, self.manager, self.analyst, self.credit_manager):
            for vals in ({"state": "resolved"}, {"state": "waived", "waived_found": hold.found}):
                with self.assertRaises(AccessError):
                    hold.with_user(user).with_context(om_transition=True).write(vals)
            with self.assertRaises(UserError):
                hold.with_user(user).unlink()

    def test_order_manager_can_not_accept_or_switch_it_off(self):
        self._set_limit(1000)
        hold = self._open(self._value_order(5000, confirm=True), CODE)
        with self.assertRaises(UserError):
            self._resolve(hold, "fix_accept", user=self.manager, reason="never mind")
        with self.assertRaisesRegex(UserError, "waived"):
            hold.with_user(self.manager)._waive("never mind")
        kind = hold.type_id.with_user(self.manager)
        for vals in ({"active": False}, {"blocks": False}, {"waivable": True}, {"category": "price"}):
            with self.assertRaises(AccessError):
                kind.write(vals)
        with self.assertRaises(AccessError):
            kind.unlink()
        kind.with_user(self.manager).sla_hours = 2

    # ------------------------------------------------------------------------------------------- cost

    def test_check_costs_few_queries_and_none_per_order(self):
        self._set_limit(10**9)

        def cost(orders):
            self.env.flush_all()
            self.env.invalidate_all()
            orders.sudo().mapped("partner_invoice_id.commercial_partner_id.name")
            orders.sudo().mapped("company_id.parent_path")
            before = self.env.cr.sql_log_count
            orders._om_detect_credit_limit()
            return self.env.cr.sql_log_count - before

        few = self.env["sale.order"].concat(*(self._value_order(1) for _n in range(2)))
        many = self.env["sale.order"].concat(*(self._value_order(1) for _n in range(20)))
        self._commit_point()
        cost(few)
        self.assertLessEqual(cost(few), 6)
        self.assertLessEqual(cost(many), cost(few))
