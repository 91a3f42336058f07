from markupsafe import Markup

from odoo import api, fields, models

from .. import x12
from .om_edi_map_850 import CHARGED, PROMOTION

# What a browser can show at once; the whole document can be downloaded.
PREVIEW_BYTES = 64_000
PREVIEW_SEGMENTS = 400
PREVIEW_LINES = 100
DATES = {
    "om_requested_date": ("002", "067", "069", "074"),
    "om_requested_ship_date": ("010", "118", "037"),
    "om_cancel_after": ("001", "061", "177", "063"),
}


class OmEdiTransaction(models.Model):
    """A document for people: its segments in words, and which of its values stands in which field.

    An empty field says why: the document does not have the value, or has one that is unknown here.
    """

    _inherit = "om.edi.transaction"

    readable = fields.Text(compute="_compute_readable")
    trace = fields.Html("In Our Fields", compute="_compute_trace", sanitize=False)

    @api.depends("segments", "intake_id", "byte_offset", "byte_length")
    def _compute_readable(self):
        for document in self:
            try:
                event, is_cut = document._preview()
                lines = list(x12.show_lines(event))[1:] if event else []  # our verdict stands above
            except x12.X12Error as error:
                lines, is_cut = [str(error)], False
            if is_cut:
                lines.append(self.env._("… The document is longer: download it to see the rest."))
            document.readable = "\n".join(lines)

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
            version, functional, control = (
                self.group_id.version,
                self.group_id.functional_id,
                self.control_number,
            )
        else:
            delimiters = self.edi_partner_id._delimiters(self.version or "004010")
            body = self.segments or []
            cut = len(body) > PREVIEW_SEGMENTS
            segments = [["ST", self.set_id, self.control_number or "0001"], *body[:PREVIEW_SEGMENTS]]
            element = delimiters.element.decode("latin-1")
            text = "".join(
                element.join(map(str, segment)) + delimiters.terminator.decode("latin-1")
                for segment in segments
            )
            data = text.encode("utf-8")
            version, functional, control = self.version, self.group_id.functional_id, self.control_number
        interchange = x12.InterchangeStart(
            isa=x12.events.InterchangeHeader(*[""] * 16), delimiters=delimiters, offset=0
        )
        group = x12.GroupStart(
            functional_id=functional or "",
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
        return x12.Transaction(group, self.set_id, control or "", data, 0), cut

    @api.depends("state", "order_id", "picking_id", "move_id", "segments")
    def _compute_trace(self):
        for document in self:
            rows = []
            try:
                if document.direction == "out":
                    rows = document._trace_out()
                elif document.set_id == "850" and document.order_id:
                    # sudo: whoever may see the document may see what became of it
                    rows = document.sudo()._trace_850()
            except x12.X12Error as error:
                rows = [("", "", "", str(error))]
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
            Markup("<tr><td class='font-monospace'>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>") % row
            for row in rows
        )
        return Markup("<table class='table table-sm table-striped'>%s%s</table>") % (head, body)

    def _trace_out(self):
        """Each value that was sent and the field of ours that it comes from."""
        rows = []
        for position, segment in enumerate((self.segments or [])[:PREVIEW_SEGMENTS], start=2):
            for element, value in enumerate(segment[1:], start=1):
                place = x12.Finding("", "", segment=position, segment_id=segment[0], element=element)
                # sudo: whoever may see the document may see where its values come from
                source = value and self.sudo()._source(place)
                if source:
                    ours = source.record[source.field]
                    rows.append((f"{segment[0]}{element:02d}", value, str(source), _text(ours)))
        return rows

    def _trace_850(self):
        """Each field that an 850 may fill, the value in the document, and why a field is empty."""
        po, order = self._purchase_order(), self.order_id
        parties = {party.entity: party for party in po.parties}
        references = [ref.value for ref in po.references if ref.qualifier in PROMOTION]
        charges = [charge.code for charge in po.charges if charge.indicator in CHARGED]
        given = [
            ("client_order_ref", "BEG03", po.number),
            *(
                (
                    name,
                    f"DTM {' '.join(codes)}",
                    next((str(po.dates[c]) for c in codes if po.dates.get(c)), ""),
                )
                for name, codes in DATES.items()
            ),
            ("partner_shipping_id", "N1 ST", self._party_text(parties.get("ST"))),
            ("partner_invoice_id", "N1 BT", self._party_text(parties.get("BT"))),
            ("om_customer_note", "MSG NTE", " ".join(po.notes)),
            ("om_po_terms", "ITD", po.terms and (po.terms.description or "ITD")),
            ("om_promotion_code", f"REF {' '.join(PROMOTION)}", ", ".join(references)),
            ("om_po_allowances", "SAC", ", ".join(filter(None, charges))),
        ]
        rows = [self._trace_row(order, name, place, value) for name, place, value in given]
        lines = {line.om_po_line: line for line in order.order_line if line.om_po_line}
        for line in po.lines[:PREVIEW_LINES]:
            ours = lines.get(line.number)
            items = " ".join(f"{qualifier} {item}" for qualifier, item in line.items.items())
            values = [
                ("product_id", "PO106…", items),
                ("product_uom_qty", "PO102", line.quantity),
                ("product_uom_id", "PO103", line.unit),
                ("price_unit", "PO104", line.price),
            ]
            for name, place, value in values:
                target = ours if ours is not None else order.order_line.browse()
                rows.append(self._trace_row(target, name, f"{line.number}: {place}", value))
        if len(po.lines) > PREVIEW_LINES:
            rows.append(("…", self.env._("%s more lines", len(po.lines) - PREVIEW_LINES), "", ""))
        return rows

    @staticmethod
    def _party_text(party):
        return " ".join(filter(None, (party.id_qualifier, party.id, party.name))) if party else ""

    def _trace_row(self, record, name, place, value):
        label = record._fields[name]._description_string(self.env)
        ours = _text(record[name]) if record else ""
        if not record:
            ours = self.env._("(the line was taken off)")
        elif not ours and value:
            ours = self.env._("(empty: the document's value is unknown here)")
        elif not ours:
            ours = self.env._("(empty: the document has no such value)")
        elif not value:
            ours = self.env._("%s (not from the document)", ours)
        return place, _text(value), label, ours


def _text(value):
    if isinstance(value, models.BaseModel):
        return ", ".join(value.mapped("display_name"))
    if isinstance(value, list):
        return str(len(value)) if value else ""
    return "" if value is False or value is None else str(value)
