import hashlib

from odoo import api, models
from odoo.exceptions import AccessError


class OmIntake(models.Model):
    """Documents that come as attachments of mails to the alias of a mailbox."""

    _inherit = "om.intake"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Store each X12 attachment of a mail as a document; the mail itself is kept at the first one.

        A mail without X12 is stored as well, with what is attached or else with its text: it fails visibly.

        :raise AccessError: it is not the mail gateway that calls, which works as superuser. Whoever else can
            call it over RPC would put documents into a partner's mailbox
        """
        if not self.env.su:
            raise AccessError(self.env._("Mails come in by the mail gateway only."))
        # sudo: mail comes in for whoever the gateway runs as
        mailbox = self.env["om.edi.mailbox"].sudo().browse((custom_values or {}).get("edi_mailbox_id", ()))
        if not mailbox.exists():
            return super().message_new(msg_dict, custom_values)
        documents = self._documents_of_mail(msg_dict)
        intakes = self.browse()
        message_id = msg_dict.get("message_id") or ""
        for number, (name, data) in enumerate(documents):
            identity = hashlib.sha256(f"{message_id}:{number}".encode()).hexdigest()
            key = f"mail:{mailbox.id}:{identity}" if message_id else None
            intakes |= mailbox._receive(key, name, data, sender=msg_dict.get("email_from"))
        # the bytes are at the documents; the mail's message needs no second copy
        msg_dict["attachments"] = []
        return intakes[:1]

    @api.model
    def _documents_of_mail(self, msg_dict):
        """``[(file name, bytes)]`` of what a mail brings."""
        attached = []
        for attachment in msg_dict.get("attachments") or ():
            name, content = attachment[:2]
            data = content.encode() if isinstance(content, str) else content
            attached.append((name or "", data))
        x12 = [(name, data) for name, data in attached if b"ISA" in data[:600].upper()]
        text = ("mail.txt", str(msg_dict.get("body") or "").encode())
        return x12 or attached or [text]
