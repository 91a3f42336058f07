from odoo import api, models


class OmIntake(models.Model):
    """Files that a wrong mailbox brought first: refused there, they count when they come by the right one.

    Otherwise whoever gets hold of a file could spoil it for its sender by bringing it first.
    """

    _inherit = "om.intake"

    @api.model
    def _receive(self, data, channel, **kwargs):
        intake = super()._receive(data, channel, **kwargs)
        # sudo: a document is received whoever delivers it
        received = intake.sudo()
        if received.state == "duplicate" and received._om_edi_mends(received.duplicate_of_id):
            received._om_edi_take_instead(received.duplicate_of_id)
        return intake

    def _om_edi_mends(self, refused):
        """Was ``refused`` brought by a mailbox that is not its sender's, while this one came rightly?

        What a person uploads without a mailbox is right: the person answers for it.
        """
        wrong, right = refused.edi_mailbox_id, self.edi_mailbox_id
        senders = refused.edi_interchange_ids.edi_partner_id
        return (
            refused.state == "failed"
            and wrong
            and not all(sender._comes_by(wrong) for sender in senders)
            and (not right or all(sender._comes_by(right) for sender in senders))
        )

    def _om_edi_take_instead(self, refused):
        """Read the bytes as if ``refused`` had come as this one did; both say so."""
        wrong = refused.edi_mailbox_id
        refused.edi_mailbox_id = self.edi_mailbox_id
        refused._message_log(
            body=self.env._(
                "First brought by the mailbox %(wrong)s and refused. It came again as %(intake)s by "
                "%(right)s, and is acted on.",
                wrong=wrong.name,
                intake=self.name,
                right=self.edi_mailbox_id.name or self.sender,
            )
        )
        refused._finish(refused._state_to_retry())
        refused.write({"attempts": 0, "next_attempt": False})
        self._finish(
            "duplicate",
            self.env._(
                "The same bytes came before, as %(intake)s by the mailbox %(wrong)s, and were refused. Now "
                "they are acted on, as %(intake)s.",
                intake=refused.name,
                wrong=wrong.name,
            ),
        )
        self.env["ir.cron"]._om_trigger("om_order_exceptions.cron_process_intake")
