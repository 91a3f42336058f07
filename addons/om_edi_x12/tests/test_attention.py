from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .test_acknowledgments import AcknowledgmentCommon
from .x12_bytes import interchange, purchase_order


@tagged("post_install", "-at_install")
class TestAttention(AcknowledgmentCommon):
    """Failures, and the counts of the monitor: what asks for a person, until it is settled."""

    def _failures(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_failures")
        return self.env["om.edi.transaction"].search(safe_eval(action["domain"]))

    def _counts(self):
        self.edi_partner.invalidate_recordset()
        names = ("failed_count", "refused_count", "overdue_count", "failure_count")
        return tuple(self.edi_partner.with_user(self.specialist)[name] for name in names)

    def _failed_850(self):
        body = purchase_order("PO-9")
        body[0][1] = "05"
        intake = self._receive(interchange(body, control=90))
        return intake.edi_transaction_ids.filtered(lambda t: t.set_id == "850")

    def test_monitor_counts_what_failed_was_refused_and_is_late(self):
        document = self._sent_855("PO-1")
        self.assertEqual(self._counts(), (0, 0, 0, 0))
        self.assertEqual(self.edi_partner.waiting_count, 1)
        document.ack_due_at = "2026-01-01"
        self.assertEqual(self._counts(), (0, 0, 1, 1))
        self.assertTrue(document.is_overdue)
        self._answer(document, "R")
        self._failed_850()
        self.assertEqual(self._counts(), (1, 1, 0, 2))
        self.assertEqual(len(self._failures()), 2)

    def test_specialist_settles_what_needs_nothing_more(self):
        document = self._failed_850()
        document.with_user(self.specialist).action_settle()
        self.assertFalse(self._failures())
        self.assertEqual(document.state, "error")
        self.assertIn("Settled", document.history)

    def test_what_did_not_fail_is_not_settled(self):
        document = self._sent_855("PO-1")
        with self.assertRaises(UserError):
            document.with_user(self.specialist).action_settle()

    def test_auditor_settles_nothing(self):
        auditor = new_test_user(self.env, "settling", "om_order_exceptions.group_auditor")
        with self.assertRaises(AccessError):
            self._failed_850().with_user(auditor).action_settle()

    def test_end_of_the_case_settles_and_a_new_refusal_is_open_again(self):
        document = self._sent_855("PO-1")
        self._answer(document, "E")
        self._resolve(self._cases(document, "E-EDI-ACKREJ"), "fix_done", reason="They take it as it is")
        self.assertFalse(self._failures())
        self._answer(document, "R")
        self.assertEqual(self._failures(), document)

    def test_what_is_sent_again_takes_the_place_of_the_refused_one(self):
        document = self._sent_855("PO-1")
        self._answer(document, "R")
        document.with_user(self.specialist).action_resend()
        self.assertFalse(self._failures())

    def test_refused_document_is_sent_corrected_from_its_case(self):
        document = self._sent_855("PO-1")
        self._answer(document, "R")
        case = self._cases(document, "E-EDI-ACKREJ")
        document.order_id.order_line.price_unit = 95
        with self.assertRaises(AccessError):
            self._resolve(case, "om_edi_x12.fix_send_corrected")
        user = new_test_user(self.env, "correcting", "om_edi_x12.group_edi_specialist")
        self._resolve(case, "om_edi_x12.fix_send_corrected", user=user)
        self.edi_partner._send()
        self.assertNotIn("95", str(document.segments))
        self.assertIn("'95'", str(document.resend_ids.segments))
        self.assertEqual(document.resend_ids.state, "sent")

    def test_refused_document_that_is_built_again_as_it_was_is_not_sent(self):
        order = self._receive_orders("PO-1")
        order.picking_ids.sudo().om_carrier_scac = "ABSF"
        self._deliver(order)
        self.edi_partner._send()
        document = order.sudo().om_edi_transaction_ids.filtered(lambda t: t.set_id == "856")
        self._answer(document, "R")
        user = new_test_user(self.env, "resending", "om_edi_x12.group_edi_specialist")
        replays = self.env["om.edi.replay"].with_user(user)
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):  # BSN03, BSN04
            replay = replays.browse(document.with_user(user).action_replay()["res_id"])
            self.assertFalse(replay.can_apply)
            self.assertIn("Mend its source first", replay.message)
            order.picking_ids.sudo().om_carrier_scac = "ABFS"
            replay = replays.browse(document.with_user(user).action_replay()["res_id"])
            self.assertTrue(replay.can_apply)

    def test_documents_of_a_file_that_is_cut_say_why_and_which_they_are(self):
        data = interchange(purchase_order("PO-1"), purchase_order("PO-2"))
        intake = self._receive(data[: data.rindex(b"SE*")])
        first = intake.edi_transaction_ids.filtered(lambda t: t.set_id == "850").sorted("id")[0]
        self.assertEqual((first.state, first.reference), ("rejected", "PO-1"))
        self.assertTrue(first.findings)

    def test_monitor_costs_the_same_queries_for_one_partner_or_many(self):
        self._failed_850()
        partners = self.edi_partner
        for n in range(8):
            partners |= self.edi_partner.copy({"identifier": f"B{n}", "name": f"B{n}"})
        names = ["failed_count", "refused_count", "overdue_count", "unsent_count", "waiting_count"]

        def queries(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.read(names)
            return self.env.cr.sql_log_count - before

        queries(partners)
        self.assertLessEqual(queries(partners), queries(self.edi_partner))
