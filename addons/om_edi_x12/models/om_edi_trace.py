from markupsafe import Markup

from odoo import api, fields, models

from .. import x12
from .om_edi_acknowledgment_source import plain
from .om_edi_map_850 import CHARGED, PROMOTION
from .om_edi_side_by_side import PREVIEW_SEGMENTS

PREVIEW_LINES = 100
DATES = {
    "om_requested_date": ("002", "067", "069", "074"),
    "om_requested_ship_date": ("010", "118", "037"),
    "om_cancel_after": ("001", "061", "177", "063"),
}


class OmEdiTransaction(models.Model):
    """Which value of a document stands in which field of ours.

    An empty field says why: the document does not have the value, or has one that is unknown here.
    """

    _inherit = "om.edi.transaction"

    trace = fields.Html("In Our Fields", compute="_compute_trace", sanitize=False)

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
        return [
            (f"{segment[0]}{element:02d}", value, str(source), source.text())
            for position, segment in enumerate((self.segments or [])[:PREVIEW_SEGMENTS], start=2)
            for element, value, source in self._sources(position, segment)
        ]

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
        ours = plain(record[name], record) if record else ""
        if not record:
            ours = self.env._("(the line was taken off)")
        elif not ours and value:
            ours = self.env._("(empty: the document's value is unknown here)")
        elif not ours:
            ours = self.env._("(empty: the document has no such value)")
        elif not value:
            ours = self.env._("%s (not from the document)", ours)
        return place, plain(value, self), label, ours
