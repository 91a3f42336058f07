import hashlib

from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route

from .body import HTTPException, answer, checked_length, read_body, refuse


class EdiFiles(Controller):
    """A partner's files over HTTPS, with ``Authorization: Bearer <API key>``.

    =======  ==========================  ==================================================================
    method   address                     does
    =======  ==========================  ==================================================================
    POST     /om_edi/files               takes in the file in the body; answers the name it has here
    GET      /om_edi/files               lists the files that wait for the partner
    GET      /om_edi/files/<name>        gives the bytes of one
    DELETE   /om_edi/files/<name>        the partner has it: it is listed no longer
    =======  ==========================  ==================================================================

    An upload is committed before it is answered. The same upload again (by its ``Idempotency-Key``, else by
    its bytes) gets the same answer and has no effect. Without a valid key every request gets the same 401.
    """

    def _mailbox(self):
        """The mailbox of the request's key, or an empty one. Nothing of the body is read."""
        http = request.httprequest
        scheme, _blank, key = http.headers.get("Authorization", "").partition(" ")
        # superuser: the partner has no user here; its key opens this one mailbox
        mailboxes = request.env(user=SUPERUSER_ID, su=True)["om.edi.mailbox"]
        mailbox = mailboxes._of_api_key(key.strip() if scheme.lower() == "bearer" else "")
        if mailbox and mailbox._accepts_address(http.remote_addr):
            return mailbox
        mailboxes._log_refused("HTTPS", http.remote_addr, key.partition(".")[0])
        return mailboxes.browse()

    def _limit(self):
        """How long the body of an upload may be; asked by Odoo before it reads any of it."""
        return checked_length((self._mailbox() or refuse(self._refusal()))._transport()._max_bytes())

    def _refusal(self):
        response = request.make_json_response({"error": "unauthorized"}, status=401)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response

    @route("/om_edi/files", type="http", auth="none", methods=["POST"], csrf=False, save_session=False,
           readonly=False, max_content_length=lambda controller: controller._limit())  # fmt: skip
    def upload(self, **_form):
        """Take in one file."""
        mailbox = self._mailbox()
        try:
            data, file_name = read_body()
        except HTTPException as error:
            return answer(error)
        headers = request.httprequest.headers
        digest = hashlib.sha256(data).hexdigest()
        repeat = headers.get("Idempotency-Key") or f"sha256:{digest}"
        key = f"https:{mailbox.id}:{hashlib.sha256(repeat.encode()).hexdigest()}"
        known = mailbox.env["om.intake"].search([("delivery_key", "=", key)], limit=1)
        if known and known.sha256 != digest:
            return request.make_json_response(
                {"error": "this Idempotency-Key came before, with another file"}, status=409
            )
        intake = known or mailbox._receive(key, headers.get("X-File-Name") or file_name, data)
        state = "duplicate" if intake.state == "duplicate" else "received"
        return request.make_json_response(
            {"document": intake.name, "sha256": digest, "size": len(data), "state": state},
            status=200 if known else 201,
        )

    @route("/om_edi/files", type="http", auth="none", methods=["GET"], csrf=False, save_session=False)
    def listing(self, **_query):
        """Name the files that wait for the partner."""
        mailbox = self._mailbox()
        if not mailbox:
            return self._refusal()
        files = mailbox.env["om.edi.outgoing.file"].search(
            [("mailbox_id", "=", mailbox.id), ("state", "!=", "done")], order="id", limit=1000
        )
        return request.make_json_response(
            {"files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in files]}
        )

    @route("/om_edi/files/<string:name>", type="http", auth="none", methods=["GET", "DELETE"], csrf=False,
           save_session=False, readonly=False)  # fmt: skip
    def file(self, name, **_query):
        """Give one file, or note that the partner has it."""
        mailbox = self._mailbox()
        if not mailbox:
            return self._refusal()
        file = mailbox.env["om.edi.outgoing.file"].search(
            [("mailbox_id", "=", mailbox.id), ("name", "=", name)], limit=1
        )
        if not file:
            return request.make_json_response({"error": "there is no such file"}, status=404)
        if request.httprequest.method == "DELETE":
            file._mark_done()
            return request.make_json_response({"name": file.name, "state": "done"})
        file._mark_fetched()
        return request.make_response(
            file._bytes(),
            headers=[
                ("Content-Type", "application/edi-x12"),
                ("Content-Disposition", f'attachment; filename="{file.name}"'),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
