from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon

MODELS = ("om.exception", "om.order.event", "om.intake")


@tagged("post_install", "-at_install")
class TestAccess(OrderManagementCommon):
    """Who reads what, who changes what; and nobody reaches a method whose button he does not see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = cls._user("om_auditor", "om_order_exceptions.group_auditor")
        cls.seller = cls._user("om_own_seller", "sales_team.group_sale_salesman")
        cls.plain = cls._user("om_plain", "base.group_user")
        cls.portal = cls._user("om_portal", "base.group_portal")

    @classmethod
    def _user(cls, login, groups, **values):
        return new_test_user(cls.env, login, groups=groups, **values)

    def setUp(self):
        super().setUp()
        self.order = self._order(user_id=self.manager.id, om_cancel_after="2020-01-01")
        self.order._om_check()
        self.exception = self._open(self.order).sudo(False)
        self.env["om.order.event"]._log("received", self.order)
        self.event = self.order.sudo().om_event_ids.filtered(lambda e: e.kind == "received").sudo(False)
        self.intake = self.env["om.intake"]._receive(b"hello", "upload")
        self.order.om_intake_id = self.intake
        self.records = (self.exception, self.event, self.intake)

    def _sees(self, user, record):
        return record in record.with_user(user).search([("id", "=", record.id)])

    def test_auditor_specialist_and_manager_see_everything(self):
        for user in (self.auditor, self.specialist, self.manager):
            for record in self.records:
                with self.subTest(user=user.login, model=record._name):
                    self.assertTrue(self._sees(user, record))

    def test_salesperson_sees_what_belongs_to_own_orders_only(self):
        for record in self.records:
            with self.subTest(model=record._name):
                self.order.sudo().user_id = self.manager
                self.assertFalse(self._sees(self.seller, record))
                self.order.sudo().user_id = self.seller
                self.assertTrue(self._sees(self.seller, record))

    def test_other_users_and_customers_see_nothing(self):
        for user in (self.plain, self.portal):
            for record in self.records:
                with self.subTest(user=user.login, model=record._name), self.assertRaises(AccessError):
                    record.with_user(user).search([])

    def test_second_company_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        stranger = self._user(
            "om_stranger",
            "om_order_exceptions.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for record in self.records:
            with self.subTest(model=record._name):
                self.assertFalse(self._sees(stranger, record))

    def test_auditor_reads_every_field_of_every_form(self):
        for record in (*self.records, self.order, self.exception.type_id):
            with self.subTest(model=record._name):
                views = record.with_user(self.auditor).get_views([(False, "form"), (False, "list")])
                names = list(views["models"][record._name]["fields"])
                record.with_user(self.auditor).read(names)

    def test_users_of_other_departments_open_orders_and_transfers_as_before(self):
        self.order.sudo()._validate_order()
        groups = ("account.group_account_invoice", "account.group_account_readonly", "stock.group_stock_user")
        for group in groups:
            user = self._user(f"om_{group}", group)
            records = [self.order] + ([self.order.sudo().picking_ids] if "stock" in group else [])
            for record in records:
                with self.subTest(group=group, model=record._name):
                    record = record.sudo(False).with_user(user)
                    views = record.get_views([(False, "form"), (False, "list")])
                    ours = [
                        name for name in views["models"][record._name]["fields"] if name.startswith("om_")
                    ]
                    record.read(ours)

    def test_auditor_who_sells_sees_the_orders_of_others_too(self):
        user = self._user(
            "om_selling_auditor", "om_order_exceptions.group_auditor,sales_team.group_sale_salesman"
        )
        self.assertTrue(self._sees(user, self.order))
        self.assertTrue(self._sees(user, self.order.order_line))
        self.assertFalse(self.order.with_user(user).has_access("write"))

    def test_auditor_changes_nothing(self):
        for record in (*self.records, self.exception.type_id, self.order):
            for operation in ("write", "create", "unlink"):
                with self.subTest(model=record._name, operation=operation):
                    self.assertFalse(record.with_user(self.auditor).has_access(operation))

    def test_only_managers_set_up_types_causes_and_fixes(self):
        for model in ("om.exception.type", "om.root.cause", "om.exception.fix"):
            for user, allowed in ((self.specialist, False), (self.seller, False), (self.manager, True)):
                with self.subTest(model=model, user=user.login):
                    self.assertIs(self.env[model].with_user(user).has_access("write"), allowed)

    def test_methods_that_work_on_exceptions_refuse_others(self):
        self.order.sudo().user_id = self.seller
        for user in (self.auditor, self.seller, self.plain, self.portal):
            for method in ("action_claim", "action_wait", "action_resolve", "action_recheck"):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    getattr(self.exception.with_user(user), method)()
        self.assertEqual(self.exception.state, "open")

    def test_dialogs_refuse_others(self):
        for user in (self.auditor, self.seller, self.plain, self.portal):
            for model in ("om.exception.resolve", "om.intake.upload"):
                with self.subTest(user=user.login, model=model), self.assertRaises(AccessError):
                    self.env[model].with_user(user).create({})

    def test_dialog_of_a_specialist_is_not_run_by_others(self):
        wizard = (
            self.env["om.exception.resolve"]
            .with_user(self.specialist)
            .create({"exception_ids": self.exception.ids})
        )
        for user in (self.auditor, self.seller, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                wizard.with_user(user).action_apply()

    def test_processing_of_documents_refuses_others(self):
        for user in (self.auditor, self.seller, self.plain, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.intake.with_user(user).action_process()

    def test_check_of_an_order_needs_the_right_to_change_it(self):
        for user in (self.auditor, self.seller, self.plain, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.order.with_user(user).action_om_check()
        self.order.with_user(self.manager).action_om_check()

    def test_exceptions_of_another_company_are_not_resolved_by_their_number(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        stranger = self._user(
            "om_stranger",
            "om_order_exceptions.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for method in ("action_claim", "action_wait"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(self.exception.with_user(stranger), method)()
        with self.assertRaises(AccessError):
            self._resolve(self.exception, "fix_accept", user=stranger, reason="mine")
        self.env.invalidate_all()
        self.assertEqual(self.exception.state, "open")

    def test_portal_customer_reads_the_own_order_without_our_fields(self):
        self.portal.partner_id.parent_id = self.customer
        self.order.sudo().message_subscribe(self.portal.partner_id.ids)
        with self.assertRaises(AccessError):
            self.order.with_user(self.portal).om_exception_ids.mapped("found")
