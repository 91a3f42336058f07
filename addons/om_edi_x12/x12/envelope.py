"""Rules of the envelope: ISA, TA1, GS, GE, IEA.  Codes are TA105 for interchanges, AK905 for groups."""

from __future__ import annotations

import re

from . import messages, schema
from .delimiters import ISA_WIDTH
from .elements import is_date, is_time
from .events import Finding, GroupEnd, GroupStart, InterchangeAck, InterchangeHeader, InterchangeStart
from .rules import Rules

LETTERED_QUALIFIERS = ("AM", "NR", "SA", "SN", "ZZ")
ID_QUALIFIERS = {f"{number:02d}" for number in range(1, 39) if number not in (5, 6)} | {*LETTERED_QUALIFIERS}
VERSION = re.compile(r"00[2-8]0[0-9]$")
REJECTING = frozenset({"023", "025"})
"""TA105 codes that reject the interchange; the others are noted, so that what is sound inside is kept."""

HEADER_CHECKS = (
    ("010", "authorization_qualifier", lambda value: value in ("00", "01", "02", "03", "04", "05", "06")),
    ("012", "security_qualifier", lambda value: value in ("00", "01")),
    ("005", "sender_qualifier", ID_QUALIFIERS.__contains__),
    ("006", "sender_id", bool),
    ("007", "receiver_qualifier", ID_QUALIFIERS.__contains__),
    ("008", "receiver_id", bool),
    ("014", "date", lambda value: len(value) == 6 and is_date(value.encode("latin-1", "replace"))),
    ("015", "time", lambda value: len(value) == 4 and is_time(value.encode("latin-1", "replace"))),
    ("017", "version", VERSION.match),
    ("018", "control", lambda value: value.isdecimal() and len(value) == 9),
    ("019", "ack_flag", ("0", "1").__contains__),
    ("020", "usage", ("P", "T", "I").__contains__),
)


def header(fields: tuple[bytes, ...]) -> InterchangeHeader:
    """ISA01 to ISA16 without the blanks that fill the fixed width, and without line breaks."""
    values = (value.translate(None, b"\r\n").decode("latin-1").strip(" ") for value in fields[:15])
    return InterchangeHeader(*values, fields[15].decode("latin-1"))


def header_defects(isa: InterchangeHeader):
    """(TA105 code, value) of every element of the ISA that is not valid."""
    for code, name, is_valid in HEADER_CHECKS:
        value = getattr(isa, name)
        if not is_valid(value):
            yield code, value
    if isa.version < "00402":
        if isa.standard != "U":
            yield "002", isa.standard
    elif len(isa.standard) != 1:
        yield "002", isa.standard


def interchange_sentence(code: str, value: str, expected: str) -> str:
    """One sentence on an interchange for a person."""
    template = messages.ISA_WIDTH if value == ISA_WIDTH else messages.INTERCHANGE[code]
    return f"Interchange: {template.format(value=messages.quoted(value), expected=expected)}."


def interchange_status(findings: list[Finding]) -> tuple[str, str]:
    """TA104 and TA105: the worst finding speaks."""
    codes = [finding.number for finding in findings if finding.severity == "error"]
    rejecting = [code for code in codes if code in REJECTING]
    if rejecting:
        return "R", rejecting[0]
    return ("E", codes[0]) if codes else ("A", "000")


def interchange_ack(segment: list[bytes], interchange: InterchangeStart) -> InterchangeAck:
    """A TA1 as received; missing elements are empty."""
    control, date, time, status, note = (
        *(value.decode("latin-1").strip() for value in segment[1:6]), "", "", "", "", ""
    )[:5]  # fmt: skip
    return InterchangeAck(int(control) if control.isdecimal() else 0, date, time, status, note, interchange)


def group_start(segment: list[bytes], interchange: InterchangeStart, offset: int) -> GroupStart:
    """A GS as received; missing elements are empty.  Trailing component separators are no data."""
    values = [value.decode("latin-1").strip() for value in segment[1:9]]
    values += [""] * (8 - len(values))
    return GroupStart(*values, interchange, offset)


def group_defects(start: GroupStart):
    """(TA105 code, what is wrong) for elements of the GS that no AK905 code names."""
    if not start.sender or not start.receiver:
        yield "024", "GS02 or GS03 is empty: they name sender and receiver"
    if not is_date(start.date.encode("latin-1", "replace")):
        yield "024", f"GS04 {start.date} is not a date"
    elif len(start.date) != 8 and start.version >= "004":
        yield "024", f"GS04 {start.date} has no century: CCYYMMDD is expected"
    if not is_time(start.time.encode("latin-1", "replace")):
        yield "024", f"GS05 {start.time} is not a time"
    if start.agency not in ("T", "X"):
        yield "024", f"GS07 {start.agency} is not an agency code: X is expected"


def group_sentence(start: GroupStart, code: str, value: str, expected: str) -> str:
    """One sentence on a group for a person."""
    template = messages.NEAREST_RELEASE if code == "2" and expected else messages.GROUP[code]
    sentence = template.format(value=messages.quoted(value), expected=expected)
    return f"Group {start.functional_id} {start.control}: {sentence}."


def is_supported(version: str, rules: Rules) -> bool:
    """True if sets of this GS08 are judged at all."""
    if rules.versions and not version.startswith(rules.versions):
        return False
    return schema.nearest_release(version) is not None


def is_exact(version: str) -> bool:
    """True if GS08 names a release whose tables we hold, with or without the suffix of a guide."""
    return version.startswith(("00401", "00501"))


def settle_group(summary: GroupEnd) -> None:
    """AK901 and AK905.  A fault of the group itself rejects all its sets."""
    codes = {int(finding.number) for finding in summary.findings if finding.severity == "error"}
    summary.ack_codes = [str(code) for code in sorted(codes)][:5]
    noted = sum(result.status == "E" for result in summary.results._noted.values())
    if codes:
        summary.status, summary.accepted = "R", 0
    elif summary.accepted < summary.received:
        summary.status = "P" if summary.accepted else "R"
    else:
        summary.status = "E" if noted else "A"


def same_number(one: str, other: str) -> bool:
    """Control numbers compare as numbers: leading zeros differ in the wild."""
    if one.isdecimal() and other.isdecimal():
        return one.lstrip("0") == other.lstrip("0")
    return one == other
