from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import EdiCommon
from .x12_bytes import interchange, remittance


@tagged("post_install", "-at_install")
class TestRemittances(EdiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env, "om_accountant", groups="account.group_account_invoice", name="Ann Accountant"
        )

    def _invoice(self, number):
        order = self._receive_orders(number)
        self._deliver(order)
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def _pays(self, *bodies):
        self.control = getattr(self, "control", 0) + 1
        intake = self._receive(interchange(*bodies, group="RA", control=self.control))
        return self.env["om.edi.remittance"].search(
            [("transaction_id", "in", intake.edi_transaction_ids.ids)], order="id"
        )

    def _differences(self, remittance):
        return self.env["om.exception"].search(
            [("type_id.code", "=", "E-REM-DIFF"), ("res_id", "=", remittance.id), ("is_open", "=", True)]
        )

    def test_exact_payment_is_proposed_and_nothing_is_posted(self):
        first, second = self._invoice("PO-1"), self._invoice("PO-2")
        paid = self._pays(
            remittance(
                "TRACE-1", "2000", [(first.name, "1000", "1000", ""), (second.name, "1000", "1000", "")]
            )
        )
        self.assertEqual((paid.state, paid.line_ids.mapped("state")), ("exact", ["exact", "exact"]))
        self.assertEqual(paid.line_ids.move_id, first | second)
        self.assertEqual((first.payment_state, second.payment_state), ("not_paid", "not_paid"))
        self.assertFalse(paid.payment_ids)
        self.assertFalse(self._differences(paid))

    def test_accountant_registers_what_matches(self):
        first, second = self._invoice("PO-1"), self._invoice("PO-2")
        paid = self._pays(
            remittance(
                "TRACE-2", "1900", [(first.name, "1000", "1000", ""), (second.name, "900", "1000", "")]
            )
        ).with_user(self.accountant)
        action = paid.action_register()
        wizard = Form(
            self.env["account.payment.register"].with_user(self.accountant).with_context(**action["context"])
        ).save()
        wizard.action_create_payments()
        self.assertEqual((paid.payment_ids.amount, paid.payment_ids.memo), (1000, "TRACE-2"))
        self.assertIn(first.payment_state, ("paid", "in_payment"))
        self.assertEqual((second.payment_state, paid.state), ("not_paid", "registered"))
        with self.assertRaises(UserError):
            paid.action_register()

    def test_short_payment_is_a_case_with_its_reason(self):
        invoice = self._invoice("PO-3")
        paid = self._pays(remittance("TRACE-3", "950", [(invoice.name, "950", "1000", "20", ("-30", "01"))]))
        self.assertEqual((paid.state, paid.line_ids.state), ("differs", "short"))
        case = self._differences(paid)
        self.assertEqual(case.amount, 50)
        self.assertIn(invoice.name, case.found)
        self.assertIn("01", case.found)
        self.assertEqual(case.order_id.client_order_ref, "PO-3")

    def test_unknown_invoice_and_unexplained_amount_are_cases(self):
        invoice = self._invoice("PO-4")
        paid = self._pays(
            remittance("TRACE-4", "1600", [(invoice.name, "1000", "", ""), ("NO-SUCH", "500", "", "")])
        )
        self.assertEqual(paid.line_ids.mapped("state"), ["exact", "unknown"])
        self.assertEqual((paid.unexplained, len(self._differences(paid))), (100, 2))

    def test_invoice_of_another_customer_is_unknown(self):
        other = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.env["res.partner"].create({"name": "Somebody"}).id,
                "invoice_line_ids": [(0, 0, {"name": "x", "price_unit": 10, "tax_ids": False})],
            }
        )
        other.action_post()
        paid = self._pays(remittance("TRACE-5", "10", [(other.name, "10", "", "")]))
        self.assertEqual(paid.line_ids.state, "unknown")

    def test_same_trace_number_is_noted_once(self):
        invoice = self._invoice("PO-6")
        body = remittance("TRACE-6", "1000", [(invoice.name, "1000", "", "")])
        self.assertEqual(len(self._pays(body, body)), 1)
        self.assertFalse(self._pays(body))

    def test_debit_is_kept_for_a_person(self):
        body = remittance("TRACE-7", "10")
        body[0][3] = "D"
        self.assertFalse(self._pays(body))
        failed = self.env["om.edi.transaction"].search([("set_id", "=", "820")])
        self.assertEqual(failed.state, "error")
        self.assertIn("BPR03", failed.findings)

    def test_second_company_sees_no_remittance(self):
        invoice = self._invoice("PO-8")
        paid = self._pays(remittance("TRACE-8", "1000", [(invoice.name, "1000", "", "")]))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "om_stranger",
            groups="account.group_account_invoice,om_order_exceptions.group_auditor",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(paid.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            paid.with_user(stranger).read(["amount"])
        with self.assertRaises(AccessError):
            paid.with_user(self.accountant).write({"amount": 1})
