from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import EdiCommon
from .x12_bytes import interchange, purchase_order


class AcknowledgmentCommon(EdiCommon):
    def _sent_855(self, number):
        """The 855 of a new order, delivered."""
        order = self._receive_orders(number)
        self.edi_partner._send()
        return order.sudo().om_edi_transaction_ids.filtered(lambda t: t.set_id == "855")

    def _answer(self, document, status="A", errors=(), group=None, name=None):
        """Receive the 997 of a document that we sent. ``errors``: AK3 and AK4 segments."""
        number = document.group_id.control_number
        accepted = "1" if status in ("A", "E") else "0"
        set_id, control = name or (document.set_id, document.control_number)
        body = [
            ["AK1", document.group_id.functional_id, str(number)],
            ["AK2", set_id, control],
            *errors,
            ["AK5", status, *(["5"] if errors else [])],
            ["AK9", group or ("A" if status == "A" else status), "1", "1", accepted],
        ]
        self.control += 1
        return self._receive(interchange(body, group="FA", control=self.control))

    def _cases(self, records, code):
        cases = self.env["om.exception"].search([("code", "=", code), ("res_model", "=", records._name)])
        return cases.filtered(lambda case: case.res_id in records.ids and case.is_open)

    def _ordinal(self, document, segment_id):
        """Place of the first such segment, as an AK3 names it."""
        return [segment[0] for segment in document.segments].index(segment_id) + 2


@tagged("post_install", "-at_install")
class TestAcknowledgments(AcknowledgmentCommon):
    def test_group_is_answered_also_when_its_documents_can_not_be_mapped(self):
        body = purchase_order("PO-1")
        body[0][1] = "05"  # BEG01: a replacement, which nobody here maps
        intake = self._receive(interchange(body))
        self.assertEqual(intake.edi_transaction_ids.filtered(lambda t: t.set_id == "850").state, "error")
        (ack,) = self._sent("997")
        self.assertIn(["AK9", "A", "1", "1", "1"], ack.segments)

    def test_997_that_is_not_sent_within_its_minutes_is_a_case(self):
        self.edi_partner.flow_ids.write({"clock_from": fields.Datetime.now() - timedelta(days=1)})
        self._receive(interchange(purchase_order("PO-1")))
        ack = self.env["om.edi.transaction"].search([("set_id", "=", "997")])
        flows = self.env["om.edi.flow"]
        flows._cron_owed_late()
        self.assertFalse(self._cases(ack, "E-EDI-RESPLATE"))
        with freeze_time(fields.Datetime.now() + timedelta(minutes=61)):
            flows._cron_owed_late()
            self.assertTrue(self._cases(ack, "E-EDI-RESPLATE"))
            self.edi_partner._send()
            self.assertFalse(self._cases(ack, "E-EDI-RESPLATE"))

    def test_document_that_is_not_acknowledged_in_time_is_a_case_once(self):
        document = self._sent_855("PO-1")
        documents = self.env["om.edi.transaction"]
        self.assertTrue(document.ack_due_at)
        documents._cron_ack_late()
        self.assertFalse(self._cases(document, "E-EDI-ACKLATE"))
        with freeze_time(document.ack_due_at + timedelta(minutes=1)):
            documents._cron_ack_late()
            case = self._cases(document, "E-EDI-ACKLATE")
            self.assertEqual(case.order_id, document.order_id)
            self.assertEqual(case.partner_id, self.customer)
            case.sudo()._close("resolved", root_cause_id=case.root_cause_id.id, corrective_action="Called")
            documents._cron_ack_late()
            self.assertFalse(self._cases(document, "E-EDI-ACKLATE"), "settled by telephone")

    def test_late_case_ends_with_the_answer(self):
        document = self._sent_855("PO-1")
        with freeze_time(document.ack_due_at + timedelta(minutes=1)):
            self.env["om.edi.transaction"]._cron_ack_late()
            self._answer(document)
        self.assertFalse(self._cases(document, "E-EDI-ACKLATE"))
        self.assertEqual((document.ack_state, document.group_id.state), ("A", "A"))

    def test_997_and_documents_of_partners_without_997_have_no_clock(self):
        self.edi_partner._receives("997").active = False
        document = self._sent_855("PO-1")
        self.assertEqual((document.state, document.ack_due_at), ("sent", False))

    def test_rejected_item_is_decoded_to_its_product(self):
        document = self._sent_855("PO-1")
        errors = [
            ["AK3", "PO1", str(self._ordinal(document, "PO1")), "", "8"],
            ["AK4", "7", "234", "7", "SOMETHING"],
        ]
        self._answer(document, "R", errors)
        case = self._cases(document, "E-EDI-ACKREJ")
        self.assertEqual((document.ack_state, case.severity), ("R", "1"))
        self.assertEqual(case.order_line_id, document.order_id.order_line)
        for word in ("PO107", "KET-1", "invalid code", "Internal Reference"):
            self.assertIn(word, case.found)

    def test_rejected_place_of_an_address_is_decoded_to_the_address(self):
        order = self._receive_orders("PO-1")
        self._deliver(order)
        self.edi_partner._send()
        document = order.sudo().om_edi_transaction_ids.filtered(lambda t: t.set_id == "856")
        at = next(
            i for i, s in enumerate(document.segments) if s[0] == "N4" and "ST" in self._entity(document, i)
        )
        self._answer(document, "E", [["AK3", "N4", str(at + 2), "", "8"], ["AK4", "3", "116", "7", "45402"]])
        case = self._cases(document, "E-EDI-ACKREJ")
        self.assertEqual(case.severity, "2")
        self.assertIn("ZIP", case.found.upper())
        self.assertIn(order.partner_shipping_id.display_name.split("\n")[0], case.found)

    def _entity(self, document, index):
        return next((s[1] for s in reversed(document.segments[:index]) if s[0] == "N1"), "")

    def test_rejected_group_rejects_its_sets_with_their_reasons(self):
        document = self._sent_855("PO-1")
        self._answer(document, "A", group="R")
        self.assertEqual((document.ack_state, document.group_id.state), ("R", "R"))
        self.assertTrue(self._cases(document, "E-EDI-ACKREJ"))

    def test_997_for_what_was_never_sent_is_kept_and_is_a_case(self):
        self.control = 1
        body = [["AK1", "PR", "4711"], ["AK9", "A", "1", "1", "1"]]
        intake = self._receive(interchange(body, group="FA"))
        document = intake.edi_transaction_ids
        self.assertEqual((document.state, document.reference), ("error", "PR 4711"))
        self.assertIn("never sent", self._cases(document, "E-EDI-MAP").found)

    def test_997_for_a_set_that_was_never_sent_is_a_case_and_counts_for_the_others(self):
        document = self._sent_855("PO-1")
        intake = self._answer(document, name=("855", "0999"))
        self.assertIn("855 0999", self._cases(intake.edi_transaction_ids, "E-EDI-MAP").found)

    def test_interchange_that_a_ta1_rejects_rejects_its_documents(self):
        document = self._sent_855("PO-1")
        number = f"{document.interchange_id.control_number:09d}"
        data = interchange(control=77).decode()
        head, tail = data.split("~GS")[0], data[data.index("IEA") :].replace("IEA*1", "IEA*0")
        self._receive(f"{head}~TA1*{number}*261123*0830*R*025~{tail}".encode())
        self.assertEqual(document.ack_state, "R")
        self.assertTrue(self._cases(document, "E-EDI-ACKREJ"))

    def test_case_of_a_rejected_document_ends_when_what_was_sent_again_is_accepted(self):
        document = self._sent_855("PO-1")
        self._answer(document, "R")
        document.with_user(self.specialist).action_resend()
        self.edi_partner._send()
        again = document.resend_ids
        self.assertNotEqual(again.interchange_id.control_number, document.interchange_id.control_number)
        self.assertTrue(self._cases(document, "E-EDI-ACKREJ"))
        self._answer(again)
        self.assertFalse(self._cases(document | again, "E-EDI-ACKREJ"))

    def test_late_documents_cost_the_same_queries_few_or_many(self):
        document = self._sent_855("PO-1")

        def queries(count):
            for _n in range(count):
                document.copy({"state": "sent", "ack_due_at": fields.Datetime.now() - timedelta(minutes=5)})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["om.edi.transaction"]._cron_ack_late()
            return self.env.cr.sql_log_count - before

        queries(1)
        few, many = queries(2), queries(20)
        self.assertLessEqual(many, few)

    def test_verdicts_of_a_batch_cost_the_same_queries_few_or_many(self):
        def queries(count):
            orders = self._receive_orders(*(f"PO-{count}-{n}" for n in range(count)))
            self.edi_partner._send()
            documents = orders.sudo().om_edi_transaction_ids.filtered(lambda t: t.set_id == "855")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["om.edi.transaction"]._note_verdicts({d: ("A", [], []) for d in documents})
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(8), queries(2))


