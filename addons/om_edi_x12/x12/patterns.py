"""Compiles what the tables say of a segment into one regular expression that a valid segment matches.

The fast path of validation: one pattern holds all segments of a set that have been seen, and one `findall`
per transaction runs it in C over canonical bytes (see `delimiters`).  A match vouches for everything about
the segment alone: number of elements, requirement, type, length, characters, dates that exist, code values
and relational conditions.  The pattern is *sufficient*: what it does not match is not wrong yet, but goes to
`elements.check`, which decides and explains.

Shape: every element is `(?:content|)` behind its separator, the segment may end wherever nothing mandatory
is left, and a relational condition is a lookahead at the first element it names.  There is no nested
unbounded repetition, so matching takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from . import schema

ANY = rb"[ -~\xa0-\xff]"
BASIC = rb"[A-Z0-9 !\"&'()*+,\-./:;?=]"
END = rb"\x1d*\x1c"
FILLED = rb"\x1d[^\x1d\x1c]"
SKIP = rb"(?:\x1d[^\x1d\x1c]*)"
LONG_MONTH = rb"(?:0[13578]|1[02])(?:0[1-9]|[12]\d|3[01])"
SHORT_MONTH = rb"(?:0[469]|11)(?:0[1-9]|[12]\d|30)"
MONTH_DAY = rb"(?:" + LONG_MONTH + rb"|" + SHORT_MONTH + rb"|02(?:0[1-9]|1\d|2[0-8]))"
LEAP_YEAR = rb"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
LEAP_SHORT = rb"(?:0[048]|[2468][048]|[13579][26])"
DATE = {
    8: rb"(?!0000)(?:\d{4}" + MONTH_DAY + rb"|" + LEAP_YEAR + rb"0229)",
    6: rb"(?:\d\d" + MONTH_DAY + rb"|" + LEAP_SHORT + rb"0229)",
}
HOUR_MINUTE = rb"(?:[01]\d|2[0-3])[0-5]\d"


def segments_pattern(segments: Iterable[bytes], bodies: Mapping[bytes, bytes]) -> re.Pattern[bytes]:
    """Pattern whose `findall` lists the ids of a transaction, b"" in place of a segment that failed."""
    tree: dict = {}
    for segment in segments:
        node = tree
        for i in range(len(segment)):
            node = node.setdefault(segment[i : i + 1], {})
        node[b""] = bodies[segment]
    return re.compile(
        rb"(?:(?=([A-Z][A-Z0-9]{1,2})\x1d)" + _trie(tree) + rb"|[^\x1c]*\x1c)[\r\n\t \x00\x1a]*", re.DOTALL
    )


def _trie(node: dict) -> bytes:
    choices = [body if letter == b"" else letter + _trie(body) for letter, body in node.items()]
    return choices[0] if len(choices) == 1 else rb"(?:" + rb"|".join(choices) + rb")"


def segment_body(
    segment: schema.Segment, facts: schema.Release, codes: Mapping[str, frozenset[str]], basic: bool
) -> bytes:
    """Pattern of everything behind the segment id, terminator included.

    `codes` are the lists to check, by element number or by place such as "PO103".
    """
    contents = []
    for position, (number, _mandatory) in enumerate(segment.elements, 1):
        values = codes.get(f"{segment.id}{position:02d}", codes.get(number))
        contents.append(_content(number, facts, values, codes, basic))
    present, empty = _assertions(segment.conditions)
    body = END
    for position in range(len(segment.elements), 0, -1):
        content, mandatory = contents[position - 1], segment.elements[position - 1][1]
        before, after = present.get(position, b""), empty.get(position, b"")
        choice = content + before
        if not mandatory:
            choice = rb"(?:" + choice + rb"|" + after + rb")"
        body = rb"\x1d" + choice + body
        if not _needed_from(segment, position):
            body = rb"(?:\x1c|" + body + rb")"
    return body


def _needed_from(segment: schema.Segment, position: int) -> bool:
    """True if the segment may not end before `position`."""
    if any(mandatory for _number, mandatory in segment.elements[position - 1 :]):
        return True
    return any(c.kind == "R" and min(c.positions) >= position for c in segment.conditions)


def _content(number, facts, values, codes, basic) -> bytes:
    if schema.COMPOSITE.match(number):
        return _composite(facts.segments[number], facts, codes, basic)
    return element_content(facts.elements[number], values, basic)


def _composite(composite: schema.Segment, facts, codes, basic) -> bytes:
    """Mandatory components, and the optional ones behind them unless a condition ties these together."""
    body = b""
    for position in range(len(composite.elements), 0, -1):
        number, mandatory = composite.elements[position - 1]
        content = element_content(facts.elements[number], codes.get(number), basic)
        if position > 1:
            content = rb"\x1f" + content
        if mandatory:
            body = content + body
        elif any(position in condition.positions for condition in composite.conditions):
            body = b""
        else:
            body = rb"(?:" + content + body + rb")?"
    return body


def element_content(element: schema.Element, values: frozenset[str] | None, basic: bool = False) -> bytes:
    """Pattern of a simple element that is present."""
    least, most = element.least, element.most
    if values is not None:
        return code_list(values)
    if element.type[0] == "N":
        return rb"-?\d{%d,%d}" % (least, most)
    if element.type == "R":
        point = rb"(?=[\d.]{%d,%d}[\x1c\x1d\x1f])\d*\.\d*" % (least + 1, most + 1)
        return rb"-?(?:\d{%d,%d}(?![\d.])|%s)" % (least, most, point)
    if element.type == "DT":
        return rb"(?:" + rb"|".join(DATE[n] for n in (8, 6) if least <= n <= most) + rb")"
    if element.type == "TM":
        seconds = rb"" if most < 6 else rb"[0-5]\d" + (rb"\d{0,%d}" % min(2, most - 6))
        return HOUR_MINUTE + (rb"(?:" + seconds + rb")" + (rb"" if least > 4 else rb"?") if seconds else rb"")
    return (BASIC if basic else ANY) + rb"{%d,%d}" % (least, most)


def code_list(values: frozenset[str]) -> bytes:
    """Alternatives factored by first character: 800 codes cost little more than ten."""
    tails: dict[str, set[str]] = {}
    for value in values:
        tails.setdefault(value[:1], set()).add(value[1:])
    by_tails: dict[frozenset[str], str] = {}
    for head, rest in sorted(tails.items()):
        key = frozenset(rest)
        by_tails[key] = by_tails.get(key, "") + head
    choices = []
    for rest, heads in by_tails.items():
        tail = b""
        if rest != {""}:
            tail = code_list(frozenset(rest - {""})) + (rb"?" if "" in rest else b"")
        choices.append(_one_of(heads) + tail)
    return rb"(?:" + rb"|".join(choices) + rb")"


def _one_of(characters: str) -> bytes:
    if len(characters) == 1:
        return re.escape(characters.encode("latin-1"))
    return rb"[" + b"".join(re.escape(c.encode("latin-1")) for c in characters) + rb"]"


def _assertions(conditions) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Lookaheads that hold a condition, by position: where the element is present, where it is empty."""
    present: dict[int, bytes] = {}
    empty: dict[int, bytes] = {}
    for condition in conditions:
        ASSERTIONS[condition.kind](condition.positions, present, empty)
    return present, empty


