"""856 ship notice: shipment, orders, packs, items as a hierarchy of HL segments.

Written as shipment - order - pack - item (BSN05 0001), or without packs (0004) where no pack has an SSCC.
Read by HL02 only, never by nesting on the wire, so that the other structures of BSN05 and levels such as tare
are understood too: an item belongs to the order above it and to the nearest pack above it or right below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from ..errors import BuildError
from ..events import Finding, Transaction
from ..gs1 import has_valid_check_digit
from . import parts
from .outline import Loop, Outline
from .parts import Carrier, Items, Party, Reference, Segment


@dataclass
class ShipItem:
    """Item level: what is in the pack.  `status` is SN108 (element 668)."""

    line_number: str
    items: Items = field(default_factory=dict)
    quantity: Decimal | None = None
    unit: str = ""
    ordered_quantity: Decimal | None = None
    ordered_unit: str = ""
    description: str = ""
    status: str = ""


@dataclass
class Pack:
    """Pack level.  `sscc` has 18 digits; "" for items that are not in a pack of their own."""

    sscc: str
    items: list[ShipItem] = field(default_factory=list)


@dataclass
class ShipOrder:
    """Order level: PRF and the packs of this order."""

    po_number: str
    po_date: date | None = None
    references: list[Reference] = field(default_factory=list)
    packs: list[Pack] = field(default_factory=list)


@dataclass
class ShipNotice:
    """A shipment.  purpose 353 (00), `when` to the minute, weight in weight_unit (element 355).

    packs_count is TD102, the lading quantity; bol the bill of lading (REF BM).
    """

    SET_ID = "856"
    GROUP = "SH"

    purpose: str
    shipment_id: str
    when: datetime | None
    structure: str = "0001"
    dates: dict[str, date] = field(default_factory=dict)
    parties: list[Party] = field(default_factory=list)
    carrier: Carrier | None = None
    bol: str = ""
    weight: Decimal | None = None
    weight_unit: str = ""
    packs_count: int | None = None
    orders: list[ShipOrder] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> ShipNotice:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        bsn = root.first("BSN")
        notice = cls(bsn[1], bsn[2], _when(bsn), bsn[5])
        levels = _levels(root)
        shipment = next((level for level in levels if level.code == "S"), None)
        notice.dates = parts.read_dates(root)
        if shipment:
            _read_shipment(notice, shipment.loop)
        notice.orders = _read_orders(levels)
        notice.findings = outline.findings
        return notice

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE."""
        writer = _HierarchyWriter()
        when = self.when
        if when is None:
            raise BuildError("BSN03: the time of the ship notice is missing")
        head = ["BSN", self.purpose, self.shipment_id, f"{when:%Y%m%d}", f"{when:%H%M}", self.structure]
        writer.level("", "S", self._shipment_segments(), bool(self.orders))
        for order in self.orders:
            self._write_order(writer, order)
        quantities = [item.quantity for order in self.orders for pack in order.packs for item in pack.items]
        return [head, *writer.segments, ["CTT", str(writer.count), parts.hash_total(quantities)]]

    def _shipment_segments(self) -> list[Segment]:
        weight = parts.number(self.weight)
        segments = parts.segment(
            "TD1", "CTN" if self.packs_count is not None else "", parts.number(self.packs_count), "", "", "",
            "G" if weight else "", weight, self.weight_unit,
        )  # fmt: skip
        if self.carrier:
            segments += parts.write_carrier(Carrier(*self.carrier))
        if self.bol:
            segments.append(["REF", "BM", self.bol])
        segments += parts.write_references(self.references)
        segments += parts.write_dates(self.dates)
        for party in self.parties:
            segments += parts.write_party(party)
        return segments

    def _write_order(self, writer: _HierarchyWriter, order: ShipOrder) -> None:
        details = [["PRF", order.po_number, "", "", parts.day(order.po_date)]]
        details += parts.write_references(order.references)
        above = writer.level("1", "O", details, any(pack.sscc or pack.items for pack in order.packs))
        for pack in order.packs:
            here = above
            if pack.sscc:
                here = writer.level(above, "P", [["MAN", "GM", f"00{_valid(pack.sscc)}"]], bool(pack.items))
            for item in pack.items:
                writer.level(here, "I", _item_segments(item), False)


def _valid(sscc: str) -> str:
    if len(sscc) != 18 or not has_valid_check_digit(sscc):
        raise BuildError(f"MAN02: {sscc!r} is no SSCC of 18 digits with a valid check digit")
    return sscc


