"""Walks the segments of a transaction through the tree of its set.

The state is the stack of open loops, each with the place last used and how often.  A segment goes to the
nearest open loop that can still take it at or after that place; a trigger starts its loop anew; closing or
moving on may not skip a mandatory use.  `advance` is that rule, once, for legal moves only.

Two walkers use it.  `Automaton` remembers every legal move as a dictionary of states, so that a valid
transaction is walked by one C-level `reduce` over its ids; counts up to `COUNTED` are part of a state, larger
maxima are counted in a second pass only when the transaction holds that many.  `diagnose` walks exactly, says
what is wrong in AK304 codes, and goes on after an error at the next segment that fits:

    1 id unknown to the release      4 loop over its maximum      6 not in this set
    2 its loop is not open           5 segment over its maximum   7 out of sequence
    3 mandatory segment missing
"""

from __future__ import annotations

from collections import Counter
from functools import cache, reduce
from operator import getitem
from typing import NamedTuple

from .schema import Release, TransactionSet, Use

COUNTED = 12
MANY_STATES = 20_000

Frame = tuple[Use, int, int]  # loop, index of its child last used, how often it was used
Frames = tuple[Frame, ...]


class StructureError(NamedTuple):
    """One defect of order: index of the segment in the transaction, id, AK304 code, loop path."""

    index: int
    id: str
    code: str
    path: str


def start(transaction_set: TransactionSet) -> Frames:
    """The state after ST."""
    return ((transaction_set.root, 0, 1),)


def advance(frames: Frames, id_: str) -> Frames | None:
    """The state after segment `id_`, or None if it has no legal place from here."""
    for depth in range(len(frames) - 1, -1, -1):
        loop, index, count = frames[depth]
        for place in range(index, len(loop.children)):
            child = loop.children[place]
            if child.id == id_ and not (place == index and child.most is not None and count >= child.most):
                return _enter(frames[:depth], loop, place, count + 1 if place == index else 1)
            if place > index and child.least:
                return None
    return None


def _enter(outer: Frames, loop: Use, place: int, count: int) -> Frames:
    child = loop.children[place]
    frames = (*outer, (loop, place, count))
    return (*frames, (child, 0, 1)) if child.children else frames


class State(dict):
    """A dictionary from segment id to the next state, filled when first asked."""

    __slots__ = ("automaton", "frames", "large", "path")

    def __init__(self, automaton: Automaton, frames: Frames | None):
        self.automaton = automaton
        self.frames = frames
        self.large = _large_use(frames) if frames else None
        self.path = "/".join(loop.id for loop, _index, _count in frames[1:]) if frames else None

    def __missing__(self, id_: bytes) -> State:
        return self.automaton.learn(self, id_)


def _large_use(frames: Frames) -> tuple[int, bool, int] | None:
    """(depth, repeated, maximum) of the use a state stands on, if its count is too large for states."""
    depth = len(frames) - (2 if frames[-1][1:] == (0, 1) and len(frames) > 1 else 1)
    loop, index, count = frames[depth]
    most = loop.children[index].most
    return (depth, count > 1, most) if most is not None and most > COUNTED else None


