from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestAccess(ReturnsCommon):
    def setUp(self):
        super().setUp()
        self.order = self._delivered([(self.product, 10)])

    def test_specialist_enters_and_authorises_own_returns_only(self):
        mine = self._rma({self.order.order_line: 2}, user=self.specialist)
        self.assertEqual(mine.state, "authorised")
        clerks = self._rma({self.order.order_line: 2}, user=self.clerk, authorise=False)
        as_specialist = clerks.with_user(self.specialist)
        self.assertEqual(as_specialist.line_ids.quantity, 2)
        for forbidden in (
            as_specialist.action_authorise,
            as_specialist.action_cancel,
            lambda: as_specialist.write({"customer_ref": "X"}),
            lambda: as_specialist.line_ids.write({"quantity": 9}),
            as_specialist.unlink,
        ):
            with self.assertRaises(AccessError):
                forbidden()

    def test_clerk_takes_over_what_a_specialist_entered(self):
        rma = self._rma({self.order.order_line: 2}, user=self.specialist, authorise=False)
        rma.with_user(self.clerk).action_authorise()
        self._receive(rma.with_user(self.clerk))
        self.assertEqual(rma.state, "settled")

    def test_auditor_reads_and_changes_nothing(self):
        auditor = new_test_user(self.env, "om_auditor", groups="om_order_exceptions.group_auditor")
        rma = self._rma({self.order.order_line: 2}).with_user(auditor)
        self.assertEqual(rma.name[:4], "RMA/")
        self.assertEqual(rma.credit_memo_count, 0)
        for forbidden in (
            lambda: rma.write({"customer_ref": "X"}),
            rma.action_close,
            rma.action_cancel,
            rma.action_credit,
            rma.action_dispose,
        ):
            with self.assertRaises(AccessError):
                forbidden()

    def test_employee_and_portal_see_nothing(self):
        rma = self._rma({self.order.order_line: 2})
        for login, group in (("om_employee", "base.group_user"), ("om_portal", "base.group_portal")):
            with self.assertRaises(AccessError):
                rma.with_user(new_test_user(self.env, login, groups=group)).read(["name"])

    def test_reasons_are_set_up_by_managers(self):
        with self.assertRaises(AccessError):
            self.reason.with_user(self.clerk).name = "Other"

    def test_another_company_neither_reads_nor_returns(self):
        company = self.env["res.company"].create({"name": "Sister"})
        stranger = new_test_user(
            self.env,
            "om_sister",
            groups="om_rma.group_returns_clerk,sales_team.group_sale_salesman_all_leads",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        rma = self._rma({self.order.order_line: 2})
        self.assertFalse(self.env["om.rma"].with_user(stranger).search([("id", "=", rma.id)]))
        self.assertFalse(self.env["om.rma.line"].with_user(stranger).search([("rma_id", "=", rma.id)]))
        with self.assertRaises(AccessError):
            rma.with_user(stranger).read(["name"])
        with self.assertRaises(UserError):
            self._rma({self.order.order_line: 1}, user=stranger)
        # nor does somebody who works for both mix them up
        with self.assertRaisesRegex(UserError, "company inconsistencies"):
            self._rma({self.order.order_line: 1}, company_id=company.id, user=self.env.user)

    def test_warehouse_user_receives_and_salesperson_sees_the_documents(self):
        user = new_test_user(self.env, "om_warehouse", groups="stock.group_stock_user")
        rma = self._rma({self.order.order_line: 2})
        picking = rma.picking_ids.with_user(user)
        picking.move_ids.write({"quantity": 2, "picked": True})
        picking.button_validate()
        self.assertEqual(rma.line_ids.quantity_received, 2)
        seller = new_test_user(self.env, "om_seller", groups="sales_team.group_sale_salesman_all_leads")
        self.assertEqual(self.order.with_user(seller).om_rma_count, 1)
        self.assertEqual(picking.with_user(seller).om_rma_count, 1)

    def test_order_moves_and_views_open_for_each_role(self):
        self._rma({self.order.order_line: 2})
        for user in (self.specialist, self.clerk, self.accountant, self.manager):
            self.env["om.rma"].with_user(user).get_views(
                [(False, "form"), (False, "list"), (False, "kanban")]
            )
            self.order.with_user(user).read(["om_rma_count"])
            self.order.picking_ids.with_user(user).read(["om_rma_count"])
