"""810 invoice.  Amounts of TDS and SAC travel with two implied decimals; here they are money."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..errors import BuildError
from ..events import Finding, Transaction
from . import parts
from .outline import Loop, Outline
from .parts import Carrier, Charge, Items, Party, Reference, Segment, Tax, Terms


@dataclass
class InvoiceLine:
    """IT1 loop."""

    number: str
    quantity: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None
    items: Items = field(default_factory=dict)
    description: str = ""
    price_basis: str = ""
    charges: list[Charge] = field(default_factory=list)
    taxes: list[Tax] = field(default_factory=list)


@dataclass
class Invoice:
    """An invoice: BIG, lines and the total (TDS01).  type is element 640 (DI debit, CR credit)."""

    SET_ID = "810"
    GROUP = "IN"

    number: str
    date: date | None
    po_number: str = ""
    po_date: date | None = None
    type: str = ""
    currency: str = ""
    references: list[Reference] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    terms: Terms | None = None
    dates: dict[str, date] = field(default_factory=dict)
    lines: list[InvoiceLine] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    taxes: list[Tax] = field(default_factory=list)
    total: Decimal | None = None
    carrier: Carrier | None = None
    notes: list[str] = field(default_factory=list)
    release: str = ""
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> Invoice:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        big = root.first("BIG")
        invoice = cls(
            big[2], big.date(1), big[4], big.date(3), big[7], root.first("CUR")[2],
            parts.read_references(root), parts.read_parties(root), parts.read_terms(root),
            parts.read_dates(root), [_read_line(turn, i) for i, turn in enumerate(root.turns("IT1"), 1)],
            parts.read_charges(root), parts.read_taxes(root), root.first("TDS").decimal(1, places=2),
            _read_carrier(root), parts.read_notes(root), big[5],
        )  # fmt: skip
        invoice.findings = outline.findings
        return invoice

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        if self.total is None:
            raise BuildError(f"TDS01: the total of invoice {self.number} is missing")
        segments = [
            [
                "BIG", parts.day(self.date), self.number, parts.day(self.po_date), self.po_number,
                self.release, "", self.type,
            ]
        ]  # fmt: skip
        segments += [["NTE", "", note] for note in self.notes]
        segments += parts.segment("CUR", "SE" if self.currency else "", self.currency)
        segments += parts.write_references(self.references)
        for party in self.parties:
            segments += parts.write_party(party)
        segments += parts.write_terms(self.terms)
        segments += parts.write_dates(self.dates)
        for line in self.lines:
            segments += _write_line(line)
        segments.append(["TDS", parts.cents(self.total)])
        segments += parts.write_taxes(self.taxes)
        if self.carrier:
            carrier = Carrier(*self.carrier)
            segments.append(["CAD", carrier.mode, "", "", carrier.scac, carrier.routing or carrier.name])
        segments += parts.write_charges(self.charges)
        return [*segments, ["CTT", str(len(self.lines)), parts.hash_total(li.quantity for li in self.lines)]]


def _read_carrier(root: Loop) -> Carrier | None:
    row = root.first("CAD")
    return Carrier(row[4], "", row[5], row[1]) if row.ordinal else None


def _read_line(turn: Loop, running: int) -> InvoiceLine:
    it1 = turn.first("IT1")
    return InvoiceLine(
        it1[1] or str(running), it1.decimal(2), it1[3], it1.decimal(4), parts.read_items(it1, 6),
        parts.read_description(turn), it1[5], parts.read_charges(turn), parts.read_taxes(turn),
    )  # fmt: skip


def _write_line(line: InvoiceLine) -> list[Segment]:
    segments = [
        [
            "IT1", line.number, parts.number(line.quantity), line.unit, parts.number(line.price),
            line.price_basis, *parts.write_items(line.items, 10),
        ]
    ]  # fmt: skip
    segments += parts.write_taxes(line.taxes)
    return segments + parts.write_description(line.description) + parts.write_charges(line.charges)
