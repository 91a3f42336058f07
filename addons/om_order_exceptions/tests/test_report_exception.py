from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestReportException(OrderManagementCommon):
    """What no detector can see is reported by people, and closed by people."""

    def _dialog(self, document, user=None, **values):
        return (
            self.env["om.exception.report"]
            .with_user(user or self.specialist)
            .with_context(active_model=document._name, active_id=document.id)
            .create(
                {
                    "type_id": self.env.ref("om_order_exceptions.type_shp_wrong").id,
                    "found": "10 kettles, blue",
                    **values,
                }
            )
        )

    def _report(self, document, **values):
        action = self._dialog(document, **values).action_report()
        return self.env["om.exception"].browse(action["res_id"])

    def _delivered(self):
        order = self._order()
        order.action_confirm()
        self._deliver(order)
        return order

    def test_on_an_order_a_delivery_and_an_invoice(self):
        order = self._delivered()
        specialist = new_test_user(
            self.env,
            "om_billing_specialist",
            groups="om_order_exceptions.group_specialist,account.group_account_invoice",
        )
        for document in (order, order.sudo().picking_ids, order.sudo()._create_invoices()):
            with self.subTest(model=document._name):
                case = self._report(
                    document, user=specialist, expected="red", amount=250.0, order_line_id=order.order_line.id
                )
                self.assertEqual((case.res_model, case.res_id), (document._name, document.id))
                self.assertEqual((case.order_id, case.order_line_id), (order, order.order_line))
                self.assertEqual((case.found, case.expected, case.amount), ("10 kettles, blue", "red", 250))
                self.assertTrue(case.is_manual)

    def test_in_the_form(self):
        order = self._delivered()
        form = Form(
            self.env["om.exception.report"]
            .with_user(self.specialist)
            .with_context(active_model="sale.order", active_id=order.id)
        )
        form.type_id = self.env.ref("om_order_exceptions.type_pod_disc")
        form.order_line_id = order.order_line
        form.found = "2 cartons crushed"
        form.save().action_report()
        self.assertEqual(self._open(order).code, "E-POD-DISC")

    def test_evidence_is_kept_with_the_case(self):
        order = self._delivered()
        photo = (
            self.env["ir.attachment"]
            .with_user(self.specialist)
            .create({"name": "photo.txt", "raw": b"blue", "res_model": "om.exception.report", "res_id": 0})
        )
        case = self._report(order, attachment_ids=photo.ids)
        self.assertEqual((photo.res_model, photo.res_id), ("om.exception", case.id))
        self.assertIn(photo, case.message_ids.attachment_ids)

    def test_no_check_closes_it_but_a_person_does(self):
        order = self._delivered()
        case = self._report(order)
        order._om_check()
        case.with_user(self.specialist).action_recheck()
        self.assertTrue(case.is_open)
        self._resolve(case, "fix_done")
        self.assertEqual(case.state, "resolved")

    def test_reported_short_shipment_is_not_closed_by_the_detector_of_its_type(self):
        order = self._delivered()
        kind = self.env.ref("om_order_exceptions.type_shp_short")
        case = self._report(order, type_id=kind.id, found="1 carton missing")
        order._om_check({"E-SHP-SHORT"})
        self.assertTrue(case.is_open)

    def test_same_report_twice_is_one_case(self):
        order = self._delivered()
        self.assertEqual(self._report(order), self._report(order, found="10 Kettles, blue "))
        self.assertNotEqual(self._report(order), self._report(order, found="5 kettles without lid"))

    def test_types_that_a_detector_finds_for_sure_are_not_reported(self):
        order = self._delivered()
        with self.assertRaises(AccessError):
            self._report(order, type_id=self.env.ref("om_order_exceptions.type_inv_over").id)

    def test_only_specialists_report_and_only_on_what_they_may_read(self):
        order = self._delivered()
        seller = new_test_user(self.env, "om_seller", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self._dialog(order, user=seller)
        with self.assertRaises(UserError):
            self._report(self.customer)
        second = self.env["res.company"].create({"name": "Second Company"})
        theirs = (
            self.env["sale.order"]
            .with_company(second)
            .create({"partner_id": self.customer.id, "company_id": second.id})
        )
        with self.assertRaises(AccessError):
            self._report(theirs)

    def test_line_of_another_order_is_refused(self):
        order, other = self._delivered(), self._delivered()
        with self.assertRaises(UserError):
            self._report(order, order_line_id=other.order_line.id)

    def test_case_of_a_second_company_is_not_seen_in_the_first(self):
        second = self.env["res.company"].create({"name": "Second Company"})
        theirs = self.env["sale.order"].create({"partner_id": self.customer.id, "company_id": second.id})
        insider = new_test_user(
            self.env,
            "om_second",
            groups="om_order_exceptions.group_specialist",
            company_id=second.id,
            company_ids=second.ids,
        )
        case = self._report(theirs, user=insider)
        self.assertEqual(case.company_id, second)
        self.assertFalse(self.env["om.exception"].with_user(self.specialist).search([("id", "=", case.id)]))
        self.assertTrue(self.env["om.exception"].with_user(insider).search([("id", "=", case.id)]))


@tagged("post_install", "-at_install")
class TestEveryTypeIsCurable(OrderManagementCommon):
    def test_every_type_has_a_fix_action_or_says_why_there_is_none(self):
        """T6.6, for the types of this addon; another addon's types are its own business to test."""
        ours = self.env["ir.model.data"].search(
            [("model", "=", "om.exception.type"), ("module", "=", "om_order_exceptions")]
        )
        for kind in self.env["om.exception.type"].browse(ours.mapped("res_id")):
            with self.subTest(code=kind.code):
                self.assertTrue(kind.fix_ids or "No fix action:" in (kind.sop or ""))
                self.assertTrue(kind.sop and (kind.root_cause_id or kind.root_cause_ids))

    def test_every_reported_type_can_be_closed_by_a_person(self):
        done = self.env.ref("om_order_exceptions.fix_done")
        for kind in self.env["om.exception.type"].search([("manual", "=", True)]):
            with self.subTest(code=kind.code):
                self.assertIn(done, kind.fix_ids)
