from odoo import api, fields, models, tools

WRITE_ONLY = ("password", "private_key", "key_passphrase")


class OmEdiSecret(models.Model):
    """Passwords and keys of mailboxes. Code reads them; no user does, whatever the user's rights.

    They have a model of their own without any access rights, and the column is closed to everybody but
    the system itself: so nothing that reads, exports, searches or groups mailboxes can show them.
    """

    _name = "om.edi.secret"
    _description = "EDI Secret"

    mailbox_id = fields.Many2one("om.edi.mailbox", required=True, ondelete="cascade")
    name = fields.Char(required=True)
    value = fields.Text(required=True, groups=fields.NO_ACCESS)

    _unique_name = models.UniqueIndex("(mailbox_id, name)")

    @api.model
    def _get(self, mailbox, name):
        """The secret of a mailbox, or ``""``."""
        # sudo: nobody has access; only code that uses the secret asks for it
        return self.sudo().search([("mailbox_id", "=", mailbox.id), ("name", "=", name)]).value or ""

    @api.model
    def _set(self, mailboxes, name, value):
        """Store a secret of each of these mailboxes; an empty one is removed."""
        # sudo: nobody has access; whoever may write the mailbox may set its secrets
        secrets = self.sudo().search([("mailbox_id", "in", mailboxes.ids), ("name", "=", name)])
        # Odoo logs a statement that fails with all of its values
        with tools.mute_logger("odoo.sql_db"):
            if not value:
                secrets.unlink()
                return
            secrets.write({"value": value})
            missing = mailboxes - secrets.mailbox_id
            secrets.create([{"mailbox_id": box.id, "name": name, "value": value} for box in missing])
            secrets.flush_model()


class OmEdiMailbox(models.Model):
    """Secrets of a mailbox are written and never read: the fields below are always empty."""

    _inherit = "om.edi.mailbox"

    password = fields.Char(store=False, copy=False, help="Kept out of sight: type a new one to replace it.")
    private_key = fields.Text(
        store=False, copy=False, help="OpenSSH or PEM. Kept out of sight: paste a new one to replace it."
    )
    key_passphrase = fields.Char(store=False, copy=False, help="Of the private key, where it has one.")
    has_password = fields.Boolean("Password Is Set", compute="_compute_has_secrets")
    has_private_key = fields.Boolean("Private Key Is Set", compute="_compute_has_secrets")

    def _compute_has_secrets(self):
        # sudo: that there is one may be known
        known = {
            (secret.mailbox_id.id, secret.name)
            for secret in self.env["om.edi.secret"].sudo().search([("mailbox_id", "in", self.ids)])
        }
        for mailbox in self:
            mailbox.has_password = (mailbox.id, "password") in known
            mailbox.has_private_key = (mailbox.id, "private_key") in known

    @api.model_create_multi
    def create(self, vals_list):
        secrets = [_taken_out(vals) for vals in vals_list]
        mailboxes = super().create([vals for vals, _secrets in secrets])
        for mailbox, (_vals, values) in zip(mailboxes, secrets, strict=True):
            mailbox._set_secrets(values)
        return mailboxes

    def write(self, vals):
        vals, secrets = _taken_out(vals)
        result = super().write(vals)
        if secrets:
            self.check_access("write")
            self._set_secrets(secrets)
        return result

    def _set_secrets(self, values):
        """Store what was written to the write-only fields; they never reach the cache."""
        for name, value in values.items():
            self.env["om.edi.secret"]._set(self, name, value)
        if values:
            self.invalidate_recordset(["has_password", "has_private_key"])

    def _secret(self, name):
        """A secret of this mailbox, or ``""``."""
        self.ensure_one()
        return self.env["om.edi.secret"]._get(self, name)


def _taken_out(vals):
    """Return ``(vals without secrets, the secrets)``."""
    return (
        {name: value for name, value in vals.items() if name not in WRITE_ONLY},
        {name: value for name, value in vals.items() if name in WRITE_ONLY},
    )
