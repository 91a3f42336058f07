from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException


class OmEdiTransportMail(models.AbstractModel):
    """Documents as attachments of mails; what comes in is taken by ``om.intake.message_new``.

    A document counts as delivered when our mail server has taken the mail.
    """

    _name = "om.edi.transport.mail"
    _inherit = "om.edi.transport"
    _description = "EDI Transport: Mail"

    @api.model
    def _deliver(self, mailbox, file_name, data):
        """Send one mail now. The same file has the same Message-ID, whenever it is sent."""
        if not mailbox.mail_to:
            raise OSError(self.env._("%s has no mail address to send to.", mailbox.name))
        # sudo: system parameters are readable by administrators only
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        company = mailbox.company_id
        vals = {
            "subject": file_name,
            "email_from": mailbox.alias_email or company.email_formatted or company.catchall_formatted,
            "email_to": mailbox.mail_to,
            "reply_to": mailbox.alias_email or False,
            "message_id": f"<{file_name}.{mailbox.id}@{database}>",
            "body_html": f"<p>{file_name}</p>",
            "auto_delete": True,
            "attachment_ids": [(0, 0, {"name": file_name, "raw": data, "mimetype": "application/edi-x12"})],
        }
        try:
            with self.env.cr.savepoint():
                # sudo: documents are sent by the system, whoever caused them
                self.env["mail.mail"].sudo().create(vals).send(raise_exception=True)
        except (MailDeliveryException, UserError) as error:
            raise ConnectionError(" ".join(map(str, error.args))) from error

    @api.model
    def _test(self, mailbox):
        if not mailbox.alias_email:
            raise OSError(self.env._("Set an alias, and a mail domain for %s.", mailbox.company_id.name))
        return self.env._("Documents are taken in at %s.", mailbox.alias_email)
