from markupsafe import Markup

from odoo import api, fields, models

from .. import x12

# What a browser can show at once; the whole document can be downloaded.
PREVIEW_BYTES = 64_000
PREVIEW_SEGMENTS = 400


class OmEdiTransaction(models.Model):
    """A document for people: one row a segment, as on the wire, in words, and in our fields."""

    _inherit = "om.edi.transaction"

    side_by_side = fields.Html("Side by Side", compute="_compute_side_by_side", sanitize=False)

    @api.depends("segments", "intake_id", "byte_offset", "byte_length", "state", "ack_segments")
    def _compute_side_by_side(self):
        for document in self:
            try:
                event, is_cut = document._preview()
                document.side_by_side = event and document._side_by_side(event, is_cut)
            except x12.X12Error as error:
                document.side_by_side = Markup("<p>%s</p>") % str(error)

    def _preview(self):
        """``(x12.Transaction or None, whether it was cut)``: at most what a browser can show."""
        self.ensure_one()
        if self.direction == "in":
            data = self._bytes(PREVIEW_BYTES)
            if not data or not self.interchange_id:
                return None, False
            delimiters = self.interchange_id._received_delimiters()
            cut = len(data) < self.byte_length
            if cut:
                data = data[: data.rfind(delimiters.terminator) + 1]
            version = self.group_id.version
        else:
            delimiters = self.edi_partner_id._delimiters(self.version or "004010")
            body = self.segments or []
            cut = len(body) > PREVIEW_SEGMENTS
            control = self.control_number or "0001"
            segments = [["ST", self.set_id, control], *body[:PREVIEW_SEGMENTS]]
            if not cut:
                segments.append(["SE", len(segments) + 1, control])
            element = delimiters.element.decode("latin-1")
            end = delimiters.terminator.decode("latin-1")
            lines = (element.join(map(str, segment)).rstrip(element) for segment in segments)
            data = "".join(line + end for line in lines).encode("utf-8")
            version = self.version
        interchange = x12.InterchangeStart(
            isa=x12.events.InterchangeHeader(*[""] * 16), delimiters=delimiters, offset=0
        )
        group = x12.GroupStart(
            functional_id=self.group_id.functional_id or "",
            sender="",
            receiver="",
            date="",
            time="",
            control="",
            agency="X",
            version=version or "004010",
            interchange=interchange,
            offset=0,
        )
        return x12.Transaction(group, self.set_id, self.control_number or "", data, 0), cut

    def _side_by_side(self, event, is_cut):
        """The table of one document."""
        element = event.delimiters.element.decode("latin-1")
        # sudo: whoever may see the document may see what became of it
        trace = self.sudo()._traced() if self.direction == "in" else []
        mapper = self.env.get(f"om.edi.map.{self.set_id}")
        start, where = mapper._om_trace_in_lines[0] if mapper is not None else "", ""
        head = Markup(
            "<tr><th/><th class='w-25'>%s</th><th class='w-25'>%s</th><th class='w-50'>%s</th></tr>"
        ) % (
            self.env._("Segment"),
            self.env._("In Words"),
            self.env._("Our Fields") if self.direction == "out" or trace else "",
        )
        rows = []
        for row in x12.show_rows(event):
            if row.ordinal > PREVIEW_SEGMENTS:
                is_cut = True
                break
            if start and row.elements[0] == start:
                where = f"{start} {[*row.elements, ''][1]}"
            ours = [one for one in trace if one.value and one.stands_in(where, row.elements)]
            rows.append(self._side_by_side_row(row, element, ours))
        if is_cut:
            text = self.env._("… The document is longer: download it to see the rest.")
            rows.append(Markup("<tr><td/><td colspan='3'>%s</td></tr>") % text)
        return Markup("<table class='table table-sm small'><thead>%s</thead><tbody>%s</tbody></table>") % (
            head,
            Markup("").join(rows),
        )

    def _side_by_side_row(self, row, element, traced):
        """One segment; what the partner refuses is red.

        :param traced: rows of the trace of what a received segment has filled
        """
        if self.direction == "out":
            ours = self._ours_out(row)
        else:
            ours = Markup("<br/>").join(Markup("%s: %s") % (one.field, one.ours) for one in traced)
        words = Markup("<br/>").join(
            Markup("<span class='text-muted'>%s</span> %s") % (name, text)
            for name, _blank, text in (word.partition(" ") for word in row.words)
        )
        refused = "table-danger" if row.ordinal in (self.ack_segments or ()) else ""
        return Markup(
            "<tr class='%s'><td class='text-muted text-end'>%s</td>"
            "<td class='font-monospace text-break'>%s</td>"
            "<td style='padding-left: %sem'><strong>%s</strong><br/>%s</td><td>%s</td></tr>"
        ) % (refused, row.ordinal, element.join(row.elements), row.depth, row.name, words, ours)

    def _ours_out(self, row):
        """The fields that the values of a segment come from, with links to their records."""
        links = []
        for _element, _value, source in self._sources(row.ordinal, row.elements):
            # a line of an order has no page of its own
            record = source.record.order_id if source.record._name == "sale.order.line" else source.record
            name = source.label() if record != source.record else str(source)
            links.append(
                Markup("<a href='/odoo/%s/%s'>%s</a>: %s") % (record._name, record.id, name, source.text())
            )
        return Markup("<br/>").join(links)
