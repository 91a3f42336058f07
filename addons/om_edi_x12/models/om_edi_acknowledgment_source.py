from typing import Any, NamedTuple

from odoo import models
from odoo.exceptions import UserError

from .. import x12
from .om_edi_map_850 import BUYER_ITEM, GTIN, VENDOR_ITEM
from .om_edi_traced import plain

# Segments that begin a line, and where its number stands in them
LINES = {"PO1": 1, "IT1": 1, "LIN": 1}
# Elements that say what the next one is
QUALIFIERS = ("N101", "N103", "REF01", "TD502", "MAN01", "DTM01", "LIN02", "PO106", "IT106")
PARTY_FIELDS = {
    "N102": "name",
    "N103": "om_identifier_ids",
    "N104": "om_identifier_ids",
    "N201": "name",
    "N301": "street",
    "N302": "street2",
    "N401": "city",
    "N402": "state_id",
    "N403": "zip",
    "N404": "country_id",
}
ITEM_FIELDS = {
    **dict.fromkeys(BUYER_ITEM, "default_code"),
    **dict.fromkeys(GTIN, "barcode"),
    **dict.fromkeys(VENDOR_ITEM, "default_code"),
}


class Source(NamedTuple):
    """The field of ours that a value in a document came from.

    :param line: the order line that it belongs to, or an empty value
    """

    record: Any
    field: str
    line: Any = None

    def __str__(self):
        return f"{self.record.display_name}, {self.label()}"

    def label(self):
        """The field's name for people."""
        return self.record._fields[self.field]._description_string(self.record.env)

    def text(self):
        """What stands in the field now, for people: times as those of the user, with their zone."""
        return plain(self.record[self.field], self.record)


class OmEdiTransaction(models.Model):
    _inherit = "om.edi.transaction"

    def _sources(self, position, segment):
        """``(element, value, Source)`` of the values of a segment that stand in a field of ours."""
        # sudo: whoever may see the document may see where its values come from
        document = self.sudo()
        of_lines = document._line_paths()
        for element, value in enumerate(segment[1:], start=1):
            name = f"{segment[0]}{element:02d}"
            if not value or name in QUALIFIERS:
                continue
            place = x12.Finding("", "", segment=position, segment_id=segment[0], element=element)
            source = document._source(place)
            if source and (not source.line or source.field != "name" or name in of_lines):
                yield element, value, source

    def _source(self, error):
        """The field of ours behind the place in this document that a partner's answer names.

        :param error: ``x12.Finding``: segment by its ordinal (ST is 1), element by its position
        :return: :class:`Source`, or ``None`` where nothing stands behind it alone
        """
        self.ensure_one()
        segments = self.segments or []
        at = (error.segment or 0) - 2  # stored without ST
        if not 0 <= at < len(segments):
            return None
        segment, element = segments[at], error.element or 0
        name = f"{segment[0]}{element:02d}"
        if segment[0] in ("N1", "N2", "N3", "N4"):
            return self._party_source(segments[: at + 1], name)
        if segment[0] == "MAN":
            package = self.picking_id.move_line_ids.result_package_id
            package = package.filtered(lambda one: one.name in segment)
            return Source(package, "name") if len(package) == 1 else None
        mapper = self.env.get(f"om.edi.map.{self.set_id}")
        for traced in mapper._om_trace_out if mapper is not None else ():
            # of a reference its code says what it is, whichever of its elements is meant
            is_here = traced.place == name or segment[0] == "REF" == traced.place[:-2]
            if is_here and (not traced.codes or segment[1] in traced.codes):
                return self._field_at(self, traced.path)
        return self._line_source(segments[: at + 1], segment, element, name)

    def _line_paths(self):
        """``{place: path}`` of what stands in the lines of such a document."""
        mapper = self.env.get(f"om.edi.map.{self.set_id}")
        _start, of_line = mapper._om_trace_out_lines if mapper is not None else ("", ())
        return {traced.place: traced.path for traced in of_line}

    def _field_at(self, record, path, line=None):
        """:class:`Source` of a path, or ``None`` where not one record is behind it."""
        way, _dot, name = path.rpartition(".")
        record = record.mapped(way) if way else record
        return Source(record, name, line) if len(record) == 1 else None

    def _party_source(self, before, name):
        """The address behind N1 to N4: the entity stands in the nearest N1 above."""
        entity = next((s[1] for s in reversed(before) if s[0] == "N1" and len(s) > 1), "")
        warehouse = self.warehouse_id or self.picking_id.picking_type_id.warehouse_id
        addresses = {
            "ST": self.order_id.partner_shipping_id or self.picking_id.partner_id,
            "BT": self.order_id.partner_invoice_id,
            "BY": self.order_id.partner_id,
            "SF": warehouse.partner_id if self.set_id != "943" else self.picking_id.partner_id,
            "WH": warehouse.partner_id,
        }
        address = addresses.get(entity, self.company_id.partner_id)
        return Source(address, PARTY_FIELDS.get(name, "name")) if address else None

    def _line_source(self, before, segment, element, name):
        """The order line, or its product, behind a segment of a line."""
        top = next((s for s in reversed(before) if s[0] in LINES), None)
        number = top[LINES[top[0]]] if top and len(top) > LINES[top[0]] else ""
        line = self.order_id.order_line.filtered(lambda one: number and one.om_po_line == str(number))[:1]
        if not line:
            return None
        values = [*segment, "", ""]
        for qualifier in (values[element - 1] if element else "", values[element]):
            if (field := ITEM_FIELDS.get(qualifier)) and segment[0] in LINES and line.product_id:
                return Source(line.product_id, field, line)
        path = self._line_paths().get(name, "name")
        return self._field_at(line, path, line) or Source(line, "name", line)

    def action_open_source(self):
        """Open the record in which the value stands that the partner refuses."""
        self.ensure_one()
        model, res_id = self.ack_source or ("", 0)
        record = self.env[model].browse(res_id).exists() if model else None
        if not record:
            raise UserError(self.env._("No single record of ours holds what the partner refuses."))
        if model == "sale.order.line":
            record = record.order_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
