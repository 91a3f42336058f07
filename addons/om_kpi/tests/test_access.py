from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import KpiCommon


@tagged("post_install", "-at_install")
class TestAccess(KpiCommon):
    def setUp(self):
        super().setUp()
        self.order = self._promise([(self.product, 10)])
        self._measure("03-10")
        self.fact = self._fact(self.order)

    def test_viewer_reads_and_changes_nothing(self):
        viewer = new_test_user(self.env, "om_viewer", groups="om_kpi.group_kpi_viewer")
        fact = self.fact.with_user(viewer)
        self.assertEqual(fact.outcome, "overdue")
        self.assertTrue(self.orders.with_user(viewer).search_count([("order_id", "=", self.order.id)]))
        self.assertTrue(
            self.env.ref("om_order_exceptions.menu_root").with_user(viewer)._filter_visible_menus(),
            "who may see figures finds the menu",
        )
        with self.assertRaises(AccessError):
            fact.write({"outcome": "otif"})
        with self.assertRaises(AccessError):
            fact.unlink()
        with self.assertRaises(AccessError):
            fact.action_measure_again()

    def test_nobody_writes_facts_by_hand(self):
        for user in (self.specialist, self.manager):
            with self.assertRaises(AccessError):
                self.fact.with_user(user).write({"outcome": "otif"})

    def test_people_outside_see_nothing(self):
        stranger = new_test_user(self.env, "om_stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.lines.with_user(stranger).search([])
        with self.assertRaises(AccessError):
            self.orders.with_user(stranger).search([])

    def test_other_companies_are_out_of_sight(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.specialist.company_ids = [Command.link(other.id)]
        for model in (self.lines, self.orders):
            mine = model.with_user(self.specialist).with_context(allowed_company_ids=self.company.ids)
            theirs = model.with_user(self.specialist).with_context(allowed_company_ids=other.ids)
            domain = [("order_id", "=", self.order.id)]
            self.assertEqual((mine.search_count(domain), theirs.search_count(domain)), (1, 0))

    def test_manager_has_lines_measured_again(self):
        self.fact.with_user(self.manager).action_measure_again()
        self.env.cr.flush()
        self.assertIn(self.order.id, self.env["om.kpi.dirty"].search([]).mapped("order_id"))

    def test_specialist_opens_the_order(self):
        action = self.fact.with_user(self.specialist).action_open_order()
        self.assertEqual((action["res_model"], action["res_id"]), ("sale.order", self.order.id))