def _item_segments(item: ShipItem) -> list[Segment]:
    segments = [["LIN", item.line_number, *parts.write_items(item.items, 15)]]
    segments.append(
        [
            "SN1", item.line_number, parts.number(item.quantity), item.unit, "",
            parts.number(item.ordered_quantity), item.ordered_unit, "", item.status,
        ]
    )  # fmt: skip
    return segments + parts.write_description(item.description)


class _HierarchyWriter:
    """Numbers HL segments in the order they are written."""

    def __init__(self):
        self.segments: list[Segment] = []
        self.count = 0

    def level(self, parent: str, code: str, details: list[Segment], has_children: bool) -> str:
        self.count += 1
        self.segments.append(["HL", str(self.count), parent, code, "1" if has_children else "0"])
        self.segments += details
        return str(self.count)


class _Level:
    """One HL loop with the level above it and those below."""

    def __init__(self, loop: Loop, parent: _Level | None):
        self.loop = loop
        self.code = loop.first("HL")[3]
        self.parent = parent
        self.children: list[_Level] = []
        if parent:
            parent.children.append(self)

    def above(self, code: str) -> _Level | None:
        level = self.parent
        while level and level.code != code:
            level = level.parent
        return level


def _levels(root: Loop) -> list[_Level]:
    by_number: dict[str, _Level] = {}
    levels = []
    for turn in root.turns("HL"):
        hl = turn.first("HL")
        level = _Level(turn, by_number.get(hl[2]))
        by_number[hl[1]] = level
        levels.append(level)
    return levels


def _when(bsn) -> datetime | None:
    day = bsn.date(3)
    if day is None:
        return None
    time = bsn[4]
    if len(time) >= 4 and time[:4].isdecimal() and int(time[:2]) < 24 and int(time[2:4]) < 60:
        return datetime(day.year, day.month, day.day, int(time[:2]), int(time[2:4]))
    bsn.complain(4, "9", "is not a time that exists")
    return datetime(day.year, day.month, day.day)


def _read_shipment(notice: ShipNotice, loop: Loop) -> None:
    td1 = loop.first("TD1")
    notice.packs_count, notice.weight, notice.weight_unit = td1.integer(2), td1.decimal(7), td1[8]
    carriers = parts.read_carriers(loop)
    notice.carrier = carriers[0] if carriers else None
    references = parts.read_references(loop)
    notice.bol = next((r.value for r in references if r.qualifier == "BM"), "")
    notice.references = [r for r in references if (r.qualifier, r.value) != ("BM", notice.bol)]
    notice.dates = {**parts.read_dates(loop), **notice.dates}
    notice.parties = parts.read_parties(loop)


def _read_orders(levels: list[_Level]) -> list[ShipOrder]:
    orders: dict[int, ShipOrder] = {}
    packs: dict[tuple[int, int], Pack] = {}
    for level in levels:
        if level.code == "O":
            prf = level.loop.first("PRF")
            orders[id(level)] = ShipOrder(prf[1], prf.date(4), parts.read_references(level.loop))
    for level in levels:
        order = level if level.code == "O" else level.above("O")
        if level.code == "P" and order and id(order) in orders:
            _pack(packs, orders, order, level)
        elif level.code == "I":
            if order is None:
                order = _nameless(orders)
            for pack_level in _packs_of(level):
                _pack(packs, orders, order, pack_level).items.append(_read_item(level.loop))
    return list(orders.values())


class _Nameless:
    """Stands for the order level that a sender left out."""


_NAMELESS = _Nameless()


def _nameless(orders: dict[int, ShipOrder]) -> _Nameless:
    orders.setdefault(id(_NAMELESS), ShipOrder(""))
    return _NAMELESS


def _packs_of(item: _Level) -> Iterator[_Level | None]:
    """The packs an item is in: the one above it, or those right below it (structure S-O-I-P)."""
    above = item.above("P")
    below = [child for child in item.children if child.code == "P"]
    yield from [above] if above else below or [None]


def _pack(packs, orders, order, level: _Level | None) -> Pack:
    key = (id(order), id(level) if level else 0)
    if key not in packs:
        packs[key] = Pack(_read_sscc(level.loop) if level else "")
        orders[id(order)].packs.append(packs[key])
    return packs[key]


def _read_sscc(loop: Loop) -> str:
    for row in loop.rows("MAN"):
        if row[1] == "GM" and len(row[2]) == 20:
            return row[2][2:]
        if row[1] in ("GM", "AA"):
            return row[2]
    return ""


def _read_item(loop: Loop) -> ShipItem:
    lin, sn1 = loop.first("LIN"), loop.first("SN1")
    return ShipItem(
        lin[1] or sn1[1], parts.read_items(lin, 2), sn1.decimal(2), sn1[3], sn1.decimal(5), sn1[6],
        parts.read_description(loop), sn1[8],
    )  # fmt: skip