def _all_or_none(positions, present, empty):
    ordered = sorted(positions)
    for here, following in pairwise(ordered):
        _add(present, here, rb"(?=%s)" % _filled(here, following))
        _add(empty, here, rb"(?!%s)" % _filled(here, following))


def _at_least_one(positions, present, empty):
    first, *others = sorted(positions)
    _add(empty, first, rb"(?=%s)" % rb"|".join(_filled(first, other) for other in others))


def _at_most_one(positions, present, empty):
    ordered = sorted(positions)
    for i, here in enumerate(ordered):
        for other in ordered[i + 1 :]:
            _add(present, here, rb"(?!%s)" % _filled(here, other))


def _first_needs_all(positions, present, empty):
    first, *others = positions
    for other in others:
        if first < other:
            _add(present, first, rb"(?=%s)" % _filled(first, other))
        else:
            _add(empty, other, rb"(?!%s)" % _filled(other, first))


def _first_needs_one(positions, present, empty):
    first, *others = positions
    earliest = min(positions)
    if first == earliest:
        _add(present, first, rb"(?=%s)" % rb"|".join(_filled(first, other) for other in sorted(others)))
        return
    # "first is there and none of the others": a picture of the elements from the earliest one on.
    picture = b""
    for position in range(earliest + 1, max(positions) + 1):
        if position == first:
            picture += FILLED + rb"[^\x1d\x1c]*"
        elif position in others:
            picture += rb"(?:\x1d(?=[\x1d\x1c])|(?=\x1c))"
        else:
            picture += rb"(?:\x1d[^\x1d\x1c]*|(?=\x1c))"
    _add(empty, earliest, rb"(?!%s)" % picture)


ASSERTIONS = {
    "P": _all_or_none,
    "R": _at_least_one,
    "E": _at_most_one,
    "C": _first_needs_all,
    "L": _first_needs_one,
}


def _filled(here: int, there: int) -> bytes:
    """Looks from the end of element `here` at element `there`: it holds something."""
    return SKIP * (there - here - 1) + FILLED


def _add(table: dict[int, bytes], position: int, assertion: bytes) -> None:
    table[position] = table.get(position, b"") + assertion
