"""What the fuzzer does with one input, shared by the long run and the short one in the tests.

Everything the library offers for received bytes is used.  Only its own exceptions may come out, every start
has its end, and an answer to whatever was read is itself valid.
"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import x12
from x12 import documents

PARSERS = {
    kind.SET_ID: kind for name in dir(documents) if hasattr(kind := getattr(documents, name), "SET_ID")
}
WHEN = datetime(2026, 1, 2, 12, 0)


class Drip:
    """A file that gives little at a time, so that every boundary falls inside something."""

    def __init__(self, data: bytes, size: int):
        self.file = BytesIO(data)
        self.size = size

    def read(self, _size: int) -> bytes:
        return self.file.read(self.size)


def one_input(data: bytes) -> None:
    """Raises AssertionError or any unexpected exception if the library misbehaves on these bytes."""
    try:
        events = list(x12.read(data))
    except x12.UnreadableError:
        return
    opened = []
    for event in events:
        follow(event, opened)
    assert not opened, "an event without its end"
    if sum(data) % 4:
        return  # the rest costs more than all before: for one input in four
    for event in events:
        if isinstance(event, x12.Transaction):
            use(event)
    for answer in x12.answer(events, 1, WHEN, always_ta1=True):
        check_answer(answer)
    dripped = [outline(event) for event in x12.read(Drip(data, 1 + len(data) % 97))]
    assert dripped == [outline(event) for event in events], "read in pieces, the file says something else"


def follow(event, opened: list) -> None:
    """Checks the order of events."""
    if isinstance(event, (x12.InterchangeStart, x12.GroupStart)):
        opened.append(event)
    elif isinstance(event, x12.GroupEnd):
        assert opened.pop() is event.group
    elif isinstance(event, x12.InterchangeEnd):
        assert opened.pop() is event.interchange
    elif isinstance(event, x12.Transaction):
        assert opened[-1] is event.group


def use(transaction: x12.Transaction) -> None:
    """What people and programs do with a transaction, whatever it holds."""
    for _line in x12.show_lines(transaction):
        pass
    if transaction.set_id in PARSERS and transaction.segments:
        PARSERS[transaction.set_id].parse(transaction)
    if transaction.set_id in ("997", "999"):
        x12.match(x12.read_acknowledgment(transaction), [transaction])


def outline(event):
    """What must not depend on how the bytes arrive."""
    findings = [(f.code, f.segment, f.element, f.value) for f in getattr(event, "findings", ())]
    return type(event).__name__, getattr(event, "offset", None), getattr(event, "status", None), findings


def check_answer(answer: bytes) -> None:
    for event in x12.read(answer):
        for finding in getattr(event, "findings", ()):
            assert finding.code == "TA105:005" or finding.severity == "warning" or _is_quoted(finding), (
                finding
            )


def _is_quoted(finding) -> bool:
    """The names of a group or set that are quoted from the partner may be outside our lists."""
    return finding.segment_id in ("AK1", "AK2") and finding.code == "AK403:7"
