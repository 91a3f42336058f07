from difflib import SequenceMatcher

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .. import x12

SHOWN = 500


class OmEdiReplay(models.TransientModel):
    """Maps a document again, with the mapping and the master data of today, and shows what would change.

    Received 850s: the stored bytes against the quotation that they led to; what is applied changes that
    quotation. Documents that were sent, or could not be: as the business record stands now against what
    was built; what is applied is sent, as a document of its own where the first is with the partner.
    """

    _name = "om.edi.replay"
    _description = "Replay EDI Document"

    transaction_id = fields.Many2one("om.edi.transaction", "Document", required=True, readonly=True)
    line_ids = fields.One2many("om.edi.replay.line", "replay_id", "Differences", readonly=True)
    message = fields.Text(readonly=True)
    can_apply = fields.Boolean(readonly=True)
    direction = fields.Selection(related="transaction_id.direction")

    @api.model
    def _open(self, document):
        """The action that shows what a replay of ``document`` would change."""
        try:
            differences = self._differences(document)
            refusal = self._refusal(document)
        except (x12.X12Error, ValueError) as error:
            differences, refusal = [], str(error)
        message = refusal or (not differences and self.env._("Nothing would change.")) or False
        if len(differences) > SHOWN:
            message = self.env._("%s differences, the first of them below.", len(differences))
        replay = self.create(
            {
                "transaction_id": document.id,
                "message": message,
                "can_apply": bool(differences) and not refusal,
                "line_ids": [
                    Command.create({"place": place, "before": before, "after": after})
                    for place, before, after in differences[:SHOWN]
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replay %s", document.display_name),
            "res_model": self._name,
            "res_id": replay.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _refusal(self, document):
        """Why a replay is shown, but can't be applied; empty when it can."""
        if document.direction == "in" and document.order_id.state not in ("draft", "sent"):
            return self.env._(
                "%s is confirmed: change it by a change request, so that delivery and answers follow.",
                document.order_id.name,
            )
        return ""

    @api.model
    def _differences(self, document):
        """``[(place, before, after)]`` of a replay. Nothing is changed."""
        mapper = self.env[f"om.edi.map.{document.set_id}"].with_company(document.company_id)
        if document.direction == "in":
            return [(place, before, after) for place, before, after, _write in mapper._replay(document)]
        return _segment_differences(document.segments or [], self._built(document))

    @api.model
    def _built(self, document):
        record = document._built_from()
        mapper = self.env[f"om.edi.map.{document.set_id}"].with_company(document.company_id)
        return mapper._build(record).segments(document.version)

    def action_apply(self):
        """Apply what was shown; what would change now must still be the same."""
        self.ensure_one()
        self.transaction_id._check_edi_specialist()
        # sudo: what a document leads to does not depend on who replays it; who did is noted
        document = self.transaction_id.sudo()
        differences = self.sudo()._differences(document)
        shown = [(line.place, line.before or "", line.after or "") for line in self.line_ids]
        if [(p, b or "", a or "") for p, b, a in differences[:SHOWN]] != shown:
            raise UserError(self.env._("It would change something else by now. Look at it again."))
        if refusal := self._refusal(document):
            raise UserError(refusal)
        if document.direction == "in":
            self.env[f"om.edi.map.{document.set_id}"].sudo()._apply_replay(document)
        elif document.state == "sent":
            document._send_corrected()
        else:
            document._rebuild()
            if document.state != "error":
                document._mended()
        changes = "; ".join(f"{p}: {b or '–'} → {a or '–'}" for p, b, a in differences[:20])
        document._note_action(self.env._("Replayed: %s", changes))
        return {"type": "ir.actions.act_window_close"}


class OmEdiReplayLine(models.TransientModel):
    """One thing that a replay would change."""

    _name = "om.edi.replay.line"
    _description = "Difference of a Replay"

    replay_id = fields.Many2one("om.edi.replay", required=True, ondelete="cascade")
    place = fields.Char()
    before = fields.Char()
    after = fields.Char()


class OmEdiTransaction(models.Model):
    _inherit = "om.edi.transaction"

    can_replay = fields.Boolean(compute="_compute_can_replay")

    @api.depends("direction", "state", "set_id", "order_id", "picking_id", "move_id")
    def _compute_can_replay(self):
        for document in self:
            mapper = self.env.get(f"om.edi.map.{document.set_id}")
            if mapper is None:
                document.can_replay = False
            elif document.direction == "in":
                document.can_replay = bool(document.order_id) and hasattr(mapper, "_replay")
            else:
                record = document._built_from()
                sendable = document.state in ("sent", "ready", "error")
                document.can_replay = bool(record) and sendable and hasattr(mapper, "_build")

    def action_replay(self):
        """Show what mapping this document again would change; nothing changes before it is applied."""
        self.ensure_one()
        self._check_edi_specialist()
        # sudo: what a document leads to does not depend on who looks at it
        document = self.sudo()
        if not document.can_replay:
            raise UserError(self.env._("%s can't be replayed: try it again instead.", self.display_name))
        return self.env["om.edi.replay"].sudo()._open(document)


def _segment_differences(before, after):
    """Segments that were and are to be: ``[(place, before, after)]``."""
    old, new = (["*".join(map(str, segment)) for segment in body] for body in (before, after))
    found = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for n in range(max(i2 - i1, j2 - j1)):
            was = old[i1 + n] if i1 + n < i2 else ""
            now = new[j1 + n] if j1 + n < j2 else ""
            found.append((f"{i1 + n + 2}", was, now))  # ST is the first
    return found
