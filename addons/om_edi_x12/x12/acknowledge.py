"""Builds the acknowledgments of what was read: 997, 999 and TA1.

A group is answered by one 997 (999 where agreed): AK1 names it, AK2 to AK5 judge each of its sets, AK9 sums
up.  Only errors appear, warnings do not.  A group at fault as a whole is rejected with all its sets.

    997   AK1 ( AK2 ( AK3 AK4... )... AK5 )... AK9
    999   AK1 ( AK2 ( IK3 ( IK4 CTX )... )... IK5 )... AK9
"""

from __future__ import annotations

from itertools import groupby

from .events import Finding, GroupEnd, InterchangeEnd, Result
from .schema import SET_ID, nearest_release

MOST_AK4 = 99
MOST_PLACE = 99
MOST_CODES = 5
LONGEST_VALUE = 99
# 005010 answers a defect inside a segment with these where the 997 has only AK304:8.
SEGMENT_HAS_ELEMENT_ERRORS = "8"


def acknowledge(group_end: GroupEnd, kind: str = "997") -> list[list[str]]:
    """Segments of the answer to a group, without ST and SE, for the 997 or the 999.

    A group that holds acknowledgments (GS01 FA) must not be answered: ValueError.
    """
    if kind not in ("997", "999"):
        raise ValueError(f"a group is acknowledged by a 997 or a 999, not a {kind}")
    group = group_end.group
    if group.functional_id == "FA":
        raise ValueError("acknowledgments (GS01 FA) are not acknowledged")
    later = nearest_release(group.version) == "005010" and group.version >= "005010"
    segments = [
        _trimmed(
            [
                "AK1",
                _id(group.functional_id, 2, 2),
                _number(group.control),
                _plain(group.version)[:12] if later else "",
            ]
        )
    ]
    taken = group.interchange.delimiters.all().decode("latin-1")
    group_at_fault = any(f.kind == "AK905" and f.severity == "error" for f in group_end.findings)
    for result in group_end.results:
        segments += _answer_set(result, kind, group_at_fault, later, taken)
    segments.append(
        [
            "AK9",
            group_end.status,
            _count(group_end.declared),
            _count(group_end.received),
            _count(group_end.accepted),
            *group_end.ack_codes[:MOST_CODES],
        ]
    )
    return segments


def _answer_set(result: Result, kind: str, group_at_fault: bool, later: bool, taken: str) -> list[list[str]]:
    implementation = _plain(result.implementation)[:35] if later else ""
    control = _plain(result.control_number)[:9].rjust(4, "0")
    set_id = result.set_id if SET_ID.fullmatch(result.set_id) else "000"
    segments = [_trimmed(["AK2", set_id, control, implementation])]
    located = [finding for finding in result.findings if finding.kind in ("AK304", "AK403")]
    for _place, same_place in groupby(located, key=_segment_of):
        findings = list(same_place)
        element_errors = [finding for finding in findings if finding.kind == "AK403"]
        for finding in findings:
            if finding.kind == "AK304":
                segments.append(_segment_note(finding, finding.number, kind))
        if element_errors:
            segments.append(_segment_note(findings[0], SEGMENT_HAS_ELEMENT_ERRORS, kind))
            for finding in element_errors[:MOST_AK4]:
                segments.append(_element_note(finding, kind, taken))
                segments += [_context(finding)] if kind == "999" and finding.trigger else []
    status = "R" if group_at_fault else result.status
    segments.append(["IK5" if kind == "999" else "AK5", status, *result.ack_codes[:MOST_CODES]])
    return segments


def _segment_of(finding: Finding):
    return finding.segment, finding.segment_id, finding.loop


def _segment_note(finding: Finding, code: str, kind: str) -> list[str]:
    loop = finding.loop or ""
    loop = loop.rpartition("/")[2] if kind == "999" else _bounded(loop)
    return [
        "IK3" if kind == "999" else "AK3",
        _id(finding.segment_id or "", 2),
        _count(finding.segment or 0),
        loop,
        code,
    ]


def _bounded(loop: str) -> str:
    """The loop identifier of LS and LE around the place: AK303 names no other loops."""
    names = loop.split("/")
    return names[names.index("LS") + 1] if "LS" in names[:-1] else ""


def _element_note(finding: Finding, kind: str, taken: str) -> list[str]:
    # Positions have two digits: what stands beyond the 99th place is reported there.
    places = (min(place, MOST_PLACE) for place in (finding.element, finding.component) if place)
    position = "\x1f".join(map(str, places))
    number = finding.element_number or ""
    if not number.isdecimal():
        number = ""
    segment = ["IK4" if kind == "999" else "AK4", position, number, finding.number, _quotable(finding, taken)]
    return _trimmed(segment)


def _context(finding: Finding) -> list[str]:
    """CTX under an IK4: the element whose presence made the missing or excluded one an error."""
    loop = (finding.loop or "").rpartition("/")[2]
    place = [_id(finding.segment_id or "", 2), _count(finding.segment or 0), loop, str(finding.trigger)]
    return ["CTX", "SITUATIONAL TRIGGER", *place]


def _quotable(finding: Finding, taken: str) -> str:
    """The bad value, if the answer can carry it: no control characters, none of the delimiters `taken`."""
    value = finding.value or ""
    if not value.isprintable() or not set(taken).isdisjoint(value):
        return ""
    return value[:LONGEST_VALUE]


def ta1(interchange_end: InterchangeEnd) -> list[str]:
    """The TA1 segment that answers an interchange: quotes ISA13, ISA09, ISA10; then verdict and note."""
    isa = interchange_end.interchange.isa
    return ["TA1", isa.control, isa.date, isa.time, interchange_end.status, interchange_end.note]


def _plain(value: str) -> str:
    """Letters and digits of what a partner sent: all that a control number or an id may hold."""
    return "".join(c for c in value if c.isascii() and c.isalnum())


def _id(value: str, least: int, most: int = 3) -> str:
    """A segment, set or group id that can be quoted, whatever was sent."""
    return _plain(value).upper()[:most].ljust(least, "0")


def _number(value: str) -> str:
    """A group control number (type N0, 9 digits) that can be quoted, whatever was sent."""
    return value if value.isascii() and value.isdecimal() and len(value) <= 9 else "0"


def _count(number: int) -> str:
    """A count or ordinal as far as its six digits go."""
    return str(min(number, 999_999))


def _trimmed(segment: list[str]) -> list[str]:
    while segment and not segment[-1]:
        segment.pop()
    return segment
