"""The slow path: takes one transaction apart and names every defect with its place.

Order of work: envelope of the set (AK502), order of segments (AK304), elements of every segment that has a
place (AK403), totals and keys, and what the partner's rules ask on top.
"""

from __future__ import annotations

from . import elements, messages, schema, semantics, structure
from .envelope import same_number
from .events import Finding, Transaction, decode
from .rules import Rules

MANY = 1_000
EMPTY = (b"",) * 100


def diagnose(checker, transaction: Transaction, segments: list[list[bytes]]) -> None:
    """Adds a finding per defect; after `MANY` of them the rest of the transaction is not described."""
    work = _Diagnosis(checker, transaction, segments)
    for step in (work.envelope, work.structure, work.elements, work.sense, work.partner):
        step()
        if len(transaction.findings) > MANY:
            del transaction.findings[MANY:]
            break
    transaction.findings.sort(key=_place)


def _place(finding: Finding):
    kind = {"AK502": 0, "AK304": 1, "AK403": 2}[finding.kind]
    last = finding.kind == "AK502"
    return (last, finding.segment or 0, kind, finding.element or 0, finding.component or 0)


def report(transaction: Transaction, rules: Rules, code: str, **values) -> None:
    """Adds a finding on the set as a whole, an AK502 code."""
    severity = rules.severity_of(code)
    if severity == "off":
        return
    value = values.pop("value", None)
    template = messages.TRANSACTION[code.partition(":")[2]]
    if code == "AK502:6" and values:
        template = messages.WRONG_GROUP
    sentence = template.format(value=messages.quoted(value), set=transaction.set_id, **values)
    header = transaction.group.interchange.isa
    transaction.findings.append(
        Finding(
            code,
            f"Transaction {transaction.set_id} {transaction.control_number}: {sentence}.",
            header.control,
            transaction.group.control,
            transaction.control_number,
            1 if code in ("AK502:1", "AK502:6", "AK502:7", "AK502:18", "AK502:23") else None,
            "ST" if code in ("AK502:1", "AK502:6", "AK502:7", "AK502:18", "AK502:23") else "SE",
            value=value,
            severity=severity,
        )
    )


