"""997 and 999 for broken files, compared with answers written by hand (acknowledgments.txt)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import x12
from conftest import events_of, file_of, group_of, order_file, set_of

CASES = Path(__file__).with_name("acknowledgments.txt")


def cases():
    """(name, bytes received, kind of answer, segments expected) of every case in the file."""
    for block in CASES.read_text().split("\n## ")[1:]:
        name, *lines = block.splitlines()
        set_id, group, release = "850", "PO", "004010"
        received, expected = [], []
        for line in lines:
            if line.startswith("set "):
                _, set_id, group, release = line.split()
            elif line.startswith("> "):
                received.append(line[2:].replace("\\x07", "\x07"))
            elif line.startswith("= "):
                expected.append(line[2:].replace(">", "\x1f").split("*"))
        if not received[0].startswith(("ST*", "GS*")):
            received = set_of(set_id, received)
        if not received[0].startswith("GS*"):
            received = group_of(received, group, release)
        kind = "999" if any(segment[0] == "IK5" for segment in expected) else "997"
        yield pytest.param(file_of(received, release), kind, expected, id=name)


@pytest.mark.parametrize(("data", "kind", "expected"), cases())
def test_answer_written_by_hand(data, kind, expected):
    answered = [
        x12.acknowledge(end, kind) for end in events_of(data, x12.GroupEnd) if end.group.functional_id != "FA"
    ]
    assert answered[-1] == expected


@pytest.mark.parametrize(("data", "kind", "expected"), cases())
def test_whole_answer_is_valid_x12(data, kind, expected):
    from datetime import datetime

    for answer in x12.answer(x12.read(data), 1, datetime(2026, 1, 3, 9, 0), kind):
        for event in x12.read(answer):
            assert [f.message for f in getattr(event, "findings", ())] == []


def test_there_are_enough_cases():
    assert len(list(cases())) >= 60


def test_position_beyond_the_99th_is_reported_there():
    line = "PO1*1*5*EA" + "*" * 118 + "X"
    (end,) = events_of(order_file(["BEG*00*SA*PO1**20260102", line, "CTT*1"]), x12.GroupEnd)
    positions = [segment[1] for segment in x12.acknowledge(end) if segment[0] == "AK4"]
    assert "99" in positions and all(len(position) <= 2 for position in positions)


@pytest.mark.parametrize("version", ["00806", "00501X", "004010VICS", "008060"])
def test_answer_to_an_odd_release_can_be_read(version):
    received = order_file().replace(b"*004010~", f"*{version}~".encode())
    (answer,) = x12.answer(x12.read(received), 1, datetime(2026, 1, 2))
    assert [group.group.functional_id for group in events_of(answer, x12.GroupEnd)] == ["FA"]
