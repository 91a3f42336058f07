from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.om_edi_delivery import ATTEMPTS
from .common import EdiCommon
from .sshd import free_port

DOWN_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Kx0lQ2Fv6Zz9mD2bq1o3sUuI0r2o5m8yF3R0p0a1x"


@tagged("post_install", "-at_install")
class TestDeliveryFailures(EdiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.down = cls.env["om.edi.mailbox"].create(
            {
                "name": "A host that is down",
                "transport": "sftp",
                "host": "127.0.0.1",
                "port": free_port(),
                "login": "x",
                "host_key": DOWN_KEY,
            }
        )
        cls.finch = cls.edi_partner.copy({"identifier": "FINCH", "name": "Finch", "mailbox_id": cls.down.id})
        cls.documents = cls.env["om.edi.transaction"]

    def _owe(self, partner, reference):
        order = self._order(client_order_ref=reference)
        segments = [["BAK", "00", "AD", reference, "20261120"], ["CTT", "0"]]
        return self.documents._owe(partner, "855", segments, reference, order_id=order.id)

    @mute_logger("paramiko.transport")
    def test_dead_host_stops_no_other_partner_and_is_tried_later_and_later(self):
        lost, fine = self._owe(self.finch, "PO-1"), self._owe(self.edi_partner, "PO-2")
        (self.finch | self.edi_partner)._send(due_only=True)
        self.assertEqual((lost.state, fine.state), ("wrapped", "sent"))
        interchange = lost.interchange_id
        self.assertEqual((interchange.state, interchange.attempts), ("error", 1))
        pauses = []
        for _n in range(3):
            self.finch._send(due_only=True)
            self.assertEqual(interchange.attempts, len(pauses) + 1, "not before its time")
            pauses.append((interchange.next_attempt - fields.Datetime.now()).total_seconds())
            interchange.next_attempt = fields.Datetime.now()
            self.finch._send(due_only=True)
        self.assertEqual(pauses, sorted(pauses))
        self.assertGreater(pauses[-1], pauses[0])

    @mute_logger("paramiko.transport")
    def test_dead_host_is_asked_once_by_all_jobs_until_its_pause_is_over(self):
        interchanges = self.env["om.edi.interchange"]
        for number in range(3):
            self._owe(self.finch, f"PO-{number}")
            interchanges |= interchanges._wrap(self.finch)
        first, second, third = interchanges
        (first | second)._work_off()
        self.assertEqual(interchanges.mapped("attempts"), [1, 0, 0])
        self.assertTrue(first.next_attempt)
        self.assertEqual(second.next_attempt, first.next_attempt)
        third._work_off()
        self.assertEqual((third.attempts, third.next_attempt), (0, first.next_attempt))
        # it is there again
        self.finch.mailbox_id = self.mailbox
        interchanges.next_attempt = False
        interchanges._work_off()
        self.assertEqual(set(interchanges.mapped("state")), {"sent"})
        self.assertFalse(any(interchanges.mapped("is_unreachable")))

    def test_job_of_documents_wraps_all_that_is_ready_and_a_second_one_finds_nothing(self):
        documents = self._owe(self.edi_partner, "PO-1") | self._owe(self.edi_partner, "PO-2")
        documents[0]._work_off()
        self.assertEqual(set(documents.mapped("state")), {"wrapped"})
        interchange = documents.interchange_id
        self.assertEqual(len(interchange), 1)
        documents[1]._work_off()
        self.assertEqual(documents.interchange_id, interchange)

    @mute_logger("paramiko.transport")
    def test_what_fails_too_often_is_given_up_and_can_be_tried_again_by_a_person(self):
        lost = self._owe(self.finch, "PO-1")
        self.finch._send()
        interchange = lost.interchange_id
        interchange.attempts = ATTEMPTS - 1
        self.finch._send()
        self.assertEqual(interchange.state, "dead")
        self.finch._send()
        self.assertEqual(interchange.attempts, ATTEMPTS, "nobody tries it any more")
        self.finch.mailbox_id = self.mailbox
        interchange.with_user(self.specialist).action_try_again()
        self.assertEqual((interchange.state, lost.state), ("sent", "sent"))

    @mute_logger("odoo.addons.om_edi_x12.models.om_edi_delivery")
    def test_defect_of_a_transport_holds_up_no_other_interchange(self):
        first = self._owe(self.edi_partner, "PO-1")
        self.edi_partner._send()
        poison = self._owe(self.edi_partner, "PO-2")
        self.env["om.edi.interchange"]._wrap(self.edi_partner)
        last = self._owe(self.edi_partner, "PO-3")
        transport = type(self.env["om.edi.transport.folder"])
        deliver = transport._deliver

        def break_on_poison(transport, mailbox, name, data):
            if name == poison.interchange_id.file_name:
                transport.env.cr.execute("SELECT 1 FROM a_table_that_is_not_there")
            return deliver(transport, mailbox, name, data)

        with patch.object(transport, "_deliver", break_on_poison), mute_logger("odoo.sql_db"):
            self.edi_partner._send()
        self.assertEqual((first | poison | last).mapped("state"), ["sent", "wrapped", "sent"])
        self.assertIn("a_table_that_is_not_there", poison.interchange_id.message)
        self.edi_partner._send()
        self.assertEqual(poison.state, "sent")

    @mute_logger("odoo.addons.om_edi_x12.models.om_edi_wrapping")
    def test_poisonous_document_goes_into_error_and_the_others_out(self):
        poison, fine = self._owe(self.edi_partner, "PO-1"), self._owe(self.edi_partner, "PO-2")
        poison.segments = [["BAK", None]]
        self.edi_partner._send()
        self.assertEqual((poison.state, fine.state), ("error", "sent"))
        self.assertTrue(poison.findings)

    def test_partner_without_mailbox_says_so(self):
        document = self._owe(self.edi_partner, "PO-1")
        self.edi_partner.mailbox_id = False
        self.edi_partner._send()
        self.assertEqual(document.interchange_id.state, "error")
        self.assertIn("no mailbox", document.interchange_id.message)

    def test_interchange_is_delivered_once_though_it_is_asked_for_twice(self):
        document = self._owe(self.edi_partner, "PO-1")
        self.edi_partner._send()
        document.interchange_id._deliver()
        self.assertEqual(document.interchange_id.attempts, 1)
