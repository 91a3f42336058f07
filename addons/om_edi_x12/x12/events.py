"""What `read` yields: the envelope and the transactions of a file, in the order of the bytes.

    InterchangeStart  GroupStart  Transaction ...  GroupEnd ...  InterchangeEnd ...

Every start is followed by its end, also in a file that is cut.  Values are as received (text, blanks of the
fixed-width ISA removed), so that an answer can quote them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from .delimiters import Delimiters


@dataclass(slots=True)
class Finding:
    """One defect: where it is, its X12 error code and one sentence for a person.

    `code` is the element it is reported in and the code: "AK304:3", "AK403:7", "AK502:4", "AK905:5",
    "TA105:022".  `segment` is the ordinal in the transaction, ST being 1.  `element` and `component` are
    positions, `element_number` is the number in the standard's dictionary, `trigger` the position of the
    element whose presence a broken condition is about.  A "warning" is shown to people and left out of
    acknowledgments.
    """

    code: str
    message: str
    interchange: str | None = None
    group: str | None = None
    transaction: str | None = None
    segment: int | None = None
    segment_id: str | None = None
    loop: str | None = None
    element: int | None = None
    component: int | None = None
    value: str | None = None
    severity: str = "error"
    element_number: str | None = None
    trigger: int | None = None

    @property
    def kind(self) -> str:
        """The element the code is reported in: AK304, AK403, AK502, AK905 or TA105."""
        return self.code.partition(":")[0]

    @property
    def number(self) -> str:
        return self.code.partition(":")[2]


@dataclass(frozen=True, slots=True)
class InterchangeHeader:
    """ISA01 to ISA16."""

    authorization_qualifier: str
    authorization: str
    security_qualifier: str
    security: str
    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    date: str
    time: str
    standard: str
    version: str
    control: str
    ack_flag: str
    usage: str
    component: str

    @property
    def control_number(self) -> int:
        """ISA13 as a number, 0 if it is none."""
        return int(self.control) if self.control.isdecimal() else 0

    @property
    def ack_requested(self) -> bool:
        """ISA14: the sender asks for a TA1."""
        return self.ack_flag == "1"

    @property
    def when(self) -> datetime | None:
        """ISA09 and ISA10 as date and time, None if they are none."""
        return _when(self.date, self.time)


@dataclass(slots=True)
class InterchangeStart:
    """An ISA was read.  `offset` is its first byte in the source."""

    isa: InterchangeHeader
    delimiters: Delimiters
    offset: int


@dataclass(slots=True)
class GroupStart:
    """A GS was read.  `version` is the whole of GS08, such as 004010VICS."""

    functional_id: str
    sender: str
    receiver: str
    date: str
    time: str
    control: str
    agency: str
    version: str
    interchange: InterchangeStart
    offset: int

    @property
    def control_number(self) -> int:
        """GS06 as a number, 0 if it is none."""
        return int(self.control) if self.control.isdecimal() else 0

    @property
    def when(self) -> datetime | None:
        """GS04 and GS05 as date and time, None if they are none."""
        return _when(self.date, self.time)


class Transaction:
    """One transaction set, ST to SE.

    raw             its bytes as received, terminators included
    offset          its first byte in the source
    findings        what is wrong with it
    status          AK501: A accepted, E accepted with errors noted, R rejected
    ack_codes       AK502 and following
    segment_count   segments received
    """

    __slots__ = (
        "_segments", "ack_codes", "charset", "control_number", "findings", "group", "implementation",
        "offset", "padding", "raw", "segment_count", "set_id", "status",
    )  # fmt: skip

    def __init__(
        self, group, set_id, control_number, raw, offset, padding=b"\r\n", implementation="", charset="auto"
    ):
        self.group: GroupStart = group
        self.set_id: str = set_id
        self.control_number: str = control_number
        self.raw: bytes = raw
        self.offset: int = offset
        self.padding: bytes = padding
        self.findings: list[Finding] = []
        self.status = "A"
        self.ack_codes: list[str] = []
        self.segment_count = 0
        self.implementation: str = implementation
        self.charset: str = charset
        self._segments: list[list[str]] | None = None

    def __repr__(self) -> str:
        return f"Transaction({self.set_id} {self.control_number}, {self.status}, at byte {self.offset})"

    @property
    def delimiters(self) -> Delimiters:
        return self.group.interchange.delimiters

    @property
    def segments(self) -> list[list[str]]:
        """Elements of each segment, the id first; components stay joined.  Split when first asked."""
        if self._segments is None:
            if self.raw.isascii():
                self._segments = _split_ascii(self.raw, self.delimiters, self.padding)
            else:
                self._segments = _split_bytes(self.raw, self.delimiters, self.padding, self.charset)
        return self._segments


def _split_ascii(raw: bytes, delimiters: Delimiters, padding: bytes) -> list[list[str]]:
    separator, terminator, blanks = (
        part.decode("latin-1") for part in (delimiters.element, delimiters.terminator, padding)
    )
    pieces = (piece.strip(blanks) for piece in raw.decode().split(terminator))
    return [piece.split(separator) for piece in pieces if piece]


def _split_bytes(raw: bytes, delimiters: Delimiters, padding: bytes, charset: str) -> list[list[str]]:
    """Delimiters are bytes, also those above 127: nothing is decoded before it is split."""
    pieces = (piece.strip(padding) for piece in raw.split(delimiters.terminator))
    read = (lambda value: value.decode("latin-1")) if charset in ("basic", "extended") else decode
    return [[read(value) for value in piece.split(delimiters.element)] for piece in pieces if piece]


@dataclass(slots=True)
class Result:
    """The verdict on one transaction, enough for its AK2 to AK5."""

    set_id: str
    control_number: str
    status: str
    ack_codes: list[str]
    findings: list[Finding]
    implementation: str = ""


class Results:
    """Verdicts of a group in order.  Accepted transactions take a few bytes each, so a group may be huge."""

    __slots__ = ("_log", "_noted")

    def __init__(self):
        self._log = bytearray()
        self._noted: dict[int, Result] = {}

    def add(self, transaction: Transaction) -> None:
        """Notes the verdict.  Warnings are dropped: an acknowledgment does not carry them."""
        if transaction.status != "A":
            errors = [finding for finding in transaction.findings if finding.severity == "error"]
            self._noted[len(self._log)] = Result(
                transaction.set_id, transaction.control_number, transaction.status, transaction.ack_codes,
                errors, transaction.implementation,
            )  # fmt: skip
        set_id, control, guide = transaction.set_id, transaction.control_number, transaction.implementation
        if not f"{set_id}{control}{guide}".isprintable():
            set_id, control, guide = map(_printable, (set_id, control, guide))
        self._log += f"{set_id}\x1f{control}\x1f{guide}\x1e".encode("latin-1", "replace")

    def __len__(self) -> int:
        return self._log.count(b"\x1e")

    def __iter__(self) -> Iterator[Result]:
        start = 0
        while start < len(self._log):
            end = self._log.index(b"\x1e", start)
            noted = self._noted.get(start)
            if noted is None:
                set_id, control, implementation = self._log[start:end].decode("latin-1").split("\x1f")
                noted = Result(set_id, control, "A", [], [], implementation)
            yield noted
            start = end + 1


@dataclass(slots=True)
class GroupEnd:
    """The group is over, by its GE or because the bytes ended.

    declared   GE01, 0 if missing        status     AK901: A, E, P (some sets rejected) or R
    received   sets read                 ack_codes  AK905 and following
    accepted   sets with status A or E   results    one Result per set
    """

    group: GroupStart
    declared: int = 0
    received: int = 0
    accepted: int = 0
    status: str = "A"
    ack_codes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    results: Results = field(default_factory=Results)


@dataclass(slots=True)
class InterchangeAck:
    """A TA1 that was received: the partner's word on an interchange that we sent."""

    control_number: int
    date: str
    time: str
    status: str
    note: str
    interchange: InterchangeStart


@dataclass(slots=True)
class InterchangeEnd:
    """The interchange is over, by its IEA or because the bytes ended.

    status is TA104: A accepted, E accepted with errors noted, R rejected; note is TA105.
    """

    interchange: InterchangeStart
    status: str = "A"
    note: str = "000"
    findings: list[Finding] = field(default_factory=list)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def decode(data: bytes) -> str:
    """Text of received bytes: UTF-8 where they are, Latin-1 (never fails) where they are not."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _when(date: str, time: str) -> datetime | None:
    digits = date + time[:4]
    for length, picture in ((12, "%Y%m%d%H%M"), (10, "%y%m%d%H%M")):
        if len(digits) == length and digits.isdecimal():
            try:
                return datetime.strptime(digits, picture)
            except ValueError:
                return None
    return None
