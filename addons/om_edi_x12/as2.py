"""AS2 (RFC 4130) without S/MIME: headers, integrity check, and the receipt (MDN). Plain Python, no I/O.

Unsigned and unencrypted, the integrity check (MIC) is taken over the content as it is, without headers.
"""

import base64
import email
import email.policy
import email.utils
import hashlib
import re
import uuid
from dataclasses import dataclass

DIGESTS = {
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "sha384": "sha384",
    "sha-384": "sha384",
    "sha512": "sha512",
    "sha-512": "sha512",
    "md5": "md5",
}
SECURED = ("multipart/signed", "application/pkcs7-mime", "application/x-pkcs7-mime")
PROCESSED = "processed"
# RFC 4130, 7.4.3: what we answer, and what a partner may answer.
DUPLICATE = "processed/warning: duplicate-document"
REFUSED = "processed/error: authentication-failed"
UNSUPPORTED = "failed/failure: unsupported format"
MODE = "automatic-action/MDN-sent-automatically"


class UnsupportedError(Exception):
    """The content is signed, encrypted or encoded in a way that is not understood here."""


@dataclass
class Message:
    """What the headers of an AS2 message say."""

    sender: str
    receiver: str
    message_id: str
    content_type: str
    transfer_encoding: str
    wants_receipt: bool
    receipt_url: str
    receipt_options: str
    file_name: str

    @classmethod
    def of_headers(cls, headers):
        """Read a mapping of headers."""

        def get(name):
            return (headers.get(name) or "").strip()

        disposition = re.search(r'filename="?([^";]*)', get("Content-Disposition"))
        return cls(
            sender=unquoted(get("AS2-From")),
            receiver=unquoted(get("AS2-To")),
            message_id=get("Message-ID")[:250],
            content_type=get("Content-Type").partition(";")[0].strip().lower(),
            transfer_encoding=get("Content-Transfer-Encoding").lower(),
            wants_receipt=bool(get("Disposition-Notification-To")),
            receipt_url=get("Receipt-Delivery-Option"),
            receipt_options=get("Disposition-Notification-Options"),
            file_name=disposition.group(1) if disposition else "",
        )

    @property
    def digest(self):
        """Name of the digest that the sender wants in the receipt."""
        found = re.search(r"signed-receipt-micalg\s*=\s*\w+\s*((?:,\s*[\w-]+\s*)+)", self.receipt_options)
        wanted = re.split(r"[,\s]+", found.group(1).lower()) if found else []
        return next((name for name in wanted if name in DIGESTS), "sha1")

    @property
    def needs_signed_receipt(self):
        """Does the sender take no other than a signed receipt?"""
        return bool(re.search(r"signed-receipt-protocol\s*=\s*required", self.receipt_options, re.I))


def unquoted(name):
    """An AS2 name without its quotes."""
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if len(name) > 1 and name[0] == name[-1] == '"' else name


def quoted(name):
    """An AS2 name as a header carries it."""
    if re.fullmatch(r"[!#-\[\]-~]+", name):
        return name
    return '"{}"'.format(re.sub(r'(["\\])', r"\\\1", name))


def unwrap(message, body):
    """The document in the body of a message: the one place where S/MIME would be undone.

    :raise UnsupportedError: it is signed, encrypted or encoded
    """
    if message.content_type in SECURED:
        raise UnsupportedError(f"{message.content_type} is not accepted")
    if message.transfer_encoding in ("", "binary", "7bit", "8bit"):
        return body
    if message.transfer_encoding == "base64":
        try:
            return base64.b64decode(body, validate=False)
        except ValueError as error:
            raise UnsupportedError("no valid base64") from error
    raise UnsupportedError(f"content transfer encoding {message.transfer_encoding} is not accepted")


def integrity_check(data, digest):
    """``<base64>, <digest>`` of the content."""
    value = hashlib.new(DIGESTS[digest], data, usedforsecurity=False).digest()
    return f"{base64.b64encode(value).decode()}, {digest}"


def receipt(message, disposition, mic="", text="", sender=""):
    """Return ``(headers, body)`` of an unsigned MDN.

    :param sender: our AS2 name; left out for parties that we do not know
    """
    boundary = f"mdn-{uuid.uuid4().hex}"
    recipient = f"rfc822; {header_safe(sender or 'unknown')}"
    facts = [
        "Reporting-UA: Order Management",
        f"Original-Recipient: {recipient}",
        f"Final-Recipient: {recipient}",
        f"Original-Message-ID: {header_safe(message.message_id) or '<unknown>'}",
        f"Disposition: {MODE}; {disposition}",
    ]
    if mic:
        facts.append(f"Received-Content-MIC: {mic}")
    parts = (("text/plain; charset=us-ascii", [header_safe(text) or disposition]),
             ("message/disposition-notification", facts))  # fmt: skip
    lines = []
    for content_type, content in parts:
        lines += [f"--{boundary}", f"Content-Type: {content_type}", "Content-Transfer-Encoding: 7bit", ""]
        lines += [*content, ""]
    lines += [f"--{boundary}--", ""]
    headers = {
        "AS2-Version": "1.2",
        "AS2-From": quoted(header_safe(sender or "unknown")),
        "AS2-To": quoted(header_safe(message.sender or "unknown")),
        "Message-ID": email.utils.make_msgid(domain="om-edi"),
        "Date": email.utils.formatdate(),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/report; report-type=disposition-notification; boundary="{boundary}"',
    }
    return headers, "\r\n".join(lines).encode("ascii", "replace")


def header_safe(text):
    """Text of somebody else that can't break out of its line."""
    return re.sub(r"[^\x20-\x7e]", "?", text)[:250]


def read_receipt(headers, body):
    """Return ``(original message id, disposition, mic)`` of an MDN, each ``""`` where it is missing.

    :raise ValueError: it is no MDN
    """
    head = f"Content-Type: {headers.get('Content-Type', '')}\r\n\r\n".encode("latin-1", "replace")
    report = email.message_from_bytes(head + body, policy=email.policy.compat32)
    for part in report.walk():
        if part.get_content_type() == "message/disposition-notification":
            content = part.get_payload()
            text = content[0].as_string() if isinstance(content, list) else content
            facts = email.message_from_string(text.lstrip())
            return tuple(
                " ".join((facts.get(name) or "").split())
                for name in ("Original-Message-ID", "Disposition", "Received-Content-MIC")
            )
    raise ValueError("the answer is no receipt (MDN)")


def same_check(left, right):
    """Do two integrity checks say the same?"""
    return [part.strip() for part in left.lower().split(",")][:1] == [
        part.strip() for part in right.lower().split(",")
    ][:1]
