"""The facts of the standard, read from `tables/`: which segments a set has, in which order, made of what.

A transaction set is a tree of `Use`s: a segment or a loop, with its requirement (`least`) and maximum use
(`most`, None for unbounded).  A loop's first child is its trigger segment, used once per iteration.
Releases: tables exist for 004010 and 005010; `nearest_release` says which of them judges another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

TABLES = Path(__file__).parent / "tables"
RELEASES = ("004010", "005010")
SET_ID = re.compile(r"[0-9]{3}")
COMPOSITE = re.compile(r"C\d{3}$")


@dataclass(frozen=True, eq=False, slots=True)
class Use:
    """One place in a transaction set.  `path` names the loops around it, such as "PO1/N1"."""

    id: str
    least: int
    most: int | None
    path: str
    children: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """A data element or composite: data type, minimum and maximum length (characters, digits for numbers)."""

    number: str
    type: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Condition:
    """A relational condition: P all or none, R at least one, E at most one, C/L if the first then all/one."""

    kind: str
    positions: tuple[int, ...]

    def __str__(self) -> str:
        return self.kind + "".join(f"{position:02d}" for position in self.positions)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment or a composite: its elements in order, True where mandatory, and its conditions.

    `since` is the release the row was written for: a later one may have added elements at the end.
    """

    id: str
    elements: tuple[tuple[str, bool], ...]
    conditions: tuple[Condition, ...] = ()
    since: str = RELEASES[0]


@dataclass(frozen=True, eq=False, slots=True)
class TransactionSet:
    """A set: id, functional group that carries it (GS01), root of its tree, and the segment ids in it."""

    id: str
    group: str
    root: Use
    segment_ids: frozenset[str]


@dataclass(frozen=True, eq=False, slots=True)
class Release:
    """Everything the tables know of one release of the standard."""

    name: str
    sets: dict[str, TransactionSet]
    segments: dict[str, Segment]
    elements: dict[str, Element]
    codes: dict[str, frozenset[str]] = field(default_factory=dict)


def nearest_release(version: str) -> str | None:
    """The release whose tables judge GS08 `version`; None when it is too far from both to judge.

    The first five characters count: what follows is a sub-release and a guide (004010VICS).  Releases from
    004020 on are judged by 005010, whose segments they share more of; before 004010 dates have six digits:
    not judged.
    """
    digits = version[:5]
    if not digits.isdigit() or not "00401" <= digits <= "00806":
        return None
    return "004010" if digits < "00402" else "005010"


@cache
def release(name: str) -> Release:
    """Tables of a release, read once per process."""
    elements = {
        number: Element(number, kind, int(least), int(most))
        for number, (kind, least, most) in _rows("elements.txt", name).items()
    }
    segments = {id_: _segment(id_, words) for id_, words in _rows("segments.txt", name).items()}
    for id_ in _rows("segments.txt", name, since=name):
        segments[id_] = replace(segments[id_], since=name)
    sets = {}
    for line in (TABLES / f"sets_{name}.txt").read_text().splitlines():
        id_, group, *words = line.split()
        root = _tree(id_, words)
        sets[id_] = TransactionSet(id_, group, root, frozenset(_ids(root)) - {id_})
    return Release(name, sets, segments, elements, _codes(name))


def _rows(file_name: str, name: str, since: str = "") -> dict[str, list[str]]:
    """Rows of a table that hold in release `name`; a later release replaces an earlier row.  `since` leaves
    out the rows of releases before it."""
    rows = {}
    for line in (TABLES / file_name).read_text().splitlines():
        release_name, key, *words = line.split()
        if since <= release_name <= name:
            rows[key] = words
    return rows


def _codes(name: str) -> dict[str, frozenset[str]]:
    """Code lists by element number; rows of a later release add to those of an earlier one."""
    codes: dict[str, set[str]] = {}
    for line in (TABLES / "codes.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        release_name, number, *words = line.split()
        if release_name <= name:
            values = (value for word in words if word[0] != "=" for value in expand(word))
            codes.setdefault(number, set()).update(values)
    return {number: frozenset(values) for number, values in codes.items()}


def expand(word: str) -> list[str]:
    """Codes that a word of the code table stands for: P[AC-E] is PA PC PD PE."""
    head, opening, rest = word.partition("[")
    if not opening:
        return [word]
    choices, _closing, tail = rest.partition("]")
    ranges = re.findall(r"(.)-(.)|(.)", choices)
    letters = [c for a, b, one in ranges for c in (one or map(chr, range(ord(a), ord(b) + 1)))]
    return [head + letter + end for letter in letters for end in expand(tail)]


def _segment(id_: str, words: list[str]) -> Segment:
    split = words.index(";") if ";" in words else len(words)
    elements = tuple((word.rstrip("!"), word.endswith("!")) for word in words[:split])
    conditions = tuple(
        Condition(word[0], tuple(int(word[i : i + 2]) for i in range(1, len(word), 2)))
        for word in words[split + 1 :]
    )
    return Segment(id_, elements, conditions)


def _tree(set_id: str, words: list[str]) -> Use:
    """The nested line of a sets table as a tree, root named after the set."""
    stack: list[tuple[str, int, int | None, list[Use]]] = [(set_id, 1, 1, [])]
    opening = False
    for word in words:
        if word == "(":
            opening = True
        elif word == ")":
            loop_id, least, most, children = stack.pop()
            stack[-1][3].append(Use(loop_id, least, most, _path(stack), tuple(children)))
        else:
            id_, least, most = word.split(":")
            most = None if most == "*" else int(most)
            if opening:
                stack.append((id_, int(least), most, []))
                stack[-1][3].append(Use(id_, 1, 1, _path(stack)))
                opening = False
            else:
                stack[-1][3].append(Use(id_, int(least), most, _path(stack)))
    return Use(set_id, 1, 1, "", tuple(stack[0][3]))


def _path(stack) -> str:
    return "/".join(frame[0] for frame in stack[1:])


def _ids(use: Use):
    yield use.id
    for child in use.children:
        yield from _ids(child)
