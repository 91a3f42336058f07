"""812 credit or debit adjustment: a claim or a credit on an invoice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..events import Finding, Transaction
from . import parts
from .layout import DAY, MONEY, NUMBER, TEXT, Layout
from .outline import Loop, Outline
from .parts import Charge, Items, Party, Reference, Segment

BCD = Layout(
    "BCD", ("date", 1, DAY), ("number", 2, TEXT), ("handling", 3, TEXT), ("amount", 4, MONEY),
    ("credit_or_debit", 5, TEXT), ("invoice_date", 6, DAY), ("invoice_number", 7, TEXT),
    ("po_date", 9, DAY), ("po_number", 10, TEXT), ("purpose", 11, TEXT),
)  # fmt: skip
CDD = Layout(
    "CDD", ("reason", 1, TEXT), ("credit_or_debit", 2, TEXT), ("number", 3, TEXT), ("amount", 4, MONEY),
    ("quantity", 7, NUMBER), ("unit", 8, TEXT), ("price", 11, NUMBER),
)  # fmt: skip
PRICE_KIND = "UCP"  # element 236: unit cost price; CDD10 must say what CDD11 is


@dataclass
class AdjustmentLine:
    """CDD loop: reason 426, amount in money, quantity and price it comes from."""

    reason: str
    credit_or_debit: str
    number: str = ""
    amount: Decimal | None = None
    quantity: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None
    items: Items = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)


@dataclass
class CreditAdjustment:
    """Amount in money, credit (C) or debit (D), and the invoice or order it is about."""

    SET_ID = "812"
    GROUP = "CD"

    date: date | None
    number: str
    handling: str
    amount: Decimal | None
    credit_or_debit: str
    invoice_date: date | None = None
    invoice_number: str = ""
    po_date: date | None = None
    po_number: str = ""
    purpose: str = ""
    currency: str = ""
    references: list[Reference] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    lines: list[AdjustmentLine] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> CreditAdjustment:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        adjustment = cls(
            **BCD.read(root.first("BCD")),
            currency=root.first("CUR")[2],
            references=parts.read_references(root, "N9"),
            charges=parts.read_charges(root),
            parties=parts.read_parties(root),
            lines=[_read_line(turn) for turn in root.turns("CDD")],
        )
        adjustment.findings = outline.findings
        return adjustment

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        segments = BCD.write(self) + parts.segment("CUR", "SE" if self.currency else "", self.currency)
        segments += parts.write_references(self.references, "N9") + parts.write_charges(self.charges)
        for party in self.parties:
            segments += parts.write_party(party)
        for line in self.lines:
            (cdd,) = CDD.write(line)
            if line.price is not None:
                cdd[10] = PRICE_KIND
            segments.append(cdd)
            segments += [["LIN", "", *parts.write_items(line.items, 15)]] if line.items else []
            segments += parts.write_references(line.references, "N9")
        return segments


def _read_line(turn: Loop) -> AdjustmentLine:
    return AdjustmentLine(
        **CDD.read(turn.first("CDD")),
        items=parts.read_items(turn.first("LIN"), 2),
        references=parts.read_references(turn, "N9"),
    )
