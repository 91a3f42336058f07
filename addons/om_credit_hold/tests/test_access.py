from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import CODE, CreditCommon


@tagged("post_install", "-at_install")
class TestAccess(CreditCommon):
    """Sales sees the status, credit roles see figures, nobody sees another company's (T8.10)."""

    def setUp(self):
        super().setUp()
        self._set_limit(1000)
        self._invoice(777)
        self.order = self._value_order(5000, confirm=True)
        self.hold = self._open(self.order, CODE)

    def test_sales_sees_no_figures_of_other_documents(self):
        hold = self.hold.with_user(self.specialist)
        self.assertEqual(self.order.om_credit_status, "held")
        figures = ("777", "5777", "5,777", "4777", "4,777", "1000", "1,000")
        for text in (hold.found, hold.expected, self.order._om_held_message(), hold.next_action):
            self.assertFalse([figure for figure in figures if figure in (text or "")])
        for name in ("om_credit_parts", "om_credit_limit", "om_credit_exposure", "om_credit_over"):
            with self.assertRaises(AccessError):
                hold.read([name])
            self.assertNotIn(name, hold.fields_get())
        with self.assertRaises(AccessError):
            hold.search([("om_credit_limit", ">", 500)])
        with self.assertRaises(AccessError):
            self.order.read(["om_credit_explanation"])

    def test_who_reads_accounts_and_decisions(self):
        account = self._account()
        decision = account.decision_ids[:1]
        auditor = new_test_user(self.env, "om_auditor", groups="om_order_exceptions.group_auditor")
        for user in (self.specialist, self.manager, auditor):
            for record in (account, decision):
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["partner_id"])
            with self.assertRaises(AccessError):
                self.customer.with_user(user).action_om_credit_account()
        self.assertEqual(account.with_user(self.analyst).exposure, 777)
        self.assertEqual(decision.with_user(self.analyst).credit_limit, 1000)

    def test_who_changes_limits(self):
        account = self._account()
        with self.assertRaises(AccessError):
            account.with_user(self.analyst).credit_limit = 9
        account.with_user(self.credit_manager).credit_limit = 9000
        self.assertEqual(self.customer.with_company(self.company).credit_limit, 9000)
        self._commit_point()
        self.assertFalse(self.order.om_is_held)

    def test_only_analysts_see_and_set_the_priority(self):
        with self.assertRaises(AccessError):
            self.order.write({"om_credit_priority": 0})

    def test_analyst_works_on_credit_exceptions_only(self):
        self.hold.with_user(self.analyst).action_claim()
        self.assertEqual(self.hold.user_id, self.analyst)
        late = self._order(commitment_date="2020-01-01 12:00:00")
        self._commit_point()
        other = self._open(late, "E-DTE-PAST").with_user(self.analyst)
        with self.assertRaises(AccessError):
            other.action_claim()
        with self.assertRaises(AccessError):
            other.write({"corrective_action": "mine"})

    def test_another_companys_accounts_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Second"})
        stranger = new_test_user(
            self.env,
            "om_stranger",
            groups="om_credit_hold.group_credit_manager",
            company_id=other.id,
            company_ids=[other.id],
        )
        accounts = self.env["om.credit.account"].with_user(stranger)
        self.assertFalse(accounts.search([]))
        with self.assertRaises(AccessError):
            accounts.browse(self._account().id).read(["partner_id"])
        self.assertFalse(self.env["om.credit.decision"].with_user(stranger).search([]))

    def test_views_open_for_those_who_use_them(self):
        account = self._account()
        with Form(account.with_user(self.credit_manager)) as form:
            form.credit_limit = 2000
        self.assertEqual(self.customer.credit_limit, 2000)
        for user in (self.specialist, self.analyst):
            arch = self.env["sale.order"].with_user(user).get_view(view_type="form")["arch"]
            self.assertEqual("om_credit_explanation" in arch, user == self.analyst)
        text = self.order.with_user(self.analyst).om_credit_explanation
        self.assertIn("4,777", text)
        wizard = (
            self.env["om.exception.resolve"].with_user(self.analyst).create({"exception_ids": self.hold.ids})
        )
        self.assertEqual(wizard.om_credit_explanation, text)

    def test_buttons_open_the_documents_behind_the_parts(self):
        account = self._account().with_user(self.analyst)
        self._value_order(100, confirm=True)
        self._invoice(55, post=False)
        self._pay(33)
        found = {}
        for part in ("items", "unapplied", "drafts", "orders", "held"):
            action = getattr(account, f"action_open_{part}")()
            found[part] = self.env[action["res_model"]].with_user(self.analyst).search(action["domain"])
        self.assertEqual(sum(found["items"].mapped("amount_residual")), account.open_items)
        self.assertEqual(-sum(found["unapplied"].mapped("amount_residual")), account.unapplied)
        self.assertEqual(sum(found["drafts"].mapped("amount_total")), account.drafts)
        self.assertEqual(found["held"], self.order.with_user(self.analyst))
        self.assertEqual(len(found["orders"]), 2)

    def test_search_for_accounts_over_their_limit(self):
        accounts = self.env["om.credit.account"].with_user(self.analyst)
        account = self._account()
        self.assertNotIn(account, accounts.search([("is_over", "=", True)]))
        self._invoice(500)
        self.assertIn(account, accounts.search([("is_over", "=", True)]))
        self.assertNotIn(account, accounts.search([("is_over", "=", False)]))
