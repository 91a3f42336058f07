from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class OmEdiTransaction(models.Model):
    """Sending documents again, and giving documents up.

    What is sent again is the same business document under new control numbers: a document of its own that
    names the one that it replaces. Who did what, and why, stands in the document's history, on its order
    and on the trading partner.
    """

    _inherit = "om.edi.transaction"

    resend_of_id = fields.Many2one(
        "om.edi.transaction", "Sent Again for", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    resend_ids = fields.One2many("om.edi.transaction", "resend_of_id", "Sent Again as", readonly=True)
    history = fields.Text(readonly=True, help="What people did with this document.")
    failed_once = fields.Boolean(readonly=True, help="It could not be acted on, or built, at first.")

    def _fail(self, message):
        self.write({"failed_once": True})
        return super()._fail(message)

    def action_resend(self):
        """Send documents again, as they were, under new control numbers."""
        self._check_specialist()
        # sudo: what is sent is the system's; who asked for it is noted
        documents = self.sudo()._sendable_again()
        documents._resend({document: document.segments for document in documents})
        return True

    def _sendable_again(self):
        self.lock_for_update(allow_referencing=True)  # two clicks send it once
        for document in self:
            if document.direction != "out" or document.state != "sent":
                raise UserError(self.env._("%s was not sent yet.", document.display_name))
            if document.resend_ids.filtered(lambda again: again.state in ("ready", "wrapped")):
                raise UserError(self.env._("%s is about to be sent again already.", document.display_name))
        return self

    def _resend(self, segments):
        """Owe these documents once more; the clocks of the earlier ones stop.

        What a warehouse has to answer is waited for on the first one: its answer names the business document.

        :param segments: ``{document: its segments without ST and SE}``
        :return: the new documents
        """
        again = self.create(
            [
                {
                    "direction": "out",
                    "state": "ready",
                    "segments": body,
                    "resend_of_id": document.id,
                    **{
                        name: document[name]
                        for name in (
                            "set_id",
                            "reference",
                            "version",
                        )
                    },
                    **{
                        name: document[name].id
                        for name in (
                            "company_id",
                            "edi_partner_id",
                            "order_id",
                            "picking_id",
                            "move_id",
                            "intake_id",
                            "answers_id",
                        )
                    },
                }
                for document, body in segments.items()
            ]
        )
        for document in self:
            document._note_action(self.env._("Sent again"))
        self.env["ir.cron"]._om_trigger("om_edi_x12.cron_send", units=again)
        return again

    def _send_corrected(self):
        """Owe these documents once more as their records stand now, after the checks of the first time."""
        documents = self._sendable_again()
        again = documents._resend({document: document.segments for document in documents})
        again._rebuild()
        return again

    # ---------------------------------------------------------------------------------------- void

    def action_void(self):
        """Open the dialog that asks why these documents are given up."""
        self._check_edi_specialist()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Make Void"),
            "res_model": "om.edi.void",
            "view_mode": "form",
            "target": "new",
            "context": {"default_transaction_ids": self.ids},
        }

    def _void(self, reason):
        """Give documents up: those received are not acted on, those to send are not sent.

        :raise UserError: a document was acted on or sent already, or stands in an interchange with others
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        interchanges = self.filtered(lambda document: document.state == "wrapped").interchange_id
        interchanges.lock_for_update()
        interchanges.invalidate_recordset(["state"])
        for interchange in interchanges:
            others = interchange.transaction_ids - self
            if others or interchange.state == "sent":
                raise UserError(
                    self.env._(
                        "%(interchange)s is sent, or carries other documents: %(others)s",
                        interchange=interchange.display_name,
                        others=", ".join(others.mapped("display_name")),
                    )
                )
        for document in self:
            if document.state not in ("error", "ready", "wrapped"):
                raise UserError(
                    self.env._("%s was acted on or sent already: it can't be void.", document.display_name)
                )
            document._note_action(self.env._("Void: %s", reason))
        self.write({"state": "void", "answer_due_at": False})
        interchanges.write({"state": "void", "next_attempt": False})
        interchanges._close_given_up()
        self._mended()

    # --------------------------------------------------------------------------------------- audit

    def _note_action(self, what):
        """Note what a person did, for good."""
        line = self._history_line(what)
        for document in self:
            document.history = "\n".join(filter(None, (document.history, line)))
            text = f"{document.display_name}: {what}"
            (document.order_id or document.edi_partner_id)._message_log(body=text)

    def _history_line(self, what):
        moment = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        return f"{moment:%Y-%m-%d %H:%M %Z} {self.env.user.name}: {what}"

    def _check_specialist(self):
        if not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("Only order specialists send EDI documents."))
        self.check_access("read")

    def _check_edi_specialist(self):
        if not self.env.user.has_group("om_edi_x12.group_edi_specialist"):
            raise AccessError(self.env._("Only EDI specialists replay EDI documents or make them void."))
        self.check_access("read")
