"""Reads acknowledgments that were received (997, 999) and matches them to what was sent.

An acknowledgment names a group by AK101 and AK102, a set by AK201 and AK202, a segment by its ordinal, an
element by its position: `match` finds the group, the set, the segment and the value as they were sent.  A 997
of AK1 and AK9 alone speaks for all sets of the group.  A set that it does not mention shares the verdict of
the group only if that is A; otherwise its verdict is unknown ("").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from . import messages
from .envelope import same_number
from .events import Finding, Transaction
from .reader import read
from .tables.labels import CODES


@dataclass
class SetVerdict:
    """The partner's word on one set: status AK501 (A, E, R, M, W, X; "" unknown), codes AK502, errors."""

    set_id: str
    control_number: str
    status: str
    codes: list[str] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)

    @property
    def is_accepted(self) -> bool:
        """True for A and E: the partner works with the document."""
        return self.status in ("A", "E")


@dataclass
class Acknowledgment:
    """One 997 or 999: the group it answers, its verdict (AK901, AK905) and counts, its word on each set."""

    functional_id: str
    control_number: str
    status: str = ""
    codes: list[str] = field(default_factory=list)
    declared: str = ""
    received: str = ""
    accepted: str = ""
    sets: list[SetVerdict] = field(default_factory=list)


def read_acknowledgment(transaction: Transaction | list[list[str]]) -> Acknowledgment:
    """The content of a 997 or 999, as lenient as can be: what is missing is empty."""
    if isinstance(transaction, list):
        segments, component = transaction, "\x1f"
    else:
        segments = transaction.segments
        component = (transaction.delimiters.component or b"\x1f").decode("latin-1")
    ack = Acknowledgment("", "")
    segment: Finding | None = None
    for elements in segments:
        id_, *values = elements
        values = [value.strip() for value in values] + [""] * 10
        if id_ == "AK1":
            ack.functional_id, ack.control_number = values[:2]
        elif id_ == "AK2":
            ack.sets.append(SetVerdict(values[0], values[1], ""))
        elif id_ in ("AK3", "IK3") and ack.sets:
            segment = _segment_error(values)
            ack.sets[-1].errors.append(segment)
        elif id_ in ("AK4", "IK4") and ack.sets and segment:
            ack.sets[-1].errors.append(_element_error(values, segment, component))
        elif id_ in ("AK5", "IK5") and ack.sets:
            ack.sets[-1].status, ack.sets[-1].codes = values[0], list(filter(None, values[1:6]))
        elif id_ == "AK9":
            ack.status, ack.declared, ack.received, ack.accepted = values[:4]
            ack.codes = list(filter(None, values[4:9]))
    for verdict in ack.sets:
        verdict.errors = _without_headings(verdict.errors)
    return ack


def _segment_error(values: list[str]) -> Finding:
    return Finding(
        f"AK304:{values[3]}", "", segment=_int(values[1]), segment_id=values[0], loop=values[2] or None
    )


def _element_error(values: list[str], segment: Finding, component: str) -> Finding:
    position, _, part = values[0].partition(component)
    return Finding(
        f"AK403:{values[2]}",
        "",
        segment=segment.segment,
        segment_id=segment.segment_id,
        loop=segment.loop,
        element=_int(position),
        component=_int(part.split(component)[0]),
        value=values[3] or None,
        element_number=values[1] or None,
    )


def _int(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _without_headings(errors: list[Finding]) -> list[Finding]:
    """Drops an AK3 with code 8 where the AK4s under it say more."""
    return [
        error
        for i, error in enumerate(errors)
        if error.code != "AK304:8" or i + 1 == len(errors) or errors[i + 1].kind != "AK403"
    ]


def match(ack: Acknowledgment, sent: bytes | BinaryIO | Iterable) -> list[SetVerdict]:
    """The verdict on every set of the group that `ack` answers, errors told with the value as it was sent.

    `sent` are the bytes of the interchange, or events or transactions read from it.  Sets that the
    acknowledgment names and that were never sent come last, with a finding that says so.
    """
    if isinstance(sent, (bytes, bytearray)) or hasattr(sent, "read"):
        sent = read(sent, validate=False)
    named = list(ack.sets)
    verdicts = []
    for event in sent:
        if isinstance(event, Transaction) and _is_answered(event, ack):
            verdict = _take(named, event)
            if verdict is None:
                verdict = SetVerdict(event.set_id, event.control_number, _unmentioned(ack))
            for error in verdict.errors:
                _locate(error, event)
            verdicts.append(verdict)
    for verdict in named:
        message = f"The partner answers {verdict.set_id} {verdict.control_number}, which was not sent."
        verdict.errors.append(Finding("AK502:7", message, group=ack.control_number))
        verdicts.append(verdict)
    return verdicts


def _is_answered(transaction: Transaction, ack: Acknowledgment) -> bool:
    group = transaction.group
    return group.functional_id == ack.functional_id and same_number(group.control, ack.control_number)


def _take(named: list[SetVerdict], transaction: Transaction) -> SetVerdict | None:
    for i, verdict in enumerate(named):
        if verdict.set_id == transaction.set_id and same_number(
            verdict.control_number, transaction.control_number
        ):
            return named.pop(i)
    return None


def _unmentioned(ack: Acknowledgment) -> str:
    if not ack.sets:
        return ack.status if ack.status != "P" else ""
    return "A" if ack.status == "A" else ""


def _locate(error: Finding, transaction: Transaction) -> None:
    """Fills in what was sent at the place an error names, and the sentence for a person."""
    error.interchange = transaction.group.interchange.isa.control
    error.group, error.transaction = transaction.group.control, transaction.control_number
    segments = transaction.segments
    sent = segments[error.segment - 1] if error.segment and error.segment <= len(segments) else []
    where = f"{transaction.set_id} {transaction.control_number}, segment {error.segment}"
    if error.element is None:
        reason = _reason(error, "720", "620")
        name = messages.segment_label(error.segment_id or "")
        error.message = f"The partner reports on {name} ({where}): {reason}."
        return
    if sent and error.element < len(sent) and sent[0] == error.segment_id:
        error.value = sent[error.element]
        component = transaction.delimiters.component
        if error.component and component:
            parts = error.value.split(component.decode("latin-1"))
            error.value = parts[error.component - 1] if error.component <= len(parts) else ""
    reason = _reason(error, "723", "621")
    name = messages.place_name(error.segment_id or "", error.element, error.component)
    label = messages.element_label(error.element_number or "")
    value = messages.quoted(error.value)
    error.message = f"The partner reports on {name}, {label} ({where}), sent as {value}: {reason}."


def _reason(error: Finding, *elements: str) -> str:
    """What a code says, by the element of the 997 or by that of the 999."""
    known = (CODES[element].get(error.number) for element in elements)
    return next(filter(None, known), f"code {error.number}")
