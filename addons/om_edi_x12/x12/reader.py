"""Reads bytes into events.  No I/O but `read` on the given file, no object per element.

The envelope (ISA, TA1, GS, GE, IEA) is read segment by segment.  A transaction is found whole, from its ST to
the terminator after its SE, cut out as one piece of bytes and judged by the `Validator`.  So memory holds one
transaction and one piece of the file, however long the file is.  Where an SE is missing, the next envelope
segment ends the transaction: what is broken stays as small as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from . import envelope
from .delimiters import BLANKS, TERMINATOR, IsaLayout, read_isa
from .errors import UnreadableError
from .events import (
    Finding,
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    InterchangeStart,
    Transaction,
)
from .rules import STANDARD, Rules
from .source import Source, unwrapped
from .validator import Validator

BOM = b"\xef\xbb\xbf"
JUNK_BEFORE_ISA = 4096
LONGEST_TRANSACTION = 128 << 20
ISA_START = re.compile(rb"ISA(?=[^A-Za-z0-9\s])")

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
    return _Reader(Source(source), validate, rules).events()


class _Reader:
    def __init__(self, source: Source, validate: bool, rules: Rules):
        self.source = source
        self.rules = rules
        self.validator = Validator(rules) if validate else None
        self.at = 0

    # The file: interchanges, and what stands around them

    def events(self) -> Iterator[Event]:
        layout, defects = self._first_isa()
        while True:
            interchange = _Interchange(self, layout, defects)
            yield interchange.start
            yield from interchange.events()
            junk = self._to_next_isa(interchange.padding)
            if junk:
                interchange.problem("022", junk.decode("latin-1"))
            yield interchange.end()
            if not self._see(3):
                return
            layout, defects = self._isa_here(), []

    def _first_isa(self) -> tuple[IsaLayout, list[tuple[str, str]]]:
        self._see(JUNK_BEFORE_ISA + 600)
        data = self.source.data
        if not data.strip(BLANKS):
            raise UnreadableError("The file is empty", 0, data)
        if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:6] in (b"I\0S\0A\0", b"\0I\0S\0A"):
            raise UnreadableError("The file is text in UTF-16; X12 has one byte per character", 0, data)
        start = len(BOM) if data.startswith(BOM) else 0
        found = ISA_START.search(data, start, JUNK_BEFORE_ISA)
        if not found:
            raise UnreadableError("No ISA segment: the file is not an X12 interchange", start, data)
        self.at = found.start()
        defects = []
        junk = data[start : self.at].strip(BLANKS)
        if junk:
            value = messages_value(junk)
            defects.append(("022", f"{len(junk)} bytes stand before the ISA segment: {value}."))
        return self._isa_here(), defects

    def _isa_here(self) -> IsaLayout:
        self._see(600)
        layout = read_isa(self.source.data, self.at)
        if isinstance(layout, str) or _breaks_lines_inside(layout):
            rest = self._unwrapped()
            if rest is not None:
                return rest
        if isinstance(layout, str):
            head = self.source.data[self.at : self.at + 24]
            raise UnreadableError(layout[0].upper() + layout[1:], self.source.offset(self.at), head)
        return layout

    def _unwrapped(self) -> IsaLayout | None:
        """Tries the rest of the source without line breaks; keeps it if the ISA then has its width."""
        head = self.source.data[self.at : self.at + 600].replace(b"\r", b"").replace(b"\n", b"")
        layout = read_isa(head, 0)
        if isinstance(layout, str) or layout.length != 106 or layout.defects:
            return None
        rest = self.source.data[self.at :]
        source = Source(unwrapped(_Chain(rest, self.source.file)))
        source.base = self.source.offset(self.at)
        self.source, self.at = source, 0
        self._see(600)
        return layout

    def _to_next_isa(self, padding: bytes) -> bytes:
        """Moves to the next ISA or the end; returns the beginning of what else stood there."""
        junk = b""
        while self._see(3):
            data = self.source.data
            start = self.at
            while start < len(data) and data[start : start + 1] in _singles(padding):
                start += 1
            if start == len(data):
                self.at = start
                continue
            found = ISA_START.search(data, start)
            end = found.start() if found else max(start, len(data) - (0 if self.source.ended else 3))
            junk = junk or data[start : min(end, start + 40)].strip(padding)
            self.at = end
            if found or (end == start and self.source.ended):
                break
            if not found and end == start:
                self._more()
        return junk

    # The window

    def _see(self, count: int) -> bool:
        """Tries to have `count` bytes in the window; True if there is any byte left."""
        while len(self.source.data) - self.at < count and not self.source.ended:
            self._more()
        return len(self.source.data) > self.at

    def _more(self) -> None:
        self.at -= self.source.fill(self.at)

    def find(self, needle: bytes, start: int) -> int:
        """Index of `needle` at or after `start`, reading on as needed; -1 if the source ends before."""
        ahead = start - self.at
        while True:
            found = self.source.data.find(needle, self.at + ahead)
            if found >= 0 or self.source.ended or len(self.source.data) - self.at > LONGEST_TRANSACTION:
                return found
            ahead = len(self.source.data) - self.at
            self._more()

    def search(self, pattern: re.Pattern[bytes], start: int, overlap: int) -> re.Match[bytes] | None:
        """Match of `pattern` at or after `start`, reading on as needed."""
        ahead = start - self.at
        while True:
            found = pattern.search(self.source.data, self.at + ahead)
            if found and (found.end() + overlap < len(self.source.data) or self.source.ended):
                return found
            if self.source.ended or len(self.source.data) - self.at > LONGEST_TRANSACTION:
                return found
            ahead = max(ahead, (found.start() if found else len(self.source.data) - overlap) - self.at)
            self._more()

    def skip(self, padding: bytes) -> bool:
        """Moves over padding; False at the end of the source."""
        while True:
            data, at = self.source.data, self.at
            while at < len(data) and data[at] in padding:
                at += 1
            self.at = at
            if at < len(data):
                return True
            if self.source.ended:
                return False
            self._more()


class _Interchange:
    """One ISA to its IEA."""

    def __init__(self, reader: _Reader, layout: IsaLayout, defects: list[tuple[str, str]]):
        self.reader = reader
        self.rules = reader.rules
        self.delimiters = layout.delimiters
        self.padding = layout.padding
        header = envelope.header(layout.fields)
        self.start = InterchangeStart(header, layout.delimiters, reader.source.offset(reader.at))
        self.findings: list[Finding] = []
        for code, sentence in [*defects, *layout.defects]:
            self._note(code, sentence)
        for code, value in envelope.header_defects(header):
            self.problem(code, value)
        reader.at += layout.length
        self.groups = 0
        self.group_numbers = _Numbers()
        self.trailer: list[bytes] | None = None
        self.table = layout.delimiters.to_canonical()
        self.set_end = _set_end(layout)

    def events(self) -> Iterator[Event]:
        group: _Group | None = None
        while self.trailer is None and self.reader.skip(self.padding):
            id_ = self._peek()
            if id_ == b"ISA":
                break
            if id_ == b"ST":
                transaction = self._transaction(group)
                if transaction:
                    yield transaction
                continue
            segment = self._segment()
            if id_ == b"GS":
                if group:
                    yield group.end(None)
                group = _Group(self, segment)
                yield group.start
            elif id_ == b"GE" and group:
                yield group.end(segment)
                group = None
            elif id_ == b"IEA":
                self.trailer = segment
            elif id_ == b"TA1" and not group:
                yield envelope.interchange_ack(segment, self.start)
            else:
                self.problem("022", segment[0].decode("latin-1")[:20])
        if group:
            yield group.end(None)

    def end(self) -> InterchangeEnd:
        if self.trailer is None:
            self.problem("023")
        else:
            declared, control = (*(v.decode("latin-1").strip() for v in self.trailer[1:3]), "", "")[:2]
            if not envelope.same_number(declared, str(self.groups)):
                self.problem("021", declared, str(self.groups))
            if not envelope.same_number(control, self.start.isa.control):
                self.problem("001", control)
        status, note = envelope.interchange_status(self.findings)
        return InterchangeEnd(self.start, status, note, self.findings)

    def problem(self, code: str, value: str = "", expected: str = "") -> None:
        self._note(code, envelope.interchange_sentence(code, value, expected), value)

    def _note(self, code: str, sentence: str, value: str = "") -> None:
        severity = self.rules.severity_of(f"TA105:{code}")
        if severity != "off" and not any(f.number == code and f.value == (value or None) for f in self.findings):
            if len(self.findings) < 100:
                self.findings.append(
                    Finding(
                        f"TA105:{code}", sentence, self.start.isa.control, value=value or None, severity=severity
                    )
                )

    def _peek(self) -> bytes:
        self.reader._see(4)
        data, at = self.reader.source.data, self.reader.at
        head = data[at : at + 4]
        for end in (2, 3):
            if head[end : end + 1] in (self.delimiters.element, self.delimiters.terminator, b""):
                return head[:end]
        return head

    def _segment(self) -> list[bytes]:
        reader = self.reader
        end = reader.find(self.delimiters.terminator, reader.at)
        data = reader.source.data
        stop = len(data) if end < 0 else end
        segment = data[reader.at : min(stop, reader.at + 2000)]
        reader.at = stop if end < 0 else end + 1
        return segment.rstrip(BLANKS if end < 0 else b"\r\n").split(self.delimiters.element)

    def _transaction(self, group: _Group | None) -> Transaction | None:
        reader = self.reader
        found = reader.search(self.set_end, reader.at, 64)
        if found and found[1]:
            end = reader.find(self.delimiters.terminator, found.end(1))
            stop = len(reader.source.data) if end < 0 else end + 1
        elif found:
            stop = found.start() + 1
        else:
            stop = len(reader.source.data)
        raw = reader.source.data[reader.at : stop]
        offset = reader.source.offset(reader.at)
        reader.at = stop
        if group is None:
            self.problem("022", "ST")
            return None
        return group.transaction(raw, offset)


class _Group:
    """One GS to its GE."""

    def __init__(self, interchange: _Interchange, segment: list[bytes]):
        self.interchange = interchange
        self.rules = interchange.rules
        interchange.groups += 1
        self.start = envelope.group_start(segment, interchange.start, 0)
        self.start.offset = interchange.reader.source.offset(interchange.reader.at)
        self.summary = GroupEnd(self.start)
        self.numbers = _Numbers()
        for code, value in envelope.group_defects(self.start):
            interchange.problem(code, value)
        if not self.start.control.isdecimal() or len(self.start.control) > 9:
            self._problem("6", self.start.control)
        elif interchange.group_numbers.met(self.start.control_number):
            self._problem("19", self.start.control)
        if not (len(self.start.functional_id) == 2 and self.start.functional_id.isalnum()):
            self._problem("1", self.start.functional_id)
        self.supported = envelope.is_supported(self.start.version, self.rules)
        if not self.supported:
            self._problem("2", self.start.version)
        elif not envelope.is_exact(self.start.version):
            self._problem("2", self.start.version, severity="warning")

    def transaction(self, raw: bytes, offset: int) -> Transaction:
        delimiters = self.interchange.delimiters
        canonical = raw.translate(self.interchange.table)
        if canonical[-1:] != TERMINATOR:
            canonical = canonical.rstrip(BLANKS) + TERMINATOR
        header = raw[: raw.find(delimiters.terminator) if delimiters.terminator in raw else len(raw)]
        fields = [value.decode("latin-1") for value in header.split(delimiters.element)]
        set_id, control = (*fields[1:3], "", "")[:2]
        transaction = Transaction(
            self.start, set_id, control.strip(), raw, offset, self.interchange.padding
        )
        if len(fields) > 3:
            transaction.implementation = fields[3]
        repeated = self.numbers.met(int(control)) if control.isdecimal() and len(control) < 12 else False
        self.summary.received += 1
        if self.interchange.reader.validator is None:
            transaction.segment_count = canonical.count(TERMINATOR)
        elif not self.supported:
            transaction.segment_count = canonical.count(TERMINATOR)
            transaction.status = "R"
            transaction.findings = [f for f in self.summary.findings if f.code == "AK905:2"]
        else:
            self.interchange.reader.validator.check(
                transaction, canonical, repeated and self.rules.unique_transactions
            )
        self.summary.accepted += transaction.status != "R"
        self.summary.results.add(transaction)
        return transaction

    def end(self, trailer: list[bytes] | None) -> GroupEnd:
        summary = self.summary
        if trailer is None:
            self._problem("3")
        else:
            declared, control = (*(v.decode("latin-1").strip() for v in trailer[1:3]), "", "")[:2]
            summary.declared = int(declared) if declared.isdecimal() and len(declared) < 10 else 0
            if not envelope.same_number(declared, str(summary.received)):
                self._problem("5", declared, str(summary.received))
            if not envelope.same_number(control, self.start.control):
                self._problem("4", control)
        envelope.settle_group(summary)
        return summary

    def _problem(self, code: str, value: str = "", expected: str = "", severity: str | None = None) -> None:
        severity = self.rules.severity.get(f"AK905:{code}", severity or "error")
        if severity != "off":
            self.summary.findings.append(
                Finding(
                    f"AK905:{code}",
                    envelope.group_sentence(self.start, code, value, expected),
                    self.start.interchange.isa.control,
                    self.start.control,
                    value=value or None,
                    severity=severity,
                )
            )


class _Numbers:
    """Control numbers met, kept as runs of consecutive numbers: a million in sequence take one entry."""

    def __init__(self):
        self.starts: list[int] = []
        self.ends: list[int] = []

    def met(self, number: int) -> bool:
        """True if the number was met before; notes it."""
        place = bisect_right(self.starts, number) - 1
        if place >= 0 and number <= self.ends[place]:
            return True
        if place >= 0 and number == self.ends[place] + 1:
            self.ends[place] = number
        else:
            self.starts.insert(place + 1, number)
            self.ends.insert(place + 1, number)
        return False


class _Chain:
    """A file that gives `head` first."""

    def __init__(self, head: bytes, file: BinaryIO | None):
        self.head = BytesIO(head)
        self.file = file

    def read(self, size: int) -> bytes:
        return self.head.read(size) or (self.file.read(size) if self.file else b"")


def _set_end(layout: IsaLayout) -> re.Pattern[bytes]:
    """Finds the end of a transaction: its SE (group 1), or an envelope segment that should not come yet."""
    terminator, element = (re.escape(d) for d in (layout.delimiters.terminator, layout.delimiters.element))
    padding = rb"[" + b"".join(re.escape(bytes([b])) for b in layout.padding) + rb"]*"
    stop = rb"(?=" + element + rb"|" + terminator + rb"|\Z)"
    return re.compile(
        terminator + padding + rb"(?:(SE)" + stop + rb"|(?=(?:ST|GS|GE|ISA|IEA)" + stop + rb"))", re.DOTALL
    )


def _breaks_lines_inside(layout: IsaLayout) -> bool:
    return any(b"\n" in field or b"\r" in field for field in layout.fields[:15])


def _singles(padding: bytes) -> list[bytes]:
    return [padding[i : i + 1] for i in range(len(padding))]


def messages_value(junk: bytes) -> str:
    return repr(junk[:20].decode("latin-1"))
