from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .availability_common import AvailabilityCommon


@tagged("post_install", "-at_install")
class TestLifeCycle(AvailabilityCommon):
    """Stages of a product and what may be ordered in each (T17.1, T17.2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.successor = cls._new_product("Samovar 2", "SAM-2", 22.0, stock=50)
        cls.yesterday = fields.Date.today() - timedelta(days=1)

    def _cases(self, order, code="E-ITM-DISC"):
        order._om_check()
        return self._open(order, code)

    def _replace(self, **values):
        self.short.write({"om_life_cycle": "replaced", "om_successor_id": self.successor.id, **values})

    def test_active_product_is_fine(self):
        self.assertFalse(self._cases(self._order([(self.short, 1)])))

    def test_obsolete_product_blocks_confirmation(self):
        self.short.om_life_cycle = "obsolete"
        order = self._order([(self.short, 1)])
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.assertEqual(self._open(order).found, "[SAM-1] Samovar: Obsolete")

    def test_stage_that_changes_back_closes_the_case(self):
        self.short.om_life_cycle = "obsolete"
        order = self._order([(self.short, 1)])
        self.assertTrue(self._cases(order))
        self.short.om_life_cycle = "active"
        self._settle()
        self.assertFalse(self._open(order))

    def test_last_time_buy_ends_with_its_last_day(self):
        self.short.write({"om_life_cycle": "last_time_buy", "om_last_order_date": fields.Date.today()})
        order = self._order([(self.short, 1)])
        self.assertFalse(self._cases(order))
        self.short.om_last_order_date = self.yesterday
        self.assertIn("last time buy", self._cases(order).found)

    def test_order_that_was_received_in_time_is_fine(self):
        self.short.write({"om_life_cycle": "last_time_buy", "om_last_order_date": self.yesterday})
        order = self._order([(self.short, 1)])
        intake = self.env["om.intake"]._receive(b"po", "upload", file_name="po.txt")
        order.sudo().om_intake_id = intake
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET om_received_at = %s", [self._day(-1)])
        self.env.invalidate_all()
        self.assertFalse(self._cases(order))

    def test_last_time_buy_is_served_first_come_first_served(self):
        self.short.write({"om_life_cycle": "last_time_buy", "om_last_quantity": 10})
        first, second = self._order([(self.short, 6)]), self._order([(self.short, 6)])
        self.assertFalse(self._cases(first + second))
        first.action_confirm()
        self.assertEqual(self.short.om_last_left, 4)
        case = self._cases(second)
        self.assertEqual((case.found, case.expected), ("6 Units", "no more than 4 Units, the last of it"))
        self.assertFalse(self._cases(first))
        self._resolve(case, "fix_limit_quantity")
        self.assertEqual(second.order_line.product_uom_qty, 4)
        self.assertEqual(case.state, "resolved")

    def test_run_out_sells_what_is_there_and_on_its_way(self):
        self.short.om_life_cycle = "run_out"
        order = self._order([(self.short, 6)])
        case = self._cases(order)
        self.assertEqual(
            (case.found, case.expected), ("6 Units", "no more than 4 Units, nothing more will come")
        )
        self._receipt(self.short, 2, 20)
        self.assertFalse(self._cases(order))

    def test_nothing_left_rejects_the_line(self):
        self.short.om_life_cycle = "run_out"
        self._confirmed([(self.short, 4)])
        order = self._order([(self.short, 1), (self.product, 1)])
        self._resolve(self._cases(order), "fix_limit_quantity")
        self.assertEqual(order.order_line.product_id, self.product)

    def test_replaced_product_asks_the_customer_by_default(self):
        self._replace()
        order = self._order([(self.short, 3)])
        self.assertFalse(self._cases(order))
        case = self._cases(order, "E-SUB")
        self.assertEqual(case.expected, "[SAM-2] Samovar 2")
        self.assertEqual(case.blocks, "release")

    def test_consent_is_noted_before_the_successor_is_ordered(self):
        self._replace(om_successor_ratio=2.0)
        order = self._order([(self.short, 3, 20.0)])
        case = self._cases(order, "E-SUB")
        with self.assertRaisesRegex(UserError, "who agreed"):
            self._resolve(case, "fix_successor")
        self._resolve(case, "fix_successor", reason="Bea Buyer by phone")
        line = order.order_line
        self.assertEqual((line.product_id, line.product_uom_qty, line.price_unit), (self.successor, 6, 10.0))
        self.assertEqual(line.om_substituted_product_id, self.short)
        self.assertEqual(case.state, "resolved")
        self.assertIn("Bea Buyer", order.om_event_ids.filtered(lambda e: e.kind == "changed").note)

    def test_acknowledgment_names_the_successor_only_to_who_takes_it(self):
        for answer, code, status in (
            ("yes", "E-ITM-DISC", "IS"),
            ("no", "E-ITM-DISC", "ID"),
            ("ask", "E-SUB", "ID"),
        ):
            with self.subTest(answer=answer):
                self.customer.om_substitution = answer
                self._replace()
                case = self._cases(self._order([(self.short, 3)]), code)
                self.assertEqual(case._x12_status(), status)

    def test_who_takes_no_substitutes_gets_none(self):
        self.customer.om_substitution = "no"
        self._replace()
        case = self._cases(self._order([(self.short, 3)]))
        with self.assertRaisesRegex(UserError, "takes no substitutes"):
            self._resolve(case, "fix_successor", reason="never mind")

    def test_successor_of_the_successor_is_taken_with_both_ratios(self):
        latest = self._new_product("Samovar 3", "SAM-3", 25.0)
        self._replace(om_successor_ratio=2.0)
        self.successor.write(
            {"om_life_cycle": "replaced", "om_successor_id": latest.id, "om_successor_ratio": 3.0}
        )
        self.assertEqual(self.short._om_last_successor(), (latest, 6.0))

    def test_confirmed_line_keeps_what_was_delivered(self):
        order = self._confirmed([(self.short, 4, 20.0)])
        self._deliver(order, {self.short: 1})
        self._replace()
        self.customer.om_substitution = "yes"
        self._resolve(self._cases(order), "fix_successor")
        self.assertEqual(
            order.order_line.mapped(lambda line: (line.product_id, line.product_uom_qty)),
            [(self.short, 1), (self.successor, 3)],
        )
        self.assertFalse(self._cases(order))

    def test_delivered_line_of_a_product_that_ended_is_left_alone(self):
        order = self._confirmed([(self.short, 4)])
        self._deliver(order)
        self.short.om_life_cycle = "obsolete"
        self.assertFalse(self._cases(order))

    def test_stage_needs_what_it_is_about(self):
        for values, message in (
            ({"om_life_cycle": "replaced"}, "by what"),
            ({"om_life_cycle": "last_time_buy"}, "last order day or a quantity"),
            ({"om_successor_id": "itself"}, "successor of itself"),
        ):
            with self.subTest(**values):
                product = self._new_product("Mug", "MUG-1", 3.0, stock=0)
                if "om_successor_id" in values:
                    values["om_successor_id"] = product.id
                with self.assertRaisesRegex(ValidationError, message):
                    product.write(values)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.short.om_successor_ratio = 0
            self.env.flush_all()

    def test_template_with_one_variant_shows_and_sets_its_stage(self):
        template = self.short.product_tmpl_id
        template.write({"om_life_cycle": "replaced", "om_successor_id": self.successor.id})
        self.assertEqual(self.short.om_life_cycle, "replaced")
        self.assertIn(template, template.search([("om_life_cycle", "=", "replaced")]))
        new = self.env["product.template"].create(
            {"name": "New", "om_life_cycle": "last_time_buy", "om_last_quantity": 5, "is_storable": True}
        )
        self.assertEqual(new.product_variant_id.om_last_quantity, 5)
        self.assertTrue(new.product_variant_id.om_last_from)

    def test_variants_live_on_their_own(self):
        attribute = self.env["product.attribute"].create(
            {
                "name": "Colour",
                "value_ids": [Command.create({"name": "Red"}), Command.create({"name": "Blue"})],
            }
        )
        template = self.env["product.template"].create(
            {
                "name": "Pan",
                "attribute_line_ids": [
                    Command.create(
                        {"attribute_id": attribute.id, "value_ids": [Command.set(attribute.value_ids.ids)]}
                    )
                ],
            }
        )
        red, blue = template.product_variant_ids
        red.om_life_cycle = "obsolete"
        order = self._order([(red, 1), (blue, 1)])
        self.assertEqual(self._cases(order).order_line_id.product_id, red)

    def test_product_form_shows_the_stage(self):
        manager = self.env["res.users"].browse(self.env.uid)
        with Form(self.short.product_tmpl_id.with_user(manager)) as form:
            form.om_life_cycle = "last_time_buy"
            form.om_last_quantity = 3
        self.assertEqual(self.short.om_last_quantity, 3)

    def test_product_made_with_the_form_is_active(self):
        keeper = new_test_user(
            self.env, "om_keeper", groups="stock.group_stock_user,product.group_product_manager"
        )
        with Form(self.env["product.template"].with_user(keeper)) as form:
            form.name = "Kettle 2"
        product = form.record.product_variant_id
        self.assertEqual(product.om_life_cycle, "active")
        self.assertEqual((product.om_successor_ratio, product.om_successor_consent), (1.0, True))
