"""Which element of a document belongs to which field of ours: declared by each map, read by the trace.

A map of received documents says what an element fills, one of documents to send what it is filled from:

    _om_trace_in = (Traced("BEG03", "order_id.client_order_ref"), ...)
    _om_trace_in_lines = ("PO1", (Traced("PO102", "product_uom_qty"), ...))

Tests hold the declarations against what the maps really write and read (``test_trace_in``,
``test_trace_out``).
"""

import re
from datetime import datetime
from typing import NamedTuple

from odoo import fields, models


class Traced(NamedTuple):
    """One element and the field that belongs to it.

    :param place: segment and element, such as ``BEG03``; with ``+`` all elements from there on
    :param path: field of the document (``om.edi.transaction``), or of a line's record
    :param codes: only of segments whose first element is one of these; the first of these that is there
    :param anywhere: also where it stands behind the lines, or in one of them
    :param copied: to send: it repeats what was said or noted earlier, whatever the field says by now
    """

    place: str
    path: str
    codes: tuple = ()
    anywhere: bool = False
    copied: bool = False

    @property
    def name(self):
        """The place for people."""
        return " ".join((self.place.rstrip("+"), *self.codes))

    def value(self, segments):
        """What stands at the place in these segments; empty where nothing does."""
        segment_id, at, more = re.fullmatch(r"(\w+)(\d\d)(\+?)", self.place).groups()
        fitting = [segment for segment in segments if segment[0] == segment_id]
        if self.codes:
            fitting = [segment for code in self.codes for segment in fitting if [*segment, ""][1] == code]
        values = (segment[int(at) :] if more else segment[int(at) : int(at) + 1] for segment in fitting)
        return next((text for value in values if (text := " ".join(filter(None, map(str, value))))), "")

    def ours(self, record):
        """The value of the field, as text."""
        values = record.mapped(self.path)
        if isinstance(values, models.BaseModel):
            return plain(values, record)
        return ", ".join(dict.fromkeys(filter(None, (plain(value, record) for value in values))))

    def label(self, record):
        """Label of the field."""
        *way, name = self.path.split(".")
        for step in way:
            record = record.env[record._fields[step].comodel_name]
        return record._fields[name]._description_string(record.env)


class TraceRow(NamedTuple):
    """One row of a trace.

    :param where: the line
    :param field: label of our field
    :param is_filled: has our field a value?
    """

    where: str
    place: str
    value: str
    field: str
    ours: str
    is_filled: bool

    def stands_in(self, where, elements):
        """Is its value in this segment?

        :param where: the line to which the segment belongs; empty before the lines
        """
        first, *codes = self.place.split()
        if elements[0] != first[:-2] or self.where not in ("", where):
            return False
        return not codes or [*elements, ""][1] in codes


def split_lines(segments, start):
    """``(segments before the lines, [segments of a line])``; a line begins with ``start``."""
    header, lines = [], []
    for segment in segments:
        if start and segment[0] == start:
            lines.append([])
        (lines[-1] if lines else header).append(segment)
    return header, lines


def plain(value, record):
    """A field's value in words; ``record`` says whose time it is."""
    if isinstance(value, models.BaseModel):
        return ", ".join(name for name in value.mapped("display_name") if name)
    if isinstance(value, datetime):
        return f"{fields.Datetime.context_timestamp(record, value):%Y-%m-%d %H:%M %Z}"
    if isinstance(value, list):
        return str(len(value)) if value else ""
    return "" if value is False or value is None else str(value)
