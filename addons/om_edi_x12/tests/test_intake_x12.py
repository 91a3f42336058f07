import os

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import EdiCommon, interchange, purchase_order


@tagged("post_install", "-at_install")
class TestIntakeX12(EdiCommon):
    def _assert_visible(self, intake, *words, code="E-EDI-SYNTAX"):
        """The intake is failed, says why, keeps its bytes, made no order, and stands in the queue."""
        self.assertEqual(intake.state, "failed")
        for word in words:
            self.assertIn(word, intake.message)
        self.assertFalse(intake.order_ids)
        self.assertEqual(intake.exception_ids.filtered("is_open").code, code)

    def test_bytes_are_kept_as_they_came_with_their_hash(self):
        data = interchange(purchase_order("PO-1"))
        intake = self._receive(data)
        with intake._open_payload() as payload:
            self.assertEqual(payload.read(), data)
        self.assertEqual(intake.size, len(data))
        self.assertEqual(len(intake.sha256), 64)
        self.assertEqual(intake.state, "done")

    def test_same_bytes_again_make_a_duplicate_and_no_order(self):
        data = interchange(purchase_order("PO-1"))
        first, second = self._receive(data), self._receive(data)
        self.assertEqual((first.state, second.state), ("done", "duplicate"))
        self.assertEqual(second.duplicate_of_id, first)
        self.assertEqual(self.env["sale.order"].search_count([("client_order_ref", "=", "PO-1")]), 1)

    def test_used_control_number_with_other_content_is_refused(self):
        self._receive(interchange(purchase_order("PO-1"), control=5))
        self._assert_visible(
            self._receive(interchange(purchase_order("PO-2"), control=5)), "ISA13", "000000005"
        )

    def test_file_cut_in_the_middle_makes_no_order_at_all(self):
        data = interchange(purchase_order("PO-1"), purchase_order("PO-2"))
        for cut in (40, 150, len(data) // 2, len(data) - 30):
            intake = self._receive(data[:cut])
            self.assertEqual(intake.state, "failed", cut)
            self.assertTrue(intake.message, cut)
            self.assertFalse(intake.order_ids, cut)

    def test_wrong_segment_count_rejects_that_order_only(self):
        bad = interchange(purchase_order("PO-1"), purchase_order("PO-2")).replace(b"SE*10*0002", b"SE*7*0002")
        intake = self._receive(bad)
        self.assertEqual(intake.order_ids.mapped("client_order_ref"), ["PO-1"])
        self.assertEqual(intake.state, "attention")
        self.assertIn("SE01", intake.message)
        (ack,) = self._sent("997")
        self.assertIn(["AK5", "R", "4"], ack.segments)
        self.assertIn(["AK9", "P", "2", "2", "1"], ack.segments)

    def test_wrong_transaction_count_rejects_the_group(self):
        self._assert_visible(self._receive(interchange(purchase_order("PO-1"), ge=3)), "GE01")
        (ack,) = self._sent("997")
        self.assertIn(["AK9", "R", "3", "1", "0", "5"], ack.segments)

    def test_wrong_interchange_control_number_makes_a_finding(self):
        intake = self._receive(interchange(purchase_order("PO-1"), iea="000000099"))
        self.assertIn("IEA02", intake.message)
        self.assertIn(intake.state, ("failed", "attention"))

    def test_rubbish_and_emptiness_are_visible(self):
        for data in (
            b"",
            b"\x00\x01\x02" * 50,
            os.urandom(5000),
            b"Hello, world",
            b"ISA",
            b"ISA*00*",
            b"%PDF-1.7",
        ):
            intake = self._receive(data)
            self.assertEqual(intake.state, "failed", data[:10])
            self.assertTrue(intake.message)
            self.assertFalse(intake.order_ids)

    def test_file_of_an_unknown_sender_is_visible(self):
        self._assert_visible(
            self._receive(interchange(purchase_order("PO-1"), sender="SOMEBODY")),
            "SOMEBODY",
            "ISA06",
            code="E-CUS-UNK",
        )

    def test_file_for_somebody_else_is_visible(self):
        self._assert_visible(
            self._receive(interchange(purchase_order("PO-1"), receiver="ANOTHERCO")),
            "ANOTHERCO",
            "ISA08",
            code="E-CUS-UNK",
        )

    def test_file_of_another_partner_in_this_mailbox_is_visible(self):
        other = self.env["om.edi.mailbox"].create({"name": "Other", "directory": "other"})
        intake = self._receive(interchange(purchase_order("PO-1")), edi_mailbox_id=other.id)
        self._assert_visible(intake, "Bluebird Stores", "Other")

    def test_failed_file_can_be_tried_again_after_the_partner_was_set_up(self):
        intake = self._receive(interchange(purchase_order("PO-1"), sender="NEWCOMER"))
        self.assertEqual(intake.state, "failed")
        self.edi_partner.copy({"identifier": "NEWCOMER"})
        intake.with_user(self.specialist).action_process()
        self.assertEqual((intake.state, intake.order_ids.client_order_ref), ("done", "PO-1"))
        self.assertFalse(intake.exception_ids.filtered("is_open"))

    def test_of_two_interchanges_in_a_file_the_cut_one_does_not_silence_the_other(self):
        whole = interchange(purchase_order("PO-1"), control=1)
        cut = interchange(purchase_order("PO-2"), control=2)[:-40]
        intake = self._receive(whole + cut)
        self.assertEqual(intake.order_ids.mapped("client_order_ref"), ["PO-1"])
        self.assertEqual([ack.segments[1] for ack in self._sent("997")], [["AK1", "PO", "1"]])

    def test_file_that_is_tried_again_is_not_answered_again(self):
        intake = self._receive(interchange(purchase_order("PO-1"), purchase_order("PO-2"), ge=3, control=9))
        self.assertEqual(len(self._sent("997")), 1)
        intake.with_user(self.specialist).action_process()
        self.assertEqual(intake.state, "failed")
        self.assertEqual(len(self._sent("997")), 1)

    def test_invalid_element_is_accepted_with_errors_and_named(self):
        body = purchase_order("PO-1")
        body[1] = ["DTM", "002", "20261332"]
        intake = self._receive(interchange(body))
        (ack,) = self._sent("997")
        self.assertIn(["AK3", "DTM", "3", "", "8"], ack.segments)
        self.assertIn(["AK4", "2", "373", "8", "20261332"], ack.segments)
        transaction = intake.edi_transaction_ids.filtered(lambda t: t.set_id == "850")
        self.assertIn("DTM", transaction.findings)

    def test_every_group_is_answered_by_a_997(self):
        self._receive(interchange(purchase_order("PO-1"), purchase_order("PO-2"), control=42))
        (ack,) = self._sent("997")
        self.assertEqual(ack.segments[1], ["AK1", "PO", "42"])
        self.assertEqual([s for s in ack.segments if s[0] == "AK5"], [["AK5", "A"], ["AK5", "A"]])
        self.assertEqual(ack.segments[-2], ["AK9", "A", "2", "2", "2"])

    def test_997_is_in_the_release_of_the_group(self):
        self._receive(interchange(purchase_order("PO-1"), control=43, version="005010"))
        (ack,) = self._sent("997")
        self.assertEqual(ack.group.version, "005010")

    def test_received_997_is_the_verdict_on_what_we_sent(self):
        self._receive(interchange(purchase_order("PO-1")))
        (ack855,) = self._sent("855")
        ours = self.env["om.edi.transaction"].search([("set_id", "=", "855")])
        group = str(ours.group_id.control_number)
        body = [["AK1", "PR", group], ["AK2", "855", ack855.control_number], ["AK5", "R", "5"],
                ["AK9", "R", "1", "1", "0"]]  # fmt: skip
        self._receive(interchange(body, group="FA", control=2))
        self.assertEqual((ours.ack_state, ours.group_id.state), ("R", "R"))
        self.assertEqual(len(self._sent("997")), 1, "a 997 is not acknowledged")

    def test_unsupported_document_is_kept_and_visible(self):
        intake = self._receive(interchange([["BSN", "00", "SHIPMENT-1", "20261120", "0830"]], group="SH"))
        self.assertIn("856", intake.message)
        self.assertNotEqual(intake.state, "done")

    def test_nobody_forges_or_changes_a_received_document(self):
        intake = self._receive(interchange(purchase_order("PO-1"))).with_user(self.manager)
        for vals in ({"payload": b"AA=="}, {"state": "received"}, {"sha256": "0"}):
            with self.assertRaises(AccessError):
                intake.write(vals)
        with self.assertRaises(AccessError):
            intake.unlink()
        with self.assertRaises(AccessError):
            self.env["om.intake"].with_user(self.manager).create({"channel": "upload"})
