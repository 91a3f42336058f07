"""860 purchase order change, and 865, the seller's answer to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..events import Finding, Transaction
from . import parts, purchase_order, purchase_order_ack
from .layout import DAY, NUMBER, TEXT, Layout
from .outline import Loop, Outline
from .parts import Carrier, Charge, Contact, Party, Reference, Segment, Terms
from .purchase_order import PurchaseOrderLine
from .purchase_order_ack import AckLine

BCH = Layout(
    "BCH", ("purpose", 1, TEXT), ("type", 2, TEXT), ("number", 3, TEXT), ("release", 4, TEXT),
    ("change_number", 5, TEXT), ("po_date", 6, DAY), ("contract", 8, TEXT), ("date", 11, DAY),
)  # fmt: skip
BCA = Layout(
    "BCA", ("purpose", 1, TEXT), ("type", 2, TEXT), ("po_number", 3, TEXT), ("release", 4, TEXT),
    ("change_number", 5, TEXT), ("po_date", 6, DAY), ("reference", 9, TEXT), ("ack_date", 10, DAY),
)  # fmt: skip
POC = Layout(
    "POC", ("number", 1, TEXT), ("change", 2, TEXT), ("quantity", 3, NUMBER), ("left", 4, NUMBER),
    ("unit", 5, TEXT), ("price", 6, NUMBER), ("price_basis", 7, TEXT), items=tuple(range(8, 28, 2)),
)  # fmt: skip


@dataclass
class OrderChangeLine(PurchaseOrderLine):
    """POC loop.  change is element 670 (AI add, DI delete, QI more, PC price, CA several); `left` is the
    quantity left to receive."""

    change: str = ""
    left: Decimal | None = None


@dataclass
class OrderChange:
    """A change of an order: purpose 353 (04 change, 01 cancellation), BCH03 the order it changes."""

    SET_ID = "860"
    GROUP = "PC"

    purpose: str
    type: str
    number: str
    po_date: date | None
    date: date | None = None
    release: str = ""
    change_number: str = ""
    contract: str = ""
    currency: str = ""
    references: list[Reference] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    terms: Terms | None = None
    dates: dict[str, date] = field(default_factory=dict)
    carrier: list[Carrier] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    lines: list[OrderChangeLine] = field(default_factory=list)
    amount: Decimal | None = None
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> OrderChange:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        change = cls(
            **BCH.read(root.first("BCH")),
            **purchase_order.read_header(root),
            lines=[_read_line(turn, i) for i, turn in enumerate(root.turns("POC"), 1)],
            amount=purchase_order.read_totals(root)[2],
        )
        change.findings = outline.findings
        return change

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        segments = BCH.write(self) + purchase_order.write_header(self, version)
        for line in self.lines:
            segments += POC.write(line) + purchase_order.write_line_details(line, version)
        quantities = (line.quantity for line in self.lines)
        segments += [["CTT", str(len(self.lines)), parts.hash_total(quantities)]] if self.lines else []
        return segments + purchase_order.write_amount(self.amount if self.lines else None)


def _read_line(turn: Loop, running: int) -> OrderChangeLine:
    line = OrderChangeLine(**POC.read(turn.first("POC")))
    line.number = line.number or str(running)
    purchase_order.read_line_details(line, turn)
    return line


@dataclass
class ChangeAckLine(AckLine):
    """POC loop of the answer; change is element 670."""

    change: str = ""
    left: Decimal | None = None


@dataclass
class OrderChangeAck:
    """The answer to an order change: purpose 353 (00), type 587 (AC, AD, AT, RJ, ...)."""

    SET_ID = "865"
    GROUP = "CA"

    purpose: str
    type: str
    po_number: str
    po_date: date | None
    ack_date: date | None = None
    reference: str = ""
    release: str = ""
    change_number: str = ""
    currency: str = ""
    references: list[Reference] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    parties: list[Party] = field(default_factory=list)
    lines: list[ChangeAckLine] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> OrderChangeAck:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        answer = cls(
            **BCA.read(root.first("BCA")),
            currency=root.first("CUR")[2],
            references=parts.read_references(root),
            dates=parts.read_dates(root),
            parties=parts.read_parties(root),
            lines=[_read_ack_line(turn, i) for i, turn in enumerate(root.turns("POC"), 1)],
        )
        answer.findings = outline.findings
        return answer

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        segments = BCA.write(self)
        segments += parts.segment("CUR", "SE" if self.currency else "", self.currency)
        segments += parts.write_references(self.references) + parts.write_dates(self.dates)
        for party in self.parties:
            segments += parts.write_party(party)
        for line in self.lines:
            segments += POC.write(line) + parts.write_description(line.description)
            segments += purchase_order_ack.write_statuses(line.statuses)
        if self.lines:
            quantities = (line.quantity for line in self.lines)
            segments.append(["CTT", str(len(self.lines)), parts.hash_total(quantities)])
        return segments


def _read_ack_line(turn: Loop, running: int) -> ChangeAckLine:
    line = ChangeAckLine(**POC.read(turn.first("POC")))
    line.number = line.number or str(running)
    line.description = parts.read_description(turn)
    line.statuses = purchase_order_ack.read_statuses(turn)
    return line
