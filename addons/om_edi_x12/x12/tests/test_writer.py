"""Writing: bytes that are valid X12, or a BuildError and nothing."""

from __future__ import annotations

from datetime import datetime

import pytest
import x12
from conftest import codes_of, events_of, only_transaction

WHEN = datetime(2026, 1, 2, 3, 4)
BODY = [["BEG", "00", "SA", "PO1", "", "20260102"], ["PO1", "1", "5", "EA"]]


def envelope(**changes) -> x12.Envelope:
    values = {
        "sender_qualifier": "ZZ",
        "sender_id": "ME",
        "receiver_qualifier": "01",
        "receiver_id": "123456789",
        "control_number": 42,
        "when": WHEN,
    }
    return x12.Envelope(**(values | changes))


def write(body=BODY, group: str = "PO", set_id: str = "850", options=None, **changes) -> bytes:
    groups = [x12.OutGroup(group, 7, [x12.OutTransaction(set_id, 1, body)])]
    return x12.write(envelope(**changes), groups, **(options or {}))


def test_exact_bytes():
    assert write() == (
        b"ISA*00*          *00*          *ZZ*ME             *01*123456789      "
        b"*260102*0304*U*00401*000000042*0*P*>~"
        b"GS*PO*ME*123456789*20260102*0304*7*X*004010~ST*850*0001~BEG*00*SA*PO1**20260102~PO1*1*5*EA~"
        b"SE*4*0001~GE*1*7~IEA*1*000000042~"
    )


def test_rewriting_what_was_read_gives_the_same_bytes(sample):
    data = sample.replace(b"\r\n", b"").replace(b"~\n", b"~")
    transaction = only_transaction(data)
    group = transaction.group
    isa, delimiters = group.interchange.isa, transaction.delimiters
    rewritten = x12.write(
        x12.Envelope(
            isa.sender_qualifier,
            isa.sender_id,
            isa.receiver_qualifier,
            isa.receiver_id,
            isa.control_number,
            isa.when,
            group.version,
            isa.usage,
            delimiters=delimiters,
        ),
        [
            x12.OutGroup(
                group.functional_id,
                group.control_number,
                [x12.OutTransaction(transaction.set_id, 1, transaction.segments[1:-1])],
            )
        ],
    )
    assert rewritten == data


def test_delimiters_line_breaks_and_names_of_the_partner():
    data = write(
        delimiters=x12.Delimiters(b"|", b"<", b"!"),
        line_break="\r\n",
        group_sender="INNER",
        usage="T",
        ack_requested=True,
        version="004010VICS",
    )
    start, group, *_ = x12.read(data)
    assert data.count(b"!\r\n") == data.count(b"!") == 8
    assert (start.isa.usage, start.isa.ack_requested, group.sender) == ("T", True, "INNER")
    assert group.version == "004010VICS" and codes_of(data) == []


def test_counts_and_control_numbers_are_set():
    transactions = [x12.OutTransaction("850", number, BODY) for number in (11, 12)]
    groups = [x12.OutGroup("PO", 1, transactions), x12.OutGroup("PO", 2, transactions[:1])]
    data = x12.write(envelope(), groups)
    assert [t.control_number for t in events_of(data, x12.Transaction)] == ["0011", "0012", "0011"]
    assert [end.declared for end in events_of(data, x12.GroupEnd)] == [2, 1]
    assert codes_of(data) == []


def test_ta1_stands_between_isa_and_the_first_group():
    ta1 = ["TA1", "000000009", "260102", "1200", "A", "000"]
    data = x12.write(envelope(), [x12.OutGroup("PO", 1, [x12.OutTransaction("850", 1, BODY)])], [ta1])
    assert [type(event).__name__ for event in x12.read(data)][:3] == [
        "InterchangeStart",
        "InterchangeAck",
        "GroupStart",
    ]
    assert codes_of(x12.write(envelope(), [], [ta1])) == []


def test_empty_elements_and_components_at_the_end_are_dropped():
    data = write([BODY[0], ["PO1", "1", "5", "EA", "", ""], ["SLN", "1", "", "I", "5", "EA\x1f\x1f"]])
    assert b"PO1*1*5*EA~SLN*1**I*5*EA~" in data


def test_components_take_the_partners_separator():
    body = [*BODY, ["SLN", "1", "", "I", "5", "EA\x1f2"]]
    assert b"SLN*1**I*5*EA<2!" in write(body, delimiters=x12.Delimiters(b"*", b"<", b"!"))


@pytest.mark.parametrize("text", ["A*B", "A~B", "A>B", "A\nB", "A\x00B", "A→B"])
def test_what_would_break_the_interchange_is_refused(text):
    with pytest.raises(x12.BuildError, match="N102"):
        write([BODY[0], ["N1", "ST", text], BODY[1]])


@pytest.mark.parametrize(
    ("text", "charset", "sent"),
    [
        ("A*B~C", "extended", b"A B C"),
        ("A\nB", "extended", b"A B"),
        ("Žofie → Praha", "extended", b"Zofie   Praha"),
        ("Café", "extended", "Café".encode("latin-1")),
        ("Café", "basic", b"CAFE"),
        ("Žofie", "utf-8", "Žofie".encode()),
        ("a@b", "basic", b"A B"),
    ],
)
def test_or_replaced_by_policy(text, charset, sent):
    data = write([BODY[0], ["N1", "ST", text], BODY[1]], options={"policy": "replace", "charset": charset})
    assert b"N1*ST*" + sent + b"~" in data


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ([["BEG", "00", "SA", "1" * 23, "", "20260102"], BODY[1]], "BEG03"),
        ([["BEG", "00", "SA", "PO1", "", "20260230"], BODY[1]], "BEG05"),
        ([["BEG", "XX", "SA", "PO1", "", "20260102"], BODY[1]], "BEG01"),
        ([BODY[0]], "PO1"),
        ([*BODY, ["BEG", "00"]], "BEG"),
        ([BODY[0], ["PO1", "1", "", "EA"]], "PO102"),
        ([*BODY, ["ZZZ", "1"]], "ZZZ"),
    ],
    ids=["too long", "date", "code", "mandatory segment", "order", "condition", "unknown segment"],
)
def test_an_invalid_document_can_not_be_written(body, place):
    with pytest.raises(x12.BuildError, match=place):
        write(body)


@pytest.mark.parametrize(
    "changes",
    [
        {"sender_id": "X" * 16},
        {"sender_id": ""},
        {"receiver_qualifier": "123"},
        {"control_number": 0},
        {"control_number": 10**9},
        {"usage": "X"},
        {"version": "003040"},
        {"version": "005010"},
        {"delimiters": x12.Delimiters(b"*", b"*", b"~")},
        {"delimiters": x12.Delimiters(b"A", b">", b"~")},
        {"line_break": "~"},
        {"line_break": "\n", "delimiters": x12.Delimiters(b"*", b"\n", b"~")},
        {"sender_id": "A*B"},
    ],
    ids=str,
)
def test_an_invalid_envelope_can_not_be_written(changes):
    with pytest.raises(x12.BuildError):
        write(**changes)


def test_set_in_the_wrong_group_can_not_be_written():
    with pytest.raises(x12.BuildError, match="functional group"):
        write(group="IN")


def test_rules_of_the_receiver_hold():
    with pytest.raises(x12.BuildError, match="PO103"):
        write(options={"rules": x12.Rules(codes={"PO103": ["CA"]})})


def test_numbers_are_not_text():
    with pytest.raises(x12.BuildError, match="PO102"):
        write([BODY[0], ["PO1", "1", 5, "EA"]])
