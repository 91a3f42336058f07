"""Checks that need more than one segment: totals, hierarchy, bounded loops, check digits.

`is_suspicious` answers quickly from the bytes of a transaction; only if it says yes does `check` look at the
segments and name places.  Both read the same tables.

CTT02 is a hash total: values are added without regard to decimal point and sign, and cut on the left to the
width of the field.  Many partners send the plain sum instead; either is accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from .delimiters import BLANKS, ELEMENT, TERMINATOR
from .gs1 import GTIN_QUALIFIERS, are_gtins, has_valid_check_digit, is_gtin
from .patterns import code_list

# Set -> segment that CTT01 counts, segment and element that CTT02 adds up.
TOTALS = {
    "810": ("IT1", "IT1", 2),
    "832": ("LIN", None, 0),
    "846": ("LIN", "QTY", 2),
    "850": ("PO1", "PO1", 2),
    "855": ("PO1", "PO1", 2),
    "856": ("HL", "SN1", 2),
    "860": ("POC", "POC", 3),
    "865": ("POC", "POC", 3),
}
HASH_WIDTH = 10
PADDING = rb"[\r\n\t \x00\x1a]*"
KEYS = tuple(b"\x1d" + qualifier.encode() + b"\x1d" for qualifier in GTIN_QUALIFIERS)
KEY_PAIR = re.compile(rb"\x1d" + code_list(frozenset(GTIN_QUALIFIERS)) + rb"\x1d(?=([^\x1d\x1c]*))")
ITEM_PAIRS = {
    # Segment -> position of its first product id qualifier (element 235); pairs follow to the end.
    "ACK": 7, "BLI": 1, "IT1": 6, "LIN": 2, "PO1": 6, "POC": 8, "SLN": 9,
    "W01": 4, "W04": 4, "W07": 4, "W12": 7,
}  # fmt: skip
# BSN05 -> levels (HL03) from the top: shipment, order, pack, item.
LEVELS = {b"0001": b"SOPI", b"0002": b"SOIP", b"0003": b"SPOI", b"0004": b"SOI"}
LONG_LOOK = frozenset({b"HL", b"MAN", b"LS"})
SSCC = {"GM": (20, b"00"), "AA": (18, b"")}  # MAN01: SSCC with its application identifier, and without


class SenseError(NamedTuple):
    """One defect: index of the segment, position of the element, code, value, rule, what was expected."""

    index: int
    position: int
    value: bytes
    rule: str
    expected: str


class QuickCheck:
    """The quick answer for one set, its patterns compiled once."""

    def __init__(self, set_id: str):
        self.set_id = set_id
        counted, added, position = TOTALS.get(set_id, (None, None, 0))
        self.counted = counted and counted.encode()
        self.values = added and re.compile(
            rb"\x1c"
            + PADDING
            + added.encode()
            + rb"\x1d[^\x1d\x1c]*" * (position - 1)
            + rb"\x1d([^\x1d\x1c]*)"
        )

    def is_suspicious(self, ids: list[bytes], kinds: set[bytes], canonical: bytes) -> bool:
        """True if a total, key or hierarchy may be wrong; `kinds` are the ids that occur."""
        if not kinds.isdisjoint(LONG_LOOK):
            return any(check(self.set_id, split(canonical)))
        for key in KEYS:
            if key in canonical:
                if not are_gtins(KEY_PAIR.findall(canonical)):
                    return True
                break
        return self._totals_are_off(ids, kinds, canonical)

    def _totals_are_off(self, ids, kinds, canonical) -> bool:
        if not self.counted or b"CTT" not in kinds:
            return False
        start = canonical.rfind(b"CTT\x1d")
        if canonical[start - 1] not in b"\x1c\r\n":
            return True  # perhaps the last letters of a value: the slow look will tell
        count, total, *_rest = (
            *canonical[start + 4 : canonical.index(TERMINATOR, start)].split(ELEMENT),
            b"",
        )
        if not count.isdigit() or int(count) != ids.count(self.counted):
            return True
        if not total:
            return False
        return not self.values or not matches_total(total, self.values.findall(canonical))


def matches_total(declared: bytes, values: list[bytes]) -> bool:
    """True if `declared` is the hash total of the values, or their sum."""
    try:
        if declared.isdigit() and int(declared) == sum(map(int, values)):
            return True
    except ValueError:
        pass  # decimals, or none at all
    try:
        if declared.isdigit():
            digits = sum(int(re.sub(rb"\D", b"", value) or b"0") for value in values)
            if int(declared) == digits % 10**HASH_WIDTH:
                return True
        return Decimal(declared.decode("latin-1")) == sum(
            Decimal(value.decode("latin-1")) for value in values if value
        )
    except (InvalidOperation, ValueError):
        return False


def split(canonical: bytes) -> list[list[bytes]]:
    """Elements of every segment of a transaction."""
    pieces = (piece.strip(BLANKS) for piece in canonical.split(TERMINATOR))
    return [piece.split(ELEMENT) for piece in pieces if piece]


def check(set_id: str, segments: list[list[bytes]]) -> Iterator[SenseError]:
    """All defects of this kind, in order of the segments."""
    errors = [*_check_totals(set_id, segments), *_check_hierarchy(segments), *_check_keys(segments)]
    errors += _check_bounded_loops(segments)
    return iter(sorted(errors, key=lambda error: (error.index, error.position)))


def _check_totals(set_id, segments):
    counted, added, position = TOTALS.get(set_id, (None, None, 0))
    if not counted:
        return
    for index, segment in enumerate(segments):
        if segment[0] == b"CTT" and len(segment) > 1:
            count = sum(other[0] == counted.encode() for other in segments)
            if segment[1].isdigit() and int(segment[1]) != count:
                yield SenseError(index, 1, segment[1], "count", f"{count} {counted} segments")
            if added and len(segment) > 2 and segment[2]:
                id_ = added.encode()
                values = [s[position] for s in segments if s[0] == id_ and len(s) > position]
                if not matches_total(segment[2], values):
                    total = sum(int(re.sub(rb"\D", b"", value) or b"0") for value in values)
                    expected = f"{total % 10**HASH_WIDTH} from {added}{position:02d}"
                    yield SenseError(index, 2, segment[2], "hash", expected)


def _check_hierarchy(segments):
    parents: dict[bytes, int] = {}
    announced: list[tuple[int, bytes, bytes]] = []
    used: set[bytes] = set()
    for index, segment in enumerate(segments):
        if segment[0] != b"HL" or len(segment) < 2:
            continue
        segment = segment + [b""] * (5 - len(segment))
        number, parent, children = segment[1], segment[2], segment[4]
        if parent and parent not in parents:
            yield SenseError(index, 2, parent, "parent", "the HL01 of an earlier HL")
        if number in parents:
            yield SenseError(index, 1, number, "parent", "a number of its own, it was used before")
        parents[number] = index
        used.add(parent)
        announced.append((index, number, children))
    yield from _check_levels(segments)
    for index, number, children in announced:
        if children in (b"0", b"1") and (children == b"1") != (number in used):
            expected = "1, it has children" if number in used else "0, it has no children"
            yield SenseError(index, 4, children, "children", expected)


def _check_levels(segments):
    """Levels that are skipped, by the structure that BSN05 announces.  Tares and other levels are free."""
    structure = next((s[5] for s in segments if s[0] == b"BSN" and len(s) > 5), b"")
    order = LEVELS.get(structure, b"")
    levels: dict[bytes, bytes] = {}
    for index, segment in enumerate(segments):
        if segment[0] != b"HL" or len(segment) < 4 or not order:
            continue
        _id, number, parent, level = segment[:4]
        above = levels.get(parent, b"")
        levels[number] = level
        place = order.find(level) if len(level) == 1 else -1
        if place > 0 and above != order[place - 1 : place] and (not above or above in order):
            due = f"{_text(order[place - 1 : place])}, as BSN05 {_text(structure)} announces"
            yield SenseError(index, 2, parent, "levels", f"{_text(level)} below {due}")


def _check_keys(segments):
    for index, segment in enumerate(segments):
        id_ = _text(segment[0])
        if id_ == "MAN":
            yield from _check_marks(index, segment)
        for position in range(ITEM_PAIRS.get(id_, len(segment)), len(segment) - 1):
            qualifier, value = _text(segment[position]), segment[position + 1]
            is_key = qualifier in GTIN_QUALIFIERS and value and position % 2 == ITEM_PAIRS[id_] % 2
            if is_key and not is_gtin(value):
                expected = "8, 12, 13 or 14 digits with a valid check digit"
                yield SenseError(index, position + 1, value, "gtin", expected)


def _check_marks(index, segment):
    for qualifier, places in ((1, (2, 3)), (4, (5, 6))):
        length, prefix = SSCC.get(_text(segment[qualifier]) if len(segment) > qualifier else "", (0, b""))
        for place in places:
            value = segment[place] if length and len(segment) > place else b""
            if value and not (
                len(value) == length and value.startswith(prefix) and has_valid_check_digit(value[-18:])
            ):
                expected = f"an SSCC of {length} digits" + (" that starts with 00" if prefix else "")
                yield SenseError(index, place, value, "sscc", expected + " with a valid check digit")


def _check_bounded_loops(segments):
    opened: list[bytes] = []
    for index, segment in enumerate(segments):
        if segment[0] == b"LS" and len(segment) > 1:
            opened.append(segment[1])
        elif segment[0] == b"LE" and len(segment) > 1 and opened:
            name = opened.pop()
            if segment[1] != name:
                yield SenseError(index, 1, segment[1], "bounded", f"{_text(name)}, as in its LS")


def _text(value: bytes) -> str:
    return value.decode("latin-1")
