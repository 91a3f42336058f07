"""Reads one interchange, ISA to IEA.

Where an SE is missing the next envelope segment ends the transaction, where a GE or IEA is missing the next
GS or ISA does: what is broken stays as small as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import envelope
from .delimiters import BLANKS, IsaLayout
from .events import Finding, InterchangeEnd, InterchangeStart, Transaction
from .group import Group, Numbers
from .rules import Rules
from .source import Cursor
from .validator import Validator

LONGEST_ENVELOPE_SEGMENT = 2000
LONGEST_GAP = 64
MANY_FINDINGS = 100


class Interchange:
    """State of the interchange that is being read."""

    def __init__(self, cursor: Cursor, layout: IsaLayout, validator: Validator | None, rules: Rules):
        self.cursor = cursor
        self.validator = validator
        self.rules = rules
        self.delimiters = layout.delimiters
        self.padding = layout.padding
        self.suffix = layout.suffix
        self.table = layout.delimiters.to_canonical()
        self.header_of_set = b"ST" + layout.delimiters.element
        self.end_of_set = _end_of_set(layout)
        self.findings: list[Finding] = []
        self.groups = 0
        self.group_numbers = Numbers()
        self.trailer: list[bytes] | None = None
        self.is_cut = False
        isa = envelope.header(layout.fields)
        self.start = InterchangeStart(isa, layout.delimiters, cursor.offset)
        for code, value in (*layout.defects, *envelope.header_defects(isa)):
            self.problem(code, value)
        cursor.at += layout.length

    def events(self) -> Iterator:
        """Events between the start and the end of the interchange."""
        group: Group | None = None
        astray = False  # in a run of segments without a place, of which the first is named
        while self.trailer is None:
            if self.cursor.is_at(self.header_of_set):
                id_ = b"ST"
            elif self.cursor.skip(self.padding):
                id_ = self._peek()
            else:
                break
            if id_ == b"ISA":
                break
            was_astray, astray = astray, False
            if id_ == b"ST":
                transaction = self._transaction(group)
                if transaction:
                    yield transaction
                continue
            offset, segment = self.cursor.offset, self._segment()
            if id_ == b"GS":
                if group:
                    yield group.end(None)
                group = Group(self, segment, offset)
                yield group.start
            elif id_ == b"GE" and group:
                yield group.end(segment)
                group = None
            elif id_ == b"IEA":
                self.trailer = segment
            elif id_ == b"TA1" and not group:
                yield envelope.interchange_ack(segment, self.start)
            elif id_ != b"ISX" or self.start.isa.version < "00704":
                astray = True
                if not was_astray:
                    self.problem("022", segment[0].decode("latin-1")[:20])
        if group:
            yield group.end(None)

    def end(self) -> InterchangeEnd:
        """The verdict, once all is read."""
        if self.trailer is None:
            self.problem("023")
        else:
            declared, control = (*(v.decode("latin-1").strip() for v in self.trailer[1:3]), "", "")[:2]
            if not envelope.same_number(declared, str(self.groups)):
                self.problem("021", declared, str(self.groups))
            if not envelope.same_number(control, self.start.isa.control):
                was_cut_off = self.is_cut and len(control) < len(self.start.isa.control)
                self.problem("023" if was_cut_off else "001", "" if was_cut_off else control)
        status, note = envelope.interchange_status(self.findings)
        return InterchangeEnd(self.start, status, note, self.findings)

    def problem(self, code: str, value: str = "", expected: str = "") -> None:
        """Notes a finding with this TA105 code, once per value."""
        severity = self.rules.severity_of(f"TA105:{code}")
        known = any(f.number == code and f.value == (value or None) for f in self.findings)
        if severity == "off" or known or len(self.findings) >= MANY_FINDINGS:
            return
        sentence = envelope.interchange_sentence(code, value, expected)
        control = self.start.isa.control
        self.findings.append(
            Finding(f"TA105:{code}", sentence, control, value=value or None, severity=severity)
        )

    def _peek(self) -> bytes:
        """The id of the next segment, or its first four bytes if that is none of the envelope."""
        self.cursor.see(4)
        head = self.cursor.data[self.cursor.at : self.cursor.at + 4]
        for end in (2, 3):
            if head[end : end + 1] in (self.delimiters.element, self.delimiters.terminator, b""):
                return head[:end]
        return head

    def _segment(self) -> list[bytes]:
        cursor = self.cursor
        end = cursor.find(self.delimiters.terminator)
        self.is_cut = end < 0
        stop = len(cursor.data) if end < 0 else end
        segment = cursor.data[cursor.at : min(stop, cursor.at + LONGEST_ENVELOPE_SEGMENT)]
        cursor.at = stop if end < 0 else end + 1
        return segment.rstrip(BLANKS if end < 0 else b"\r\n").split(self.delimiters.element)

    def _transaction(self, group: Group | None) -> Transaction | None:
        cursor = self.cursor
        found = cursor.search(self.end_of_set, LONGEST_GAP)
        if found and found[1]:
            end = cursor.find(self.delimiters.terminator, found.end(1) - cursor.at)
            stop = len(cursor.data) if end < 0 else end + 1
        elif found:
            stop = found.start() + 1
        else:
            stop = len(cursor.data)
        raw, offset = cursor.data[cursor.at : stop], cursor.offset
        cursor.at = stop
        if group is None:
            self.problem("022", "ST")
            return None
        return group.transaction(raw, offset)


def _end_of_set(layout: IsaLayout) -> re.Pattern[bytes]:
    """Finds the end of a transaction: its SE (group 1), or an envelope segment that should not come yet."""
    terminator, element = (re.escape(d) for d in (layout.delimiters.terminator, layout.delimiters.element))
    padding = rb"[" + b"".join(re.escape(bytes([b])) for b in layout.padding) + rb"]*"
    stop = rb"(?=" + element + rb"|" + terminator + rb"|\Z)"
    early = rb"(?=(?:ST|GS|GE|ISA|IEA)" + stop + rb")"
    return re.compile(terminator + padding + rb"(?:(SE)" + stop + rb"|" + early + rb")", re.DOTALL)
