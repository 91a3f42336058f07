import email.utils

import requests

from odoo import api, models

from .. import as2

# Seconds: to connect, and to wait for the receipt.
TIMEOUT = (10, 60)
RECEIPT_BYTES = 200_000


class OmEdiTransportAs2(models.AbstractModel):
    """Documents over AS2, unsigned and unencrypted; what comes in is taken by ``controllers/as2.py``.

    A document counts as delivered when the partner's receipt (MDN) names our message and the same
    integrity check: then the partner has its bytes. What the partner thinks of them is said by the 997,
    also where the receipt already complains of the content.
    """

    _name = "om.edi.transport.as2"
    _inherit = "om.edi.transport"
    _description = "EDI Transport: AS2"

    @api.model
    def _deliver(self, mailbox, file_name, data):
        """Send and wait for the receipt. The same file has the same Message-ID, whenever it is sent."""
        if not mailbox.as2_url:
            raise OSError(self.env._("%s has no AS2 address to send to.", mailbox.name))
        message_id = self._message_id(mailbox, file_name)
        content_type, body = self._wrap(mailbox, data)
        try:
            answer = requests.post(
                mailbox.as2_url,
                data=body,
                headers={
                    "AS2-Version": "1.2",
                    "AS2-From": as2.quoted(mailbox.as2_our_identifier),
                    "AS2-To": as2.quoted(mailbox.as2_identifier),
                    "Message-ID": message_id,
                    "Subject": file_name,
                    "Date": email.utils.formatdate(),
                    "MIME-Version": "1.0",
                    "Content-Type": content_type,
                    "Content-Disposition": f'attachment; filename="{file_name}"',
                    "Disposition-Notification-To": as2.quoted(mailbox.as2_our_identifier),
                    "Disposition-Notification-Options": (
                        "signed-receipt-protocol=optional, pkcs7-signature; "
                        "signed-receipt-micalg=optional, sha256, sha1"
                    ),
                },
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            )
            with answer:
                receipt = answer.raw.read(RECEIPT_BYTES, decode_content=True)
        except (requests.RequestException, requests.packages.urllib3.exceptions.HTTPError) as error:
            raise ConnectionError(str(error)) from error
        return self._check_receipt(answer, receipt, message_id, data)

    @api.model
    def _wrap(self, mailbox, data):
        """``(content type, body)`` that carries a document: the one place where S/MIME would be done."""
        return "application/edi-x12", data

    @api.model
    def _message_id(self, mailbox, file_name):
        # sudo: system parameters are readable by administrators only
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"<{file_name}.{mailbox.id}@{database}>"

    @api.model
    def _check_receipt(self, answer, receipt, message_id, data):
        """Return the receipt as text when it proves the delivery.

        :raise OSError: it does not
        """
        if answer.status_code // 100 != 2:
            raise ConnectionError(self.env._("the partner's server answers %s", answer.status_code))
        try:
            original, disposition, check = as2.read_receipt(answer.headers, receipt)
        except ValueError as error:
            raise ConnectionError(str(error)) from error
        if original != message_id:
            raise OSError(self.env._("the receipt is for another message: %s", original[:250]))
        _name, _comma, digest = check.partition(",")
        digest = digest.strip().lower()
        intact = digest in as2.DIGESTS and as2.same_check(check, as2.integrity_check(data, digest))
        verdict = disposition.partition(";")[2].strip().lower()
        if not intact and (check or verdict != as2.PROCESSED):
            raise OSError(self.env._("the partner did not take it: %s", disposition[:250]))
        return receipt.decode(errors="replace").replace("\0", "")

    @api.model
    def _test(self, mailbox):
        if not mailbox.as2_url:
            return self.env._("The partner can send; there is no address to send to.")
        try:
            with requests.get(mailbox.as2_url, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
                return self.env._("The partner's server answers %s.", answer.status_code)
        except requests.RequestException as error:
            raise ConnectionError(str(error)) from error
