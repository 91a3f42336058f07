"""832 price and sales catalog."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..events import Finding, Transaction
from . import parts
from .layout import TEXT, Layout
from .outline import Loop, Outline
from .parts import Items, Party, Reference, Segment

BCT = Layout("BCT", ("type", 1, TEXT), ("number", 2, TEXT), ("version", 3, TEXT), ("purpose", 10, TEXT))


class CatalogPrice(NamedTuple):
    """CTP: kind of price (element 236), price, from which quantity, in which unit."""

    kind: str
    price: Decimal | None
    quantity: Decimal | None = None
    unit: str = ""


@dataclass
class CatalogLine:
    """LIN loop."""

    number: str
    items: Items = field(default_factory=dict)
    description: str = ""
    pack: int | None = None
    dates: dict[str, date] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    prices: list[CatalogPrice] = field(default_factory=list)


@dataclass
class PriceCatalog:
    """A catalog: type 683 (PC price catalog, SC price and sales catalog), number, version."""

    SET_ID = "832"
    GROUP = "SC"

    type: str
    number: str = ""
    version: str = ""
    purpose: str = ""
    currency: str = ""
    references: list[Reference] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    parties: list[Party] = field(default_factory=list)
    lines: list[CatalogLine] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> PriceCatalog:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        catalog = cls(
            **BCT.read(root.first("BCT")),
            currency=root.first("CUR")[2],
            references=parts.read_references(root),
            dates=parts.read_dates(root),
            parties=parts.read_parties(root),
            lines=[_read_line(turn, i) for i, turn in enumerate(root.turns("LIN"), 1)],
        )
        catalog.findings = outline.findings
        return catalog

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        segments = BCT.write(self) + parts.write_references(self.references)
        segments += parts.write_dates(self.dates)
        segments += parts.segment("CUR", "SE" if self.currency else "", self.currency)
        for party in self.parties:
            segments += parts.write_party(party)
        for line in self.lines:
            segments.append(["LIN", line.number, *parts.write_items(line.items, 15)])
            segments += parts.write_dates(line.dates) + parts.write_references(line.references)
            segments += parts.write_description(line.description)
            segments += parts.segment("PO4", parts.number(line.pack))
            for kind, price, quantity, unit in line.prices:
                segments.append(["CTP", "", kind, parts.number(price), parts.number(quantity), unit])
        return [*segments, ["CTT", str(len(self.lines))]]


def _read_line(turn: Loop, running: int) -> CatalogLine:
    lin = turn.first("LIN")
    return CatalogLine(
        lin[1] or str(running),
        parts.read_items(lin, 2),
        parts.read_description(turn),
        turn.first("PO4").integer(1),
        parts.read_dates(turn),
        parts.read_references(turn),
        [
            CatalogPrice(row[2], row.decimal(3), row.decimal(4), row.components(5)[0])
            for row in turn.rows("CTP")
        ],
    )
