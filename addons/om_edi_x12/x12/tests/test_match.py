"""Answers: what we send back, and matching what a partner answers to what was sent."""

from __future__ import annotations

from datetime import datetime

import pytest
import x12
from conftest import ORDER, codes_of, events_of, file_of, group_of, order_file, set_of

WHEN = datetime(2026, 1, 3, 9, 0)
TWO = file_of(group_of([*set_of("850", ORDER, "0001"), *set_of("850", [ORDER[0], "PO1*1*FIVE*EA"], "0002")]))


def answers(data, **options) -> list[bytes]:
    return list(x12.answer(x12.read(data), 500, WHEN, **options))


def acknowledgments(data) -> list[x12.Acknowledgment]:
    return [x12.read_acknowledgment(transaction) for transaction in events_of(data, x12.Transaction)]


def test_answer_changes_sides():
    (answer,) = answers(order_file())
    start, group, *_ = x12.read(answer)
    assert (start.isa.sender_id, start.isa.receiver_id) == ("SELLER", "BUYER")
    assert (group.sender, group.receiver, group.version) == ("SELLER", "BUYER", "004010")
    assert start.isa.control_number == 500


def test_one_answer_per_interchange_with_its_delimiters():
    other = order_file().replace(b"*", b"|").replace(b"~", b"!")
    one, two = answers(order_file() + other)
    assert one.startswith(b"ISA*") and two.startswith(b"ISA|")
    assert [s.isa.control_number for s in events_of(one + two, x12.InterchangeStart)] == [500, 501]


def test_acknowledgments_are_not_acknowledged():
    (answer,) = answers(order_file())
    assert answers(answer) == []
    (end,) = events_of(answer, x12.GroupEnd)
    with pytest.raises(ValueError):
        x12.acknowledge(end)


def test_ta1_when_asked_for_or_when_the_envelope_is_at_fault():
    asked = order_file().replace(b"*0*P*>", b"*1*P*>")
    (ack,) = events_of(answers(asked)[0], x12.InterchangeAck)
    assert (ack.control_number, ack.status, ack.note) == (1, "A", "000")
    wrong = order_file().replace(b"IEA*1*000000001", b"IEA*1*000000002")
    (ack,) = events_of(answers(wrong)[0], x12.InterchangeAck)
    assert (ack.status, ack.note) == ("E", "001")
    assert events_of(answers(order_file())[0], x12.InterchangeAck) == []
    assert len(events_of(answers(order_file(), always_ta1=True)[0], x12.InterchangeAck)) == 1


def test_rejected_interchange_is_answered_by_a_ta1_alone():
    (answer,) = answers(order_file()[:-40])
    (ack,) = events_of(answer, x12.InterchangeAck)
    assert (ack.status, ack.note) == ("R", "023")
    assert events_of(answer, x12.GroupStart) == []


def test_999_has_its_guide():
    (answer,) = answers(order_file(release="005010"), kind="999")
    (transaction,) = events_of(answer, x12.Transaction)
    assert transaction.set_id == "999" and transaction.group.version == "005010X231A1"
    assert transaction.findings == []


def test_match_down_to_the_element():
    (ack,) = acknowledgments(answers(TWO)[0])
    first, second = x12.match(ack, TWO)
    assert (first.control_number, first.status, first.errors) == ("0001", "A", [])
    assert (second.control_number, second.status, second.codes) == ("0002", "E", ["5"])
    (error,) = second.errors
    assert (error.segment, error.segment_id, error.element, error.code) == (3, "PO1", 2, "AK403:6")
    assert error.value == "FIVE"
    assert "PO102" in error.message and "'FIVE'" in error.message


def test_match_finds_the_value_that_the_answer_left_out():
    received = "AK1*PO*1~AK2*850*1~AK3*PO1*3**8~AK4*2*330*6~AK5*E*5~AK9*E*1*1*1"
    ack = x12.read_acknowledgment([segment.split("*") for segment in received.split("~")])
    (verdict, _other) = x12.match(ack, TWO)
    assert verdict.errors[0].value == "5"


@pytest.mark.parametrize(("status", "expected"), [("A", "A"), ("R", "R"), ("E", "E"), ("P", "")])
def test_answer_without_sets_speaks_for_all(status, expected):
    ack = x12.read_acknowledgment([["AK1", "PO", "1"], ["AK9", status, "2", "2", "2"]])
    assert [verdict.status for verdict in x12.match(ack, TWO)] == [expected, expected]


def test_set_that_is_not_mentioned_is_unknown_unless_all_is_well():
    named = [["AK1", "PO", "1"], ["AK2", "850", "0001"], ["AK5", "R", "5"]]
    ack = x12.read_acknowledgment([*named, ["AK9", "P", "2", "2", "1"]])
    assert [verdict.status for verdict in x12.match(ack, TWO)] == ["R", ""]


def test_answer_to_another_group_matches_nothing():
    ack = x12.read_acknowledgment([["AK1", "PO", "2"], ["AK9", "A", "2", "2", "2"]])
    assert x12.match(ack, TWO) == []
    ack = x12.read_acknowledgment([["AK1", "IN", "1"], ["AK9", "A", "2", "2", "2"]])
    assert x12.match(ack, TWO) == []


def test_answer_to_a_set_that_was_never_sent():
    ack = x12.read_acknowledgment([["AK1", "PO", "1"], ["AK2", "850", "0009"], ["AK5", "A"], ["AK9", "A"]])
    *_, stranger = x12.match(ack, TWO)
    assert stranger.control_number == "0009" and "not sent" in stranger.errors[0].message


def test_999_is_matched_alike():
    data = order_file([ORDER[0], "N1*ST*SHOP*92", "PO1*1*5*EA"], release="005010")
    (ack,) = acknowledgments(answers(data, kind="999")[0])
    (verdict,) = x12.match(ack, data)
    assert [(e.loop, e.element, e.code) for e in verdict.errors] == [("N1", 4, "AK403:2")]


def test_component_of_a_composite():
    data = order_file([*ORDER[:2], "SLN*1**I*5*EACH>1"])
    (ack,) = acknowledgments(answers(data)[0])
    ((error,),) = [verdict.errors for verdict in x12.match(ack, data)]
    assert (error.element, error.component, error.value) == (5, 1, "EACH")


@pytest.mark.parametrize(
    ("received", "answered"),
    [("004010VICS", "004010"), ("004030", "004030"), ("005010X218", "005010"), ("003060", "004010")],
)
def test_answer_has_the_release_of_what_it_answers(received, answered):
    data = order_file(release=received).replace(b"*U*00401*", b"*^*" + received[:5].encode() + b"*")
    (answer,) = x12.answer(x12.read(data), 1, WHEN)
    (start,) = events_of(answer, x12.GroupStart)
    assert start.version == answered
    assert start.interchange.isa.version == answered[:5]
    assert codes_of(answer) == (["AK905:2"] if answered == "004030" else [])
