"""Checks one segment element by element and says what is wrong: the authority behind `patterns`.

Every rule yields an AK403 code:

    1 mandatory missing       4 too short     7 not in the code list     10 exclusion violated
    2 condition not met       5 too long      8 date does not exist      12 repeated too often (005010)
    3 too many elements       6 character     9 time does not exist      13 too many components (005010)
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from typing import NamedTuple

from . import schema

COMPONENT, REPETITION = b"\x1f", b"\x1e"
INTEGER = re.compile(rb"-?(\d+)$")
DECIMAL = re.compile(rb"-?(\d+\.?\d*|\.\d+)$")
DECIMAL_WITH_EXPONENT = re.compile(rb"-?(\d+\.?\d*|\.\d+)(?:E-?\d+)?$")
NOT_BASIC = re.compile(rb"[^A-Z0-9 !\"&'()*+,\-./:;?=]")
NOT_EXTENDED = re.compile(rb"[^ -~\xa0-\xff]")


class ElementError(NamedTuple):
    """One defect: place of the element and component (None), AK403 code, element number, value, for whom.

    `condition` is the relational condition that was not met, `trigger` the element whose presence asked for
    this one.
    """

    position: int
    component: int | None
    code: str
    number: str
    value: bytes
    condition: str = ""
    trigger: int | None = None


class Alphabet(NamedTuple):
    """The characters a partner may send: basic, extended (with letters of Latin-1) or utf-8.

    `auto` is extended, and UTF-8 where the bytes of an element are nothing else.
    """

    name: str = "auto"

    def length(self, value: bytes) -> int:
        if self.name in ("auto", "utf-8") and not value.isascii():
            try:
                return len(value.decode())
            except UnicodeDecodeError:
                pass
        return len(value)

    def has_foreign(self, value: bytes) -> bool:
        """True if a character of the value is outside the set."""
        if self.name == "basic":
            return bool(NOT_BASIC.search(value))
        if value.isascii() or self.name == "extended":
            return bool(NOT_EXTENDED.search(value))
        try:
            return any(ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F for c in value.decode())
        except UnicodeDecodeError:
            return self.name == "utf-8" or bool(NOT_EXTENDED.search(value))


def check(
    segment: schema.Segment,
    fields: list[bytes],
    facts: schema.Release,
    codes: Mapping[str, frozenset[str]],
    alphabet: Alphabet,
) -> list[ElementError]:
    """Defects of a segment given as canonical elements, `fields[0]` being the id, in order of place."""
    errors: list[ElementError] = []
    for position, (number, mandatory) in enumerate(segment.elements, 1):
        value = fields[position] if position < len(fields) else b""
        if not value:
            if mandatory:
                errors.append(ElementError(position, None, "1", number, b""))
        elif schema.COMPOSITE.match(number):
            errors += _check_composite(position, number, value, facts, codes, alphabet)
        else:
            values = codes.get(f"{segment.id}{position:02d}", codes.get(number))
            code = check_value(value, facts.elements[number], values, alphabet, facts.name)
            if code:
                errors.append(ElementError(position, None, code, number, value))
    for position in range(len(segment.elements) + 1, len(fields)):
        if fields[position]:
            errors.append(ElementError(position, None, "3", "", fields[position]))
            break
    filled = {position for position in range(1, len(fields)) if fields[position]}
    for condition in segment.conditions:
        errors += _check_condition(condition, filled, segment, fields)
    # Two conditions may ask for the same element: it is missing once.
    once = {(error.position, error.component, error.code): error for error in reversed(errors)}
    return sorted(once.values(), key=lambda error: (error.position, error.component or 0))


def check_value(value, element, values, alphabet, release_name) -> str | None:
    """AK403 code of a simple element that is present, or None."""
    if COMPONENT in value or REPETITION in value:
        if release_name >= "005010":
            return "13" if COMPONENT in value else "12"
        return "6"
    return CHECKS[element.type[0] if element.type[0] == "N" else element.type](
        value, element, values, alphabet, release_name
    )


def _text(value, element, values, alphabet, _release_name):
    if alphabet.has_foreign(value):
        return "6"
    return _length(alphabet.length(value), element)


def _identifier(value, element, values, alphabet, _release_name):
    if alphabet.has_foreign(value):
        return "6"
    code = _length(len(value), element)
    if code or values is None or value.rstrip(b" ").decode("latin-1") in values:
        return code  # blanks at the end are no part of a code
    return "7"


def _integer(value, element, values, _alphabet, _release_name):
    found = INTEGER.match(value)
    return _length(len(found[1]), element) if found else "6"


def _decimal(value, element, values, _alphabet, release_name):
    found = (DECIMAL_WITH_EXPONENT if release_name >= "005010" else DECIMAL).match(value)
    return _length(len(found[1].replace(b".", b"")), element) if found else "6"


def _date(value, element, values, _alphabet, _release_name):
    code = _length(len(value), element)
    if code:
        return code
    return None if is_date(value) else "8"


def is_date(value: bytes) -> bool:
    """True for CCYYMMDD or YYMMDD of a day that exists."""
    if not value.isdigit() or len(value) not in (6, 8):
        return False
    year, month, day = int(value[:-4]), int(value[-4:-2]), int(value[-2:])
    if len(value) == 6:
        year += 2000
    return year > 0 and 1 <= month <= 12 and 1 <= day <= _days(year, month)


def _days(year: int, month: int) -> int:
    return (
        29
        if month == 2 and calendar.isleap(year)
        else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    )


def _time(value, element, values, _alphabet, _release_name):
    code = _length(len(value), element)
    if code:
        return code
    return None if is_time(value) else "9"


def is_time(value: bytes) -> bool:
    """True for HHMM, HHMMSS, HHMMSSD or HHMMSSDD."""
    if not value.isdigit() or len(value) not in (4, 6, 7, 8):
        return False
    return int(value[:2]) < 24 and int(value[2:4]) < 60 and int(value[4:6] or 0) < 60


CHECKS = {"AN": _text, "ID": _identifier, "N": _integer, "R": _decimal, "DT": _date, "TM": _time}


def _length(length: int, element: schema.Element) -> str | None:
    if length < element.least:
        return "4"
    return "5" if length > element.most else None


def _check_composite(position, number, value, facts, codes, alphabet):
    composite = facts.segments[number]
    parts = [b"", *value.split(COMPONENT)]
    if REPETITION in value:
        # Only CTX01 of the 999 repeats in the sets we carry; its repetitions are checked one by one.
        repeats = value.split(REPETITION)
        if number != "C998":
            yield ElementError(position, None, "12" if facts.name >= "005010" else "6", number, value)
            return
        for repeat in repeats:
            yield from _check_composite(position, number, repeat, facts, codes, alphabet)
        return
    for component, (part_number, mandatory) in enumerate(composite.elements, 1):
        part = parts[component] if component < len(parts) else b""
        if part:
            code = check_value(
                part, facts.elements[part_number], codes.get(part_number), alphabet, facts.name
            )
            if code:
                yield ElementError(position, component, code, part_number, part)
        elif mandatory:
            yield ElementError(position, component, "1", part_number, b"")
    if any(parts[len(composite.elements) + 1 :]):
        yield ElementError(
            position, len(composite.elements) + 1, "13" if facts.name >= "005010" else "3", "", parts[-1]
        )
    filled = {i for i in range(1, len(parts)) if parts[i]}
    for condition in composite.conditions:
        for place, code in broken(condition, filled):
            yield ElementError(position, place, code, composite.elements[place - 1][0], b"", str(condition))


def _check_condition(condition, filled, segment, fields):
    for position, code in broken(condition, filled):
        number = segment.elements[position - 1][0]
        value = fields[position] if code == "10" else b""
        trigger = next(
            (other for other in condition.positions if other in filled and other != position), None
        )
        yield ElementError(position, None, code, number, value, str(condition), trigger)


def broken(condition: schema.Condition, filled: set[int]) -> list[tuple[int, str]]:
    """Places and codes at which a relational condition is not met by the positions that are filled."""
    first, *others = condition.positions
    there = [position for position in condition.positions if position in filled]
    missing = [position for position in condition.positions if position not in filled]
    if condition.kind == "P":
        return [(position, "2") for position in missing] if there else []
    if condition.kind == "R":
        return [] if there else [(first, "2")]
    if condition.kind == "E":
        return [(position, "10") for position in there[1:]]
    if first not in filled:
        return []
    if condition.kind == "C":
        return [(position, "2") for position in missing]
    return [] if any(position in filled for position in others) else [(others[0], "2")]
