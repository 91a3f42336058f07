from odoo import api, models

from .. import x12
from .om_edi_changes import Change, Replayed, changed, changes_of, label
from .om_edi_map_997 import _int


class OmEdiMap997(models.AbstractModel):
    """The replay of received 997s: the partner's verdicts, read again, against those that were noted."""

    _inherit = "om.edi.map.997"

    @api.model
    def _replay(self, documents):
        """What reading these acknowledgments again would change on the documents that they judge."""
        acks = {
            document: x12.read_acknowledgment(parsed) for document, parsed in documents._parsed_all().items()
        }
        groups = self._sent_groups(documents.edi_partner_id, acks.values())
        last = {
            document.reference: document
            for document in self.env["om.edi.transaction"].search(
                [
                    ("edi_partner_id", "=", documents.edi_partner_id.id),
                    ("direction", "=", "in"),
                    ("set_id", "in", ("997", "999")),
                    ("state", "=", "done"),
                    ("reference", "in", documents.mapped("reference")),
                ],
                order="id",
            )
        }
        found = {}
        for document, ack in acks.items():
            group = groups.get((ack.functional_id, _int(ack.control_number)))
            if not group:
                text = self.env._("It acknowledges group %s, which we never sent.", document.reference)
                found[document] = Replayed([], text)
                continue
            changes = self._verdict_changes(group, ack)
            later = last.get(document.reference, document)
            refusal = ""
            if changes and later != document:
                refusal = self.env._(
                    "A later answer to this group came, in %s: replay that one.", later.intake_id.name
                )
            found[document] = Replayed(changes, refusal)
        return found

    @api.model
    def _verdict_changes(self, group, ack):
        verdicts = {}
        self._judge(group, ack, verdicts)
        status = ack.status if ack.status in ("A", "E", "P", "R") else "R"
        changes = [
            change._replace(write=("group", group, status))
            for change in changes_of(group, {"state": status}, group.display_name)
        ]
        for document, verdict in verdicts.items():
            if pair := changed(document, "ack_state", verdict[0]):
                refusal = ""
                if document.resend_ids:
                    refusal = self.env._("It was sent again since: the answer to that one counts.")
                changes.append(
                    Change(
                        document.display_name,
                        label(document, "ack_state"),
                        *pair,
                        ("verdict", document, verdict),
                        refusal,
                    )
                )
        return changes

    @api.model
    def _apply_replay(self, _document, changes):
        """Note these verdicts; cases of rejected documents come and go with them."""
        for kind, record, value in (change.write for change in changes):
            if kind == "group":
                record.state = value
        self.env["om.edi.transaction"]._note_verdicts(
            {record: value for kind, record, value in (c.write for c in changes) if kind == "verdict"}
        )
