from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .test_events import EventsCommon


@tagged("post_install", "-at_install")
class TestTimeline(EventsCommon):
    """The timeline as people read it on the order."""

    def _steps(self, order):
        return order.with_user(self.specialist).om_timeline["steps"]

    def _stages(self, order):
        return {s["kind"]: s["share"] for s in order.with_user(self.specialist).om_timeline["stages"]}

    def test_facts_of_one_delivery_are_one_step(self):
        order = self._order([(self.product, 10), (self.other_product, 5)])
        order.action_confirm()
        picking = self._deliver(order)
        [shipped] = [step for step in self._steps(order) if step["kind"] == "shipped"]
        self.assertEqual(shipped["quantity"], "15 Units")
        self.assertEqual([line["quantity"] for line in shipped["lines"]], ["10 Units", "5 Units"])
        self.assertEqual(shipped["source"], ["stock.picking", picking.id])
        self.assertEqual(shipped["note"], picking.name)

    def test_quantities_in_several_units_are_not_added(self):
        order = self._order([(self.product, 2), (self.other_product, 5)])
        order.order_line[0].product_uom_id = self.env.ref("uom.product_uom_dozen")
        order.order_line[0].price_unit = 1200.0
        order.action_confirm()
        self.env.cr.flush()
        [allocated] = [step for step in self._steps(order) if step["kind"] == "allocated"]
        self.assertEqual(allocated["quantity"], "2 lines")

    def test_steps_stand_in_the_order_in_which_they_happened(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        self.assertEqual(
            [step["kind"] for step in self._steps(order)],
            ["entered", "confirmed", "released", "allocated", "shipped"],
        )

    def test_hold_tells_how_long_it_lasted(self):
        with freeze_time("2026-03-02 08:00:00"):
            order = self._order(om_cancel_after="2020-01-01")
            order.sudo()._validate_order()
            self.env.cr.flush()
        with freeze_time("2026-03-02 10:30:00"):
            self.env.invalidate_all()
            [held] = [step for step in self._steps(order) if step["kind"] == "held"]
            self.assertEqual((held["lasted"], held["open"]), ("02:30", True))
            order.om_cancel_after = "2099-01-01"
            self.env.cr.flush()
        with freeze_time("2026-03-05 10:30:00"):
            self.env.invalidate_all()
            [held] = [step for step in self._steps(order) if step["kind"] == "held"]
            self.assertEqual((held["lasted"], held["open"]), ("02:30", False))

    def test_stages_tell_how_far_the_order_has_come(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order, {self.product: 4})
        self.env.cr.flush()
        self.assertEqual(
            self._stages(order),
            {
                "entered": 1,
                "confirmed": 1,
                "released": 1,
                "allocated": 1,
                "shipped": 0.4,
                "delivered": 0,
                "invoiced": 0,
                "paid": 0,
            },
        )

    def test_timeline_of_many_orders_takes_a_constant_number_of_queries(self):
        orders = self.env["sale.order"].union(*(self._order([(self.product, 1)]) for _n in range(6)))
        orders.action_confirm()
        self.env.cr.flush()

        def queries(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.with_user(self.specialist).mapped("om_timeline")
            return self.env.cr.sql_log_count - before

        queries(orders)
        self.assertEqual(queries(orders), queries(orders[:1]))

    def test_who_may_not_read_events_sees_no_timeline(self):
        order = self._order()
        order.action_confirm()
        clerk = new_test_user(self.env, "om_tl_clerk", groups="account.group_account_invoice")
        self.assertNotIn("om_timeline", order.sudo(False).with_user(clerk).fields_get())
        with self.assertRaises(AccessError):
            order.sudo(False).with_user(clerk).read(["om_timeline"])

    def test_salesperson_and_auditor_read_the_timeline_of_the_order(self):
        seller = new_test_user(self.env, "om_tl_seller", groups="sales_team.group_sale_salesman")
        auditor = new_test_user(self.env, "om_tl_auditor", groups="om_order_exceptions.group_auditor")
        order = self._order(user_id=seller.id)
        order.action_confirm()
        for user in (seller, auditor):
            with self.subTest(user=user.login):
                steps = order.sudo(False).with_user(user).om_timeline["steps"]
                self.assertEqual(steps[1]["kind"], "confirmed")

    def test_second_company_does_not_read_events(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        stranger = new_test_user(
            self.env,
            "om_tl_stranger",
            groups="om_order_exceptions.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        order = self._order()
        order.action_confirm()
        domain = [("order_ref", "=", order.name)]
        self.assertFalse(self.env["om.order.event"].with_user(stranger).search(domain))
