"""Writes interchanges that are valid, or nothing.

Segments are lists of text elements; a component separator inside an element is written as "\\x1f", whatever
the partner's delimiters are.  The writer sets what can be counted (SE01, GE01, IEA01), repeats control
numbers, drops empty elements at the end of a segment, and then reads its own bytes with the validator: a
finding of severity error is a BuildError that names segment, element and reason.

Characters that would break the interchange (delimiters, control characters, text outside Latin-1 or the
agreed charset) are refused, or replaced by a blank or a plain letter, by `policy`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from . import reader, schema
from .delimiters import Delimiters
from .errors import BuildError
from .events import GroupEnd, InterchangeEnd, Transaction
from .rules import STANDARD, Rules

Segments = list[list[str]]


@dataclass
class Envelope:
    """Whom an interchange goes to and how it looks.  Control number: 1 to 999,999,999."""

    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    control_number: int
    when: datetime
    version: str = "004010"
    usage: str = "P"
    ack_requested: bool = False
    delimiters: Delimiters = field(default_factory=Delimiters)
    group_sender: str | None = None
    group_receiver: str | None = None
    line_break: str = ""


@dataclass
class OutTransaction:
    """A transaction set to be written: its segments without ST and SE."""

    set_id: str
    control_number: int
    segments: Segments
    implementation: str = ""


@dataclass
class OutGroup:
    """A functional group to be written."""

    functional_id: str
    control_number: int
    transactions: list[OutTransaction]
    version: str = ""


def write(
    envelope: Envelope,
    groups: list[OutGroup],
    ta1s: list[list[str]] | tuple = (),
    policy: str = "refuse",
    charset: str = "extended",
    rules: Rules | None = None,
) -> bytes:
    """Bytes of one interchange.

    `policy` "refuse" raises BuildError for a character that can't be sent, "replace" sends another one.
    `charset` is "basic" (capitals), "extended" (Latin-1) or "utf-8".  `rules` are the receiver's: the
    document must pass them as well.
    """
    if policy not in ("refuse", "replace"):
        raise BuildError(f"policy must be 'refuse' or 'replace', not {policy!r}")
    pen = _Pen(envelope, policy, charset)
    pen.isa()
    for segment in ta1s:
        pen.segment(segment)
    for group in groups:
        _write_group(pen, envelope, group)
    pen.segment(["IEA", str(len(groups)), f"{envelope.control_number:09d}"])
    data = pen.bytes()
    _prove(data, rules or STANDARD)
    return data


def _write_group(pen: _Pen, envelope: Envelope, group: OutGroup) -> None:
    _check_number("GS06", group.control_number, 9)
    when = envelope.when
    version = group.version or envelope.version
    pen.segment(
        [
            "GS",
            group.functional_id,
            envelope.group_sender or envelope.sender_id,
            envelope.group_receiver or envelope.receiver_id,
            f"{when:%Y%m%d}",
            f"{when:%H%M}",
            str(group.control_number),
            "X",
            version,
        ]
    )
    for transaction in group.transactions:
        _check_number("ST02", transaction.control_number, 9)
        number = f"{transaction.control_number:04d}"
        pen.segment(["ST", transaction.set_id, number, transaction.implementation])
        for segment in transaction.segments:
            pen.segment(segment)
        pen.segment(["SE", str(len(transaction.segments) + 2), number])
    pen.segment(["GE", str(len(group.transactions)), str(group.control_number)])


def _check_number(place: str, number: int, digits: int) -> None:
    if not isinstance(number, int) or not 0 < number < 10**digits:
        raise BuildError(f"{place}: control number {number!r} is not between 1 and {10**digits - 1}")


class _Pen:
    """Turns elements into bytes of the partner's delimiters and character set."""

    def __init__(self, envelope: Envelope, policy: str, charset: str):
        self.envelope = envelope
        self.delimiters = envelope.delimiters
        self.policy = policy
        self.charset = charset
        self.encoding = {"basic": "ascii", "extended": "latin-1", "utf-8": "utf-8"}.get(charset)
        if self.encoding is None:
            raise BuildError(f"charset must be basic, extended or utf-8, not {charset!r}")
        if envelope.line_break not in ("", "\n", "\r\n"):
            raise BuildError("line_break must be '', LF or CRLF")
        if set(envelope.line_break.encode()) & set(envelope.delimiters.all()):
            raise BuildError("line_break: the bytes of a line break are delimiters here; leave it empty")
        self.forbidden = set(self._check_delimiters().decode("latin-1"))
        self.pieces: list[bytes] = []

    def _check_delimiters(self) -> bytes:
        all_ = self.delimiters.all()
        if not self.delimiters.are_distinct():
            raise BuildError(f"delimiters {all_!r} must differ and be neither letters, digits nor blanks")
        if not self.delimiters.component:
            raise BuildError("an interchange needs a component separator (ISA16)")
        return all_

    def isa(self) -> None:
        e = self.envelope
        _check_number("ISA13", e.control_number, 9)
        version = e.version[:5] if e.version[:5].isdigit() else ""
        if schema.nearest_release(e.version) is None:
            raise BuildError(f"version {e.version!r}: 004010 or 005010 is expected")
        later = version >= "00402"
        if later and not self.delimiters.repetition:
            raise BuildError("version 005010 needs a repetition separator (ISA11): set Delimiters.repetition")
        standard = (self.delimiters.repetition or b"U").decode("latin-1") if later else "U"
        fields = (
            "00", " " * 10, "00", " " * 10,
            _fixed("ISA05", e.sender_qualifier, 2), _fixed("ISA06", e.sender_id, 15),
            _fixed("ISA07", e.receiver_qualifier, 2), _fixed("ISA08", e.receiver_id, 15),
            f"{e.when:%y%m%d}", f"{e.when:%H%M}", standard, version,
            f"{e.control_number:09d}", "1" if e.ack_requested else "0", e.usage,
        )  # fmt: skip
        if e.usage not in ("P", "T", "I"):
            raise BuildError(f"ISA15: usage {e.usage!r} is not P, T or I")
        for position, value in enumerate(fields, 1):
            if position != 11 and self.forbidden & set(value):
                raise BuildError(f"ISA{position:02d}: {value.strip()!r} holds a delimiter")
        separator = self.delimiters.element
        try:
            body = separator.join([b"ISA", *(value.encode("latin-1") for value in fields)])
        except UnicodeEncodeError as error:
            raise BuildError(f"ISA: {error.object!r} can't be written") from None
        self._put(body + separator + self.delimiters.component)

    def segment(self, elements: list[str]) -> None:
        values = list(elements)
        if not values or not values[0] or not values[0].isalnum():
            raise BuildError(f"{elements!r} is not a segment: the first element must be its id")
        while not values[-1]:
            values.pop()
        parts = [self._element(values[0], position, value) for position, value in enumerate(values)]
        self._put(self.delimiters.element.join(parts))

    def _element(self, id_: str, position: int, value: str) -> bytes:
        place = f"{id_}{position:02d}"
        if not isinstance(value, str):
            raise BuildError(f"{place}: elements are text, not {type(value).__name__} {value!r}")
        components = value.split("\x1f")
        while len(components) > 1 and not components[-1]:
            components.pop()
        return self.delimiters.component.join(self._text(place, component) for component in components)

    def _text(self, place: str, value: str) -> bytes:
        if self.charset == "basic":
            value = value.upper()
        bad = {c for c in value if c in self.forbidden or not c.isprintable() or not self._fits(c)}
        if bad and self.policy == "refuse":
            raise BuildError(
                f"{place}: {value!r} holds {', '.join(sorted(map(repr, bad)))}, which can't be sent; "
                "remove it, or write with policy 'replace'"
            )
        for character in bad:
            value = value.replace(character, self._substitute(character))
        return value.encode(self.encoding)

    def _fits(self, character: str) -> bool:
        if self.charset == "basic":
            return character.isascii() and (character.isalnum() or character in " !\"&'()*+,-./:;?=")
        try:
            character.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True

    def _substitute(self, character: str) -> str:
        """A plain letter for an accented one, else a blank (X12 has no escape character)."""
        plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
        plain = plain.upper() if self.charset == "basic" else plain
        usable = (
            plain
            and not set(plain) & self.forbidden
            and all(c.isprintable() and self._fits(c) for c in plain)
        )
        return plain if usable else " "

    def _put(self, segment: bytes) -> None:
        self.pieces.append(segment + self.delimiters.terminator + self.envelope.line_break.encode())

    def bytes(self) -> bytes:
        return b"".join(self.pieces)


def _fixed(place: str, value: str, width: int) -> str:
    if not value or len(value) > width:
        raise BuildError(f"{place}: {value!r} must have 1 to {width} characters")
    return value.ljust(width)


def _prove(data: bytes, rules: Rules) -> None:
    """Reads what was built; the first error becomes a BuildError."""
    for event in reader.read(data, rules=rules):
        if isinstance(event, (Transaction, GroupEnd, InterchangeEnd)):
            for finding in event.findings:
                if finding.severity == "error":
                    raise BuildError(finding.message)
