import logging
import re
from functools import partial

from odoo import api, fields, models, modules
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.om_order_exceptions.transactions import COLLISIONS, NOT_THE_DOCUMENT, in_step, roll_back

_logger = logging.getLogger(__name__)


class OmEdiMailbox(models.Model):
    """Where a trading partner's files come in and go out.

    How they do is the transport's: an abstract model ``om.edi.transport.<transport>`` that extends
    ``om.edi.transport``, and a file ``om_edi_mailbox_<transport>.py`` with the settings it needs.
    """

    _name = "om.edi.mailbox"
    _description = "EDI Mailbox"
    _order = "name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    transport = fields.Selection([("folder", "Folder")], required=True, default="folder")
    directory = fields.Char(
        help="Name of this mailbox's folder below the EDI folder of the server. "
        "Files come in by its inbox and go out by its outbox.",
    )
    path = fields.Char("Folder on the Server", compute="_compute_path", groups="base.group_system")
    quiet_seconds = fields.Integer(
        default=2,
        help="A file counts as complete when it has not changed for so many seconds. More are "
        "needed where partners upload slowly or with breaks.",
    )
    partner_ids = fields.One2many("om.edi.partner", "mailbox_id", "Trading Partners")
    is_polled = fields.Boolean(compute="_compute_is_polled", help="We fetch; else the partner comes to us.")
    last_poll = fields.Datetime(readonly=True, copy=False)
    last_error = fields.Text(readonly=True, copy=False)
    failing_since = fields.Datetime(readonly=True, copy=False)

    _unique_directory = models.UniqueIndex(
        "(transport, directory)", "Another mailbox uses this folder already."
    )

    @api.constrains("directory", "transport")
    def _check_directory(self):
        for mailbox in self.filtered(lambda mailbox: mailbox.transport == "folder"):
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", mailbox.directory or ""):
                raise ValidationError(
                    self.env._(
                        "The folder of %s is a plain name of letters, digits, dots, dashes and underscores.",
                        mailbox.name,
                    )
                )

    @api.depends("directory", "transport")
    def _compute_path(self):
        for mailbox in self:
            folder = self.env["om.edi.transport.folder"]._path(mailbox)
            mailbox.path = mailbox.transport == "folder" and str(folder)

    @api.depends("transport")
    def _compute_is_polled(self):
        for mailbox in self:
            mailbox.is_polled = mailbox.transport in self._polled_transports()

    @api.model
    def _polled_transports(self):
        """Transports whose files we fetch; to the others the partner comes."""
        return ["folder"]

    def _transport(self):
        """The model that moves the files of this mailbox."""
        self.ensure_one()
        return self.env[f"om.edi.transport.{self.transport}"]

    def action_poll(self):
        """Fetch and send now."""
        self._check_may_use()
        # sudo: the transport works for all users of the company, its settings are the administrator's
        self.sudo().filtered("is_polled")._poll()
        self.sudo().partner_ids._send()
        return True

    def action_test(self):
        """Try whether fetching and sending would work."""
        self.ensure_one()
        self._check_may_use()
        try:
            # sudo: the transport works for all users of the company, its settings are the administrator's
            text = self.sudo()._transport()._test(self.sudo())
            worked = True
        except OSError as error:
            text = str(error)
            worked = False
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("It works") if worked else self.env._("It does not work"),
                "message": text,
                "type": "success" if worked else "danger",
                "sticky": not worked,
            },
        }

    def _check_may_use(self):
        """Whoever moves files of a mailbox is an order specialist who may see it."""
        if not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("Only order specialists fetch and send EDI files."))
        self.check_access("read")

    def _poll(self):
        """Collect the files of these mailboxes. One mailbox that fails does not stop the others.

        Each file is stored and committed as an intake before the transport archives it.

        :return: the intakes
        """
        intakes = self.env["om.intake"]
        for mailbox in self:
            errors = []
            try:
                for key, file_name, data, archive in mailbox._transport()._collect(mailbox):
                    intakes |= mailbox._take(key, file_name, data, archive, errors)
            except OSError as error:
                _logger.info("EDI mailbox %s: %s", mailbox.name, error)
                errors.append(self.env._("Could not fetch: %s", error))
            in_step(self.env, partial(mailbox._polled, errors))
        return intakes

    def _take(self, key, file_name, data, archive, errors):
        """Store one file and commit it, then let the transport archive it.

        :param errors: list to which is added what went wrong; the file comes again then
        :return: its intake; none when it could not be stored
        """
        try:
            intake = in_step(self.env, partial(self._receive, key, file_name, data))
        except COLLISIONS:
            roll_back(self.env)  # the next poll takes it
            return self.env["om.intake"]
        except NOT_THE_DOCUMENT:
            raise
        except Exception as error:
            if modules.module.current_test or self.env.cr.closed:  # in tests all is one transaction
                raise  # the database has gone: the next poll takes the file
            _logger.exception("EDI mailbox %s: %r can't be stored", self.name, file_name)
            roll_back(self.env)
            text = self.env._("Could not store %(file)s: %(error)s", file=repr(file_name), error=error)
            errors.append(text)
            return self.env["om.intake"]
        try:
            archive()
        except OSError as error:
            _logger.info("EDI mailbox %s: %r is stored, but not put away: %s", self.name, file_name, error)
            text = self.env._(
                "%(file)s is taken in, but can't be put away: %(error)s", file=repr(file_name), error=error
            )
            errors.append(text)
        return intake

    def _polled(self, errors):
        """Note how the last visit went."""
        now = fields.Datetime.now()
        self.write(
            {
                "last_poll": now,
                "last_error": "\n".join(errors) or False,
                "failing_since": bool(errors) and (self.failing_since or now),
            }
        )

    def _channel(self):
        """Channel of the documents that come by this mailbox (a value of ``om.intake.channel``)."""
        return self.transport

    def _receive(self, key, file_name, data, sender=None):
        """Store one file of this mailbox; the caller commits, and only then tells the partner."""
        return self.env["om.intake"]._receive(
            data,
            self._channel(),
            file_name=file_name,
            sender=sender or self.name,
            company=self.company_id,
            delivery_key=key,
            edi_mailbox_id=self.id,
        )

    @api.model
    def _cron_poll(self):
        """Collect the files of all mailboxes."""
        mailboxes = self.search([("active", "=", True), ("transport", "in", self._polled_transports())])
        self.env["ir.cron"]._commit_progress(remaining=len(mailboxes))
        for mailbox in mailboxes:
            mailbox._poll()
            if not self.env["ir.cron"]._commit_progress(1):
                break