@tagged("post_install", "-at_install")
class TestOwedDocuments(AcknowledgmentCommon):
    def _later(self, **ahead):
        with freeze_time(fields.Datetime.now() + timedelta(**ahead)):
            self.env["om.edi.flow"]._cron_owed_late()

    def test_order_without_855_is_a_case_until_it_is_answered(self):
        order = self._receive_orders(purchase_order("PO-1", [("1", "10", "EA", "90", "VN", "KET-1")]))
        self._later(minutes=1)
        self.assertFalse(self._cases(order, "E-EDI-RESPLATE"))
        self._later(days=2)
        case = self._cases(order, "E-EDI-RESPLATE")
        self.assertIn("855", case.expected)
        self._later(days=2)
        self.assertEqual(self._cases(order, "E-EDI-RESPLATE"), case)
        wrong = self._open(order).filtered(lambda case: case.code != "E-EDI-RESPLATE")
        self._resolve(wrong, "fix_contract_price")
        self.edi_partner._send()
        self.assertFalse(self._cases(order, "E-EDI-RESPLATE"))

    def test_shipment_that_is_not_invoiced_is_a_case_until_it_is(self):
        order = self._receive_orders("PO-1")
        picking = self._deliver(order)
        self._later(days=2)
        self.assertIn(
            "not invoiced",
            self._cases(picking, "E-EDI-RESPLATE").filtered(lambda case: case.key == "810").found,
        )
        order.sudo()._create_invoices().action_post()
        self.edi_partner._send()
        self._later(days=2)
        self.assertFalse(self._cases(picking, "E-EDI-RESPLATE"))

    def test_what_was_owed_before_the_document_was_switched_on_is_not_late(self):
        flow = self.edi_partner._sends("856")
        flow.active = False
        order = self._receive_orders("PO-1")
        picking = self._deliver(order)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=5)):
            flow.active = True
        self._later(days=2)
        self.assertFalse(self._cases(picking, "E-EDI-RESPLATE").filtered(lambda case: case.key == "856"))

    def test_owed_documents_cost_the_same_queries_few_or_many(self):
        price = [("1", "10", "EA", "90", "VN", "KET-1")]

        def queries(count):
            self._receive_orders(*(purchase_order(f"PO-{count}-{n}", price) for n in range(count)))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._later(days=2)
            return self.env.cr.sql_log_count - before

        queries(1)
        few = queries(2)
        self.assertLessEqual(queries(12), few + 2)
