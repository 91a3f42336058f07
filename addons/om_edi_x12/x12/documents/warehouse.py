"""Documents between an owner of goods and a warehouse (third-party logistics).

940 shipping order      owner -> warehouse     ship this to that customer
945 shipping advice     warehouse -> owner     this was shipped
943 transfer shipment   owner -> warehouse     this is coming in
944 transfer receipt    warehouse -> owner     this has arrived
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..events import Finding, Transaction
from . import parts
from .layout import DAY, NUMBER, TEXT, Layout
from .outline import Loop, Outline, Row
from .parts import Items, Party, Reference, Segment

W05 = Layout(
    "W05", ("status", 1, TEXT), ("number", 2, TEXT), ("po_number", 3, TEXT), ("master_reference", 5, TEXT)
)
W06 = Layout(
    "W06", ("status", 1, TEXT), ("number", 2, TEXT), ("date", 3, DAY), ("shipment_id", 4, TEXT),
    ("agent_shipment_id", 5, TEXT), ("po_number", 6, TEXT),
)  # fmt: skip
W17 = Layout(
    "W17", ("status", 1, TEXT), ("date", 2, DAY), ("receipt_number", 3, TEXT), ("number", 4, TEXT),
    ("shipment_id", 5, TEXT),
)  # fmt: skip
W01 = Layout(
    "W01", ("quantity", 1, NUMBER), ("unit", 2, TEXT), ("upc_case", 3, TEXT), ("lot", 13, TEXT),
    items=(4, 6, 15),
)  # fmt: skip
W12 = Layout(
    "W12", ("status", 1, TEXT), ("ordered", 2, NUMBER), ("shipped", 3, NUMBER), ("difference", 4, NUMBER),
    ("unit", 5, TEXT), ("upc_case", 6, TEXT), ("lot", 9, TEXT), items=(7, 17, 21),
)  # fmt: skip
# Of a substitute (status IS), W1217 and W1218 name the item that was ordered.
W12_SUBSTITUTE = Layout(W12.id, *W12.fields, items=(7, 21))
ORIGINAL_ITEM = 17
W04 = Layout("W04", ("quantity", 1, NUMBER), ("unit", 2, TEXT), ("upc_case", 3, TEXT), items=(4, 6, 14))
W07 = Layout(
    "W07", ("quantity", 1, NUMBER), ("unit", 2, TEXT), ("upc_case", 3, TEXT), ("lot", 8, TEXT),
    items=(4, 6, 10),
)  # fmt: skip
W13 = Layout("W13", ("quantity", 1, NUMBER), ("unit", 2, TEXT), ("code", 3, TEXT))
W66 = Layout("W66", ("payment", 1, TEXT), ("mode", 2, TEXT), ("routing", 5, TEXT), ("scac", 10, TEXT))
W27 = Layout("W27", ("mode", 1, TEXT), ("scac", 2, TEXT), ("routing", 3, TEXT), ("payment", 4, TEXT))


@dataclass
class Freight:
    """W66 or W27: who pays (element 146), mode (91), carrier and routing."""

    payment: str = ""
    mode: str = ""
    scac: str = ""
    routing: str = ""


@dataclass
class ShippingOrderLine:
    """LX and W01: what the warehouse shall ship.  `number` is LX01."""

    number: int | None
    quantity: Decimal | None = None
    unit: str = ""
    items: Items = field(default_factory=dict)
    description: str = ""
    lot: str = ""
    upc_case: str = ""
    references: list[Reference] = field(default_factory=list)


@dataclass
class ShippingOrder:
    """940: status 473 (N new, R replacement, F cancellation), number 285 (the owner's order)."""

    SET_ID = "940"
    GROUP = "OW"

    status: str
    number: str
    po_number: str = ""
    master_reference: str = ""
    parties: list[Party] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    freight: Freight | None = None
    lines: list[ShippingOrderLine] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> ShippingOrder:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        order = cls(**W05.read(root.first("W05")), **_read_header(root), freight=_read_freight(root, W66))
        order.lines = [
            ShippingOrderLine(
                lx.first("LX").integer(1),
                **W01.read(turn.first("W01")),
                description=_read_description(turn),
                references=parts.read_references(turn, "N9"),
            )
            for lx in root.turns("LX")
            for turn in lx.turns("W01")
        ]
        order.findings = outline.findings
        return order

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE; W76 adds up the quantities."""
        segments = W05.write(self) + _write_header(self)
        segments += W66.write(self.freight) if self.freight else []
        for line in self.lines:
            segments += [["LX", parts.number(line.number)], *W01.write(line)]
            segments += _write_description(line.description) + parts.write_references(line.references, "N9")
        return [*segments, ["W76", _sum(line.quantity for line in self.lines)]]


@dataclass
class ShippedLine:
    """W12: status 368 (CC complete, BP rest to follow, ...), quantities ordered and shipped.

    ``original`` names what was ordered where something else was shipped (status IS).
    """

    number: int | None
    status: str = ""
    ordered: Decimal | None = None
    shipped: Decimal | None = None
    difference: Decimal | None = None
    unit: str = ""
    items: Items = field(default_factory=dict)
    description: str = ""
    lot: str = ""
    upc_case: str = ""
    packs: list[str] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    original: Items = field(default_factory=dict)


@dataclass
class ShippingAdvice:
    """945: status 514 (F full, P partial, ...), number 285, shipment_id 145; packs are MAN02 of the LX."""

    SET_ID = "945"
    GROUP = "SW"

    status: str
    number: str
    date: date | None = None
    shipment_id: str = ""
    agent_shipment_id: str = ""
    po_number: str = ""
    parties: list[Party] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    freight: Freight | None = None
    weight: Decimal | None = None
    weight_unit: str = ""
    lines: list[ShippedLine] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> ShippingAdvice:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        advice = cls(**W06.read(root.first("W06")), **_read_header(root), freight=_read_freight(root, W27))
        totals = root.first("W03")
        advice.weight, advice.weight_unit = totals.decimal(2), totals[3]
        advice.lines = [
            ShippedLine(
                lx.first("LX").integer(1),
                **_read_shipped(turn.first("W12")),
                description=_read_description(turn),
                packs=[row[2] for row in lx.rows("MAN")],
                references=parts.read_references(turn, "N9"),
            )
            for lx in root.turns("LX")
            for turn in lx.turns("W12")
        ]
        advice.findings = outline.findings
        return advice

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE; W03 adds up what was shipped."""
        segments = W06.write(self) + _write_header(self)
        segments += W27.write(self.freight) if self.freight else []
        for line in self.lines:
            segments.append(["LX", parts.number(line.number)])
            segments += [["MAN", "GM" if len(pack) == 20 else "CP", pack] for pack in line.packs]
            segments += _write_shipped(line) + _write_description(line.description)
            segments += parts.write_references(line.references, "N9")
        total = _sum(line.shipped for line in self.lines)
        return [*segments, ["W03", total, parts.number(self.weight), self.weight_unit]]


@dataclass
class TransferLine:
    """W04: quantity sent to the warehouse."""

    quantity: Decimal | None
    unit: str = ""
    items: Items = field(default_factory=dict)
    description: str = ""
    upc_case: str = ""
    references: list[Reference] = field(default_factory=list)


@dataclass
class TransferShipment:
    """943: announces goods to a warehouse; number 285, shipment_id 145."""

    SET_ID = "943"
    GROUP = "AR"

    status: str
    number: str
    date: date | None = None
    shipment_id: str = ""
    agent_shipment_id: str = ""
    po_number: str = ""
    parties: list[Party] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    freight: Freight | None = None
    lines: list[TransferLine] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> TransferShipment:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        shipment = cls(**W06.read(root.first("W06")), **_read_header(root), freight=_read_freight(root, W27))
        shipment.lines = [
            TransferLine(
                **W04.read(turn.first("W04")),
                description=_read_description(turn),
                references=parts.read_references(turn, "N9"),
            )
            for turn in root.turns("W04")
        ]
        shipment.findings = outline.findings
        return shipment

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE; W03 adds up the quantities."""
        segments = W06.write(self) + _write_header(self)
        segments += W27.write(self.freight) if self.freight else []
        for line in self.lines:
            segments += W04.write(line) + _write_description(line.description)
            segments += parts.write_references(line.references, "N9")
        return [*segments, ["W03", _sum(line.quantity for line in self.lines)]]


@dataclass
class ReceiptException:
    """W13: a quantity that is not as announced; code 412 (01 damaged, 02 short, 03 over, ...)."""

    quantity: Decimal | None
    unit: str = ""
    code: str = ""


@dataclass
class ReceivedLine:
    """W07: quantity received in good order, and what was wrong."""

    quantity: Decimal | None
    unit: str = ""
    items: Items = field(default_factory=dict)
    description: str = ""
    lot: str = ""
    upc_case: str = ""
    references: list[Reference] = field(default_factory=list)
    exceptions: list[ReceiptException] = field(default_factory=list)


@dataclass
class TransferReceipt:
    """944: what a warehouse received; number 285 and shipment_id 145 repeat the 943."""

    SET_ID = "944"
    GROUP = "RE"

    status: str
    date: date | None
    receipt_number: str
    number: str = ""
    shipment_id: str = ""
    parties: list[Party] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    lines: list[ReceivedLine] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def parse(cls, transaction: Transaction | list[Segment]) -> TransferReceipt:
        outline = Outline(transaction, cls.SET_ID)
        root = outline.root
        receipt = cls(**W17.read(root.first("W17")), **_read_header(root))
        # 005010 puts an LX loop around the lines.
        turns = [*root.turns("W07"), *(turn for lx in root.turns("LX") for turn in lx.turns("W07"))]
        receipt.lines = [
            ReceivedLine(
                **W07.read(turn.first("W07")),
                description=_read_description(turn),
                references=parts.read_references(turn, "N9"),
                exceptions=[ReceiptException(**W13.read(row)) for row in turn.rows("W13")],
            )
            for turn in turns
        ]
        receipt.findings = outline.findings
        return receipt

    def segments(self, version: str = "004010") -> list[Segment]:
        """The transaction without ST and SE; W14 adds up what was received."""
        segments = W17.write(self) + _write_header(self)
        for number, line in enumerate(self.lines, 1):
            segments += [["LX", str(number)]] if version >= "005010" else []
            segments += W07.write(line) + _write_description(line.description)
            segments += parts.write_references(line.references, "N9")
            for exception in line.exceptions:
                segments += W13.write(exception)
        return [*segments, ["W14", _sum(line.quantity for line in self.lines)]]


def _read_header(root: Loop) -> dict:
    return {
        "parties": parts.read_parties(root),
        "references": parts.read_references(root, "N9"),
        "dates": {row[1]: row.date(2) for row in root.rows("G62") if row[1] and row[2]},
        "notes": [(row[1], row[2]) for row in root.rows("NTE")],
    }


def _write_header(document) -> list[Segment]:
    segments: list[Segment] = []
    for party in document.parties:
        segments += parts.write_party(party)
    segments += parts.write_references(document.references, "N9")
    segments += [["G62", qualifier, parts.day(value)] for qualifier, value in document.dates.items()]
    return segments + [["NTE", kind, text] for kind, text in document.notes]


def _read_freight(root: Loop, layout: Layout) -> Freight | None:
    row = root.first(layout.id)
    return Freight(**layout.read(row)) if row.ordinal else None


def _read_shipped(row: Row) -> dict:
    if row[1] != "IS":
        return W12.read(row)
    qualifier, value = row[ORIGINAL_ITEM], row[ORIGINAL_ITEM + 1]
    original = {qualifier: value} if qualifier and value else {}
    return {**W12_SUBSTITUTE.read(row), "original": original}


def _write_shipped(line: ShippedLine) -> list[Segment]:
    if not line.original:
        return W12.write(line)
    [segment] = W12_SUBSTITUTE.write(line)
    segment += [""] * (ORIGINAL_ITEM + 2 - len(segment))
    for qualifier, value in line.original.items():
        segment[ORIGINAL_ITEM : ORIGINAL_ITEM + 2] = [qualifier, value]
    return [segment]


def _read_description(turn: Loop) -> str:
    return " ".join(row[1] for row in turn.rows("G69") if row[1])


def _write_description(description: str) -> list[Segment]:
    return [["G69", piece] for piece in parts.split_text(description, 45)]


def _sum(quantities) -> str:
    return parts.number(sum((quantity for quantity in quantities if quantity is not None), Decimal(0)))
