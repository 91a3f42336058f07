import hashlib

from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route

from .. import as2
from .body import checked_length, refuse


class EdiAs2(Controller):
    """AS2 messages of partners, unsigned and unencrypted, answered with a receipt (MDN) at once.

    The document is committed before its receipt leaves. A message that comes again, by its Message-ID, is
    told so and stored once. Whoever is not known gets one and the same refusal, whatever is wrong.
    """

    @route("/om_edi/as2", type="http", auth="none", methods=["POST"], csrf=False, save_session=False,
           readonly=False, max_content_length=lambda controller: controller._limit())  # fmt: skip
    def receive(self, **_form):
        """Take in one message."""
        message, mailbox = self._addressed()
        return self._take(mailbox, message, request.httprequest.get_data())

    def _addressed(self):
        """``(message, mailbox)`` by the headers; an empty mailbox for whoever is not known."""
        http = request.httprequest
        message = as2.Message.of_headers(http.headers)
        # superuser: the partner has no user here; its AS2 names are a mailbox's
        mailboxes = request.env(user=SUPERUSER_ID, su=True)["om.edi.mailbox"]
        mailbox = mailboxes._of_as2(message.sender, message.receiver)
        if mailbox and mailbox._accepts_address(http.remote_addr) and message.message_id:
            return message, mailbox
        mailboxes._log_refused("AS2", http.remote_addr, f"{message.sender} to {message.receiver}")
        return message, mailboxes.browse()

    def _limit(self):
        """How long the body of a message may be; asked by Odoo before it reads any of it."""
        message, mailbox = self._addressed()
        if not mailbox:
            refuse(self._receipt(message, as2.REFUSED))
        return checked_length(mailbox._transport()._max_bytes())

    def _take(self, mailbox, message, body):
        """Store the document of a known partner's message and answer it."""
        sender = mailbox.as2_our_identifier
        try:
            if message.needs_signed_receipt:
                raise as2.UnsupportedError("a signed receipt can't be given")
            data = as2.unwrap(message, body)
        except as2.UnsupportedError as error:
            return self._receipt(message, as2.UNSUPPORTED, text=str(error), sender=sender)
        digest = hashlib.sha256(message.message_id.encode()).hexdigest()
        key = f"as2:{mailbox.id}:{digest}"
        known = mailbox.env["om.intake"].search([("delivery_key", "=", key)], limit=1)
        if known and known.sha256 != hashlib.sha256(data).hexdigest():
            text = "This Message-ID came before, with other content."
            return self._receipt(message, as2.DUPLICATE, text=text, sender=sender)
        if not known:
            mailbox._receive(key, message.file_name or message.message_id.strip("<>"), data)
        mic = as2.integrity_check(data, message.digest)
        return self._receipt(message, as2.PROCESSED, mic=mic, text="The message was received.", sender=sender)

    def _receipt(self, message, disposition, **content):
        """The answer: a receipt where one is wanted; an unknown sender always gets its refusal."""
        if not message.wants_receipt and disposition == as2.PROCESSED:
            return request.make_response("", headers=[("Content-Type", "text/plain")])
        headers, body = as2.receipt(message, disposition, **content)
        return request.make_response(body, headers=list(headers.items()))
