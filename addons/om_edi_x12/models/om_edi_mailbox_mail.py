from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from odoo.addons.mail.tools.alias_error import AliasError


class OmEdiMailbox(models.Model):
    """Mailboxes of mail: an alias takes in what partners attach, and documents go out as attachments."""

    _name = "om.edi.mailbox"
    _inherit = ["om.edi.mailbox", "mail.alias.mixin.optional"]

    transport = fields.Selection(selection_add=[("mail", "Mail")], ondelete={"mail": "set default"})
    mail_senders = fields.Char(
        "Accepted Senders",
        help="Addresses, or whole domains such as @bluebird.example, separated by blanks. Mail of others "
        "is sent back.",
    )
    mail_to = fields.Char("Send To", help="Address to which our documents are sent as attachments.")

    @api.constrains("transport", "mail_senders", "mail_to")
    def _check_mail(self):
        for mailbox in self.filtered(lambda mailbox: mailbox.transport == "mail"):
            if not (mailbox.mail_senders or "").split():
                raise ValidationError(self.env._("%s: say whose mail is accepted.", mailbox.name))
            if mailbox.mail_to and not tools.email_normalize(mailbox.mail_to):
                raise ValidationError(self.env._("%s: this is no mail address to send to.", mailbox.name))

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("om.intake")
        values["alias_contact"] = "everyone"  # who is accepted is said by the mailbox
        if self.id:
            values["alias_defaults"] = repr({"edi_mailbox_id": self.id})
        return values

    def _alias_get_error(self, message, message_dict, alias):
        """Mail of a sender that is not accepted goes back, as Odoo sends it back for any alias."""
        if error := super()._alias_get_error(message, message_dict, alias):
            return error
        sender = message_dict.get("email_from")
        if self.active and self.transport == "mail" and self._accepts_sender(sender):
            return False
        self._log_refused("mail", self.alias_email, sender)
        return AliasError("error_om_edi_sender", self.env._("restricted to known senders"))

    def _accepts_sender(self, email_from):
        """Is mail from this address taken in?"""
        self.ensure_one()
        address = tools.email_normalize(email_from or "") or ""
        accepted = (self.mail_senders or "").lower().split()
        return bool(address) and (address in accepted or f"@{address.rpartition('@')[2]}" in accepted)
