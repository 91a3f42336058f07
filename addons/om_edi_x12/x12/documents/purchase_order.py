"""850 purchase order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..events import Finding, Transaction
from . import parts
from .outline import Loop, Outline
from .parts import Carrier, Charge, Contact, Items, Party, Reference, Schedule, Segment, Terms


@dataclass
class PurchaseOrderLine:
    """PO1 loop.  `number` is PO101, or the running number where the sender left it out.

    price_basis  element 639, such as PE (per each)      pack      inner units per pack (PO401)
    items        product ids by qualifier (element 235)  raw       the segments of the line as text
    """

    number: str
    quantity: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None
    price_basis: str = ""
    items: Items = field(default_factory=dict)
    description: str = ""
    dates: dict[str, date] = field(default_factory=dict)
    schedules: list[Schedule] = field(default_factory=list)
    pack: int | None = None
    references: list[Reference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    raw: str = field(default="", compare=False, repr=False)


@dataclass
class PurchaseOrder:
    """A purchase order: what the buyer wants, at what price, when and where.

    purpose 353 (00 original), type 92 (SA stand-alone), release 328, contract 367
    """

    SET_ID = "850"
    GROUP = "PO"

    purpose: str
    type: str
    number: str
    date: date | None
    release: str = ""
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
    lines: list[PurchaseOrderLine] = field(default_factory=list)
    amount: Decimal | None = None
    total_lines: int | None = field(default=None, compare=False)
    hash_total: Decimal | None = field(default=None, compare=False)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> PurchaseOrder:
        """The order a transaction holds; what can't be read is None and a finding."""
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        beg, totals = root.first("BEG"), read_totals(root)
        order = cls(
            beg[1], beg[2], beg[3], beg.date(5), beg[4], beg[6],
            **read_header(root),
            lines=[read_line(turn, i) for i, turn in enumerate(root.turns("PO1"), 1)],
            amount=totals[2], total_lines=totals[0], hash_total=totals[1],
        )  # fmt: skip
        order.findings = outline.findings
        return order

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE, for release `version`."""
        segments = [
            ["BEG", self.purpose, self.type, self.number, self.release, parts.day(self.date), self.contract]
        ]
        segments += write_header(self, version)
        for line in self.lines:
            segments.append(
                [
                    "PO1", line.number, parts.number(line.quantity), line.unit, parts.number(line.price),
                    line.price_basis, *parts.write_items(line.items, 10),
                ]
            )  # fmt: skip
            segments += write_line_details(line, version)
        segments.append(["CTT", str(len(self.lines)), parts.hash_total(line.quantity for line in self.lines)])
        return segments + write_amount(self.amount)


def read_header(root: Loop) -> dict:
    """What 850 and 860 have in common above the lines."""
    return {
        "currency": root.first("CUR")[2],
        "references": parts.read_references(root),
        "contacts": parts.read_contacts(root),
        "charges": parts.read_charges(root),
        "terms": parts.read_terms(root),
        "dates": parts.read_dates(root),
        "carrier": parts.read_carriers(root),
        "notes": parts.read_notes(root),
        "parties": parts.read_parties(root),
    }


def read_totals(root: Loop) -> tuple[int | None, Decimal | None, Decimal | None]:
    for turn in root.turns("CTT"):
        ctt, amt = turn.first("CTT"), turn.first("AMT")
        return ctt.integer(1), ctt.decimal(2), amt.decimal(2)
    return None, None, None


def read_line(turn: Loop, running: int) -> PurchaseOrderLine:
    po1 = turn.first("PO1")
    price = po1.decimal(4)
    for row in turn.rows("CTP"):
        # Some buyers price in CTP and leave PO104 empty.
        price = row.decimal(3) if price is None else price
    line = PurchaseOrderLine(
        po1[1] or str(running), po1.decimal(2), po1[3], price, po1[5], parts.read_items(po1, 6)
    )
    read_line_details(line, turn)
    return line


def read_line_details(line: PurchaseOrderLine, turn: Loop) -> None:
    """What stands below PO1 or POC."""
    for row in turn.rows("LIN"):
        for qualifier, value in parts.read_items(row, 2).items():
            line.items.setdefault(qualifier, value)
    line.description = parts.read_description(turn)
    line.dates = parts.read_dates(turn)
    line.schedules = [Schedule(row.decimal(1), row[2], row.date(6)) for row in turn.rows("SCH")]
    line.pack = turn.first("PO4").integer(1)
    line.references = parts.read_references(turn)
    line.notes = parts.read_notes(turn)
    line.charges = parts.read_charges(turn)
    line.parties = parts.read_parties(turn)
    line.raw = turn.raw()


def write_header(order, version: str) -> list[Segment]:
    segments = parts.segment("CUR", "BY" if order.currency else "", order.currency)
    segments += parts.write_references(order.references)
    segments += parts.write_contacts(order.contacts)
    segments += parts.write_charges(order.charges)
    segments += parts.write_terms(order.terms)
    segments += parts.write_dates(order.dates)
    for carrier in order.carrier:
        segments += parts.write_carrier(Carrier(*carrier))
    segments += write_notes(order.notes, version)
    for party in order.parties:
        segments += parts.write_party(party)
    return segments


def write_notes(notes: list[str], version: str) -> list[Segment]:
    """N9 loops with free text: MSG (264 characters) in 004010, MTX (4096) in 005010."""
    segments: list[Segment] = []
    for note in notes:
        segments.append(["N9", "L1", "NOTE"])
        if version >= "005010":
            segments += [["MTX", "", piece] for piece in parts.split_text(note, 4096)]
        else:
            segments += [["MSG", piece] for piece in parts.split_text(note, 264)]
    return segments


def write_line_details(line: PurchaseOrderLine, version: str) -> list[Segment]:
    segments = parts.write_description(line.description)
    segments += parts.segment("PO4", parts.number(line.pack))
    segments += parts.write_references(line.references)
    segments += parts.write_charges(line.charges)
    segments += parts.write_dates(line.dates)
    for quantity, unit, when in line.schedules:
        segments.append(["SCH", parts.number(quantity), unit, "", "", "002", parts.day(when)])
    segments += write_notes(line.notes, version)
    for party in line.parties:
        segments += parts.write_party(party)
    return segments


def write_amount(amount: Decimal | None) -> list[Segment]:
    return [["AMT", "TT", parts.number(amount)]] if amount is not None else []
