"""Documents: round trips through bytes in both releases, and reading what partners really send."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D

import pytest
import x12
from conftest import ORDER, only_transaction, order_file
from hypothesis import given, settings
from hypothesis import strategies as st

PARTY = x12.Party(
    "ST", "Shop 1", "92", "0001", ["1 Road", "2nd floor", "Dock 4"], "Town", "OH", "44139", "US",
    [x12.Contact("IC", "Bob", (("TE", "555"), ("EM", "bob@example.com")))],
)  # fmt: skip
SHORT = x12.Party("BY", "Buyer", "92", "01")
TERMS = x12.Terms("01", "3", D(2), date(2026, 2, 1), 10, None, 30, D("1.25"), "2/10 net 30")
CARRIER = x12.Carrier("UPSN", "", "GROUND", "M")
SSCC = x12.sscc(0, "0614141", 1)
SSCCS = [x12.sscc(0, "0614141", serial) for serial in range(100, 104)]
STATUS = x12.LineStatus("IA", D(5), "EA", "068", date(2026, 2, 1), {"VP": "V1"})
DAY = date(2026, 1, 9)

DOCUMENTS = [
    x12.PurchaseOrder(
        "00", "SA", "PO1", DAY, "1", "C1", "USD", [x12.Reference("DP", "038", "Toys")],
        [x12.Contact("BD", "Ann", (("TE", "5"),))], [x12.Charge("A", "C310", D("5.00"), None, "02")],
        TERMS, {"002": DAY}, [CARRIER], ["Call first", "word " * 80 + "end"], [PARTY, SHORT],
        [
            x12.PurchaseOrderLine(
                "1", D("12.5"), "EA", D("9.25"), "PE", {"BP": "X1", "UP": "036000291452"},
                "A long description " * 9 + "of a widget", {"002": DAY},
                [x12.Schedule(D(6), "EA", DAY)], 6, [x12.Reference("DP", "1")], ["No substitutes"],
                [x12.Charge("C", "D240", D("1.10"))], [SHORT],
            ),
            x12.PurchaseOrderLine("2"),
        ],
        D("115.63"),
    ),
    x12.PurchaseOrderAck(
        "00", "AC", "PO1", DAY, DAY, "R1", "USD", [PARTY], {"002": DAY},
        [x12.AckLine("1", D(5), "EA", D("2.5"), {"BP": "X"}, "Widget", [STATUS], "PE")],
        [x12.Reference("DP", "1")], "7",
    ),
    x12.ShipNotice(
        "00", "SH1", datetime(2026, 1, 5, 6, 7), "0001", {"011": DAY}, [PARTY], CARRIER, "BOL1",
        D("10.5"), "LB", 1,
        [
            x12.ShipOrder(
                "PO1", DAY, [x12.Reference("IA", "1")],
                [x12.Pack(SSCC, [x12.ShipItem("1", {"BP": "X"}, D(5), "EA", D(6), "EA", "W", "AC")])],
            )
        ],
        [x12.Reference("CN", "1Z")],
    ),
    x12.ShipNotice(
        "00", "SH2", datetime(2026, 1, 5, 6, 7), "0004",
        orders=[x12.ShipOrder("PO1", None, [], [x12.Pack("", [x12.ShipItem("1", {"BP": "X"}, D(1), "EA")])])],
    ),
    x12.ShipNotice(
        "00", "SH3", datetime(2026, 1, 5, 6, 7), "0001", packs_count=3,
        orders=[
            x12.ShipOrder(
                "PO1", None, [],
                [
                    x12.Pack(SSCCS[1], [x12.ShipItem("1", {"BP": "X"}, D(5), "EA")], SSCCS[0]),
                    x12.Pack(
                        SSCCS[2],
                        [
                            x12.ShipItem("1", {"BP": "X"}, D(1), "EA"),
                            x12.ShipItem(
                                "2", {"BP": "Y", "LT": "L1"}, D("2.5"), "LB",
                                references=[x12.Reference("SE", "S1"), x12.Reference("SE", "S2")],
                            ),
                        ],
                        SSCCS[0],
                    ),
                    x12.Pack(SSCCS[3], [x12.ShipItem("2", {"BP": "Y"}, D(4), "EA")]),
                ],
            )
        ],
    ),
    x12.ShipNotice(
        "00", "SH4", datetime(2026, 1, 5, 6, 7), "0002", packs_count=4,
        orders=[
            x12.ShipOrder(
                "PO1", None, [],
                [
                    x12.Pack(SSCCS[1], [x12.ShipItem("1", {"BP": "X"}, D(5), "EA", D(8), "EA")], SSCCS[0]),
                    x12.Pack(SSCCS[2], [x12.ShipItem("1", {"BP": "X"}, D(3), "EA", D(8), "EA")]),
                    x12.Pack(SSCCS[3], [x12.ShipItem("2", {"BP": "Y"}, D("2.5"), "LB")]),
                ],
            ),
            x12.ShipOrder("PO2", None, [], [x12.Pack("", [x12.ShipItem("1", {"BP": "X"}, D(1), "EA")])]),
        ],
    ),
    x12.Invoice(
        "INV1", DAY, "PO1", DAY, "DI", "USD", [x12.Reference("BM", "B1")], [PARTY], TERMS, {"011": DAY},
        [
            x12.InvoiceLine(
                "1", D(5), "EA", D("2.5"), {"BP": "X"}, "Widget", "PE",
                [x12.Charge("A", "C310", D("0.50"))], [x12.Tax("ST", D("0.60"), D(5))],
            )
        ],
        [x12.Charge("C", "D240", D("5.50"), D("3.5"), "06", "Freight")],
        [x12.Tax("ST", D("1.11"), D(1))], D("117.61"), CARRIER, ["Thank you"], "1",
    ),
    x12.OrderChange(
        "04", "SA", "PO1", DAY, DAY, "", "1", "", "USD",
        lines=[
            x12.OrderChangeLine(
                "1", D(5), "EA", D("2.5"), "PE", {"BP": "X"}, "W", change="QD", left=D(3)
            )
        ],
        amount=D(5),
    ),
    x12.OrderChangeAck(
        "00", "AC", "PO1", DAY, DAY, "R", "", "1",
        lines=[
            x12.ChangeAckLine("1", D(5), "EA", D(2), {"BP": "X"}, "W", [STATUS], change="QD", left=D(3))
        ],
    ),
    x12.ShippingOrder(
        "N", "SO1", "PO1", "", [PARTY], [x12.Reference("BM", "B1")], {"10": DAY}, [("DEL", "Call")],
        x12.Freight("PP", "M", "UPSN", "GROUND"),
        [x12.ShippingOrderLine(1, D(5), "EA", {"VN": "A1", "UP": "036000291452"}, "Widget", "L1")],
    ),
    x12.ShippingAdvice(
        "F", "SO1", DAY, "SH1", "", "PO1", [PARTY], [], {"11": DAY}, [],
        x12.Freight("PP", "M", "UPSN", "GROUND"), D("10.5"), "LB",
        [x12.ShippedLine(1, "CL", D(5), D(5), None, "EA", {"VN": "A1"}, "W", "", "", [f"00{SSCC}"])],
    ),
    x12.ShippingAdvice(
        "F", "SO1", DAY, "SH2", parties=[PARTY],
        lines=[x12.ShippedLine(1, "IS", D(5), D(5), None, "EA", {"VN": "B2"}, original={"VN": "A1"})],
    ),
    x12.TransferShipment(
        "N", "TR1", DAY, "SH1", parties=[SHORT], freight=x12.Freight("PP", "M", "UPSN", ""),
        lines=[x12.TransferLine(D(5), "EA", {"VN": "A1"}, "Widget")],
    ),
    x12.TransferReceipt(
        "F", DAY, "R1", "TR1", "SH1", parties=[SHORT],
        lines=[
            x12.ReceivedLine(
                D(5), "EA", {"VN": "A1"}, "Widget",
                exceptions=[x12.ReceiptException(D(1), "EA", "01")],
            )
        ],
    ),
    x12.InventoryAdvice(
        "00", "DD", "I1", DAY, "USD",
        lines=[
            x12.StockItem(
                "1", {"VP": "A1"}, "Widget", D("2.50"),
                [x12.StockQuantity("33", D(5), "EA"), x12.StockQuantity("29", D(7), "EA", DAY)],
            )
        ],
    ),
    x12.Remittance(
        "I", D("100.10"), "C", "ACH", "CTX", "021000021", "111", "011000015", "222", DAY, "T1", "USD",
        [x12.Reference("EF", "1")], {}, [x12.Party("PR", "Payer"), x12.Party("PE", "Us")],
        [
            x12.RemittanceItem(
                "IV", "INV1", "", D("100.10"), D("102.10"), D(2),
                adjustments=[x12.Adjustment(D(-2), "01", "CM", "CM1")],
            )
        ],
        [x12.Adjustment(D(-1), "01")],
    ),
    x12.ApplicationAdvice(
        "11", "A1", DAY, "1200", [SHORT],
        [
            x12.JudgedDocument(
                "TE", "IV", "INV1", DAY, 12, "0001", "810",
                errors=[x12.ApplicationError("012", "Duplicate", "BIG", 2, 2, "INV1", "", ["Sent twice"])],
            )
        ],
    ),
    x12.CreditAdjustment(
        DAY, "C1", "I", D("12.50"), "C", DAY, "INV1", None, "PO1", parties=[SHORT],
        lines=[
            x12.AdjustmentLine("01", "C", "1", D("12.50"), D(5), "EA", D("2.5"), {"BP": "X"})
        ],
    ),
    x12.ReturnAuthorization(
        "11", "RMA1", DAY, "1200", x12.ReturnReason("RF", "AC", "", "Broken"), "PO1", {"011": DAY},
        [x12.Reference("IV", "INV1")], [SHORT],
        [x12.ReturnLine(D(2), "EA", D("2.5"), {"BP": "X"}, "W", x12.ReturnReason("RF"))],
    ),
    x12.PriceCatalog(
        "PS", "CAT1", "1", "00", "USD",
        lines=[
            x12.CatalogLine(
                "1", {"VP": "A1"}, "Widget", 6, {"007": DAY}, [],
                [x12.CatalogPrice("WHL", D("2.5"), D(1), "EA")],
            )
        ],
    ),
]  # fmt: skip
IDS = [type(document).__name__ for document in DOCUMENTS]


def envelope(version: str) -> x12.Envelope:
    repetition = b"^" if version >= "005010" else None
    return x12.Envelope(
        "ZZ", "ME", "ZZ", "YOU", 7, datetime(2026, 1, 2, 3, 4), version,
        delimiters=x12.Delimiters(repetition=repetition),
    )  # fmt: skip


def written(document, version: str) -> bytes:
    out = x12.OutTransaction(document.SET_ID, 1, document.segments(version))
    return x12.write(envelope(version), [x12.OutGroup(document.GROUP, 1, [out])])


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_round_trip_through_bytes(document, version):
    transaction = only_transaction(written(document, version))
    assert transaction.findings == []
    parsed = type(document).parse(transaction)
    assert parsed == document
    assert parsed.findings == []


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_round_trip_through_segments(document, version):
    assert type(document).parse(document.segments(version)) == document


text = st.text(alphabet="ABCXYZ 0189-./&", min_size=1, max_size=20).map(str.strip).filter(bool)
quantity = st.decimals(min_value=0, max_value=999999, places=3)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@settings(max_examples=60, deadline=None, database=None)
@given(
    number=text,
    when=days,
    lines=st.lists(st.tuples(quantity, quantity, text, st.text(alphabet="AB c", max_size=200)), max_size=6),
    notes=st.lists(text, max_size=3),
)
def test_round_trip_of_any_order(number, when, lines, notes):
    order = x12.PurchaseOrder("00", "SA", number, when, notes=notes)
    order.lines = [
        x12.PurchaseOrderLine(str(i), amount, "EA", price, "", {"BP": item}, " ".join(words.split()))
        for i, (amount, price, item, words) in enumerate(lines, 1)
    ] or [x12.PurchaseOrderLine("1")]
    assert x12.PurchaseOrder.parse(only_transaction(written(order, "004010"))) == order


def test_garbage_becomes_none_and_a_finding():
    body = ["BEG*00*SA*PO1**20261340", "PO1**MANY*EA*CHEAP", "SCH*5*EA***002*TOMORROW"]
    order = x12.PurchaseOrder.parse(only_transaction(order_file(body)))
    (line,) = order.lines
    assert (order.date, line.quantity, line.price, line.number) == (None, None, None, "1")
    assert [f.message.split()[0] for f in order.findings] == ["BEG05", "PO102", "PO104", "SCH06"]


def test_raw_of_a_line_has_all_its_segments():
    body = [*ORDER[:2], "PID*F****WIDGET", "ZZZ*HELLO", "PO1*2*5*EA"]
    order = x12.PurchaseOrder.parse(only_transaction(order_file(body)))
    assert order.lines[0].raw.split("\n") == ["PO1*1*5*EA*2.50", "PID*F****WIDGET", "ZZZ*HELLO"]


def test_price_in_ctp():
    body = [ORDER[0], "PO1*1*5*EA", "CTP**DIS*83.41"]
    (line,) = x12.PurchaseOrder.parse(only_transaction(order_file(body))).lines
    assert line.price == D("83.41")


def test_header_parties_are_not_mixed_with_those_of_lines():
    body = [ORDER[0], "N1*ST*HEAD", ORDER[1], "N1*ST*LINE"]
    order = x12.PurchaseOrder.parse(only_transaction(order_file(body)))
    assert [party.name for party in order.parties] == ["HEAD"]
    assert [party.name for party in order.lines[0].parties] == ["LINE"]


@pytest.mark.parametrize(
    "levels",
    [
        [
            "HL*1**S",
            "HL*2*1*O",
            "PRF*PO1",
            "HL*3*2*T",
            "HL*4*3*P",
            "MAN*GM*00" + SSCC,
            "HL*5*4*I",
            "LIN**BP*X",
        ],
        ["HL*1**S", "HL*2*1*O", "PRF*PO1", "HL*3*2*I", "LIN**BP*X", "HL*4*3*P", "MAN*GM*00" + SSCC],
        ["HL*1**S", "HL*2*1*O", "PRF*PO1", "HL*3*2*P", "MAN*AA*" + SSCC, "HL*4*3*I", "LIN**BP*X"],
    ],
    ids=["tare above pack", "item above pack", "SSCC without identifier"],
)
def test_structures_of_a_ship_notice(levels):
    data = order_file(["BSN*00*S1*20260102*1200", *levels], set_id="856", group="SH")
    ((order,),) = [x12.ShipNotice.parse(only_transaction(data)).orders]
    assert order.po_number == "PO1"
    assert [(pack.sscc, [item.items for item in pack.items]) for pack in order.packs] == [
        (SSCC, [{"BP": "X"}])
    ]


def levels_of(notice):
    """HL03 and, where there is one, SSCC or SN102 or PO401 of each level, indented by depth."""
    depth, lines = {"": -1}, []
    for id_, *elements in notice.segments():
        if id_ == "HL":
            depth[elements[0]] = depth[elements[1]] + 1
            lines.append("  " * depth[elements[0]] + elements[2])
        elif id_ in ("MAN", "SN1", "PO4"):
            lines[-1] += f" {elements[0 if id_ == 'PO4' else 1]}"
    return lines


def test_pallets_stand_between_order_and_packs():
    notice = next(document for document in DOCUMENTS if getattr(document, "shipment_id", "") == "SH3")
    assert levels_of(notice) == [
        "S", "  O", f"    T 00{SSCCS[0]}", f"      P 00{SSCCS[1]}", "        I 5", f"      P 00{SSCCS[2]}",
        "        I 1", "        I 2.5", f"    P 00{SSCCS[3]}", "      I 4",
    ]  # fmt: skip
    assert ["TD1", "PLT", "1"] in notice.segments()


def test_standard_structure_gathers_the_packs_of_an_item():
    notice = next(document for document in DOCUMENTS if getattr(document, "shipment_id", "") == "SH4")
    assert levels_of(notice) == [
        "S", "  O", "    I 8", f"      T 00{SSCCS[0]}", f"        P 5 00{SSCCS[1]}",
        f"      P 3 00{SSCCS[2]}", "    I 2.5", f"      P 00{SSCCS[3]}", "  O", "    I 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("packs", "says"),
    [
        ([x12.Pack(SSCCS[0], [x12.ShipItem("1"), x12.ShipItem("2")])], "2 items; structure 0002 allows one"),
        (
            [x12.Pack(sscc, [x12.ShipItem("1", {}, D("1.5"), "LB")]) for sscc in SSCCS[:2]],
            "1.5 in pack .* is not a whole number",
        ),
    ],
)
def test_standard_structure_refuses_what_it_cannot_say(packs, says):
    order = x12.ShipOrder("PO1", None, [], packs)
    with pytest.raises(x12.BuildError, match=says):
        x12.ShipNotice("00", "S", datetime(2026, 1, 1), "0002", orders=[order]).segments()


def test_amounts_with_implied_decimals():
    body = ["BIG*20260102*INV1", "IT1*1*5*EA*2", "TDS*12345", "SAC*C*D240***550"]
    invoice = x12.Invoice.parse(only_transaction(order_file(body, set_id="810", group="IN")))
    assert (invoice.total, invoice.charges[0].amount) == (D("123.45"), D("5.50"))


def test_amount_with_more_than_two_decimals_is_refused():
    with pytest.raises(x12.BuildError, match="10.005"):
        x12.Invoice("I1", DAY, total=D("10.005")).segments()


def test_too_many_product_ids_are_refused():
    line = x12.PurchaseOrderLine("1", items={f"A{i}": "X" for i in range(11)})
    with pytest.raises(x12.BuildError, match="11 product ids"):
        x12.PurchaseOrder("00", "SA", "1", DAY, lines=[line]).segments()


def test_wrong_sscc_is_refused():
    notice = x12.ShipNotice(
        "00", "S", datetime(2026, 1, 1), orders=[x12.ShipOrder("P", None, [], [x12.Pack("123")])]
    )
    with pytest.raises(x12.BuildError, match="SSCC"):
        notice.segments()


@pytest.mark.parametrize(
    ("body", "digit"),
    [("03600029145", 2), ("400638133393", 1), ("00614141000000001", 2), ("629104150021", 3)],
)
def test_check_digit(body, digit):
    assert x12.check_digit(body) == digit


def test_sscc_is_built_from_its_parts():
    assert x12.sscc(0, "0614141", 1) == "006141410000000012"
    with pytest.raises(ValueError):
        x12.sscc(0, "0614141", 10**10)
