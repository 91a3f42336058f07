"""Reads one functional group, GS to GE, and keeps what its acknowledgment needs."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from . import envelope
from .delimiters import BLANKS, TERMINATOR
from .events import Finding, GroupEnd, Transaction
from .schema import nearest_release
from .validator import reject_unjudged

if TYPE_CHECKING:
    from .interchange import Interchange


class Group:
    """State of the group that is being read."""

    def __init__(self, interchange: Interchange, segment: list[bytes], offset: int):
        self.interchange = interchange
        self.rules = interchange.rules
        interchange.groups += 1
        self.start = envelope.group_start(segment, interchange.start, offset)
        self.summary = GroupEnd(self.start)
        self.numbers = Numbers()
        self.separator = interchange.delimiters.element.decode("latin-1")
        self._check_header()

    def _check_header(self) -> None:
        start = self.start
        for code, value in envelope.group_defects(start):
            self.interchange.problem(code, value)
        if not start.control.isdecimal() or len(start.control) > 9:
            self._problem("6", start.control)
        elif self.interchange.group_numbers.met(start.control_number):
            self._problem("19", start.control)
        if not (len(start.functional_id) == 2 and start.functional_id.isalnum()):
            self._problem("1", start.functional_id)
        self.is_supported = envelope.is_supported(start.version, self.rules)
        if not self.is_supported:
            self._problem("2", start.version)
        elif not envelope.is_exact(start.version):
            self._problem("2", start.version, nearest_release(start.version), severity="warning")

    def transaction(self, raw: bytes, offset: int) -> Transaction:
        """The transaction in these bytes, judged."""
        delimiters, suffix, plain = self.interchange.delimiters, self.interchange.suffix, raw
        if suffix:
            plain = raw.replace(delimiters.terminator + suffix, delimiters.terminator)
        canonical = plain.translate(self.interchange.table)
        if canonical[-1:] != TERMINATOR:
            canonical = canonical.rstrip(BLANKS) + TERMINATOR
        header = plain[: canonical.index(TERMINATOR)].decode("latin-1").split(self.separator)
        set_id, control, implementation = (*header[1:4], "", "", "")[:3]
        transaction = Transaction(
            self.start,
            set_id,
            control.strip(" "),
            raw,
            offset,
            self.interchange.padding,
            implementation,
            self.rules.charset,
        )
        self._judge(transaction, canonical)
        self.summary.received += 1
        self.summary.accepted += transaction.status != "R"
        self.summary.results.add(transaction)
        return transaction

    def _judge(self, transaction: Transaction, canonical: bytes) -> None:
        validator, control = self.interchange.validator, transaction.control_number
        repeated = control.isdecimal() and len(control) <= 9 and self.numbers.met(int(control))
        if validator is None:
            transaction.segment_count = canonical.count(TERMINATOR)
        elif self.is_supported:
            validator.check(transaction, canonical, repeated and self.rules.unique_transactions)
        else:
            transaction.segment_count = canonical.count(TERMINATOR)
            reject_unjudged(transaction, self.summary.findings)

    def end(self, trailer: list[bytes] | None) -> GroupEnd:
        """The verdict; `trailer` is the GE, None if it is missing."""
        summary = self.summary
        if trailer is None:
            self._problem("3")
        else:
            declared, control = (*(v.decode("latin-1").strip() for v in trailer[1:3]), "", "")[:2]
            summary.declared = int(declared) if declared.isdecimal() and len(declared) < 10 else 0
            if not envelope.same_number(declared, str(summary.received)):
                self._problem("5", declared, str(summary.received))
            if not envelope.same_number(control, self.start.control):
                self._problem("4", control)
        envelope.settle_group(summary)
        return summary

    def _problem(self, code: str, value: str = "", expected: str = "", severity: str = "error") -> None:
        severity = self.rules.severity.get(f"AK905:{code}", severity)
        if severity == "off":
            return
        self.summary.findings.append(
            Finding(
                f"AK905:{code}",
                envelope.group_sentence(self.start, code, value, expected),
                self.start.interchange.isa.control,
                self.start.control,
                value=value or None,
                severity=severity,
            )
        )


class Numbers:
    """Control numbers met, kept as runs of consecutive numbers: a million in sequence take one entry."""

    def __init__(self):
        self.starts: list[int] = []
        self.ends: list[int] = []

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self.starts, number) - 1
        return place >= 0 and number <= self.ends[place]

    def met(self, number: int) -> bool:
        """True if the number was met before; notes it."""
        if self.ends and number == self.ends[-1] + 1:
            self.ends[-1] = number
            return False
        if number in self:
            return True
        place = bisect_right(self.starts, number) - 1
        if place >= 0 and number == self.ends[place] + 1:
            self.ends[place] = number
        else:
            self.starts.insert(place + 1, number)
            self.ends.insert(place + 1, number)
        return False
