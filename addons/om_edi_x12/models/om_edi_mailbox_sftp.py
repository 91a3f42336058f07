import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..host_key import fingerprint

FOLDERS = ("fetch_folder", "processing_folder", "archive_folder", "send_folder")


class OmEdiMailbox(models.Model):
    """Mailboxes on an SFTP server. Its host key is pinned: fetched by a button, accepted by a person."""

    _inherit = "om.edi.mailbox"

    transport = fields.Selection(selection_add=[("sftp", "SFTP")], ondelete={"sftp": "set default"})
    host = fields.Char(help="Name or address of the SFTP server.")
    port = fields.Integer(default=22)
    login = fields.Char("User")
    # The pin decides to whom secrets and documents go: nobody but an administrator changes it.
    host_key = fields.Char(
        "Accepted Key",
        copy=False,
        groups="base.group_system",
        help="As in a known_hosts file, such as: ssh-ed25519 AAAAC3Nza...",
    )
    offered_host_key = fields.Char(readonly=True, copy=False, groups="base.group_system")
    host_key_fingerprint = fields.Char(
        "Host Key", compute="_compute_fingerprints", compute_sudo=True, help="Of the accepted host key."
    )
    offered_fingerprint = fields.Char(
        "Host Key to Accept",
        compute="_compute_fingerprints",
        compute_sudo=True,
        help="Compare it with what the partner told you by another way.",
    )
    fetch_folder = fields.Char(default="inbox", help="Folder on the server where files for us lie.")
    processing_folder = fields.Char(
        default="processing", help="Where files are moved while they are taken in. Made when missing."
    )
    archive_folder = fields.Char(
        default="archive",
        help="Where files go that were taken in. Empty: they are deleted. Made when missing.",
    )
    send_folder = fields.Char(
        default="outbox", help="Folder on the server where the partner fetches our files."
    )
    can_rename = fields.Boolean(
        "Server Can Rename",
        default=True,
        help="Off for networks (VANs) that only allow to read, write and delete: files are deleted after "
        "they were taken in, and the partner may see a file of ours before it is complete.",
    )

    @api.depends("host_key", "offered_host_key")
    def _compute_fingerprints(self):
        for mailbox in self:
            key, offered = mailbox.host_key, mailbox.offered_host_key
            mailbox.host_key_fingerprint = key and fingerprint(key)
            mailbox.offered_fingerprint = offered and fingerprint(offered)

    @api.model
    def _polled_transports(self):
        return [*super()._polled_transports(), "sftp"]

    @api.constrains("transport", "host", "login", "port", *FOLDERS)
    def _check_sftp(self):
        for mailbox in self.filtered(lambda mailbox: mailbox.transport == "sftp"):
            if not mailbox.host or not mailbox.login:
                raise ValidationError(self.env._("%s: SFTP takes a host and a user.", mailbox.name))
            if not re.fullmatch(r"[A-Za-z0-9:._-]+", mailbox.host) or not 0 < mailbox.port < 65536:
                raise ValidationError(self.env._("%s: this is no host and port.", mailbox.name))
            needed = ("fetch_folder", "send_folder", *(("processing_folder",) * mailbox.can_rename))
            if not all(mailbox[name] for name in needed):
                raise ValidationError(self.env._("%s: a folder is missing.", mailbox.name))
            for name in FOLDERS:
                folder = mailbox[name] or ""
                if ".." in folder.split("/") or any(ord(character) < 32 for character in folder):
                    raise ValidationError(
                        self.env._(
                            "%(mailbox)s: %(folder)r is no folder.", mailbox=mailbox.name, folder=folder
                        )
                    )

    @api.constrains("host_key")
    def _check_host_key(self):
        for mailbox in self.filtered("host_key"):
            try:
                fingerprint(mailbox.host_key)
            except (ValueError, IndexError) as error:
                raise ValidationError(
                    self.env._("A host key looks like: ssh-ed25519 AAAAC3Nza...")
                ) from error

    def _set_secrets(self, values):
        if key := values.get("private_key"):
            from .. import sftp  # paramiko costs a worker 10 MB: only who uses it pays

            for mailbox in self:
                passphrase = values.get("key_passphrase") or mailbox._secret("key_passphrase")
                try:
                    sftp.read_private_key(key, passphrase)
                except ValueError as error:
                    raise ValidationError(
                        self.env._("%(mailbox)s: %(error)s.", mailbox=mailbox.name, error=error)
                    ) from error
        return super()._set_secrets(values)

    def action_fetch_host_key(self):
        """Ask the server for its host key, for an administrator to accept."""
        self.ensure_one()
        self.check_access("write")
        from .. import sftp  # paramiko costs a worker 10 MB: only who uses it pays

        try:
            key = sftp.fetch_host_key(self.host, self.port)
        except OSError as error:
            raise UserError(self.env._("The server can't be asked: %s", error)) from error
        # sudo: the offer is shown to whoever sets up mailboxes; it has no effect before it is accepted
        self.sudo().offered_host_key = key
        return True

    def action_accept_host_key(self):
        """Trust the server that has this key from now on, and no other."""
        self.ensure_one()
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only an administrator accepts a host key."))
        if not self.offered_host_key:
            raise UserError(self.env._("Fetch the host key first."))
        self.write({"host_key": self.offered_host_key, "offered_host_key": False})
        return True
