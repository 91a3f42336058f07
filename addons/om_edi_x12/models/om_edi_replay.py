from odoo import api, models
from odoo.exceptions import UserError

from .om_edi_changes import Change, Replayed, label


class OmEdiTransaction(models.Model):
    """Replay of received documents: what mapping them again, as things are today, would change.

    ============  ==================================================================================
    document      is compared
    ============  ==================================================================================
    done          by its map, with the business record that it led to
    error         by trying it again, looking at what it leads to, and undoing that
    ============  ==================================================================================

    What business forbids is shown with the reason and what to do instead. Nothing changes before it is
    applied.
    """

    _inherit = "om.edi.transaction"

    def _replay(self):
        """What a replay of these received documents of one partner and kind would do.

        The number of queries does not grow with the documents that were acted on.

        :return: ``{document: Replayed}``
        """
        done = self.filtered(lambda document: document.state == "done")
        failed = self.filtered(lambda document: document.state == "error")
        found = {document: document._trial() for document in failed}
        mapper = self._replaying_map(done[0].set_id) if done else None
        if mapper is not None:
            found.update(mapper.with_company(done.company_id)._replay(done))
        states = dict(self._fields["state"]._description_selection(self.env))
        for document in self - self.browse().union(*found):
            text = self.env._("Nothing here replays a %s.", document.set_id)
            if document.state not in ("done", "error"):
                text = self.env._("It was not acted on: %s.", states[document.state])
            found[document] = Replayed([], text)
        return {document: found[document] for document in self}

    @api.model
    def _replaying_map(self, set_id):
        """The map that can compare received documents of this kind once more, or ``None``."""
        mapper = self._handler(set_id)
        return mapper if mapper is not None and hasattr(mapper, "_replay") else None

    def _trial(self):
        """Try this failed document again, look at what it leads to, and undo it."""
        self.ensure_one()
        before = self.findings
        savepoint = self.env.cr.savepoint()
        try:
            document = self.with_context(mail_notify_force_send=False)
            document.action_retry()
            self.env.flush_all()
            after, findings = document.state, document.findings
            rows = document._traced() if after != "error" else []
        finally:
            savepoint.close(rollback=True)
        if after == "error":
            text = self.env._("It would fail again: %s", findings or before or "?")
            changes = []
            if findings != before:
                changes = [Change("", label(self, "findings"), before or "", findings or "")]
            return Replayed(changes, text, whole=True)
        states = dict(self._fields["state"]._description_selection(self.env))
        changes = [Change("", label(self, "state"), states["error"], states[after])]
        changes += [Change(row.where, row.field, "", row.ours) for row in rows if row.value and row.is_filled]
        return Replayed(changes, whole=True)

    def _apply_changes(self, replayed, changes):
        """Apply these changes of a replay, and note what was done.

        :param replayed: :class:`Replayed` of this document, found in this transaction
        :raise UserError: they can't be applied
        """
        self.ensure_one()
        if replayed.refusal:
            raise UserError(replayed.refusal)
        if not changes:
            reasons = dict.fromkeys(change.refusal for change in replayed.changes if change.refusal)
            raise UserError("\n".join(reasons) or self.env._("Nothing would change."))
        if replayed.whole and len(changes) < len(replayed.changes):
            raise UserError(
                self.env._("%s is applied as a whole: choose all of its differences.", self.display_name)
            )
        if self.state == "error":
            self.action_retry()
            if self.state == "error":
                raise UserError(self.findings)
        else:
            mapper = self._replaying_map(self.set_id).with_company(self.company_id)
            mapper._apply_replay(self, changes)
        self._note_replay([change.shown for change in changes])

    def _note_replay(self, shown):
        """Note in the document's history what a replay changed."""
        parts = [
            f"{' '.join(filter(None, where))}: {was or '–'} → {now or '–'}" for *where, was, now in shown
        ]
        self._note_action(self.env._("Replayed: %s", "; ".join(parts[:20])))
