from email.message import EmailMessage

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from .common import EdiCommon
from .x12_bytes import interchange, purchase_order

LOGGER = "odoo.addons.om_edi_x12.models.om_edi_http_sender"


@tagged("post_install", "-at_install")
class TestMail(EdiCommon, MailCommon):
    """A partner that sends mails."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox.write(
            {
                "transport": "mail",
                "alias_name": "edi-bluebird",
                "alias_domain_id": cls.mail_alias_domain.id,
                "mail_senders": "edi@bluebird.example @finch.example",
                "mail_to": "edi@bluebird.example",
            }
        )

    def _mail(self, *attachments, sender="edi@bluebird.example", number=1, text="Hello"):
        mail = EmailMessage()
        mail["From"], mail["To"] = sender, self.mailbox.alias_email
        mail["Subject"], mail["Message-ID"] = "Orders", f"<{number}@bluebird.example>"
        mail.set_content(text)
        for name, data, kind in attachments:
            main, _slash, sub = kind.partition("/")
            mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
        with self.mock_mail_gateway(), mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(False, mail.as_bytes())
        return self.env["om.intake"].search([("edi_mailbox_id", "=", self.mailbox.id)], order="id")

    def test_nobody_puts_a_mail_into_a_mailbox_by_rpc(self):
        mail = {"message_id": "<forged@bluebird.example>", "attachments": [], "body": "ISA"}
        for groups in ("base.group_user", "base.group_portal", "om_edi_x12.group_edi_manager"):
            user = new_test_user(self.env, login=f"forger {groups}", groups=groups)
            with self.subTest(groups=groups), self.assertRaises(AccessError):
                self.env["om.intake"].with_user(user).message_new(mail, {"edi_mailbox_id": self.mailbox.id})

    def test_each_x12_attachment_becomes_a_document(self):
        orders = [interchange(purchase_order(f"PO-{number}"), control=number) for number in (1, 2)]
        intakes = self._mail(
            ("850.edi", orders[0], "application/edi-x12"),
            ("logo.png", b"\x89PNG", "image/png"),
            ("more.txt", orders[1], "application/octet-stream"),
        )
        self.assertEqual(intakes.mapped("file_name"), ["850.edi", "more.txt"])
        self.assertEqual(set(intakes.mapped("channel")), {"mail"})
        self.assertIn("Hello", intakes[0].message_ids.mapped("body")[0])
        self.assertFalse(intakes.message_ids.attachment_ids, "the bytes are kept once")
        intakes._process()
        self.assertEqual(sorted(intakes.order_ids.mapped("client_order_ref")), ["PO-1", "PO-2"])

    def test_mail_that_comes_again_is_stored_once(self):
        data = interchange(purchase_order("PO-1"))
        for _time in range(2):
            intakes = self._mail(("850.edi", data, "application/edi-x12"))
        self.assertEqual(len(intakes), 1)

    def test_mail_without_x12_fails_visibly(self):
        intakes = self._mail(("order.pdf", b"%PDF-1.4", "application/pdf"))
        intakes |= self._mail(number=2, text="Please send us ten kettles")
        intakes._process()
        self.assertEqual(intakes.mapped("state"), ["failed", "failed"])
        self.assertEqual(intakes.mapped("file_name"), ["order.pdf", "mail.txt"])

    def test_mail_of_others_is_sent_back_and_logged(self):
        data = ("850.edi", interchange(purchase_order("PO-1")), "application/edi-x12")
        for sender in ("mallory@evil.example", "edi@bluebird.example.evil.example"):
            with self.assertLogs(LOGGER, "WARNING"):
                self.assertFalse(self._mail(data, sender=sender))
        self.assertEqual(len(self._mail(data, sender="Anybody <x@Finch.example>", number=2)), 1)

    def test_documents_go_out_as_attachments(self):
        self._receive(interchange(purchase_order("PO-1")))
        with self.mock_mail_gateway():
            self.edi_partner._send()
        sent = self.env["om.edi.interchange"].search([("direction", "=", "out")], order="id")
        self.assertEqual(set(sent.mapped("state")), {"sent"})
        self.assertEqual(len(self._mails), len(sent))
        for mail, interchange_ in zip(self._mails, sent, strict=True):
            name, content, _mimetype = mail["attachments"][0]
            self.assertEqual((name, content[:3]), (interchange_.file_name, b"ISA"))
            self.assertIn(interchange_.file_name, mail["message_id"])
            self.assertEqual(mail["email_to"], ["edi@bluebird.example"])

    def test_mail_server_that_refuses_leaves_the_document_to_be_tried_again(self):
        self._receive(interchange(purchase_order("PO-1")))
        from odoo.addons.base.models.ir_mail_server import MailDeliveryException

        def refuse(*_args, **_kwargs):
            raise MailDeliveryException("mailbox full")

        with self.mock_mail_gateway(mail_unlink_sent=False), mute_logger("odoo.addons.mail.models.mail_mail"):
            self.patch(type(self.env["ir.mail_server"]), "send_email", refuse)
            self.edi_partner._send()
        waiting = self.env["om.edi.interchange"].search([("direction", "=", "out")], order="id")
        self.assertNotIn("sent", waiting.mapped("state"))
        self.assertIn("mailbox full", waiting[0].message)

    def test_senders_must_be_named(self):
        with self.assertRaises(ValidationError):
            self.mailbox.mail_senders = " "
