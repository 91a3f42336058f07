"""Judges transactions: the fast path, and the verdict.

A transaction first meets the fast path: one `findall` of compiled patterns for its segments, one walk of the
automaton for their order, one look at totals, keys and trailer.  If all are content nothing else runs.  If
not, `diagnosis` takes it apart, and only that accuses.  Patterns are compiled per set, release and rules
once `WARM_UP` bytes went through the diagnosis (a small file is done before compiling would pay), and again,
ever less eagerly, for segments that turn up later.
"""

from __future__ import annotations

import re
from collections import Counter

from . import elements, patterns, schema, semantics, structure
from .delimiters import BLANKS, ELEMENT, TERMINATOR
from .diagnosis import diagnose, report
from .events import Finding, Transaction
from .rules import Rules

WARM_UP = 12_000
GROWING_PATIENCE = 3
LARGE = 60_000
SEGMENT_ID = re.compile(rb"(?:^|\x1c)[\r\n\t \x00\x1a]*([A-Z][A-Z0-9]{1,2})(?=\x1d)")


class Validator:
    """Judges transactions of any set and release by one partner's rules; keeps what it compiled."""

    def __init__(self, rules: Rules):
        self.rules = rules
        self._checkers: dict[tuple[str, str], SetChecker | None] = {}

    def check(self, transaction: Transaction, canonical: bytes, repeated: bool = False) -> None:
        """Fills findings, status, ack_codes and segment_count of the transaction.

        `canonical` are its bytes with canonical delimiters and a terminator at the end; `repeated` says that
        its control number was used before in the group.
        """
        key = (transaction.set_id, transaction.group.version)
        if key not in self._checkers:
            if len(self._checkers) > 200:
                self._checkers.clear()  # hostile input only: a set id or version per transaction
            self._checkers[key] = self._find_checker(*key)
        checker = self._checkers[key]
        if repeated:
            report(transaction, self.rules, "AK502:23", value=transaction.control_number)
        if checker is None:
            transaction.segment_count = canonical.count(TERMINATOR)
            code = "AK502:1" if schema.SET_ID.fullmatch(transaction.set_id) else "AK502:6"
            report(transaction, self.rules, code, value=transaction.set_id)
        else:
            checker.check(transaction, canonical)
        if transaction.findings:
            settle(transaction, self.rules)

    def _find_checker(self, set_id: str, version: str) -> SetChecker | None:
        name = schema.nearest_release(version)
        allowed = not self.rules.sets or set_id in self.rules.sets
        if name is None or not allowed or set_id not in schema.release(name).sets:
            return None
        return shared_checker(name, set_id, self.rules)


_shared: dict[tuple[str, str], SetChecker] = {}


def shared_checker(name: str, set_id: str, rules: Rules) -> SetChecker:
    """The checker of a set.  By the standard's own rules it is kept for the life of the process."""
    if rules != Rules():
        return SetChecker(schema.release(name), set_id, rules)
    if (name, set_id) not in _shared:
        _shared[name, set_id] = SetChecker(schema.release(name), set_id, rules)
    return _shared[name, set_id]


def settle(transaction: Transaction, rules: Rules) -> None:
    """Status (AK501) and codes (AK502) that follow from the findings: A, E or R."""
    errors = [finding for finding in transaction.findings if finding.severity == "error"]
    codes = {int(finding.number) for finding in errors if finding.kind == "AK502"}
    if any(finding.kind in ("AK304", "AK403") for finding in errors):
        codes.add(5)
    transaction.ack_codes = [str(code) for code in sorted(codes)]
    if errors:
        transaction.status = "R" if any(rules.rejects(finding.code) for finding in errors) else "E"


def reject_unjudged(transaction: Transaction, reasons: list[Finding]) -> None:
    """Rejects a transaction of a group whose version is not supported: no rule says what it should be."""
    transaction.status = "R"
    transaction.findings = [finding for finding in reasons if finding.code == "AK905:2"]