class _Diagnosis:
    def __init__(self, checker, transaction: Transaction, segments: list[list[bytes]]):
        self.rules: Rules = checker.rules
        self.release: schema.Release = checker.release
        self.checker = checker
        self.transaction = transaction
        self.segments = segments
        self.ids = [segment[0].decode("latin-1") for segment in segments]
        self.paths: list[str | None] = []
        self.delimiters = transaction.delimiters.from_canonical()

    def _received(self, value: bytes) -> str:
        """A value with the sender's own delimiters, as text."""
        value = value.translate(self.delimiters)
        return decode(value) if self.rules.charset in ("auto", "utf-8") else value.decode("latin-1")

    # Envelope of the set

    def envelope(self) -> None:
        transaction, number = self.transaction, self.transaction.control_number
        if transaction.group.functional_id != self.checker.set.group:
            code = "AK502:18" if self.release.name >= "005010" else "AK502:6"
            self._report(code, value=transaction.set_id, expected=transaction.group.functional_id)
        if not 4 <= len(number) <= 9:
            self._report("AK502:7", value=number)
        if self.ids[-1] != "SE":
            self._report("AK502:2")
            return
        declared, trailer = (*map(self._received, self.segments[-1][1:3]), "", "")[:2]
        if not same_number(declared, str(len(self.segments))):
            self._report("AK502:4", value=declared, expected=len(self.segments))
        if not same_number(trailer, number):
            self._report("AK502:3", value=trailer)

    def _report(self, code: str, **values) -> None:
        report(self.transaction, self.rules, code, **values)

    # Order of segments

    def structure(self) -> None:
        walk = structure.Diagnosis(self.checker.set, self.release)
        ids = self.ids if self.ids[-1] == "SE" else [*self.ids, "SE"]
        self.paths = walk.walk(ids)[: len(self.ids)]
        for error in walk.errors[:MANY]:
            if error.id == "SE" and error.index == len(self.ids):
                continue
            place = f"in loop {error.path}" if error.path else f"in set {self.transaction.set_id}"
            sentence = messages.SEGMENT[error.code].format(
                name=messages.segment_label(error.id),
                release=self.release.name,
                set=self.transaction.set_id,
                place=place,
            )
            where = _where(error.index, error.path)
            self._add(f"AK304:{error.code}", error.index, error.id, error.path, f"{sentence} ({where})")

    # Elements

    def elements(self) -> None:
        codes, alphabet, release = self.checker.codes, self.checker.alphabet, self.release
        for index, (segment, path) in enumerate(zip(self.segments, self.paths, strict=True)):
            if path is None:
                continue
            facts = release.segments[self.ids[index]]
            for error in elements.check(facts, segment, release, codes, alphabet):
                if facts.id in ("ST", "SE") and error.position <= 2:
                    continue  # told by AK502 already
                self._element_error(index, path, error)
            if len(self.transaction.findings) > MANY:
                return

    def _element_error(self, index: int, path: str, error: elements.ElementError) -> None:
        element = self.release.elements.get(error.number)
        value = self._received(error.value)
        sentence = messages.ELEMENT[error.code].format(
            value=messages.quoted(value),
            number=error.number,
            condition=error.condition,
            least=element.least if element else "",
            most=element.most if element else "",
            kind=messages.KINDS.get(element.type[0], "text") if element else "text",
        )
        self._add_element(f"AK403:{error.code}", index, path, error, value, sentence)

    def _add_element(self, code, index, path, error, value, sentence, place="") -> None:
        id_ = self.ids[index]
        name = messages.place_name(id_, error.position, error.component)
        id_since = self.release.segments[id_].since
        severity = (
            self.rules.severity_of(code, place)
            if place
            else self.rules.severity_of(code, messages.place_name(id_, error.position, None), error.number)
        )
        if severity == "off":
            return
        if code == "AK403:3" and id_since < self.release.name and code not in self.rules.severity:
            severity = "warning"  # a later release may have added this element
        label = messages.element_label(error.number)
        joint = ": " if sentence.startswith(("'", '"')) else " "
        self._add(
            code,
            index,
            id_,
            path,
            f"{name}, {label} ({_where(index, path)}){joint}{sentence}",
            element=error.position,
            component=error.component,
            value=value or None,
            severity=severity,
            element_number=error.number or None,
            trigger=error.trigger,
        )

    # Totals, keys, hierarchy

    def sense(self) -> None:
        for error in semantics.check(self.transaction.set_id, self.segments):
            path = self.paths[error.index]
            facts = self.release.segments.get(self.ids[error.index])
            if path is None or facts is None or error.position > len(facts.elements):
                continue
            value = self._received(error.value)
            sentence = messages.SENSE[error.rule].format(
                value=messages.quoted(value), expected=error.expected
            )
            number = facts.elements[error.position - 1][0]
            place = elements.ElementError(error.position, None, "7", number, b"")
            self._add_element("AK403:7", error.index, path, place, value, sentence, error.rule.upper())

    # Partner rules

    def partner(self) -> None:
        for name in self.rules.required.get(self.transaction.set_id, ()):
            self._require(name)
        for place, most in self.rules.max_length.items():
            id_, position = place[:-2], int(place[-2:])
            for index, segment in enumerate(self.segments):
                path = self.paths[index]
                if self.ids[index] == id_ and path is not None and len((*segment, *EMPTY)[position]) > most:
                    value = self._received(segment[position])
                    error = elements.ElementError(position, None, "5", self._number(id_, position), b"")
                    sentence = messages.ELEMENT["5"].format(value=messages.quoted(value), most=most)
                    self._add_element("AK403:5", index, path, error, value, sentence)

    def _number(self, id_: str, position: int) -> str:
        return self.release.segments[id_].elements[position - 1][0]

    def _require(self, name: str) -> None:
        """A segment once per turn of its loop ("PO1/PID"), or an element of each such segment ("BEG05")."""
        *loops, id_ = name.split("/")
        if id_[-2:].isdigit() and id_ not in self.release.segments:
            self._require_element(id_[:-2], int(id_[-2:]))
            return
        path = "/".join(loops)
        for first, end in self._turns(path):
            found = any(
                self.ids[i] == id_ and self.paths[i] in (path, f"{path}/{id_}".strip("/"))
                for i in range(first, end)
            )
            if not found:
                sentence = messages.SEGMENT["3"].format(
                    name=messages.segment_label(id_), place="for this partner"
                )
                index = min(end, len(self.ids) - 1)
                self._add("AK304:3", index, id_, path, f"{sentence} ({_where(index, path)})")

    def _turns(self, path: str) -> list[tuple[int, int]]:
        """First and end index of each turn of the loop; the whole set for path ""."""
        if not path:
            return [(0, len(self.ids))]
        trigger = path.split("/")[-1]
        starts = [i for i, p in enumerate(self.paths) if p == path and self.ids[i] == trigger]
        turns = []
        for start in starts:
            end = start + 1
            while end < len(self.ids) and not self._leaves(end, path, trigger):
                end += 1
            turns.append((start, end))
        return turns

    def _leaves(self, index: int, path: str, trigger: str) -> bool:
        here = self.paths[index]
        if here is None:
            return False
        return not f"{here}/".startswith(f"{path}/") or (here == path and self.ids[index] == trigger)

    def _require_element(self, id_: str, position: int) -> None:
        for index, segment in enumerate(self.segments):
            if self.ids[index] != id_ or self.paths[index] is None:
                continue
            if len(segment) <= position or not segment[position]:
                error = elements.ElementError(position, None, "1", self._number(id_, position), b"")
                self._add_element("AK403:1", index, self.paths[index], error, "", messages.ELEMENT["1"])

    def _add(self, code: str, index: int, id_: str, path: str | None, sentence: str, **more) -> None:
        group = self.transaction.group
        severity = more.pop("severity", None) or self.rules.severity_of(code, id_)
        if severity == "off":
            return
        self.transaction.findings.append(
            Finding(
                code,
                sentence + ".",
                group.interchange.isa.control,
                group.control,
                self.transaction.control_number,
                index + 1,
                id_,
                path or None,
                severity=severity,
                **more,
            )
        )


def _where(index: int, path: str | None) -> str:
    return f"segment {index + 1}, loop {path}" if path else f"segment {index + 1}"
