import logging
import re
from functools import partial

from odoo import api, fields, models, modules
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.om_order_exceptions.transactions import COLLISIONS, NOT_THE_DOCUMENT, in_step, roll_back

_logger = logging.getLogger(__name__)


class OmEdiMailbox(models.Model):
    """Where a trading partner's files come in and go out.

    The transport is an abstract model ``om.edi.transport.<transport>`` with two methods:

    - ``_collect(mailbox)``: yield ``(delivery key, file name, bytes, archive)`` of each complete file;
      ``archive()`` is called after the bytes are committed here. What was not archived comes again,
      under the same key. Several processes may collect at the same time;
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
            errors = []
            try:
                for key, file_name, data, archive in self.env[
                    f"om.edi.transport.{mailbox.transport}"
                ]._collect(mailbox):
                    try:
                        intakes |= in_step(self.env, partial(mailbox._receive, key, file_name, data))
                        archive()
                    except COLLISIONS:
                        roll_back(self.env)  # the next poll takes it
                    except NOT_THE_DOCUMENT:
                        raise
                    except Exception as error:
                        if modules.module.current_test:
                            raise
                        _logger.exception("EDI mailbox %s: %r can't be stored", mailbox.name, file_name)
                        roll_back(self.env)
                        errors.append(
                            self.env._(
                                "Could not store %(file)s: %(error)s", file=repr(file_name), error=error
                            )
                        )
            except OSError as error:
                _logger.info("EDI mailbox %s: %s", mailbox.name, error)
                errors.append(self.env._("Could not fetch: %s", error))
            vals = {"last_poll": fields.Datetime.now(), "last_error": "\n".join(errors) or False}
            in_step(self.env, partial(mailbox.write, vals))
        return intakes

    def _receive(self, key, file_name, data):
        """Store one file of this mailbox."""
        return self.env["om.intake"]._receive(
            data,
            self.transport,
            file_name=file_name,
            sender=self.name,
            company=self.company_id,
            delivery_key=key,
            edi_mailbox_id=self.id,
        )

    @api.model
    def _cron_poll(self):
        """Collect the files of all mailboxes."""
        mailboxes = self.search([("active", "=", True)])
        self.env["ir.cron"]._commit_progress(remaining=len(mailboxes))
        for mailbox in mailboxes:
            mailbox._poll()
            if not self.env["ir.cron"]._commit_progress(1):
                break
