from psycopg2.errors import ForeignKeyViolation, UniqueViolation

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestRules(OrderManagementCommon):
    """An administrator makes a type of exception from a domain on orders (probe P6: no Python of users)."""

    def _rule(self, domain, **values):
        return (
            self.env["om.exception.type"]
            .with_user(self.manager)
            .create(
                {"name": "House rule", "code": "E-HOUSE", "blocks": "confirm", "domain": domain, **values}
            )
        )

    def _found(self, order):
        order._om_check()
        return bool(self._open(order, "E-HOUSE"))

    def test_order_that_fits_the_rule_is_held(self):
        self._rule("[('amount_total', '>', 5000)]")
        small, large = self._order([(self.product, 10)]), self._order([(self.product, 60)])
        (small | large).action_confirm()
        self.assertEqual((small.state, large.state), ("sale", "draft"))
        self.assertEqual(self._open(large).found, "House rule")

    def test_rule_may_look_through_relations(self):
        self._rule("[('order_line.product_id.default_code', '=', 'TOA-1'), ('partner_id.city', '=', False)]")
        self.assertFalse(self._found(self._order()))
        self.assertTrue(self._found(self._order([(self.other_product, 1)])))

    def test_rule_may_count_days_from_today(self):
        self._rule("[('date_order', '<', '-7d')]")
        with freeze_time("2026-03-10 12:00:00"):
            self.assertTrue(self._found(self._order(date_order="2026-03-01 12:00:00")))
            self.assertFalse(self._found(self._order(date_order="2026-03-09 12:00:00")))

    def test_change_of_a_field_that_the_rule_names_is_looked_at(self):
        self._rule("[('note', 'ilike', 'fragile')]")
        order = self._order()
        self.env.cr.flush()
        order.note = "Fragile!"
        self.env.cr.flush()
        self.assertTrue(self._open(order))
        order.note = "Solid"
        self.env.cr.flush()
        self.assertFalse(self._open(order))

    def test_change_of_a_line_is_looked_at_by_rules_on_amounts(self):
        self._rule("[('amount_total', '>', 5000)]")
        order = self._order()
        self.env.cr.flush()
        order.order_line.product_uom_qty = 60
        self.env.cr.flush()
        self.assertTrue(self._open(order))

    def test_change_of_a_field_of_the_lines_is_looked_at(self):
        for domain in (
            "[('order_line.customer_lead', '>', 30)]",
            "[('order_line', 'any', [('customer_lead', '>', 30)])]",
        ):
            with self.subTest(domain=domain):
                kind = self._rule(domain, code=f"E-{len(domain)}")
                order = self._order()
                self.env.cr.flush()
                self.assertFalse(self._open(order))
                order.order_line.customer_lead = 31
                self.env.cr.flush()
                self.assertTrue(self._open(order, kind.code))

    def test_rule_for_one_company_leaves_others_alone(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        self._rule(f"[('company_id', '=', {other.id})]")
        self.assertFalse(self._found(self._order()))
        theirs = self.env["sale.order"].create({"partner_id": self.customer.id, "company_id": other.id})
        self.assertTrue(self._found(theirs))

    def test_rule_sees_orders_that_the_user_may_not(self):
        self._rule(f"[('partner_id.child_ids', 'in', [{self.buyer.id}])]")
        order = self._order()
        order.with_user(self.env.ref("base.public_user")).sudo()._om_check()
        self.assertTrue(self._open(order))

    def test_what_is_no_domain_on_orders_is_refused_with_a_reason(self):
        for text in (
            "nonsense",
            "[(",
            "10**9",
            "__import__('os').system('true')",
            "[('no_such_field', '=', 1)]",
            "[('order_line.no_such_field', '=', 1)]",
            "[('amount_total', 'is bigger than', 1)]",
            "[('amount_total', '>')]",
            "[1, 2, 3]",
            "{'a': 1}",
            "'abc'",
            "42",
            "['&', ('amount_total', '>', 1)]",
            "[('date_order', '<', 'sometime')]",
            "[('id', 'child_of', 'x', 'y')]",
            "[" * 300 + "]" * 300,
        ):
            with (
                self.subTest(text=text[:60]),
                mute_logger("odoo.sql_db"),
                self.assertRaises(ValidationError) as caught,
            ):
                self._rule(text)
            self.assertIn("E-HOUSE", str(caught.exception))

    def test_empty_domain_is_no_rule(self):
        self._rule(False)
        self.assertFalse(self._found(self._order()))

    def test_rule_that_lost_its_field_does_not_stop_work(self):
        kind = self._rule("[('note', 'ilike', 'fragile')]")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE om_exception_type SET domain = '[(''gone'', ''='', 1)]' WHERE id = %s", [kind.id]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        with self.assertLogs("odoo.addons.om_order_exceptions.models.om_exception_type", "WARNING"):
            order = self._order()
            order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_rule_is_switched_off_and_on(self):
        kind = self._rule("[('amount_total', '>', 5000)]")
        order = self._order([(self.product, 60)])
        self.assertTrue(self._found(order))
        kind.active = False
        self.assertFalse(self._found(order))
        kind.active = True
        self.assertTrue(self._found(order))

    def test_codes_are_unique(self):
        self._rule("[('amount_total', '>', 5000)]")
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self._rule("[('amount_total', '>', 1)]")

    def test_fix_must_be_an_action_that_exists(self):
        for method in ("unlink", "_om_fix_nothing", "action_apply", "_om_fix_"):
            with self.subTest(method=method), self.assertRaises(ValidationError):
                self.env["om.exception.fix"].with_user(self.manager).create({"name": "x", "method": method})

    def test_type_with_exceptions_is_not_deleted(self):
        kind = self._rule("[('amount_total', '>', 5000)]")
        self._found(self._order([(self.product, 60)]))
        with mute_logger("odoo.sql_db"), self.assertRaises(ForeignKeyViolation):
            kind.unlink()

    def test_several_rules_cost_one_query_each(self):
        lines = [Command.create({"product_id": self.product.id, "product_uom_qty": 1})]
        orders = self.env["sale.order"].create(
            [{"partner_id": self.customer.id, "order_line": lines} for _ in range(20)]
        )

        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._om_check()
            return self.env.cr.sql_log_count - before

        cost()
        without = cost()
        for number in range(5):
            self._rule(f"[('amount_total', '>', {10000 + number})]", code=f"E-{number}")
        cost()
        self.assertLessEqual(cost(), without + 5 + 2)
