"""Whole answers to a file: for each of its interchanges one interchange with TA1, 997s and 999s.

Sender and receiver change sides, in ISA and GS; delimiters, version and usage are the partner's; control
numbers are ours.  Nothing answers an acknowledgment, and nothing but a TA1 answers a rejected interchange.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from .acknowledge import acknowledge, ta1
from .delimiters import Delimiters
from .envelope import ID_QUALIFIERS, VERSION
from .events import GroupEnd, InterchangeEnd
from .rules import Rules
from .schema import nearest_release
from .writer import Envelope, OutGroup, OutTransaction, write

# An answer names the group and the sets it was sent, also those that no list knows.
QUOTING = Rules(severity={"AK403:7/479": "off", "AK403:7/143": "off"})


def answer(
    events: Iterable, control_number: int, when: datetime, kind: str | None = None, always_ta1: bool = False
) -> Iterator[bytes]:
    """One interchange per received one that needs an answer, numbered from `control_number` on.

    A TA1 goes out when ISA14 asks for it or the envelope is at fault, or always.  `kind` forces 997 or 999.
    """
    groups: list[GroupEnd] = []
    for event in events:
        if isinstance(event, GroupEnd):
            groups.append(event)
        elif isinstance(event, InterchangeEnd):
            isa = event.interchange.isa
            ta1s = [ta1(event)] if isa.ack_requested or event.status != "A" or always_ta1 else []
            out = [_out(group, number, kind) for number, group in enumerate(_answerable(groups, event), 1)]
            if out or ta1s:
                yield write(
                    _envelope(event, groups, control_number, when), out, ta1s, "replace", "extended", QUOTING
                )
                control_number += 1
            groups = []


def _answerable(groups: list[GroupEnd], end: InterchangeEnd) -> list[GroupEnd]:
    if end.status == "R":
        return []
    return [group for group in groups if group.group.functional_id != "FA"]


def _out(group: GroupEnd, number: int, kind: str | None) -> OutGroup:
    version = _version(group.group.version)
    kind = kind or "997"
    transaction = OutTransaction(kind, number, acknowledge(group, kind))
    if kind == "999":
        version = "005010X231A1"
        transaction.implementation = version
    return OutGroup("FA", number, [transaction], version)


def _version(received: str) -> str:
    """The release of the answer: as received, without the suffix of a guide for other sets."""
    if not nearest_release(received):
        return "004010"
    return received[:6] if received[:6].isdigit() and len(received) > 5 else f"{received[:5]}0"


def _envelope(end: InterchangeEnd, groups: list[GroupEnd], control_number: int, when: datetime) -> Envelope:
    isa, theirs = end.interchange.isa, end.interchange.delimiters
    version = _version(isa.version) if VERSION.match(isa.version) else "004010"
    repetition = (theirs.repetition or b"^") if version >= "00402" else None
    delimiters = Delimiters(theirs.element, theirs.component or b">", theirs.terminator, repetition)
    if not delimiters.are_distinct():
        delimiters = Delimiters(repetition=b"^" if repetition else None)
    taken = delimiters.all().decode("latin-1")
    me, you = _name(isa.receiver_id, taken), _name(isa.sender_id, taken)
    first = groups[0].group if groups else None
    return Envelope(
        _qualifier(isa.receiver_qualifier),
        me,
        _qualifier(isa.sender_qualifier),
        you,
        control_number,
        when,
        version,
        isa.usage if isa.usage in ("P", "T", "I") else "P",
        delimiters=delimiters,
        group_sender=_name(first.receiver, taken, me) if first else None,
        group_receiver=_name(first.sender, taken, you) if first else None,
        line_break="" if {"\r", "\n"} & set(taken) else "\n",
    )


def _qualifier(received: str) -> str:
    return received if received in ID_QUALIFIERS else "ZZ"


def _name(received: str, taken: str, otherwise: str = "UNKNOWN") -> str:
    """An id of at most 15 characters that can be written, whatever was sent; `taken` are the delimiters."""
    name = "".join(c if c.isascii() and c.isprintable() and c not in taken else " " for c in received)
    return name.strip()[:15].strip() or otherwise
