from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestWorkQueue(OrderManagementCommon):
    def _case(self, lines=None, **values):
        order = self._order(lines or [(self.product, 10, 80.0)], **values)
        order._om_check()
        return self._open(order).with_user(self.specialist)

    def _filter(self, name, user=None):
        """Exceptions that a filter of the search view shows."""
        arch = self.env["om.exception"].get_views([(False, "search")])["views"]["search"]["arch"]
        domain = arch.split(f'name="{name}"')[1].split('domain="')[1].split('"')[0]
        domain = domain.replace("&gt;", ">").replace("&lt;", "<")
        user = user or self.specialist
        return self.env["om.exception"].with_user(user).search(safe_eval(domain, {"uid": user.id}))

    def test_the_calendar_shows_days_off_in_grey(self):
        self.company.resource_calendar_id.tz = "America/New_York"
        days = (
            self.env["om.exception"]
            .with_user(self.specialist)
            .get_unusual_days("2026-11-20 05:00:00", "2026-11-23 22:00:00")
        )
        self.assertEqual([day for day, is_off in days.items() if is_off], ["2026-11-21", "2026-11-22"])

    # ------------------------------------------------------------------ next action and owner

    def test_next_action_and_owner_are_never_empty(self):
        # a short line is a case of its own, which says what to do: here it is the stock that is missing
        self.env["om.exception.type"].search([("category", "=", "availability")]).active = False
        draft, sent = self._order(), self._order()
        sent.state = "sent"
        blocked = self._case().order_id
        ready, short = self._order(), self._order([(self._new_product("Rare", "RAR-1", 5.0, stock=0), 3)])
        desk = self._order(user_id=False)
        shipped = self._order()
        for order in (ready, short, shipped):
            order.action_confirm()
        self._deliver(shipped)
        orders = draft | sent | blocked | ready | short | desk | shipped
        expected = dict(
            zip(
                (draft, sent, ready, short, shipped),
                (
                    "Send or confirm the quotation",
                    "Follow up the quotation",
                    "Pick and ship",
                    "Wait for stock",
                    "Invoice",
                ),
                strict=True,
            )
        )
        for user in (
            self.specialist,
            new_test_user(self.env, "aud", groups="om_order_exceptions.group_auditor"),
        ):
            for order in orders.with_user(user):
                self.assertTrue(order.om_next_action)
                self.assertTrue(order.om_owner_id)
        for order, action in expected.items():
            self.assertEqual(order.om_next_action, action)
        case = self._open(blocked)
        self.assertEqual(blocked.om_next_action, case.next_action)
        self.assertEqual(blocked.om_owner_id, case.user_id)

    def test_every_open_exception_has_next_action_and_owner(self):
        case = self._case()
        case.action_claim()
        self.assertTrue(case.next_action and case.user_id)
        case._wait("customer", "the right price", "2026-06-12")
        self.assertIn("the right price", case.next_action)
        case.write({"state": "open"})
        self.assertTrue(case.next_action and case.user_id)

    def test_nothing_is_next_when_all_is_done(self):
        order = self._order()
        order.action_cancel()
        self.assertFalse(order.om_next_action)
        self.assertFalse(order.om_owner_id)

    def _return_of_all(self, order, picking):
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=picking.id
        )
        return self.env["stock.picking"].browse(wizard.create({}).action_create_returns_all()["res_id"])

    def test_open_return_of_a_delivered_order_is_received_and_not_shipped(self):
        order = self._order(om_requested_date="2020-01-02")
        order.sudo()._validate_order()
        order.om_requested_date = False
        order.commitment_date = "2099-01-02"
        self.env.cr.flush()
        picking = self._deliver(order)
        self._return_of_all(order, picking)
        self.assertEqual((order.delivery_status, order.om_next_action), ("partial", "Invoice"))
        order.sudo()._create_invoices().action_post()
        self.env.invalidate_all()
        self.assertEqual(order.om_next_action, "Receive the return")
        self.assertFalse(order.om_answer["outlook"] or order.om_answer["reasons"])
        self.assertNotIn("cutoff", order.om_score_terms or "")

    def test_open_return_leaves_the_rest_to_be_shipped(self):
        order = self._order()
        order.action_confirm()
        picking = self._deliver(order, {self.product: 4})
        self._return_of_all(order, picking)
        self.assertEqual(order.om_next_action, "Pick and ship")

    def test_next_actions_of_many_orders_cost_as_much_as_those_of_few(self):
        orders = self.env["sale.order"]
        for _n in range(5):
            orders += self._case().order_id + self._order()
        for order in (o for o in orders if not o.om_blocked_stage):
            order.action_confirm()
        self.env.flush_all()

        def queries(of):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            of.mapped("om_next_action")
            return self.env.cr.sql_log_count - start

        few = queries(orders[:4])
        self.assertLessEqual(queries(orders), few)

    # ---------------------------------------------------------------------------------- filters

    def test_filters_show_what_they_say(self):
        other = new_test_user(self.env, "other", groups="om_order_exceptions.group_specialist")
        mine, theirs = self._case(user_id=self.specialist.id), self._case(user_id=other.id)
        cases = mine | theirs
        self.assertEqual(self._filter("mine") & cases, mine)
        theirs.with_user(other).action_claim()
        self.assertEqual(self._filter("unclaimed") & cases, mine)
        self.customer.om_tier = "a"
        self.env.flush_all()
        self.assertEqual(self._filter("tier_a") & cases, cases)
        self.assertFalse(self._filter("tier_b") & cases)
        dear = self._case([(self.product, 1000, 80.0)])
        self.assertEqual(self._filter("money_1000") & (cases | dear), dear)

    def test_overdue_and_due_today_are_told_apart(self):
        case = self._case()
        due = case.sla_deadline
        with freeze_time(due - timedelta(minutes=5)):
            case.invalidate_recordset()
            self.assertIn(case, self._filter("due_today"))
            self.assertNotIn(case, self._filter("late"))
            self.assertTrue(case.is_due_today)
        with freeze_time(due + timedelta(minutes=5)):
            case.invalidate_recordset()
            self.assertNotIn(case, self._filter("due_today"))
            self.assertIn(case, self._filter("late"))
        with freeze_time(due - timedelta(days=2)):
            case.invalidate_recordset()
            self.assertFalse(case.is_due_today)

    def test_what_blocks_shipping_today_is_found(self):
        today = self._case(om_requested_ship_date=datetime.now().date() - timedelta(days=1))
        later = self._case(om_requested_ship_date=datetime.now().date() + timedelta(days=20))
        self.assertEqual(self._filter("ships_today") & (today | later), today)

    # ------------------------------------------------------------------------------ cards, buttons

    def test_dragged_card_goes_through_the_action_of_its_column(self):
        case = self._case(user_id=self.manager.id)
        case.write({"state": "in_progress"})
        self.assertEqual((case.state, case.user_id), ("in_progress", self.specialist))
        case.write({"state": "open"})
        self.assertEqual(case.state, "open")
        case._wait("customer", "the right price", "2026-06-12")
        case.write({"state": "open"})
        self.assertEqual((case.state, case.waiting_on), ("open", False))

    def test_card_can_not_be_dragged_past_the_dialog(self):
        case = self._case()
        for state in ("waiting", "resolved", "auto_closed", "waived"):
            with self.subTest(state=state), self.assertRaises(AccessError):
                case.with_user(self.manager).write({"state": state})

    def test_columns_that_work_moves_between_are_always_there(self):
        case = self._case()
        groups = self.env["om.exception"].formatted_read_group([("id", "=", case.id)], ["state"], ["__count"])
        kanban = self.env["om.exception"].with_context(read_group_expand=True)
        web = kanban.web_read_group([("id", "=", case.id)], ["state"])["groups"]
        self.assertEqual([group["state"] for group in groups], ["open"])
        self.assertEqual([group["state"] for group in web], ["open", "in_progress", "waiting"])

    def test_card_of_a_colleague_can_not_be_taken(self):
        case = self._case()
        case.with_user(self.manager).action_claim()
        with self.assertRaisesRegex(UserError, "Mary Manager"):
            case.write({"state": "in_progress"})

    def test_auditor_drags_nothing(self):
        auditor = new_test_user(self.env, "aud", groups="om_order_exceptions.group_auditor")
        case = self._case().with_user(auditor)
        self.assertTrue(case.found)
        for state in ("open", "in_progress", "waiting"):
            with self.subTest(state=state), self.assertRaises(AccessError):
                case.write({"state": state})

    def test_manager_opens_the_dialog_with_acceptance_chosen(self):
        case = self._case().with_user(self.manager)
        context = case.action_waive()["context"]
        wizard = self.env["om.exception.resolve"].with_user(self.manager).with_context(**context).create({})
        self.assertEqual(wizard.fix_id, self.env.ref("om_order_exceptions.fix_accept"))
        with self.assertRaises(AccessError):
            case.with_user(self.specialist).action_waive()

    def test_type_that_may_not_be_waived_is_not_offered_for_it(self):
        case = self._case()
        case.type_id.sudo().waivable = False
        with self.assertRaises(UserError):
            case.with_user(self.manager).action_waive()

    def test_exceptions_of_another_company_are_not_listed(self):
        other = self.env["res.company"].create({"name": "Other"})
        case = self._case()
        self.env["om.exception"].flush_model()
        self.env.cr.execute("UPDATE om_exception SET company_id = %s WHERE id = %s", [other.id, case.id])
        self.env.invalidate_all()
        self.assertNotIn(case, self.env["om.exception"].with_user(self.manager).search([]))
