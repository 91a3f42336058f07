"""Segments described as tables: which field of a document stands in which element, as what.

    W05 = Layout("W05", ("status", 1, TEXT), ("number", 2, TEXT), ("po_number", 3, TEXT))

reads a row into keyword arguments and writes an object into a segment, so that the way in and the way out
can't differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from . import parts
from .outline import Row
from .parts import Segment


class Kind(NamedTuple):
    """How a value is read from a row and written as text."""

    read: Callable[[Row, int], Any]
    write: Callable[[Any], str]


TEXT = Kind(lambda row, position: row[position], lambda value: value or "")
NUMBER = Kind(Row.decimal, parts.number)
WHOLE = Kind(Row.integer, parts.number)
MONEY = Kind(lambda row, position: row.decimal(position, places=2), parts.cents)
DAY = Kind(Row.date, parts.day)


class Layout:
    """One segment of a document: its fields, and from where on pairs of product ids follow."""

    def __init__(self, id_: str, *fields: tuple[str, int, Kind], items: tuple[int, ...] = ()):
        self.id = id_
        self.fields = fields
        self.items = items

    def read(self, row: Row) -> dict[str, Any]:
        """Keyword arguments for the document; None or "" for what was not sent."""
        values = {name: kind.read(row, position) for name, position, kind in self.fields}
        if self.items:
            pairs = ((row[position], row[position + 1]) for position in self.items)
            values["items"] = {qualifier: value for qualifier, value in pairs if qualifier and value}
        return values

    def write(self, source: Any) -> list[Segment]:
        """The segment, or nothing if all its elements are empty."""
        elements: dict[int, str] = {}
        for name, position, kind in self.fields:
            elements[position] = kind.write(getattr(source, name))
        if self.items:
            pairs = parts.write_items(source.items, len(self.items))
            for i, position in enumerate(self.items[: len(pairs) // 2]):
                elements[position], elements[position + 1] = pairs[2 * i : 2 * i + 2]
        if not any(elements.values()):
            return []
        return [[self.id, *(elements.get(position, "") for position in range(1, max(elements) + 1))]]
