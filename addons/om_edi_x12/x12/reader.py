"""Reads bytes into events: finds the interchanges of a file and what stands around them.

No I/O but `read` on the given file, no object per element.  The envelope is read segment by segment
(`interchange`, `group`); a transaction is found whole, cut out as one piece of bytes and judged by the
`validator`.  So memory holds one transaction and one piece of the file, however long the file is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from .delimiters import BLANKS, ISA_LENGTH, IsaLayout, read_isa
from .errors import UnreadableError
from .events import (
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    InterchangeHeader,
    InterchangeStart,
    Transaction,
)
from .group import Numbers
from .interchange import Interchange
from .rules import STANDARD, Rules
from .source import Cursor
from .validator import Validator

BOM = b"\xef\xbb\xbf"
JUNK_BEFORE_ISA = 4096
LONGEST_ISA = 600
ISA_START = re.compile(rb"ISA(?=[^A-Za-z0-9 \r\n])")
BETWEEN_WORDS = 4
MANY_PARTNERS = 1000

Event = InterchangeStart | GroupStart | Transaction | GroupEnd | InterchangeAck | InterchangeEnd


def read(
    source: bytes | BinaryIO, validate: bool = True, rules: Rules | dict | None = None
) -> Iterator[Event]:
    """Events of an X12 file: `bytes`, or a binary file object that is read in pieces.

    `validate=False` reads the envelope only and accepts every transaction.  `rules` are the partner's (see
    `Rules`), also as plain data.  Defects are findings on the events; UnreadableError is raised if there is
    no interchange at all.
    """
    if rules is None:
        rules = STANDARD
    elif isinstance(rules, dict):
        rules = Rules.from_dict(rules)
    return _Reader(Cursor(source), Validator(rules) if validate else None, rules).events()


class _Reader:
    def __init__(self, cursor: Cursor, validator: Validator | None, rules: Rules):
        self.cursor = cursor
        self.validator = validator
        self.rules = rules
        self.numbers: dict[tuple[str, ...], Numbers] = {}

    def events(self) -> Iterator[Event]:
        layout: IsaLayout | None
        layout, defects = self._first_isa()
        while layout:
            interchange = Interchange(self.cursor, layout, self.validator, self.rules)
            for code, value in defects:
                interchange.problem(code, value)
            isa = interchange.start.isa
            numbers = self._numbers(isa)
            if isa.control_number in numbers and self.rules.unique_interchanges:
                interchange.problem("025", isa.control)
            yield interchange.start
            yield from interchange.events()
            junk, layout = self._to_next_isa(interchange.padding)
            defects = []
            if junk:
                interchange.problem("022", junk)
            end = interchange.end()
            if isa.control_number and end.status != "R":  # what was rejected may come again
                numbers.met(isa.control_number)
            yield end

    def _numbers(self, isa: InterchangeHeader) -> Numbers:
        """Control numbers that this sender used towards this receiver, earlier in the file."""
        between = (isa.sender_qualifier, isa.sender_id, isa.receiver_qualifier, isa.receiver_id)
        if len(self.numbers) > MANY_PARTNERS:
            self.numbers.clear()  # hostile input only
        return self.numbers.setdefault(between, Numbers())

    def _first_isa(self) -> tuple[IsaLayout, list[tuple[str, str]]]:
        """The first ISA, wherever it starts within the first bytes; defects are (TA105 code, value)."""
        cursor = self.cursor
        cursor.see(JUNK_BEFORE_ISA + LONGEST_ISA)
        data = cursor.data
        if not data.strip(BLANKS):
            raise UnreadableError("The file is empty", 0, data)
        if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:6] in (b"I\0S\0A\0", b"\0I\0S\0A"):
            raise UnreadableError("The file is text in UTF-16; X12 has one byte per character", 0, data)
        start = len(BOM) if data.startswith(BOM) else 0
        found = ISA_START.search(data, start, JUNK_BEFORE_ISA)
        if not found:
            raise UnreadableError("No ISA segment: the file is not an X12 interchange", start, data)
        cursor.at = found.start()
        junk = data[start : cursor.at].strip(BLANKS)
        return self._isa_here(), [("022", junk[:40].decode("latin-1"))] if junk else []

    def _isa_here(self) -> IsaLayout:
        layout = self._layout_here()
        if isinstance(layout, str):
            head = self.cursor.data[self.cursor.at : self.cursor.at + 24]
            raise UnreadableError(layout[0].upper() + layout[1:], self.cursor.offset, head)
        return layout

    def _layout_here(self) -> IsaLayout | str:
        """The ISA at this place, or one sentence why it can't be read."""
        self.cursor.see(LONGEST_ISA)
        layout = read_isa(self.cursor.data, self.cursor.at)
        if isinstance(layout, str) or layout.has_line_breaks():
            layout = self._wrapped_isa() or layout
        return layout

    def _wrapped_isa(self) -> IsaLayout | None:
        """The ISA without line breaks, if it has its width then; the rest is read without them as well."""
        head = self.cursor.data[self.cursor.at : self.cursor.at + LONGEST_ISA]
        layout = read_isa(head.replace(b"\r", b"").replace(b"\n", b""), 0)
        if isinstance(layout, str) or layout.length != ISA_LENGTH or layout.defects:
            return None
        self.cursor = self.cursor.without_line_breaks()
        self.cursor.see(LONGEST_ISA)
        return layout

    def _to_next_isa(self, padding: bytes) -> tuple[str, IsaLayout | None]:
        """Moves to the next ISA that can be read; returns the beginning of what else stood there, and it."""
        junk = b""
        while self.cursor.skip(padding):
            cursor = self.cursor
            found = ISA_START.search(cursor.data, cursor.at)
            # Without an ISA in the window all but the last bytes go: the word may be cut at its edge.
            end = found.start() if found else len(cursor.data) - (0 if cursor.ended else BETWEEN_WORDS)
            junk = junk or cursor.data[cursor.at : min(end, cursor.at + 40)].strip(padding)
            cursor.at = max(cursor.at, end)
            if found:
                layout = self._layout_here()
                if not isinstance(layout, str):
                    return junk.decode("latin-1"), layout
                junk = junk or cursor.data[cursor.at : cursor.at + 40].strip(padding)
                cursor.at += len(b"ISA")
            elif not cursor.ended:
                cursor.read_on()
        return junk.decode("latin-1"), None
