"""Delimiters: read from the ISA itself, never configured.

ISA is the only segment of fixed width: 106 bytes, element separators at known places, the component
separator (ISA16) at 104 and the segment terminator at 105.  If the places hold, that is the answer.  If they
do not, sixteen separators are counted instead: the byte after the sixteenth is ISA16, the next one the
terminator, and the interchange is read on with a finding.  ISA11 is a repetition separator only from
release 00402 on and only if it is not a letter or digit: in 00401 it is the standards id "U".

Inside the library a transaction is translated to *canonical* delimiters, the control bytes FS GS RS US, so
that patterns are compiled once and not per partner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ISA_LENGTH = 106
ISA_WIDTH = "ISA of other than 106 bytes"
SEPARATOR_PLACES = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
TERMINATOR, ELEMENT, REPETITION, COMPONENT = b"\x1c", b"\x1d", b"\x1e", b"\x1f"
DATE, VERSION = re.compile(rb"\d{6}"), re.compile(rb"\d{5}")
BLANKS = b"\r\n\t \x00\x1a"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The four delimiter bytes.  `component` or `repetition` None: the interchange has none."""

    element: bytes = b"*"
    component: bytes | None = b">"
    terminator: bytes = b"~"
    repetition: bytes | None = None

    def all(self) -> bytes:
        return self.element + (self.component or b"") + self.terminator + (self.repetition or b"")

    def are_distinct(self) -> bool:
        """True if the bytes differ and none is a letter, a digit or a blank."""
        every = self.all()
        return len(set(every)) == len(every) and not any(bytes([b]).isalnum() or b == 0x20 for b in every)

    def to_canonical(self) -> bytes:
        """Table for bytes.translate.  Stray canonical bytes in data become NUL, which is never valid."""
        table = bytearray(range(256))
        table[0x1C:0x20] = b"\x00\x00\x00\x00"
        pairs = (
            (self.repetition, REPETITION),
            (self.component, COMPONENT),
            (self.element, ELEMENT),
            (self.terminator, TERMINATOR),
        )
        for mine, canonical in pairs:
            if mine:
                table[mine[0]] = canonical[0]
        return bytes(table)

    def from_canonical(self) -> bytes:
        """Table for bytes.translate that gives back the sender's own delimiters."""
        table = bytearray(range(256))
        pairs = ((TERMINATOR, self.terminator), (ELEMENT, self.element))
        for canonical, mine in (*pairs, (COMPONENT, self.component), (REPETITION, self.repetition)):
            table[canonical[0]] = (mine or canonical)[0]
        return bytes(table)


@dataclass(frozen=True, slots=True)
class IsaLayout:
    """Where an ISA ends and what it says of delimiters; `defects` are (TA105 code, value).

    `padding` may stand between segments; `suffix` follows every terminator (the rest of a multi-byte one).
    """

    delimiters: Delimiters
    fields: tuple[bytes, ...]
    length: int
    padding: bytes
    suffix: bytes
    defects: tuple[tuple[str, str], ...]

    def has_line_breaks(self) -> bool:
        """True if an element holds CR or LF: the sender wraps lines."""
        return any(b"\n" in value or b"\r" in value for value in self.fields[:15])


def read_isa(data: bytes, start: int) -> IsaLayout | str:
    """Layout of the ISA at `start`, or one sentence why none can be read.  Looks at 600 bytes at most."""
    window = data[start : start + 600]
    element = window[3:4]
    if not window.startswith(b"ISA") or not element or element.isalnum() or element in (b" ", b"\r", b"\n"):
        return "no ISA segment: after the letters ISA an element separator must follow"
    defects = []
    if len(window) >= ISA_LENGTH and _is_regular(window):
        end = 105
    else:
        place = _nth(window, element, 16)
        if place < 0 or place + 2 >= len(window):
            separator = element.decode("latin-1")
            return f"the ISA segment is cut: it needs 16 separators {separator!r} and a terminator"
        end = place + 2
        defects.append(("022", ISA_WIDTH))
    component, terminator = window[end - 1 : end], window[end : end + 1]
    after = window[end + 1 : end + 200]
    if terminator in b"\r\n" and _first_line_ends_with(after, component, terminator):
        # The sender left ISA16 out: what stands in its place ends every line, so it is the terminator.
        defects.append(("027", ""))
        component, terminator, end, after = None, component, end - 1, window[end : end + 200]
    fields = tuple(window[4 : end - (1 if component else 0)].split(element))
    fields = (fields + (b"",) * 16)[:15] + (component or b"",)
    if end != 105 and not (DATE.fullmatch(fields[8].strip()) or VERSION.fullmatch(fields[11].strip())):
        return "the ISA segment is cut: neither its date (ISA09) nor its version (ISA12) is a number"
    if terminator == element or terminator.isalnum() or terminator == component:
        defects.append(("004", repr(terminator)[2:-1]))
    if component and (component == element or component.isalnum() or component == b" "):
        defects.append(("027", repr(component)[2:-1]))
        component = None
    repetition = _repetition(fields, element, component, terminator)
    delimiters = Delimiters(element, component, terminator, repetition)
    suffix = _suffix(after, element)
    padding = (BLANKS + suffix).translate(None, element + (component or b"") + (repetition or b""))
    return IsaLayout(delimiters, fields, end + 1, padding, suffix, tuple(defects))


def _is_regular(window: bytes) -> bool:
    element = window[3]
    return all(window[i] == element for i in SEPARATOR_PLACES) and window.count(window[3:4], 0, 105) == 16


def _nth(window: bytes, element: bytes, count: int) -> int:
    place = -1
    for _ in range(count):
        place = window.find(element, place + 1)
        if place < 0:
            return -1
    return place


def _first_line_ends_with(after: bytes, byte: bytes, terminator: bytes) -> bool:
    line = after.lstrip(b"\r\n").split(terminator)[0].rstrip(b"\r\n")
    return bool(byte) and not byte.isalnum() and line[:2] in (b"GS", b"TA", b"IE") and line.endswith(byte)


def _repetition(fields, element, component, terminator) -> bytes | None:
    """ISA11, where the version (ISA12) makes it a separator."""
    byte, version = fields[10].strip() or fields[10][:1], fields[11].strip()
    taken = (element, component, terminator, b" ", b"\r", b"\n", b"\t")
    usable = len(byte) == 1 and not byte.isalnum() and byte not in taken
    return byte if version >= b"00402" and usable else None


def _suffix(after: bytes, element: bytes) -> bytes:
    """Bytes that a sender appends to every terminator (a multi-byte one, say), seen before the next id."""
    found = re.match(rb"([^A-Za-z0-9" + re.escape(element) + rb"]{1,4})(?:GS|TA1|IEA)", after)
    return found[1].strip(BLANKS) if found else b""
