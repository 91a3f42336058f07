from markupsafe import Markup

from odoo import api, fields, models

from .. import x12
from .om_edi_acknowledgment_source import PARTY_FIELDS
from .om_edi_side_by_side import PREVIEW_SEGMENTS
from .om_edi_traced import Traced, TraceRow, split_lines

PREVIEW_LINES = 100
PARTY_TRACE = {
    name: Traced(name, field) for name, field in PARTY_FIELDS.items() if name not in ("N103", "N201")
}


class OmEdiTransaction(models.Model):
    """Which value of a document stands in which field of ours, or comes from there.

    An empty field says why: the document does not have the value, or has one that is unknown here.
    """

    _inherit = "om.edi.transaction"

    trace = fields.Html("In Our Fields", compute="_compute_trace", sanitize=False)

    @api.depends("state", "order_id", "picking_id", "move_id", "segments")
    def _compute_trace(self):
        for document in self:
            try:
                # sudo: whoever may see the document may see what became of it, and where it comes from
                rows = document.sudo()._traced()
            except x12.X12Error as error:
                rows = [TraceRow("", "", "", "", str(error), True)]
            document.trace = self._trace_table(rows) if rows else False

    @api.model
    def _trace_table(self, rows):
        head = Markup("<tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th></tr>") % (
            self.env._("In the document"),
            self.env._("Value"),
            self.env._("Our field"),
            self.env._("Our value"),
        )
        body = Markup("").join(
            Markup("<tr><td class='font-monospace'>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>")
            % (": ".join(filter(None, (row.where, row.place))), row.value, row.field, row.ours)
            for row in rows
        )
        return Markup("<table class='table table-sm table-striped'>%s%s</table>") % (head, body)

    def _traced(self):
        """Which value of this document belongs to which field of ours, and why a field is empty.

        :return: list of :class:`TraceRow`; none where nothing became of it yet
        """
        self.ensure_one()
        mapper = self.env.get(f"om.edi.map.{self.set_id}")
        if mapper is None or (self.direction == "in" and self.state != "done"):
            return []
        of_whole, start, of_line = mapper._trace_of(self.direction)
        if not of_whole:
            return []
        if self.direction == "in":
            segments = self._parsed().segments
        else:
            segments = (self.segments or [])[:PREVIEW_SEGMENTS]
        header, lines = split_lines(segments, start)
        rows = [
            self._trace_row(mapper, "", self, traced, segments if traced.anywhere else header)
            for traced in of_whole
        ]
        if self.direction == "out":
            rows += self._traced_parties(header)
        shown = lines[:PREVIEW_LINES]
        for line, record in zip(shown, mapper._trace_records(self, shown), strict=True):
            where = f"{start} {[*line[0], ''][1]}"
            rows += [self._trace_row(mapper, where, record, traced, line) for traced in of_line]
        if len(lines) > len(shown):
            more = self.env._("%s more lines", len(lines) - len(shown))
            rows.append(TraceRow("", "…", more, "", "", False))
        return rows

    def _trace_row(self, mapper, where, record, traced, segments):
        value = traced.value(segments)
        ours = traced.ours(record) if record else ""
        return TraceRow(
            where,
            traced.name,
            value,
            traced.label(record),
            self._trace_words(mapper, record, value, ours),
            bool(ours),
        )

    def _trace_words(self, mapper, record, value, ours):
        """Our value, with the reason where one side has none."""
        if not record:
            return mapper._trace_no_record()
        if self.direction == "in":
            if not ours and value:
                return self.env._("(empty: the document's value is unknown here)")
            if not ours:
                return self.env._("(empty: the document has no such value)")
            return ours if value else self.env._("%s (not from the document)", ours)
        if value:
            return ours or self.env._("(not from a field of ours)")
        if ours:
            return self.env._("%s (not in the document: filled later, or not sent there)", ours)
        return self.env._("(empty here, so it is not in the document)")

    def _traced_parties(self, header):
        """Rows of the addresses that are named in a document to send, with what they lack."""
        rows, entity = [], ""
        parties = {}
        for position, segment in enumerate(header):
            if segment[0] == "N1":
                entity = segment[1]
            if entity and segment[0] in ("N1", "N2", "N3", "N4"):
                parties.setdefault(entity, []).append((position, segment))
        for entity, segments in parties.items():
            before = header[: segments[0][0] + 1]
            for name, traced in PARTY_TRACE.items():
                source = self._party_source(before, name)
                if source:
                    found = [segment for _position, segment in segments]
                    row = self._trace_row(
                        self.env["om.edi.map"], f"N1 {entity}", source.record, traced, found
                    )
                    rows.append(row)
        return rows
