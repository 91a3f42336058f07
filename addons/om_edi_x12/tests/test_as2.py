import email
import socket

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import release_test_lock
from odoo.tools import mute_logger

from .. import as2
from .common import EdiCommon
from .x12_bytes import interchange, purchase_order

LOGGER = "odoo.addons.om_edi_x12.models.om_edi_http_sender"


@tagged("post_install", "-at_install")
class TestAs2(EdiCommon, HttpCase):
    """Plain AS2. A partner that nobody here wrote is in the system tests: ``tests/test_as2_mock_edi.py``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox.write({"transport": "as2", "as2_identifier": "BIG BUYER", "as2_our_identifier": "OMCO"})

    def setUp(self):
        super().setUp()
        self.data = interchange(purchase_order("PO-1"))

    def _post(self, data=None, **headers):
        headers = {
            "AS2-From": '"BIG BUYER"',
            "AS2-To": "OMCO",
            "Message-ID": "<1@buyer>",
            "Content-Type": "application/edi-x12",
            "Disposition-Notification-To": "buyer",
            "Disposition-Notification-Options": "signed-receipt-protocol=optional, pkcs7-signature; "
            "signed-receipt-micalg=optional, sha256",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        headers = {name: value for name, value in headers.items() if value is not None}
        data = self.data if data is None else data
        return self.opener.post(f"{self.base_url()}/om_edi/as2", data=data, headers=headers, timeout=20)

    def _intakes(self):
        return self.env["om.intake"].search([("edi_mailbox_id", "=", self.mailbox.id)])

    def test_message_is_stored_and_its_receipt_names_it_and_its_digest(self):
        answer = self._post(Content_Disposition='attachment; filename="../850.edi"')
        self.assertEqual(answer.status_code, 200)
        receipt = as2.read_receipt(answer.headers, answer.content)
        self.assertEqual(
            receipt, ("<1@buyer>", f"{as2.MODE}; processed", as2.integrity_check(self.data, "sha256"))
        )
        self.assertEqual((answer.headers["AS2-From"], answer.headers["AS2-To"]), ("OMCO", '"BIG BUYER"'))
        parsed = email.message_from_bytes(
            f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode() + answer.content
        )
        self.assertEqual(parsed.get_content_type(), "multipart/report")
        self.assertEqual(len(parsed.get_payload()), 2)
        intake = self._intakes()
        self.assertEqual((intake.channel, intake.file_name), ("as2", "850.edi"))
        intake._process()
        self.assertEqual(intake.order_ids.client_order_ref, "PO-1")

    def test_message_that_comes_again_is_acknowledged_again_and_stored_once(self):
        first, again = self._post(), self._post()
        self.assertEqual(
            as2.read_receipt(first.headers, first.content), as2.read_receipt(again.headers, again.content)
        )
        other = self._post(b"ISA other")
        self.assertIn("duplicate", as2.read_receipt(other.headers, other.content)[1])
        self.assertEqual(len(self._intakes()), 1)

    def test_no_receipt_is_sent_where_none_is_wanted(self):
        answer = self._post(Disposition_Notification_To=None)
        self.assertEqual((answer.status_code, answer.content), (200, b""))
        self.assertEqual(len(self._intakes()), 1)

    def test_whoever_is_not_known_gets_the_same_refusal_and_is_logged(self):
        answers = []
        with self.assertLogs(LOGGER, "WARNING") as logs:
            answers.append(self._post(AS2_From="EVIL"))
            answers.append(self._post(AS2_To="SOMEBODY"))
            answers.append(self._post(AS2_From=None))
            answers.append(self._post(Message_ID=None))
            self.mailbox.networks = "192.0.2.1"
            answers.append(self._post())
            self.mailbox.write({"networks": False, "active": False})
            answers.append(self._post())
            answers.append(self._post(AS2_From="a\\r", data=b"x" * 1000))
        self.assertEqual(len(logs.output), len(answers))
        for answer in answers:
            _original, disposition, mic = as2.read_receipt(answer.headers, answer.content)
            self.assertEqual((answer.status_code, disposition, mic), (200, f"{as2.MODE}; {as2.REFUSED}", ""))
            self.assertEqual(answer.headers["AS2-From"], "unknown", "who we are is not told")
        self.mailbox.active = True
        self.assertFalse(self._intakes())

    def test_signed_or_encrypted_content_is_refused_and_said_so(self):
        for content_type in (
            "multipart/signed; boundary=x",
            "application/pkcs7-mime; smime-type=enveloped-data",
        ):
            answer = self._post(Content_Type=content_type)
            self.assertIn("failed", as2.read_receipt(answer.headers, answer.content)[1])
            self.assertIn(b"is not accepted", answer.content)
        answer = self._post(
            Disposition_Notification_Options="signed-receipt-protocol=required, pkcs7-signature; "
            "signed-receipt-micalg=required, sha1"
        )
        self.assertIn("failed", as2.read_receipt(answer.headers, answer.content)[1])
        self.assertFalse(self._intakes())

    def test_too_long_a_message_is_refused_before_it_is_read(self):
        host, port = self.base_url().rpartition("/")[2].split(":")
        limit = self.env["om.edi.transport"]._max_bytes()
        known = ['AS2-From: "BIG BUYER"', "AS2-To: OMCO", "Message-ID: <1@x>"]
        for head, status in ((known, b" 413 "), (known[1:], b" 200 ")):
            with socket.create_connection((host, int(port)), 10) as connection, mute_logger(LOGGER):
                lines = [
                    "POST /om_edi/as2 HTTP/1.1",
                    f"Host: {host}:{port}",
                    f"Cookie: test_request_key={self.http_request_key}",
                    *head,
                ]
                lines += [f"Content-Length: {limit + 1}", "", ""]
                with release_test_lock():
                    connection.sendall("\r\n".join(lines).encode())
                    self.assertIn(status, connection.recv(4096).split(b"\r\n")[0])

    def test_sender_can_break_out_of_no_line_of_the_receipt(self):
        message = as2.Message.of_headers(
            {"AS2-From": "a\r\nX: y", "AS2-To": "b", "Message-ID": "<1>\r\nDisposition: z"}
        )
        headers, body = as2.receipt(message, as2.REFUSED, text="t\r\nu", sender="us\r\n")
        self.assertFalse([value for value in headers.values() if "\r" in value or "\n" in value])
        self.assertNotIn(b"\nDisposition: z", body)

    def test_names_have_the_form_of_as2_and_belong_to_one_mailbox(self):
        with self.assertRaises(ValidationError):
            self.mailbox.as2_identifier = False
        with self.assertRaises(ValidationError):
            self.mailbox.as2_url = "file:///etc/passwd"
        with self.assertRaises(ValidationError):
            self.mailbox.networks = "everywhere"
        for name in ("OMCO", "BIG BUYER", 'a"b\\c'):
            self.assertEqual(as2.unquoted(as2.quoted(name)), name)
