import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OmEdiMailbox(models.Model):
    """Mailboxes that speak AS2: each is a relation of two AS2 names."""

    _inherit = "om.edi.mailbox"

    transport = fields.Selection(selection_add=[("as2", "AS2")], ondelete={"as2": "set default"})
    as2_identifier = fields.Char("Their AS2 Name", help="AS2-From of what they send.")
    as2_our_identifier = fields.Char("Our AS2 Name", help="AS2-To of what they send.")
    as2_url = fields.Char("Their AS2 Address", help="Where our documents are sent, such as https://...")
    as2_our_url = fields.Char("Our AS2 Address", compute="_compute_as2_our_url")

    _unique_as2 = models.UniqueIndex(
        "(as2_identifier, as2_our_identifier) WHERE transport = 'as2' AND active",
        "Another mailbox has these AS2 names already.",
    )

    @api.depends("transport")
    def _compute_as2_our_url(self):
        for mailbox in self:
            mailbox.as2_our_url = (
                f"{mailbox.get_base_url()}/om_edi/as2" if mailbox.transport == "as2" else False
            )

    @api.constrains("transport", "as2_identifier", "as2_our_identifier", "as2_url")
    def _check_as2(self):
        for mailbox in self.filtered(lambda mailbox: mailbox.transport == "as2"):
            for name in (mailbox.as2_identifier, mailbox.as2_our_identifier):
                # RFC 4130, 6.2
                if not re.fullmatch(r"[ -~]{1,128}", name or ""):
                    raise ValidationError(
                        self.env._("%s: an AS2 name has 1 to 128 printable characters.", mailbox.name)
                    )
            if mailbox.as2_url and not re.match(r"https?://[^/\s]+", mailbox.as2_url):
                raise ValidationError(self.env._("%s: this is no address of AS2.", mailbox.name))

    @api.model
    def _of_as2(self, sender, receiver):
        """The mailbox of two AS2 names, or none."""
        return self.search(
            [
                ("transport", "=", "as2"),
                ("as2_identifier", "=", sender or "?"),
                ("as2_our_identifier", "=", receiver or "?"),
            ],
            limit=1,
        )