class SetChecker:
    """Judges transactions of one set in one release."""

    def __init__(self, release: schema.Release, set_id: str, rules: Rules):
        self.release = release
        self.rules = rules
        self.set = release.sets[set_id]
        codes = {**release.codes, **{k: frozenset(v) for k, v in rules.codes.items()}}
        self.codes = {k: v for k, v in codes.items() if rules.severity_of("AK403:7", k, k) != "off"}
        self.alphabet = elements.Alphabet(rules.charset)
        self.automaton = structure.automaton_of(self.set)
        self.quick = semantics.QuickCheck(set_id)
        self.has_own_rules = bool(rules.required.get(set_id) or rules.max_length)
        self.pattern = None
        self.bodies: dict[bytes, bytes] = {}
        self.known = {id_.encode() for id_ in self.set.segment_ids}
        self.met: Counter[bytes] = Counter()
        self.diagnosed = 0
        self.patience = WARM_UP

    def check(self, transaction: Transaction, canonical: bytes) -> None:
        """Adds findings to the transaction, none if it is valid."""
        is_large = len(canonical) > LARGE
        if is_large and self.pattern is None:
            sample = canonical[:LARGE] + canonical[-LARGE // 10 :]
            self._compile(Counter(SEGMENT_ID.findall(sample)))
        if self.pattern is not None and not self.has_own_rules:
            if self._accepts(transaction, canonical):
                return
            # Segments that were not compiled yet must not send a large transaction through the diagnosis.
            if is_large and self._compile(Counter(SEGMENT_ID.findall(canonical))):
                if self._accepts(transaction, canonical):
                    return
        self._diagnose(transaction, canonical)

    def _accepts(self, transaction: Transaction, canonical: bytes) -> bool:
        ids = self.pattern.findall(canonical)
        transaction.segment_count = len(ids)
        kinds = set(ids)
        return (
            b"" not in kinds
            and self.automaton.accepts(ids, kinds)
            and not self.quick.is_suspicious(ids, kinds, canonical)
            and self._envelope_agrees(transaction, canonical, len(ids))
        )

    def _envelope_agrees(self, transaction: Transaction, canonical: bytes, count: int) -> bool:
        number = transaction.control_number
        return (
            4 <= len(number) <= 9
            and transaction.group.functional_id == self.set.group
            and (
                canonical.endswith(f"\x1cSE\x1d{count}\x1d{number}\x1c".encode("latin-1"))
                or self._trailer_agrees(number, canonical, count)
            )
        )

    @staticmethod
    def _trailer_agrees(number: str, canonical: bytes, count: int) -> bool:
        """As above for an SE behind padding, with leading zeros or empty elements."""
        trailer = canonical[canonical.rfind(TERMINATOR, 0, -1) + 1 : -1].strip(BLANKS).split(ELEMENT)
        return trailer[1].isdigit() and int(trailer[1]) == count and trailer[2].decode("latin-1") == number

    def _diagnose(self, transaction: Transaction, canonical: bytes) -> None:
        segments = semantics.split(canonical)
        transaction.segment_count = len(segments)
        diagnose(self, transaction, segments)
        self.met.update(segment[0] for segment in segments if segment[0] in self.known)
        self.diagnosed += len(canonical)
        if self.diagnosed > self.patience:
            self._compile(self.met)
            self.patience *= GROWING_PATIENCE

    def _compile(self, met: Counter[bytes]) -> bool:
        """Compiles segments by how often they were met; True if any was not compiled before.

        The most frequent come first in the pattern.
        """
        new = [id_ for id_, _count in met.most_common() if id_ in self.known and id_ not in self.bodies]
        if not new or self.has_own_rules:
            return False
        for id_ in new:
            segment = self.release.segments[id_.decode()]
            self.bodies[id_] = patterns.segment_body(
                segment, self.release, self.codes, self.rules.charset == "basic"
            )
        self.pattern = patterns.segments_pattern(self.bodies, self.bodies)
        return True
