from odoo.tests import tagged

from odoo.addons.om_edi_x12 import x12

from .common_changes import OrderChangeCommon
from .x12_bytes import application_advice, interchange


@tagged("post_install", "-at_install")
class TestApplicationAdvice(OrderChangeCommon):
    def _advise(self, *args, **kwargs):
        self.control = getattr(self, "control", 0) + 1
        body = application_advice(*args, **kwargs)
        intake = self._receive(interchange(body, group="AG", control=self.control))
        return intake.edi_transaction_ids.filtered(lambda t: t.set_id == "824" and t.direction == "in")

    def _case(self, code):
        return self.env["om.exception"].search([("type_id.code", "=", code), ("is_open", "=", True)])

    def test_refused_ship_notice_is_a_case_with_its_segment(self):
        order = self._receive_orders("PO-1")
        picking = self._deliver(order)
        self._sent("856")
        ours = order.om_edi_transaction_ids.filtered(lambda t: t.set_id == "856")
        position = next(i for i, segment in enumerate(ours.segments) if segment[0] == "LIN")
        advice = self._advise(
            "A-1",
            "TR",
            "SI",
            picking.name,
            set_id="856",
            control=(str(ours.group_id.control_number), ours.control_number),
            errors=[("Q", "", "LIN", str(position + 2), "3", "", "KET-1")],
        )
        self.assertEqual((advice.state, advice.answers_id), ("done", ours), advice.findings)
        case = self._case("E-EDI-REFUSED")
        self.assertEqual((case.res_id, case.order_id), (ours.id, order))
        for words in ("856", "item", "LIN03", "KET-1"):
            self.assertIn(words, case.found)

    def test_refused_invoice_is_a_case_of_the_invoice(self):
        order = self._receive_orders("PO-2")
        self._deliver(order)
        invoice = order._create_invoices()
        invoice.action_post()
        self._sent("810")
        self._advise("A-2", "TR", "IV", invoice.name, set_id="810", errors=[("006", "Duplicate invoice")])
        case = self._case("E-INV-REJ")
        self.assertEqual((case.res_model, case.res_id), ("account.move", invoice.id))
        self.assertIn("Duplicate invoice", case.found)

    def test_accepted_document_is_no_case(self):
        self._receive_orders("PO-3")
        self._sent("855")
        advice = self._advise("A-3", "TA", "PO", "PO-3", set_id="855")
        self.assertEqual(advice.state, "done", advice.findings)
        self.assertFalse(self._case("E-EDI-REFUSED"))

    def test_advice_on_what_we_never_sent_is_kept_for_a_person(self):
        advice = self._advise("A-4", "TR", "IV", "NO-SUCH", set_id="810", errors=[("007", "")])
        self.assertEqual(advice.state, "error")
        self.assertIn("NO-SUCH", advice.findings)

    def _send_824(self):
        self.env["om.edi.flow"].create({"edi_partner_id": self.edi_partner.id, "set_id": "824"})

    def _advices(self):
        return [x12.ApplicationAdvice.parse(event) for event in self._sent("824")]

    def test_document_that_nobody_can_act_on_is_answered_by_824_not_by_the_997(self):
        self._send_824()
        order = self._receive_orders("PO-5")
        change = self._change("PO-5", [("2", "AI", "3", "EA", "40", "VN", "NEW-1")])
        (advice,) = self._advices()
        (judged,) = advice.documents
        self.assertEqual((judged.verdict, judged.number, judged.set_id), ("TR", "PO-5", "860"))
        self.assertEqual(judged.group_control, change.group_id.control_number)
        self.assertIn("NEW-1", " ".join([judged.errors[0].text, *judged.errors[0].notes]))
        self.assertEqual(change.group_id.state, "A", "the 997 speaks of the syntax only")
        self.other_product.default_code = "NEW-1"
        change.action_retry()
        self.assertEqual([a.documents[0].verdict for a in self._advices()], ["TR", "TA"])
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [10, 3])

    def test_change_that_is_only_early_is_not_refused(self):
        self._send_824()
        self._change("PO-6", [("1", "QI", "12", "EA", "", "VN", "KET-1")])
        self.assertFalse(self._advices())

    def test_no_824_where_the_partner_does_not_want_it(self):
        self._receive_orders("PO-7")
        self._change("PO-7", [("2", "AI", "3", "EA", "40", "VN", "NO-SUCH")])
        self.assertFalse(self._sent("824"))
