"""A readable dump of events: every segment with its name, its elements with theirs, codes in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import schema, structure
from .events import (
    Finding,
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    InterchangeStart,
    Transaction,
)
from .messages import element_label, segment_label
from .tables.labels import CODES, SETS

VERDICTS = {
    "A": "accepted",
    "E": "accepted with errors noted",
    "P": "accepted in part",
    "R": "rejected",
    "M": "rejected: message authentication failed",
    "W": "rejected: assurance failed",
    "X": "rejected: content could not be decrypted",
}
INDENT = "  "


def lines(event) -> Iterator[str]:
    """The lines that show one event to a person."""
    yield from PRINTERS[type(event)](event)


def _interchange_start(event: InterchangeStart) -> Iterator[str]:
    isa = event.isa
    usage = {"P": "production", "T": "test", "I": "information"}.get(isa.usage, isa.usage)
    yield (
        f"Interchange {isa.control} from {isa.sender_qualifier}:{isa.sender_id} to "
        f"{isa.receiver_qualifier}:{isa.receiver_id}, {isa.when or isa.date + ' ' + isa.time}, "
        f"version {isa.version}, {usage}"
    )


def _group_start(event: GroupStart) -> Iterator[str]:
    yield (
        f"{INDENT}Group {event.control} {event.functional_id}, version {event.version}, "
        f"from {event.sender} to {event.receiver}, {event.when or event.date}"
    )


def _transaction(event: Transaction) -> Iterator[str]:
    name = SETS.get(event.set_id, "transaction set")
    verdict = VERDICTS.get(event.status, event.status)
    count = f"{event.segment_count} segments"
    yield f"{INDENT * 2}{event.set_id} {name} {event.control_number}: {count}, {verdict}"
    notes: dict[int, list[Finding]] = {}
    for finding in event.findings:
        notes.setdefault(finding.segment or 0, []).append(finding)
    yield from _findings(notes.pop(0, []), 3)
    yield from _segments(event, notes)


class Row(NamedTuple):
    """One segment for a person: place (ST is 1), depth in the loops, elements, name, elements in words."""

    ordinal: int
    depth: int
    elements: list[str]
    name: str
    words: list[str]


def rows(event: Transaction) -> Iterator[Row]:
    """The segments of a transaction set, each with its words, for a table of one row a segment."""
    facts = schema.release(schema.nearest_release(event.group.version) or "004010")
    paths = _paths(event, facts)
    for ordinal, (elements, path) in enumerate(zip(event.segments, paths, strict=True), 1):
        segment = facts.segments.get(elements[0])
        words = [
            _element(segment, position, value, elements[0])
            for position, value in enumerate(elements[1:], 1)
            if value.strip()
        ]
        depth = path.count("/") + 1 if path else 0
        yield Row(ordinal, depth, elements, segment_label(elements[0]), words)


def _segments(event: Transaction, notes: dict[int, list[Finding]]) -> Iterator[str]:
    for row in rows(event):
        depth = 3 + row.depth
        yield f"{INDENT * depth}{row.ordinal:>4} {row.name}"
        for words in row.words:
            yield INDENT * (depth + 3) + words
        yield from _findings(notes.get(row.ordinal, []), depth + 3)


def _paths(event: Transaction, facts: schema.Release) -> list[str | None]:
    transaction_set = facts.sets.get(event.set_id)
    ids = [segment[0] for segment in event.segments]
    if transaction_set is None or not ids:
        return [""] * len(ids)
    return structure.paths_of(ids, transaction_set, facts)


def _element(segment: schema.Segment | None, position: int, value: str, id_: str) -> str:
    number = segment.elements[position - 1][0] if segment and position <= len(segment.elements) else ""
    meaning = CODES.get(number, {}).get(value.strip())
    words = f" ({meaning})" if meaning else ""
    return f"{id_}{position:02d} {element_label(number)}: {value}{words}"


def _findings(findings: list[Finding], depth: int) -> Iterator[str]:
    for finding in findings:
        yield f"{INDENT * depth}! {finding.severity} {finding.code}: {finding.message}"


def _group_end(event: GroupEnd) -> Iterator[str]:
    verdict = VERDICTS.get(event.status, event.status)
    yield f"{INDENT}End of group {event.group.control}: {event.accepted} of {event.received} sets, {verdict}"
    yield from _findings(event.findings, 2)


def _interchange_ack(event: InterchangeAck) -> Iterator[str]:
    verdict = VERDICTS.get(event.status, event.status)
    yield f"{INDENT}TA1: interchange {event.control_number:09d} {verdict}, note {event.note}"


def _interchange_end(event: InterchangeEnd) -> Iterator[str]:
    verdict = VERDICTS.get(event.status, event.status)
    yield f"End of interchange {event.interchange.isa.control}: {verdict}"
    yield from _findings(event.findings, 1)


PRINTERS = {
    InterchangeStart: _interchange_start,
    GroupStart: _group_start,
    Transaction: _transaction,
    GroupEnd: _group_end,
    InterchangeAck: _interchange_ack,
    InterchangeEnd: _interchange_end,
}
