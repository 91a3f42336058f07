import logging
import re

from odoo import api, fields, models, modules
from odoo.exceptions import AccessError, ValidationError

_logger = logging.getLogger(__name__)


class OmEdiMailbox(models.Model):
    """Where a trading partner's files come in and go out.

    The transport is an abstract model ``om.edi.transport.<transport>`` with two methods:

    - ``_collect(mailbox)``: yield ``(delivery key, file name, bytes)`` of each complete file, and
      archive a file only after control came back, that is after its bytes are committed here;
    - ``_deliver(mailbox, file name, bytes)``: hand over one file so that the partner sees all of it
      or nothing; delivering the same file twice has the effect of once.
    """

    _name = "om.edi.mailbox"
    _description = "EDI Mailbox"
    _order = "name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    transport = fields.Selection([("folder", "Folder")], required=True, default="folder")
    directory = fields.Char(
        required=True,
        help="Name of this mailbox's folder below the EDI folder of the server. "
        "Files come in by its inbox and go out by its outbox.",
    )
    path = fields.Char("Folder on the Server", compute="_compute_path", groups="base.group_system")
    quiet_seconds = fields.Integer(
        default=2, help="A file counts as complete when it has not changed for so many seconds."
    )
    partner_ids = fields.One2many("om.edi.partner", "mailbox_id", "Trading Partners")
    last_poll = fields.Datetime(readonly=True)
    last_error = fields.Text(readonly=True)

    _unique_directory = models.UniqueIndex(
        "(transport, directory)", "Another mailbox uses this folder already."
    )

    @api.constrains("directory")
    def _check_directory(self):
        for mailbox in self:
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", mailbox.directory):
                raise ValidationError(
                    self.env._(
                        "The folder of %s is a plain name of letters, digits, dots, dashes and underscores.",
                        mailbox.name,
                    )
                )

    @api.depends("directory", "transport")
    def _compute_path(self):
        for mailbox in self:
            mailbox.path = str(self.env["om.edi.transport.folder"]._path(mailbox))

    def action_poll(self):
        """Fetch and send now."""
        if not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("Only order specialists fetch and send EDI files."))
        # sudo: the transport works for all users of the company, its settings are the administrator's
        self.sudo()._poll()
        self.sudo().partner_ids._send()
        return True

    def _poll(self):
        """Collect the files of these mailboxes. One mailbox that fails does not stop the others.

        Each file is stored and committed as an intake before the transport archives it.

        :return: the intakes
        """
        intakes = self.env["om.intake"]
        for mailbox in self:
            transport = self.env[f"om.edi.transport.{mailbox.transport}"]
            error = False
            try:
                for key, file_name, data in transport._collect(mailbox):
                    intakes |= intakes._receive(
                        data,
                        mailbox.transport,
                        file_name=file_name,
                        sender=mailbox.name,
                        company=mailbox.company_id,
                        delivery_key=key,
                        edi_mailbox_id=mailbox.id,
                    )
                    mailbox._commit()
            except OSError as exception:
                error = self.env._("Could not fetch: %s", exception)
                _logger.info("EDI mailbox %s: %s", mailbox.name, error)
            mailbox.write({"last_poll": fields.Datetime.now(), "last_error": error})
            mailbox._commit()
        return intakes

    def _commit(self):
        """Commit what was received; in tests of one transaction, only write it out."""
        if modules.module.current_test:
            self.env.flush_all()
        else:
            self.env.cr.commit()

    @api.model
    def _cron_poll(self):
        """Collect the files of all mailboxes."""
        mailboxes = self.search([])
        self.env["ir.cron"]._commit_progress(remaining=len(mailboxes))
        for mailbox in mailboxes:
            mailbox._poll()
            if not self.env["ir.cron"]._commit_progress(1):
                break
