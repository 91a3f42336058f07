"""820 payment and remittance advice: what was paid for which invoices, and what was deducted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..events import Finding, Transaction
from . import parts
from .layout import DAY, NUMBER, TEXT, Layout
from .outline import Loop, Outline
from .parts import Party, Reference, Segment

BPR = Layout(
    "BPR", ("handling", 1, TEXT), ("amount", 2, NUMBER), ("credit_or_debit", 3, TEXT), ("method", 4, TEXT),
    ("payment_format", 5, TEXT), ("payer_bank", 7, TEXT), ("payer_account", 9, TEXT),
    ("payee_bank", 13, TEXT), ("payee_account", 15, TEXT), ("date", 16, DAY),
)  # fmt: skip
RMR = Layout(
    "RMR", ("qualifier", 1, TEXT), ("number", 2, TEXT), ("action", 3, TEXT), ("paid", 4, NUMBER),
    ("invoiced", 5, NUMBER), ("discount", 6, NUMBER),
)  # fmt: skip
ADX = Layout("ADX", ("amount", 1, NUMBER), ("reason", 2, TEXT), ("qualifier", 3, TEXT), ("number", 4, TEXT))
# Elements 506 and 569 qualify bank and account: ABA routing number, demand deposit.
ROUTING, ACCOUNT = "01", "DA"


@dataclass
class Adjustment:
    """ADX: amount taken off (negative) or added, reason 426, and the document it refers to."""

    amount: Decimal | None
    reason: str = ""
    qualifier: str = ""
    number: str = ""


@dataclass
class RemittanceItem:
    """RMR: a document (qualifier 128 such as IV, number), amounts paid, invoiced and discounted."""

    qualifier: str
    number: str
    action: str = ""
    paid: Decimal | None = None
    invoiced: Decimal | None = None
    discount: Decimal | None = None
    references: list[Reference] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    adjustments: list[Adjustment] = field(default_factory=list)


@dataclass
class Remittance:
    """A payment: BPR, the trace number (TRN02), its items, and adjustments that belong to no item."""

    SET_ID = "820"
    GROUP = "RA"

    handling: str
    amount: Decimal | None
    credit_or_debit: str = "C"
    method: str = ""
    payment_format: str = ""
    payer_bank: str = ""
    payer_account: str = ""
    payee_bank: str = ""
    payee_account: str = ""
    date: date | None = None
    trace: str = ""
    currency: str = ""
    references: list[Reference] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    parties: list[Party] = field(default_factory=list)
    lines: list[RemittanceItem] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> Remittance:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        remittance = cls(
            **BPR.read(root.first("BPR")),
            trace=root.first("TRN")[2],
            currency=root.first("CUR")[2],
            references=parts.read_references(root),
            dates=parts.read_dates(root),
            parties=parts.read_parties(root),
            lines=[_read_item(turn) for ent in root.turns("ENT") for turn in ent.turns("RMR")],
            adjustments=[
                Adjustment(**ADX.read(turn.first("ADX")))
                for ent in root.turns("ENT")
                for turn in ent.turns("ADX")
            ],
        )
        remittance.findings = outline.findings
        return remittance

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        (bpr,) = BPR.write(self)
        bpr += [""] * (17 - len(bpr))
        for bank, account, value in ((6, 8, self.payer_bank), (12, 14, self.payee_bank)):
            bpr[bank], bpr[account] = (ROUTING, ACCOUNT if bpr[account + 1] else "") if value else ("", "")
        segments = [bpr]
        segments += parts.segment("TRN", "1" if self.trace else "", self.trace)
        segments += parts.segment("CUR", "PR" if self.currency else "", self.currency)
        segments += parts.write_references(self.references) + parts.write_dates(self.dates)
        for party in self.parties:
            segments += parts.write_party(party)
        segments += [["ENT", "1"]] if self.lines or self.adjustments else []
        for adjustment in self.adjustments:
            segments += ADX.write(adjustment)
        for line in self.lines:
            segments += RMR.write(line) + parts.write_references(line.references)
            segments += parts.write_dates(line.dates)
            for adjustment in line.adjustments:
                segments += ADX.write(adjustment)
        return segments


def _read_item(turn: Loop) -> RemittanceItem:
    return RemittanceItem(
        **RMR.read(turn.first("RMR")),
        references=parts.read_references(turn),
        dates=parts.read_dates(turn),
        adjustments=[Adjustment(**ADX.read(loop.first("ADX"))) for loop in turn.turns("ADX")],
    )
