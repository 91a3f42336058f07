"""855 purchase order acknowledgment: the seller's answer to an 850, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..events import Finding, Transaction
from . import parts
from .outline import Loop, Outline
from .parts import Items, Party, Reference, Segment


@dataclass
class LineStatus:
    """ACK: what happens to a quantity of the line.

    code 668 (IA accepted, IR rejected, IB backordered, ...), date_qualifier 374 (068 scheduled to ship, ...)
    """

    code: str
    quantity: Decimal | None = None
    unit: str = ""
    date_qualifier: str = ""
    date: date | None = None
    items: Items = field(default_factory=dict)


@dataclass
class AckLine:
    """PO1 loop of the answer; `number` repeats PO101 of the order."""

    number: str
    quantity: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None
    items: Items = field(default_factory=dict)
    description: str = ""
    statuses: list[LineStatus] = field(default_factory=list)
    price_basis: str = ""


@dataclass
class PurchaseOrderAck:
    """The answer to an order: purpose 353 (00), type 587 (AC, AD, AK, AT, RJ, ...), BAK03 to BAK09."""

    SET_ID = "855"
    GROUP = "PR"

    purpose: str
    type: str
    po_number: str
    po_date: date | None
    ack_date: date | None = None
    reference: str | None = None
    currency: str = ""
    parties: list[Party] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    lines: list[AckLine] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    release: str = ""
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> PurchaseOrderAck:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        bak = root.first("BAK")
        answer = cls(
            bak[1], bak[2], bak[3], bak.date(4), bak.date(9), bak[8] or None, root.first("CUR")[2],
            parts.read_parties(root), parts.read_dates(root),
            [read_line(turn, i) for i, turn in enumerate(root.turns("PO1"), 1)],
            parts.read_references(root), bak[5],
        )  # fmt: skip
        answer.findings = outline.findings
        return answer

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        segments = [
            [
                "BAK", self.purpose, self.type, self.po_number, parts.day(self.po_date), self.release, "", "",
                self.reference or "", parts.day(self.ack_date),
            ]
        ]  # fmt: skip
        segments += parts.segment("CUR", "SE" if self.currency else "", self.currency)
        segments += parts.write_references(self.references)
        segments += parts.write_dates(self.dates)
        for party in self.parties:
            segments += parts.write_party(party)
        for line in self.lines:
            segments += write_line(line)
        return [*segments, ["CTT", str(len(self.lines)), parts.hash_total(li.quantity for li in self.lines)]]


def read_line(turn: Loop, running: int) -> AckLine:
    po1 = turn.first("PO1")
    return AckLine(
        po1[1] or str(running), po1.decimal(2), po1[3], po1.decimal(4), parts.read_items(po1, 6),
        parts.read_description(turn), read_statuses(turn), po1[5],
    )  # fmt: skip


def read_statuses(turn: Loop) -> list[LineStatus]:
    return [
        LineStatus(row[1], row.decimal(2), row[3], row[4], row.date(5), parts.read_items(row, 7))
        for row in turn.rows("ACK")
    ]


def write_line(line: AckLine) -> list[Segment]:
    segments = [
        [
            "PO1", line.number, parts.number(line.quantity), line.unit, parts.number(line.price),
            line.price_basis, *parts.write_items(line.items, 10),
        ]
    ]  # fmt: skip
    return segments + parts.write_description(line.description) + write_statuses(line.statuses)


def write_statuses(statuses: list[LineStatus]) -> list[Segment]:
    return [
        [
            "ACK", status.code, parts.number(status.quantity), status.unit, status.date_qualifier,
            parts.day(status.date), "", *parts.write_items(status.items, 10),
        ]
        for status in statuses
    ]  # fmt: skip