class Automaton:
    """The legal walks through one transaction set."""

    def __init__(self, transaction_set: TransactionSet):
        self.set = transaction_set
        self.limits = sorted((most, id_) for id_, most in _limits(transaction_set.root).items())
        self._forget()

    def _forget(self):
        self.states: dict[Frames, State] = {}
        self.start = self._state(start(self.set))
        self.dead = State(self, None)
        self.transitions = 0

    def _state(self, frames: Frames) -> State:
        if frames not in self.states:
            self.states[frames] = State(self, frames)
        return self.states[frames]

    def learn(self, state: State, id_: bytes) -> State:
        frames = advance(state.frames, id_.decode("latin-1")) if state.frames else None
        if frames is None:
            return self.dead  # not remembered: ids of garbage must not fill the memory
        self.transitions += 1
        if self.transitions > MANY_STATES:
            self._forget()  # hostile input only: a set in real use has some hundred transitions
        state[id_] = known = self._state(_clamp(frames))
        return known

    def accepts(self, ids: list[bytes], kinds: set[bytes]) -> bool:
        """True if the ids, ST to SE, are a legal transaction; `kinds` are those that occur."""
        last = reduce(getitem, ids[1:], self.start)
        if last.frames is None or ids[-1] != b"SE":
            return False
        crowded = set()
        for most, id_ in self.limits:
            if most >= len(ids):
                break
            if id_ in kinds and ids.count(id_) > most:
                crowded.add(id_)
        return not crowded or self._counts_hold(ids, crowded)

    def paths(self, ids: list[str]) -> list[str] | None:
        """Loop path of every segment, ST to SE, or None if the walk is not legal."""
        state, paths = self.start, [""]
        for id_ in ids[1:]:
            state = state[id_.encode("latin-1", "replace")]
            if state.path is None:
                return None
            paths.append(state.path)
        return paths

    def _counts_hold(self, ids: list[bytes], crowded: set[bytes]) -> bool:
        state, counts = self.start, {}
        for id_ in ids[1:]:
            state = state[id_]
            if state.large and id_ in crowded:
                depth, repeated, most = state.large
                counts[depth] = counts[depth] + 1 if repeated else 1
                if counts[depth] > most:
                    return False
        return True


@cache
def automaton_of(transaction_set: TransactionSet) -> Automaton:
    """The automaton of a set, built once per process."""
    return Automaton(transaction_set)


def paths_of(ids: list[str], transaction_set: TransactionSet, release: Release) -> list[str | None]:
    """Loop path of every segment; None for one without a place."""
    return automaton_of(transaction_set).paths(ids) or Diagnosis(transaction_set, release).walk(ids)


def _clamp(frames: Frames) -> Frames:
    """Counts that a state need not know: unbounded or large ones are 1 (first) or 2 (again)."""
    return tuple(
        (
            loop,
            index,
            min(count, 2) if (most := loop.children[index].most) is None or most > COUNTED else count,
        )
        for loop, index, count in frames
    )


def _limits(use: Use) -> dict[bytes, int]:
    """The smallest large maximum of each segment id: below it nothing has to be counted."""
    limits: dict[bytes, int] = {}
    for child in use.children:
        if child.most is not None and child.most > COUNTED:
            limits[child.id.encode()] = min(child.most, limits.get(child.id.encode(), child.most))
        for id_, most in _limits(child).items():
            limits[id_] = min(most, limits.get(id_, most))
    return limits


