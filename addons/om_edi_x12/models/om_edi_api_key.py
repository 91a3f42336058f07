import hashlib
import hmac
import secrets

from odoo import api, fields, models
from odoo.tools import SQL

NONE = hashlib.sha256(b"no such key").hexdigest()


class OmEdiMailbox(models.Model):
    """The API key with which a partner uploads and fetches over HTTPS.

    A key is ``<name>.<secret>``. Its name finds the mailbox; of the secret only the SHA-256 is kept, which
    is enough for 256 random bits. The key is shown once, when it is made.
    """

    _inherit = "om.edi.mailbox"

    api_key_name = fields.Char("API Key", readonly=True, copy=False, help="Begin of the key that is valid.")

    _unique_api_key_name = models.UniqueIndex("(api_key_name) WHERE api_key_name IS NOT NULL")

    def action_make_api_key(self):
        """Make a new key; the one before is void. The key is shown now, and never again."""
        self.ensure_one()
        self.check_access("write")
        name, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        self.env["om.edi.secret"]._set(self, "api_key_sha256", hashlib.sha256(secret.encode()).hexdigest())
        # sudo: nobody sets the name of a key by hand
        self.sudo().api_key_name = name
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("API Key"),
            "res_model": "om.edi.api.key.show",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_key": f"{name}.{secret}"},
        }

    def action_void_api_key(self):
        """Let no key open this mailbox any more."""
        self.check_access("write")
        self.env["om.edi.secret"]._set(self, "api_key_sha256", False)
        # sudo: nobody sets the name of a key by hand
        self.sudo().api_key_name = False
        return True

    @api.model
    def _of_api_key(self, key):
        """The mailbox that a key opens, or none. The time does not tell whether the key's name is known."""
        name, _dot, secret = (key or "").partition(".")
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """SELECT mailbox.id, secret.value
                     FROM om_edi_mailbox mailbox
                     JOIN om_edi_secret secret ON secret.mailbox_id = mailbox.id
                                              AND secret.name = 'api_key_sha256'
                    WHERE mailbox.api_key_name = %s AND mailbox.transport = 'https' AND mailbox.active""",
                name.replace("\0", ""),
            )
        )
        mailbox_id, expected = found[0] if found else ((), NONE)
        given = hashlib.sha256(secret.encode()).hexdigest()
        return self.browse(mailbox_id) if hmac.compare_digest(given, expected) else self.browse()


class OmEdiApiKeyShow(models.AbstractModel):
    """Dialog that shows a key once. As Odoo's own: the key is in the dialog only, and stored nowhere."""

    _name = "om.edi.api.key.show"
    _description = "Show EDI API Key"

    id = fields.Id()
    key = fields.Char(readonly=True)
