"""A transaction as a tree of loops, whose rows give plain Python values.

The walk through the set (see `structure`) says which loop every segment belongs to.  A segment without a
place stays with the loop that is open, so that nothing a partner sent is lost.  A value that can't be read
becomes None and a finding, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from .. import schema, structure
from ..events import Finding, Transaction

COMPONENT = "\x1f"


class Row:
    """One segment: `row[3]` is its third element, "" if it was not sent."""

    __slots__ = ("elements", "ordinal", "source")

    def __init__(self, elements: list[str], ordinal: int, source: Outline):
        self.elements = elements
        self.ordinal = ordinal
        self.source = source

    @property
    def id(self) -> str:
        return self.elements[0]

    def __getitem__(self, position: int) -> str:
        return self.elements[position].strip(" ") if position < len(self.elements) else ""

    def __len__(self) -> int:
        return len(self.elements)

    def components(self, position: int) -> list[str]:
        return self[position].split(self.source.component)

    def decimal(self, position: int, places: int = 0) -> Decimal | None:
        """The element as a number; `places` are implied decimals (2 for type N2)."""
        text = self[position]
        if not text:
            return None
        try:
            value = Decimal(text)
            if value.is_finite() and abs(value.adjusted()) < 30:
                return value.scaleb(-places) if places else value
        except (InvalidOperation, ValueError):
            pass
        self.complain(position, "6", "is not a number")
        return None

    def integer(self, position: int) -> int | None:
        value = self.decimal(position)
        if value is not None and value != int(value):
            self.complain(position, "6", "is not a whole number")
            return None
        return None if value is None else int(value)

    def date(self, position: int) -> date | None:
        """CCYYMMDD or YYMMDD (in this century) as a date."""
        text = self[position]
        if not text:
            return None
        try:
            return datetime.strptime(text if len(text) == 8 else f"20{text}", "%Y%m%d").date()
        except ValueError:
            self.complain(position, "8", "is not a date that exists")
            return None

    def complain(self, position: int, code: str, reason: str) -> None:
        """Notes a finding at this element."""
        message = (
            f"{self.id}{position:02d} (segment {self.ordinal}): {self[position]!r} {reason}; it was left out."
        )
        self.source.noted.append(
            Finding(
                f"AK403:{code}",
                message,
                self.source.interchange,
                self.source.group,
                self.source.transaction,
                self.ordinal,
                self.id,
                element=position,
                value=self[position],
            )
        )


@dataclass
class Loop:
    """One turn of a loop: its own rows, the turns of loops inside, and all rows in order."""

    id: str
    own: list[Row] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    everything: list[Row] = field(default_factory=list)

    def first(self, id_: str) -> Row:
        """The first row with this id; an empty one if there is none, so that its values are None."""
        for row in self.own:
            if row.id == id_:
                return row
        return _nothing(id_)

    def rows(self, *ids: str) -> Iterator[Row]:
        """Rows of this turn, also those that the set defines as loops of their own."""
        for row in self.everything:
            if row.id in ids and (row in self.own or any(row is turn.own[0] for turn in self.loops)):
                yield row

    def turns(self, id_: str) -> Iterator[Loop]:
        for loop in self.loops:
            if loop.id == id_:
                yield loop

    def raw(self) -> str:
        """The segments as text, one per line, for a person."""
        return "\n".join("*".join(row.elements).replace(COMPONENT, ">") for row in self.everything)


class Outline:
    """The tree of one transaction, `root`, and the findings of reading its values."""

    def __init__(self, source: Transaction | list[list[str]], set_id: str):
        self.noted: list[Finding] = []
        self.interchange = self.group = self.transaction = None
        self.component = COMPONENT
        if isinstance(source, list):
            segments = source if source and source[0][0] == "ST" else [["ST", set_id], *source]
            name = _release_of(segments, set_id)
        else:
            segments = source.segments
            header = source.group.interchange
            self.component = (header.delimiters.component or b"\x1f").decode("latin-1")
            self.interchange, self.group = header.isa.control, source.group.control
            self.transaction = source.control_number
            name = schema.nearest_release(source.group.version) or "004010"
        facts = schema.release(name)
        self.set_id = set_id
        ids = [segment[0] for segment in segments]
        self.root = self._grow(segments, structure.paths_of(ids, facts.sets[set_id], facts))

    @property
    def findings(self) -> list[Finding]:
        """What could not be read, in order of place."""
        return sorted(self.noted, key=lambda finding: (finding.segment, finding.element))

    def _grow(self, segments: list[list[str]], paths: list[str | None]) -> Loop:
        stack = [Loop("")]
        for ordinal, (elements, path) in enumerate(zip(segments, paths, strict=True), 1):
            row = Row(elements, ordinal, self)
            if path is not None:
                names = path.split("/") if path else []
                if names and names[-1] == row.id:
                    del stack[len(names) :]
                    stack[-1].loops.append(Loop(row.id))
                    stack.append(stack[-1].loops[-1])
                else:
                    del stack[len(names) + 1 :]
            stack[-1].own.append(row)
            for loop in stack:
                loop.everything.append(row)
        return stack[0]


def _release_of(segments: list[list[str]], set_id: str) -> str:
    ids = {segment[0] for segment in segments} - {"SE"}
    return "004010" if ids <= schema.release("004010").sets.get(set_id, _NO_SET).segment_ids else "005010"


class _NoSet:
    segment_ids: frozenset[str] = frozenset()


_NO_SET = _NoSet()


class _Silent:
    """Source of rows that were not sent: nothing to complain about."""

    component = COMPONENT

    def __init__(self):
        self.noted: list[Finding] = []


def _nothing(id_: str) -> Row:
    return Row([id_], 0, _Silent())
