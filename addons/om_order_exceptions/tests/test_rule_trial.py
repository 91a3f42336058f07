from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestRuleTrial(OrderManagementCommon):
    """A rule shows what it would have caught before it holds, and holds where it is meant to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = (
            cls.env["om.exception.type"]
            .with_user(cls.manager)
            .create(
                {
                    "name": "Large order",
                    "code": "E-LARGE",
                    "domain": "[('amount_total', '>', 5000)]",
                    "active": False,
                }
            )
        )

    def _trial(self, user=None, **values):
        action = self.rule.action_try_rule()
        return (
            self.env[action["res_model"]]
            .with_user(user or self.manager)
            .with_context(**action["context"])
            .create(values)
        )

    def test_trial_shows_orders_money_and_customers_and_raises_nothing(self):
        other = self.env["res.partner"].create({"name": "Other"})
        small, large = self._order([(self.product, 10)]), self._order([(self.product, 60)])
        wrong = self._order([(self.product, 100, 70.0)])
        of_other = self._order([(self.product, 70)], partner_id=other.id, partner_shipping_id=other.id)
        self.env.cr.flush()
        trial = self._trial()
        caught = large | wrong | of_other
        self.assertEqual(trial.order_ids & (caught | small), caught)
        self.assertEqual((trial.order_count, trial.amount), (3, 6000 + 7000 + 7000))
        self.assertEqual(trial.known_count, 1, "one of them waits for its price already")
        self.assertEqual(trial.by_customer.splitlines()[0].split(":")[0], "Bluebird Stores")
        self.assertFalse(self._open(large))

    def test_trial_looks_back_as_far_as_asked(self):
        old = self._order([(self.product, 60)])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET create_date = create_date - INTERVAL '100 days' WHERE id = %s", [old.id]
        )
        self.env.invalidate_all()
        self.assertNotIn(old, self._trial().order_ids)
        self.assertIn(old, self._trial(days=120).order_ids)

    def test_trial_opens_the_orders_that_it_counts(self):
        large = self._order([(self.product, 60)])
        action = self._trial().action_open_orders()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), large)

    def test_rule_is_switched_on_from_the_trial(self):
        self._trial().action_switch_on()
        order = self._order([(self.product, 60)])
        self.env.cr.flush()
        self.assertTrue(self._open(order, "E-LARGE"))

    def test_only_managers_try_rules(self):
        with self.assertRaises(AccessError):
            self._trial(user=self.specialist)

    def test_type_without_a_rule_has_nothing_to_try(self):
        with self.assertRaises(UserError):
            self.env["om.rule.trial"].create(
                {"type_id": self.env.ref("om_order_exceptions.type_dup").id}
            ).read(["order_count"])

    def test_queries_do_not_grow_with_the_orders(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._trial().read(["order_count", "amount", "known_count", "by_customer"])
            return self.env.cr.sql_log_count - before

        self._order([(self.product, 60)])
        cost()
        few = cost()
        for _ in range(10):
            self._order([(self.product, 60)])
        self.assertLessEqual(cost(), few)

    def test_rule_of_one_company_leaves_orders_of_others_alone(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        rule = self.rule.sudo()
        rule.write({"active": True, "company_id": other.id})
        order = self._order([(self.product, 60)])
        order._om_check()
        self.assertFalse(self._open(order, "E-LARGE"))
        self.assertNotIn(order, self._trial(user=self.env.user).order_ids)
        rule.company_id = self.company
        order._om_check()
        self.assertTrue(self._open(order, "E-LARGE"))
        self.assertIn(order, self._trial().order_ids)

    def test_rule_of_another_company_is_not_seen(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        self.rule.sudo().company_id = other
        self.assertFalse(
            self.env["om.exception.type"]
            .with_user(self.specialist)
            .with_context(active_test=False)
            .search([("code", "=", "E-LARGE")])
        )

    def test_rule_is_a_literal_and_never_code(self):
        for text in ("[('amount_total', '>', uid)]", "[('name', '=', str(1))]", "lambda: 1"):
            with self.subTest(text=text), self.assertRaises(ValidationError):
                self.rule.domain = text