class Diagnosis:
    """Walks a transaction that is not legal; `errors` and the loop path of each segment are the result."""

    def __init__(self, transaction_set: TransactionSet, release: Release):
        self.set = transaction_set
        self.release = release
        self.frames = start(transaction_set)
        self.seen = {(0, 0)}  # (depth, place) of mandatory uses that were met, while their loop is open
        self.errors: list[StructureError] = []
        self.orphans: Use | None = None  # the loop whose segments came without their trigger

    def walk(self, ids: list[str]) -> list[str | None]:
        """Loop path per segment from ST to SE, None where a segment found no place (it is not judged)."""
        remaining = Counter(ids)
        paths: list[str | None] = [""]
        remaining[ids[0]] -= 1
        for index, id_ in enumerate(ids[1:], 1):
            remaining[id_] -= 1
            paths.append(self._step(index, id_, remaining))
        return paths

    def _step(self, index: int, id_: str, remaining: Counter) -> str | None:
        if id_ not in self.set.segment_ids:
            known = id_ in self.release.segments and id_ not in ("GS", "GE", "IEA", "TA1")
            self._report(index, id_, "6" if known else "1")
            return None
        frames = advance(self.frames, id_)
        if frames is not None or self._is_met(id_):
            return self._move(frames or self._forward(id_)[0])
        return self._illegal(index, id_, remaining)

    def _is_met(self, id_: str) -> bool:
        """True if only mandatory uses that came out of order before are skipped."""
        found = self._forward(id_)
        return found is not None and not found[1]

    def _illegal(self, index: int, id_: str, remaining: Counter) -> str | None:
        over = self._over_maximum(id_)
        if over:
            frames, is_loop = over
            self._report(index, id_, "4" if is_loop else "5")
            self._move(frames)
            return None
        forward = self._forward(id_)
        if forward:
            frames, skipped = forward
            if not any(remaining[use.id] for use in skipped):
                for use in skipped:
                    self._report(index, use.id, "3", use.path)
                return self._move(frames)
            self._report(index, id_, "7")
            # It is here, though too early: it must not be called missing as well.
            self.seen.update((depth, place) for depth, (_loop, place, _count) in enumerate(frames))
            return None
        back = self._backward(id_)
        if back:
            frames, is_loop = back
            self._report(index, id_, "7")
            if is_loop:
                self._move(frames)  # so that the segments of this iteration find their loop
            return None
        loop = _loop_with(self.set.root, id_)
        if loop is not self.orphans:
            self._report(index, id_, "2")
        self.orphans = loop
        return None

    def _report(self, index: int, id_: str, code: str, path: str | None = None):
        if path is None:
            path = self._path()
        self.errors.append(StructureError(index, id_, code, path))

    def _path(self) -> str:
        return "/".join(loop.id for loop, _index, _count in self.frames[1:])

    def _move(self, frames: Frames) -> str:
        kept = _common(self.frames, frames)
        self.seen = {(depth, place) for depth, place in self.seen if depth < kept or depth == 0}
        for depth, (_loop, place, _count) in enumerate(frames):
            self.seen.add((depth, place))
        self.frames = frames
        self.orphans = None
        return self._path()

    def _over_maximum(self, id_: str) -> tuple[Frames, bool] | None:
        """The use that is full: its frames with one more, and whether it is a loop."""
        for depth in range(len(self.frames) - 1, -1, -1):
            loop, index, count = self.frames[depth]
            child = loop.children[index]
            is_trigger = index == 0 and depth > 0
            if child.id == id_ and not is_trigger and child.most is not None and count >= child.most:
                return _enter(self.frames[:depth], loop, index, count + 1), bool(child.children)
        return None

    def _forward(self, id_: str) -> tuple[Frames, list[Use]] | None:
        """The nearest place ahead, and the mandatory uses that going there would skip."""
        skipped: list[Use] = []
        for depth in range(len(self.frames) - 1, -1, -1):
            loop, index, count = self.frames[depth]
            here: list[Use] = []
            for place in range(index, len(loop.children)):
                child = loop.children[place]
                full = place == index and child.most is not None and count >= child.most
                if child.id == id_ and not full:
                    count = count + 1 if place == index else 1
                    return _enter(self.frames[:depth], loop, place, count), skipped + here
                if place > index and child.least and (depth, place) not in self.seen:
                    here.append(child)
            skipped += here
        return None

    def _backward(self, id_: str) -> tuple[Frames, bool] | None:
        """A place that was passed already in an open loop."""
        for depth in range(len(self.frames) - 1, -1, -1):
            loop, index, _count = self.frames[depth]
            for place in range(1 if depth else 0, index):
                child = loop.children[place]
                if child.id == id_:
                    return _enter(self.frames[:depth], loop, place, 1), bool(child.children)
        return None


def _common(one: Frames, other: Frames) -> int:
    """How many frames are the same loop iteration in both."""
    kept = 0
    for mine, yours in zip(one, other, strict=False):
        kept += 1
        if mine != yours:
            break
    return kept


def _loop_with(use: Use, id_: str) -> Use | None:
    for child in use.children:
        if child.children:
            if any(grandchild.id == id_ for grandchild in child.children):
                return child
            found = _loop_with(child, id_)
            if found:
                return found
    return None
