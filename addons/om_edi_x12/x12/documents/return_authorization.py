"""180 return merchandise authorization and notification."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..events import Finding, Transaction
from . import parts
from .layout import DAY, NUMBER, TEXT, Layout
from .outline import Loop, Outline
from .parts import Items, Party, Reference, Segment

BGN = Layout("BGN", ("purpose", 1, TEXT), ("number", 2, TEXT), ("date", 3, DAY), ("time", 4, TEXT))
RDR = Layout("RDR", ("disposition", 1, TEXT), ("response", 2, TEXT), ("reason", 3, TEXT), ("text", 4, TEXT))
BLI = Layout("BLI", ("quantity", 3, NUMBER), ("unit", 4, TEXT), ("price", 6, NUMBER), items=(1, 8, 10, 12))


@dataclass
class ReturnReason:
    """RDR: what shall happen with the goods (1292), the answer (1293), why (1294), in words."""

    disposition: str = ""
    response: str = ""
    reason: str = ""
    text: str = ""


@dataclass
class ReturnLine:
    """BLI loop: an item to be returned; the first product id is mandatory."""

    quantity: Decimal | None
    unit: str = ""
    price: Decimal | None = None
    items: Items = field(default_factory=dict)
    description: str = ""
    reason: ReturnReason | None = None
    references: list[Reference] = field(default_factory=list)


@dataclass
class ReturnAuthorization:
    """Purpose 353 (00 original request, 11 response), number of the authorization, the order it is about."""

    SET_ID = "180"
    GROUP = "AN"

    purpose: str
    number: str
    date: date | None
    time: str = ""
    reason: ReturnReason | None = None
    po_number: str = ""
    dates: dict[str, date] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    lines: list[ReturnLine] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> ReturnAuthorization:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        authorization = cls(
            **BGN.read(root.first("BGN")),
            reason=_read_reason(root),
            po_number=root.first("PRF")[1],
            dates=parts.read_dates(root),
            references=parts.read_references(root, "N9"),
            parties=parts.read_parties(root),
            lines=[_read_line(turn) for turn in root.turns("BLI")],
        )
        authorization.findings = outline.findings
        return authorization

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        segments = BGN.write(self) + (RDR.write(self.reason) if self.reason else [])
        segments += parts.segment("PRF", self.po_number) + parts.write_dates(self.dates)
        segments += parts.write_references(self.references, "N9")
        for party in self.parties:
            segments += parts.write_party(party)
        for line in self.lines:
            (bli,) = BLI.write(line)
            if line.price is not None:
                bli[5] = "UCP"  # element 236: the price is the unit cost price
            segments.append(bli)
            segments += parts.write_references(line.references, "N9")
            segments += parts.write_description(line.description)
            segments += RDR.write(line.reason) if line.reason else []
        return segments


def _read_reason(loop: Loop) -> ReturnReason | None:
    row = loop.first("RDR")
    return ReturnReason(**RDR.read(row)) if row.ordinal else None


def _read_line(turn: Loop) -> ReturnLine:
    return ReturnLine(
        **BLI.read(turn.first("BLI")),
        description=parts.read_description(turn),
        reason=_read_reason(turn),
        references=parts.read_references(turn, "N9"),
    )
