"""One sentence for a person per finding: where, what is wrong, what to do.

Tables by code; labels come from `tables/labels.py`.
"""

from __future__ import annotations

from .tables.labels import ELEMENTS, SEGMENTS

SEGMENT = {
    "1": "{name} is not a segment of X12 release {release}; correct the segment id or remove it",
    "2": "{name} has no place here because the segment that opens its loop is missing; add that segment",
    "3": "{name} is missing; it is mandatory {place} and should stand before this position",
    "4": "loop {name} occurs more often than transaction set {set} allows; remove or split it",
    "5": "{name} occurs more often than transaction set {set} allows here; remove or split it",
    "6": "{name} does not belong to transaction set {set}; remove it",
    "7": "{name} is out of sequence in transaction set {set}; move it to its place",
}
ELEMENT = {
    "1": "is mandatory and missing; send a value",
    "2": "is missing; it is required together with the other elements of condition {condition}",
    "3": "is one element more than the segment has; {value} must not be sent",
    "4": "{value} is too short; send at least {least} characters",
    "5": "{value} is too long; send at most {most} characters",
    "6": "{value} holds a character that is not allowed in {kind}; remove it",
    "7": "{value} is not a code of element {number}; use a code of the list",
    "8": "{value} is not a date that exists; send CCYYMMDD",
    "9": "{value} is not a time that exists; send HHMM or HHMMSS",
    "10": "{value} must not be sent together with the other elements of condition {condition}",
    "12": "{value} is repeated, but the element occurs once; send one value",
    "13": "{value} holds more components than the element has; send fewer, or another component separator",
}
SENSE = {
    "count": "says {value}, but there are {expected}; correct the count",
    "hash": "says {value}, but the hash total is {expected}; correct the total",
    "parent": "{value} is not {expected}; correct the hierarchy",
    "levels": "{value} skips a level: {expected}; correct the hierarchy or BSN05",
    "children": "says {value}, expected {expected}; correct the child code",
    "gtin": "{value} is no valid GTIN: {expected} is expected; check the number",
    "sscc": "{value} is no valid serial shipping container code: expected {expected}",
    "bounded": "{value} does not close the loop that is open; expected {expected}",
}
ISA_WIDTH = "the ISA segment is not 106 bytes wide, its elements were counted; fill them with blanks"
TRANSACTION = {
    "1": "transaction set {set} is not supported; agree on it with the receiver first",
    "2": "the trailer SE is missing; the transaction set was cut, send it again whole",
    "3": "SE02 {value} does not repeat the control number of ST02; send the set again",
    "4": "SE01 says {value} segments, but there are {expected}; the set may be damaged, send it again",
    "6": "ST01 {value} is missing or is not a transaction set of three digits; correct it",
    "7": "ST02 {value} is missing or is not a control number of 4 to 9 characters; number the set",
    "18": "transaction set {value} does not belong in functional group {expected}; send it in its own group",
    "23": "ST02 {value} was used before in this group; number each set once",
}
WRONG_GROUP = "ST01 {value} does not fit the functional group {expected}; send the set in its own group"
NEAREST_RELEASE = "version {value} (GS08) is judged by the rules of {expected}; agree on the release"
GROUP = {
    "1": "functional group {value} is not supported; check GS01",
    "2": "version {value} (GS08) is not supported; send 004010 or 005010, or agree on it first",
    "3": "the group trailer GE is missing; the file was cut, send it again whole",
    "4": "GE02 {value} does not repeat the group control number of GS06; send the group again",
    "5": "GE01 says {value} transaction sets, but there are {expected}; send the group again",
    "6": "GS06 {value} is not a group control number of 1 to 9 digits; number the group",
    "19": "GS06 {value} was used before in this interchange; number each group once",
}
INTERCHANGE = {
    "001": "IEA02 {value} does not repeat the interchange control number of ISA13; send the file again",
    "004": "the segment terminator {value} can't be told from data; use another one",
    "002": "ISA11 {value} is not a standards id or repetition separator; send U or a separator",
    "005": "ISA05 {value} is not a sender qualifier; use a code of the list",
    "006": "ISA06, the sender id, is empty; send it",
    "007": "ISA07 {value} is not a receiver qualifier; use a code of the list",
    "008": "ISA08, the receiver id, is empty; send it",
    "010": "ISA01 {value} is not an authorization qualifier; send 00",
    "012": "ISA03 {value} is not a security qualifier; send 00",
    "014": "ISA09 {value} is not a date (YYMMDD) that exists; correct it",
    "015": "ISA10 {value} is not a time (HHMM) that exists; correct it",
    "017": "ISA12 {value} is not an interchange version; send 00401 or 00501",
    "018": "ISA13 {value} is not an interchange control number of 9 digits; number the interchange",
    "019": "ISA14 {value} must be 0 (no TA1 wanted) or 1; correct it",
    "020": "ISA15 {value} must be P (production), T (test) or I; correct it",
    "021": "IEA01 says {value} functional groups, but there are {expected}; send the file again",
    "022": "{value} stands where an envelope segment is expected; correct the order of the envelope",
    "025": "ISA13 {value} was used before by this sender; number each interchange once",
    "027": "ISA16 {value} can't serve as component separator; send one that occurs nowhere in data",
    "023": "the interchange trailer IEA is missing; the file was cut, send it again whole",
    "024": "the group header is not valid: {value}; correct the GS segment",
}


def segment_label(id_: str) -> str:
    """ "PO1 (order line)", or the bare id if we have no label."""
    label = SEGMENTS.get(id_)
    return f"{id_} ({label})" if label else id_


def element_label(number: str) -> str:
    return ELEMENTS.get(number, f"element {number}" if number else "element")


def quoted(value: str | None, limit: int = 40) -> str:
    value = value or ""
    return repr(value if len(value) <= limit else value[: limit - 3] + "...")


def place_name(segment_id: str, position: int, component: int | None) -> str:
    return f"{segment_id}{position:02d}" + (f"-{component:02d}" if component else "")


KINDS = {
    "N": "a whole number",
    "R": "a decimal number",
    "A": "text",
    "I": "a code",
    "D": "a date",
    "T": "a time",
}
