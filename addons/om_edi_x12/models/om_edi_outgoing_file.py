import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError


class OmEdiOutgoingFile(models.Model):
    """A file that lies ready for the partner, who fetches it, or for a person, who hands it on.

    Written in the transaction that delivers an interchange; a name is there once in a mailbox.
    """

    _name = "om.edi.outgoing.file"
    _description = "EDI Outgoing File"
    _order = "id desc"

    name = fields.Char("File", required=True, readonly=True)
    mailbox_id = fields.Many2one(
        "om.edi.mailbox", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="mailbox_id.company_id", store=True, index=True)
    payload = fields.Binary("Bytes", attachment=True, readonly=True)
    size = fields.Integer("Size (bytes)", readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("fetched", "Fetched"), ("done", "Confirmed")],
        required=True,
        readonly=True,
        default="waiting",
        help="Fetched: it was read. Confirmed: whoever fetched it has it safely.",
    )
    fetched_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime("Confirmed At", readonly=True)

    _unique_name = models.UniqueIndex("(mailbox_id, name)", "A file of this name lies there already.")
    _open_idx = models.Index("(mailbox_id, id) WHERE state != 'done'")

    @api.model
    def _put(self, mailbox, name, data):
        """Lay a file ready; the same again has no effect."""
        # sudo: files come from documents that are delivered, whoever caused them
        files = self.sudo()
        digest = hashlib.sha256(data).hexdigest()
        known = files.search([("mailbox_id", "=", mailbox.id), ("name", "=", name)])
        vals = {"payload": base64.b64encode(data), "size": len(data), "sha256": digest}
        if not known:
            known = files.create({"mailbox_id": mailbox.id, "name": name, **vals})
        elif known.sha256 != digest:
            known.write({**vals, "state": "waiting", "fetched_at": False, "done_at": False})
        return known

    def _bytes(self):
        """The bytes of this file."""
        self.ensure_one()
        return base64.b64decode(self.payload or b"")

    def _mark_fetched(self):
        """Note that these files were read."""
        waiting = self.filtered(lambda file: file.state == "waiting")
        waiting.write({"state": "fetched", "fetched_at": fields.Datetime.now()})

    def _mark_done(self):
        """Note that whoever fetched these files has them; they are offered no longer."""
        self.filtered(lambda file: file.state != "done").write(
            {"state": "done", "done_at": fields.Datetime.now()}
        )

    def action_download(self):
        """Download one file."""
        self.ensure_one()
        self._check_may_hand_on()
        # sudo: the state is the system's
        self.sudo()._mark_fetched()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/payload/{self.name}?download=true",
            "target": "self",
        }

    def action_confirm(self):
        """Say that the partner has these files."""
        self._check_may_hand_on()
        # sudo: the state is the system's
        self.sudo()._mark_done()
        return True

    def action_offer_again(self):
        """Lay these files ready once more."""
        self._check_may_hand_on()
        # sudo: the state is the system's
        self.sudo().write({"state": "waiting", "fetched_at": False, "done_at": False})
        return True

    def _check_may_hand_on(self):
        if not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("Only order specialists hand on EDI files."))
        self.check_access("read")
