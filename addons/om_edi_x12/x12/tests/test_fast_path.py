"""The compiled fast path and the diagnosis must never disagree."""

from __future__ import annotations

import pytest
import x12
from conftest import file_of, group_of, only_transaction, order_file, set_of
from hypothesis import given, settings
from hypothesis import strategies as st
from x12 import elements, patterns, schema, structure, validator

RELEASES = [schema.release(name) for name in schema.RELEASES]
SEGMENTS = sorted({(r.name, s) for r in RELEASES for t in r.sets.values() for s in t.segment_ids})
AUTO = elements.Alphabet("auto")
TOKENS = b"1 0 00 EA ST 20260102 20260230 20240229 1200 2460 -5 2.50 .5 5. - ABC 004 1E5 12345 01".split()
ODD = [
    b"A\x1fB",
    b"X\x1eY",
    b"\x07",
    b"caf\xe9",
    b"\xc3\x89",
    b"1234567890" * 3,
    b"A" * 81,
    b" ",
    b"1\x1f2\x1f3",
]
VALUES = st.sampled_from([b""] * 8 + TOKENS + ODD)


@pytest.mark.parametrize(("release", "id_"), SEGMENTS)
def test_pattern_agrees_with_diagnosis(release, id_):
    """A pattern may be stricter than the diagnosis, never more lenient; on plain values they are equal."""
    facts = schema.release(release)
    segment = facts.segments[id_]
    body = patterns.segment_body(segment, facts, facts.codes, basic=False)
    compiled = patterns.segments_pattern([id_.encode()], {id_.encode(): body})

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(st.lists(VALUES, max_size=len(segment.elements) + 1))
    def check(values):
        fields = [id_.encode(), *values]
        errors = elements.check(segment, fields, facts, facts.codes, AUTO)
        matched = compiled.findall(b"\x1d".join(fields) + b"\x1c") == [id_.encode()]
        assert not (matched and errors), errors
        plain = all(value.isascii() and b"\x1f" not in value and b"E" not in value for value in values)
        if values and plain and not errors:
            assert matched

    check()


@pytest.mark.parametrize("release", schema.RELEASES)
@pytest.mark.parametrize("set_id", sorted(schema.release("004010").sets))
def test_automaton_agrees_with_diagnosis(release, set_id):
    facts = schema.release(release)
    transaction_set = facts.sets[set_id]
    automaton = structure.Automaton(transaction_set)
    ids = sorted(transaction_set.segment_ids - {"ST", "SE"})

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(st.data())
    def check(data):
        walk = ["ST"]
        frames = structure.start(transaction_set)
        for _ in range(data.draw(st.integers(0, 25))):
            # Mostly legal moves, so that the walks get deep; some that are not.
            legal = [id_ for id_ in ids if structure.advance(frames, id_)]
            id_ = data.draw(st.sampled_from(legal if legal and data.draw(st.integers(0, 9)) else ids))
            frames = structure.advance(frames, id_) or frames
            walk.append(id_)
        walk.append("SE")
        encoded = [id_.encode() for id_ in walk]
        diagnosis = structure.Diagnosis(transaction_set, facts)
        diagnosis.walk(walk)
        assert automaton.accepts(encoded, set(encoded)) == (not diagnosis.errors), (walk, diagnosis.errors)

    check()


@pytest.mark.parametrize(("count", "expected"), [(200, []), (201, ["AK304:4"])])
def test_large_maxima_are_counted(count, expected):
    body = ["BEG*00*SA*PO1**20260102", "PO1*1*5*EA", *["SCH*1*EA***002*20260102"] * count, "CTT*1*5"]
    transaction = only_transaction(warmed(order_file(body)))
    assert [finding.code for finding in transaction.findings] == expected


def test_large_maxima_are_counted_per_turn_of_the_loop():
    line = ["PO1*1*5*EA", *["SCH*1*EA***002*20260102"] * 150]
    body = ["BEG*00*SA*PO1**20260102", *line, *line, "CTT*2*10"]
    assert only_transaction(warmed(order_file(body))).findings == []


def warmed(data: bytes) -> bytes:
    """Makes sure that the patterns are compiled, so that the fast path judges."""
    body = ["BEG*00*SA*PO1**20260102", *["PO1*1*5*EA", "SCH*1*EA***002*20260102"] * 2500, "CTT*2500*12500"]
    only_transaction(order_file(body))
    assert validator.shared_checker("004010", "850", x12.Rules()).pattern is not None
    return data


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.replace(b"SE*5*0001", b"SE*6*0001"),
        lambda data: data.replace(b"SE*5*0001", b"SE*5*0002"),
        lambda data: data.replace(b"SE*5*0001", b"SE*5"),
        lambda data: data.replace(b"CTT*1*5", b"CTT*1*6"),
        lambda data: data.replace(b"CTT*1*5", b"CTT*2*5"),
        lambda data: data.replace(b"GS*PO", b"GS*IN"),
        lambda data: data.replace(b"*EA*", b"*EACH*"),
        lambda data: data.replace(b"PO1*1", b"POX*1"),
        lambda data: data.replace(b"2.50", b"2.50***UP*036000291453"),
    ],
)
def test_fast_path_lets_no_fault_pass(spoil):
    data = file_of(group_of(set_of("850", ["BEG*00*SA*PO1**20260102", "PO1*1*5*EA*2.50", "CTT*1*5"])))
    assert only_transaction(warmed(data)).findings == []
    assert only_transaction(warmed(spoil(data))).findings != []
