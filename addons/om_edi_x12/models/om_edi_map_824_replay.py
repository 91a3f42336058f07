from odoo import api, models

from .. import x12
from .om_edi_changes import Change, Replayed, changes_of, label
from .om_edi_map_824 import ACCEPTED


class OmEdiMap824(models.AbstractModel):
    """The replay of received 824s: which documents of ours they judge, and what they say against them."""

    _inherit = "om.edi.map.824"

    @api.model
    def _replay(self, documents):
        """What reading these advices again would change."""
        parsed = documents._parsed_all()
        advices = {document: x12.ApplicationAdvice.parse(parsed[document]) for document in documents}
        sent = self._sent(documents.edi_partner_id, advices.values())
        judgments = {
            document: [(judged, self._ours(sent, judged)) for judged in advice.documents]
            for document, advice in advices.items()
        }
        cases = self._cases(advices)
        return {
            document: self._replay_one(document, advices[document], judgments[document], cases)
            for document in documents
        }

    @api.model
    def _cases(self, advices):
        """Cases that these advices raised: ``{(key, document id): om.exception}``. One query."""
        prefixes = {f"824 {advice.number} " for advice in advices.values()}
        found = self.env["om.exception"].search(
            [
                ("code", "in", ("E-INV-REJ", "E-EDI-REFUSED")),
                ("intake_id", "in", self.env["om.edi.transaction"].union(*advices).intake_id.ids),
            ],
            order="id",
        )
        return {case.key: case for case in found if any(case.key.startswith(each) for each in prefixes)}

    @api.model
    def _replay_one(self, document, advice, judgments, cases):
        known = self.env["om.edi.transaction"].union(*(ours for _judged, ours in judgments))
        if not known:
            return Replayed([], self.env._("It is about documents that we have not sent."))
        values = {"answers_id": known[0].id, "order_id": known.order_id[:1].id}
        changes = [change._replace(write=("link", change.write)) for change in changes_of(document, values)]
        cases = {key: case for key, case in cases.items() if key.startswith(f"824 {advice.number} ")}
        for judged, ours in judgments:
            case = cases.pop(self._case_key(advice, ours), None) if ours else None
            now = ""
            if ours and not judged.verdict.endswith(ACCEPTED):
                now = self._said(judged, ours)[:500]
            before = (case.found or "") if case else ""
            if ours and before != now:
                refusal = self._closed(case)
                write = ("note", judged, ours) if now else ("close", case)
                field = label(ours, "findings")
                changes.append(Change(ours.display_name, field, before, now, write, refusal))
        for case in cases.values():  # it is said of another document now
            if not case.is_open:
                continue
            place = case.display_name
            changes.append(Change(place, label(document, "findings"), case.found or "", "", ("close", case)))
        return Replayed(changes)

    @api.model
    def _closed(self, case):
        if not case or case.is_open:
            return ""
        return self.env._("%s is closed: somebody has dealt with it. Open it again there.", case.display_name)

    @api.model
    def _apply_replay(self, document, changes):
        """Link ``document`` to what it judges, and bring the cases in line with what it says."""
        advice = x12.ApplicationAdvice.parse(document._parsed())
        for change in changes:
            kind, *what = change.write
            if kind == "link":
                ((record, name, value),) = what
                record[name] = value
            elif kind == "close":
                what[0]._close("auto_closed")
            else:
                judged, ours = what
                self._note(document, advice, judged, ours)
