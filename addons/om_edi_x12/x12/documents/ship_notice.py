"""856 ship notice: shipment, orders, packs, items as a hierarchy of HL segments.

Written as BSN05 says:

    0001  shipment - order - (tare) - pack - item     "pick and pack": any mix of items in a pack
    0002  shipment - order - item - (tare) - pack     "standard": packs of one item each; PO401 says how much
    0004  shipment - order - item                     packs without SSCC

A tare (pallet) level stands where packs name the SSCC of theirs.  Read by HL02 only, never by nesting on
the wire, so that other structures are understood too: an item belongs to the order above it and to the
nearest pack above it, or to those below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
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
    """Item level: what is in the pack.  `status` is SN108 (element 668), `references` are serial numbers."""

    line_number: str
    items: Items = field(default_factory=dict)
    quantity: Decimal | None = None
    unit: str = ""
    ordered_quantity: Decimal | None = None
    ordered_unit: str = ""
    description: str = ""
    status: str = ""
    references: list[Reference] = field(default_factory=list)


@dataclass
class Pack:
    """Pack level.  `sscc` has 18 digits; "" for items that are not in a pack of their own.

    `tare` is the SSCC of the pallet on which it stands.
    """

    sscc: str
    items: list[ShipItem] = field(default_factory=list)
    tare: str = ""


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
        tares = {pack.tare for order in self.orders for pack in order.packs if pack.tare}
        segments += parts.segment("TD1", "PLT" if tares else "", str(len(tares) or ""))
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
        if self.structure == "0002":
            _write_items_first(writer, above, order.packs)
        else:
            _write_packs_first(writer, above, order.packs)


def _write_packs_first(writer: _HierarchyWriter, order: str, packs: list[Pack]) -> None:
    for tare, on_it in _by_tare(packs):
        above = writer.level(order, "T", [_mark(tare)], True) if tare else order
        for pack in on_it:
            here = writer.level(above, "P", [_mark(pack.sscc)], bool(pack.items)) if pack.sscc else above
            for item in pack.items:
                writer.level(here, "I", _item_segments(item), False)


def _write_items_first(writer: _HierarchyWriter, order: str, packs: list[Pack]) -> None:
    shares: dict[str, list[tuple[Pack, ShipItem]]] = {}
    for pack in packs:
        if pack.sscc and len(pack.items) != 1:
            raise BuildError(f"HL03: pack {pack.sscc} has {len(pack.items)} items; structure 0002 allows one")
        for item in pack.items:
            shares.setdefault(repr(replace(item, quantity=None)), []).append((pack, item))
    for share in shares.values():
        quantities = [item.quantity for _pack, item in share if item.quantity is not None]
        whole = replace(share[0][1], quantity=sum(quantities) if quantities else None)
        marked = [pack for pack, _item in share if pack.sscc]
        above = writer.level(order, "I", _item_segments(whole), bool(marked))
        for tare, on_it in _by_tare(marked):
            here = writer.level(above, "T", [_mark(tare)], True) if tare else above
            for pack in on_it:
                writer.level(here, "P", [*_pack_size(pack, len(marked)), _mark(pack.sscc)], False)


def _by_tare(packs: list[Pack]) -> Iterable[tuple[str, list[Pack]]]:
    """Packs by pallet, in the order in which the pallets come."""
    tares: dict[str, list[Pack]] = {}
    for pack in packs:
        tares.setdefault(pack.tare, []).append(pack)
    return tares.items()


def _pack_size(pack: Pack, of: int) -> list[Segment]:
    """PO401: how much of the item above is in this pack, a whole number."""
    quantity = pack.items[0].quantity
    if quantity is not None and quantity == int(quantity):
        return [["PO4", str(int(quantity))]]
    if of > 1:
        raise BuildError(f"PO401: {quantity} in pack {pack.sscc} is not a whole number")
    return []


def _mark(sscc: str) -> Segment:
    return ["MAN", "GM", f"00{_valid(sscc)}"]


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
    return segments + parts.write_description(item.description) + parts.write_references(item.references)


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

    def below(self) -> Iterator[_Level]:
        for child in self.children:
            yield child
            yield from child.below()


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
                item = _read_item(level.loop)
                if pack_level and pack_level is not level.above("P"):
                    item.quantity = pack_level.loop.first("PO4").decimal(1) or item.quantity
                _pack(packs, orders, order, pack_level).items.append(item)
    return list(orders.values())


class _Nameless:
    """Stands for the order level that a sender left out."""


_NAMELESS = _Nameless()


def _nameless(orders: dict[int, ShipOrder]) -> _Nameless:
    orders.setdefault(id(_NAMELESS), ShipOrder(""))
    return _NAMELESS


def _packs_of(item: _Level) -> Iterator[_Level | None]:
    """The packs an item is in: the one above it, or those below it (structure S-O-I-P)."""
    above = item.above("P")
    yield from [above] if above else [pack for pack in item.below() if pack.code == "P"] or [None]


def _pack(packs, orders, order, level: _Level | None) -> Pack:
    key = (id(order), id(level) if level else 0)
    if key not in packs:
        tare = level.above("T") if level else None
        packs[key] = Pack(_read_sscc(level.loop) if level else "", [], _read_sscc(tare.loop) if tare else "")
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
        parts.read_description(loop), sn1[8], parts.read_references(loop),
    )  # fmt: skip
