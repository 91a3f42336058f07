"""846 inventory advice: what is in stock, by item and kind of quantity."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..events import Finding, Transaction
from . import parts
from .layout import DAY, TEXT, Layout
from .outline import Loop, Outline
from .parts import Items, Party, Reference, Segment

BIA = Layout("BIA", ("purpose", 1, TEXT), ("report_type", 2, TEXT), ("number", 3, TEXT), ("date", 4, DAY))


class StockQuantity(NamedTuple):
    """QTY: kind of quantity (element 673: 33 available, 17 on hand, 29 expected), amount, unit, date."""

    kind: str
    quantity: Decimal | None
    unit: str = ""
    date: date | None = None


@dataclass
class StockItem:
    """LIN loop."""

    number: str
    items: Items = field(default_factory=dict)
    description: str = ""
    price: Decimal | None = None
    quantities: list[StockQuantity] = field(default_factory=list)


@dataclass
class InventoryAdvice:
    """Purpose 353 (00), report type 755 (DD distributor inventory, SI seller inventory)."""

    SET_ID = "846"
    GROUP = "IB"

    purpose: str
    report_type: str
    number: str
    date: date | None
    currency: str = ""
    references: list[Reference] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    parties: list[Party] = field(default_factory=list)
    lines: list[StockItem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> InventoryAdvice:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        advice = cls(
            **BIA.read(root.first("BIA")),
            currency=root.first("CUR")[2],
            references=parts.read_references(root),
            dates=parts.read_dates(root),
            parties=parts.read_parties(root),
            lines=[_read_line(turn, i) for i, turn in enumerate(root.turns("LIN"), 1)],
        )
        advice.findings = outline.findings
        return advice

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        segments = BIA.write(self) + parts.segment("CUR", "SE" if self.currency else "", self.currency)
        segments += parts.write_dates(self.dates) + parts.write_references(self.references)
        for party in self.parties:
            segments += parts.write_party(party)
        for line in self.lines:
            segments.append(["LIN", line.number, *parts.write_items(line.items, 15)])
            segments += parts.write_description(line.description)
            if line.price is not None:
                segments.append(["CTP", "", "", parts.number(line.price)])
            for kind, quantity, unit, when in line.quantities:
                segments.append(["QTY", kind, parts.number(quantity), unit])
                segments += [["DTM", "018", parts.day(when)]] if when else []
        quantities = (quantity.quantity for line in self.lines for quantity in line.quantities)
        return [*segments, ["CTT", str(len(self.lines)), parts.hash_total(quantities)]]


def _read_line(turn: Loop, running: int) -> StockItem:
    lin = turn.first("LIN")
    return StockItem(
        lin[1] or str(running),
        parts.read_items(lin, 2),
        parts.read_description(turn),
        turn.first("CTP").decimal(3),
        [_read_quantity(loop) for loop in turn.turns("QTY")],
    )


def _read_quantity(loop: Loop) -> StockQuantity:
    qty = loop.first("QTY")
    return StockQuantity(qty[1], qty.decimal(2), qty.components(3)[0], loop.first("DTM").date(2))
