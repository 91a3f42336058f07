from difflib import SequenceMatcher

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .. import x12
from ..models.om_edi_changes import Change, Replayed

SHOWN = 500
# Elements that say when a document was built: {segment: positions}
BUILT_AT = {"BSN": (3, 4), "BIA": (4, 5), "BGN": (3, 4)}


class OmEdiReplay(models.TransientModel):
    """Maps a document again, with the mapping and the master data of today, and shows what would change.

    Received documents: the stored bytes against the business records that they led to; what can't be changed
    there says why, and what to do instead. Documents that were sent, or could not be: as the business record
    stands now against what was built; what is applied is sent, as a document of its own where the first is
    with the partner.
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
        replayed = self._replayed(document)
        changes = replayed.changes
        message = replayed.refusal or (not changes and self.env._("Nothing would change.")) or False
        if len(changes) > SHOWN:
            more = self.env._("%s differences, the first of them below.", len(changes))
            message = "\n".join(filter(None, (message, more)))
        replay = self.create(
            {
                "transaction_id": document.id,
                "message": message,
                "can_apply": bool(replayed.applicable),
                "line_ids": [
                    Command.create(
                        {
                            "place": change.place,
                            "field": change.field,
                            "before": change.before,
                            "after": change.after,
                            "refusal": change.refusal,
                        }
                    )
                    for change in changes[:SHOWN]
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send %s Corrected", document.display_name)
            if document.direction == "out" and document.state == "sent"
            else self.env._("Replay %s", document.display_name),
            "res_model": self._name,
            "res_id": replay.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _replayed(self, document):
        """:class:`Replayed` of one document. Nothing is changed."""
        try:
            if document.direction == "in":
                return document._replay()[document]
            before = document.segments or []
            changes = _segment_changes(before, _as_if_built_then(self._built(document), before))
            refusal = ""
            if document.state == "sent" and not changes:
                refusal = self.env._(
                    "Built again, it is the same as what was sent. Mend its source first, or send it again."
                )
            return Replayed(changes, refusal, whole=True)
        except (x12.X12Error, ValueError) as error:
            return Replayed([], str(error))

    @api.model
    def _built(self, document):
        record = document._built_from()
        mapper = self.env[f"om.edi.map.{document.set_id}"].with_company(document.company_id)
        return mapper._build(record).segments(document.version)

    def action_apply(self):
        """Apply what was shown and may be; what would change now must still be the same."""
        self.ensure_one()
        self.transaction_id._check_edi_specialist()
        # sudo: what a document leads to does not depend on who replays it; who did is noted
        document = self.transaction_id.sudo()
        replayed = self.sudo()._replayed(document)
        if [change.shown for change in replayed.changes[:SHOWN]] != [line._shown() for line in self.line_ids]:
            raise UserError(self.env._("It would change something else by now. Look at it again."))
        if document.direction == "in":
            document._apply_changes(replayed, replayed.applicable)
        else:
            self.sudo()._send_anew(document, replayed)
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _send_anew(self, document, replayed):
        """Build a document to send once more; one that is with the partner goes out as another."""
        if replayed.refusal:
            raise UserError(replayed.refusal)
        if document.state == "sent":
            document._send_corrected()
        else:
            document._rebuild()
            if document.state != "error":
                document._mended()
        document._note_replay([change.shown for change in replayed.changes])


class OmEdiReplayLine(models.TransientModel):
    """One thing that a replay would change."""

    _name = "om.edi.replay.line"
    _description = "Difference of a Replay"

    replay_id = fields.Many2one("om.edi.replay", required=True, ondelete="cascade")
    place = fields.Char()
    field = fields.Char()
    before = fields.Char()
    after = fields.Char()
    refusal = fields.Char("Why Not")

    def _shown(self):
        return (self.place or "", self.field or "", self.before or "", self.after or "")


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
                document.can_replay = document.state == "error" or (
                    document.state == "done" and document._replaying_map(document.set_id) is not None
                )
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


def _as_if_built_then(segments, before):
    """The segments with the time of building of ``before``: it goes on while somebody looks at them."""
    built = {segment[0]: segment for segment in before if segment[0] in BUILT_AT}
    result = []
    for segment in segments:
        then, places = built.get(segment[0], ()), BUILT_AT.get(segment[0], ())
        result.append([then[n] if n in places and n < len(then) else e for n, e in enumerate(segment)])
    return result


def _segment_changes(before, after):
    """Segments that were and are to be: list of :class:`Change`."""
    old, new = (["*".join(map(str, segment)) for segment in body] for body in (before, after))
    found = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for n in range(max(i2 - i1, j2 - j1)):
            was = old[i1 + n] if i1 + n < i2 else ""
            now = new[j1 + n] if j1 + n < j2 else ""
            found.append(Change(f"{i1 + n + 2}", (was or now).split("*")[0], was, now))  # ST is the first
    return found
