from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import tagged

from .test_acknowledgments import AcknowledgmentCommon
from .x12_bytes import interchange, purchase_order


@tagged("post_install", "-at_install")
class TestTimeliness(AcknowledgmentCommon):
    def test_rates_of_ten_documents(self):
        """Seven accepted in time, one late, one rejected in time, one never answered, one young."""
        document = self._sent_855("PO-1")
        start = fields.Datetime.now() - timedelta(days=3)
        values = {"state": "sent", "sent_at": start, "ack_due_at": start + timedelta(hours=24)}
        answers = [("A", 4)] * 7 + [("A", 30), ("R", 3), (False, 0)]
        for state, hours in answers:
            document.copy(
                {
                    **values,
                    "ack_state": state,
                    "acknowledged_at": state and start + timedelta(hours=hours),
                    "reference": "T",
                }
            )
        now = fields.Datetime.now()
        document.copy(
            {"state": "sent", "sent_at": now, "ack_due_at": now + timedelta(hours=24), "reference": "T"}
        )
        ids = self.env["om.edi.transaction"].search([("reference", "=", "T")]).ids
        ((on_time, accepted, first),) = self.env["om.edi.timeliness"]._read_group(
            [("transaction_id", "in", ids)],
            [],
            ["on_time_rate:avg", "accepted_rate:avg", "first_pass_rate:avg"],
        )
        self.assertAlmostEqual(float(on_time), 80, 2)
        self.assertAlmostEqual(float(accepted), 88.89, 2)
        self.assertAlmostEqual(float(first), 70, 2)

    def test_received_document_that_failed_first_is_no_first_pass(self):
        body = purchase_order("PO-1")
        body[0][1] = "05"
        intake = self._receive(interchange(body, purchase_order("PO-2")))
        rows = self.env["om.edi.timeliness"].search(
            [("transaction_id", "in", intake.edi_transaction_ids.ids), ("direction", "=", "in")], order="id"
        )
        self.assertEqual(rows.mapped("first_pass_rate"), [0, 100])


@tagged("post_install", "-at_install")
class TestSilence(AcknowledgmentCommon):
    def _heard(self, *moments):
        self.env["om.edi.interchange"].create(
            [
                {
                    "direction": "in",
                    "company_id": self.company.id,
                    "edi_partner_id": self.edi_partner.id,
                    "control_number": 1000 + n,
                    "state": "received",
                    "occurred_at": moment,
                }
                for n, moment in enumerate(moments)
            ]
        )

    def _silent(self):
        self.edi_partner.invalidate_recordset()
        self.env["om.edi.partner"]._cron_silent()
        return self._cases(self.edi_partner, "E-EDI-SILENT")

    def _days(self, last, count=20):
        """Three files each weekday, the latest ``last`` ago."""
        end = datetime.now() - last
        days = [end - timedelta(days=n) for n in range(count)]
        return [
            day - timedelta(hours=h) for day in days if day.weekday() < 5 or day == end for h in (0, 2, 4)
        ]

    def test_partner_that_is_quiet_over_a_weekend_is_not_silent(self):
        self._heard(*self._days(timedelta(hours=60)))
        self.assertFalse(self._silent())

    def test_partner_that_is_quiet_much_longer_than_usual_is_silent_until_it_is_heard(self):
        self._heard(*self._days(timedelta(days=8)))
        self.assertTrue(self._silent())
        self.assertTrue(self.edi_partner.is_silent)
        self._receive(interchange(purchase_order("PO-1")))
        self.assertFalse(self._silent())
        self.assertFalse(self.edi_partner.is_silent)

    def test_partner_of_whom_little_is_known_is_not_silent(self):
        self._heard(*self._days(timedelta(days=30), count=5))
        self.assertFalse(self._silent())


@tagged("post_install", "-at_install")
class TestDocumentForPeople(AcknowledgmentCommon):
    def test_received_document_is_shown_in_words_and_by_field(self):
        order = self._receive_orders("PO-1")
        document = order.om_edi_transaction_id.with_user(self.specialist)
        self.assertIn("BEG03", document.side_by_side)
        self.assertIn("PO-1", document.trace)
        self.assertIn("the document has no such value", document.trace)

    def test_address_that_is_unknown_here_says_why_the_field_is_empty(self):
        order = self._receive_orders(purchase_order("PO-1", ship_to=None))
        self.assertIn("not from the document", order.om_edi_transaction_id.trace)

    def test_sent_document_names_the_fields_of_its_values(self):
        document = self._sent_855("PO-1")
        self.assertIn("Customer Reference", document.trace)
        self.assertIn("BAK03", document.side_by_side)

    def test_document_is_shown_and_never_run(self):
        body = purchase_order("PO-1")
        next(segment for segment in body if segment[0] == "PID")[5] = "<img src=x onerror=alert(1)>"
        document = self._receive_orders(body).om_edi_transaction_id
        self.assertIn("&lt;img", document.side_by_side)
        self.assertNotIn("<img", document.side_by_side)

    def test_big_document_is_cut_for_the_browser(self):
        lines = [(str(n), "1", "EA", "100", "VN", "KET-1") for n in range(1, 2500)]
        intake = self._receive(interchange(purchase_order("PO-1", lines)))
        document = intake.edi_transaction_ids.filtered(lambda t: t.set_id == "850")
        self.assertGreater(document.byte_length, 64_000)
        self.assertLess(len(document.side_by_side), 600_000)
        self.assertIn("The document is longer", document.side_by_side)
        self.assertLess(len(document.trace), 200_000)
