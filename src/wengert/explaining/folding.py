"""Loops in a list: parts that repeat themselves, found by what the lines do and read, however the loop was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from .trace import Line

FEWEST_TURNS = 3
LEAST_HIDDEN = 6
"""So many lines a loop spares, at least: less is read as easily in full."""
LONGEST_BODY = 300
"""In items: lines, and loops within."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A part of a list that repeats itself.

    Attributes:
        start: number of the first line.
        size: how many lines a turn has.
        turns: how many turns there are.
        body: the items of the first turn.
        carried: where in a turn the lines are that later turns read, each with the line that the first turn reads
            in its place; ``None`` for a constant.
        results: where in a turn the lines are that are read outside the turn, or are the result.
    """

    start: int
    size: int
    turns: int
    body: tuple[Item, ...]
    carried: dict[int, int | None]
    results: tuple[int, ...]

    @property
    def end(self) -> int:
        """Number of the line after the last turn."""
        return self.start + self.size * self.turns


Item = int | Loop
"""The number of a line, or a loop."""

Reads = list[list[int | None]]
"""For each line the numbers of the lines that it reads, ``None`` for a constant."""


def folded(lines: Sequence[Line], inputs: int, output: int | None = None) -> list[Item]:
    """The list with its loops, the shortest bodies within longer ones; `output` is the line that is the result."""
    number = {line.name: i for i, line in enumerate(lines)}
    reads: Reads = [[None if name is None else number[name] for name in line.reads] for line in lines]
    items: list[Item] = list(range(inputs, len(lines)))
    kinds = _Kinds(lines)
    shorter: list[Item] | None = items
    while shorter is not None:
        items, shorter = shorter, _shortest_folded(shorter, kinds.all_of(shorter), reads)
    ends = _last_readers(reads, output)
    return [*range(inputs), *(_with_results(item, reads, ends) for item in items)]


class _Kinds:
    """Numbers that are the same for items that do the same."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.known: dict[object, int] = {}

    def of(self, item: Item) -> int:
        if isinstance(item, Loop):
            key: object = ("loop", item.turns, tuple(map(self.of, item.body)))
        else:
            line = self.lines[item]
            values = line.value if isinstance(line.value, tuple) else (line.value,)
            key = (line.operation, len(line.reads), *((v.shape, v.dtype) for v in values))
        return self.known.setdefault(key, len(self.known))

    def all_of(self, items: Sequence[Item]) -> numpy.ndarray:
        return numpy.array([self.of(item) for item in items], numpy.int64)


def _shortest_folded(items: list[Item], kinds: numpy.ndarray, reads: Reads) -> list[Item] | None:
    """The items with the loops that have the shortest bodies, or ``None`` if there are none."""
    sizes = range(1, min(len(items) // FEWEST_TURNS, LONGEST_BODY) + 1)
    return next(filter(None, (_fold(items, size, kinds, reads) for size in sizes)), None)


def _fold(items: list[Item], size: int, kinds: numpy.ndarray, reads: Reads) -> list[Item] | None:
    """The items with loops of bodies of so many items, or ``None`` if there are none."""
    repeats = numpy.concatenate([[False], kinds[size:] == kinds[:-size], [False]]).astype(numpy.int8)
    edges = numpy.flatnonzero(numpy.diff(repeats))
    found: list[Item] = []
    done = 0
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        begin = max(begin, done)
        while end - begin >= (FEWEST_TURNS - 1) * size:
            loop = _loop_at(items, begin, size, 1 + (end - begin) // size, reads)
            if loop is None:
                begin += 1
                continue
            found += [*items[done:begin], loop]
            done = begin = begin + size * loop.turns
    return [*found, *items[done:]] if found else None


def _loop_at(items: Sequence[Item], begin: int, size: int, most: int, reads: Reads) -> Loop | None:
    """The loop that begins with an item, if its turns read alike often enough."""
    body = tuple(items[begin : begin + size])
    start = _start(body[0])
    length = sum(_length(item) for item in body)
    turns = 1
    while turns < most and _read_alike(start, length, turns, reads):
        turns += 1
    if turns < FEWEST_TURNS or (turns - 1) * length < LEAST_HIDDEN:
        return None
    return Loop(start, length, turns, body, {}, ())


def _start(item: Item) -> int:
    return item.start if isinstance(item, Loop) else item


def _length(item: Item) -> int:
    return item.size * item.turns if isinstance(item, Loop) else 1


def _read_alike(start: int, length: int, turn: int, reads: Reads) -> bool:
    """Whether a turn reads as the one before it does."""
    first = start + turn * length
    return all(
        len(reads[line - length]) == len(reads[line])
        and all(_alike(a, b, start, first, length) for a, b in zip(reads[line - length], reads[line], strict=True))
        for line in range(first, first + length)
    )


def _alike(before: int | None, after: int | None, start: int, first: int, length: int) -> bool:
    """Whether two turns read the same place: in a turn, or outside, where only the earlier may be before the loop."""
    if before is None or before < start:
        return after is None or after < first
    return after == before + length


def _last_readers(reads: Reads, output: int | None) -> dict[int, int]:
    """For each line the number of the last line that reads it; the result is read after the end."""
    last = {source: line for line, sources in enumerate(reads) for source in sources if source is not None}
    return last if output is None else last | {output: len(reads)}


def _with_results(item: Item, reads: Reads, ends: dict[int, int]) -> Item:
    """The loop, and those within, with what they carry and what is read of them outside."""
    if not isinstance(item, Loop):
        return item
    body = tuple(_with_results(part, reads, ends) for part in item.body)
    carried = _carried(item, reads)
    read_outside = [line for line in range(item.start, item.end) if ends.get(line, 0) >= item.end]
    results = {*carried, *((line - item.start) % item.size for line in read_outside)}
    return Loop(item.start, item.size, item.turns, body, carried, tuple(sorted(results)))


def _carried(loop: Loop, reads: Reads) -> dict[int, int | None]:
    """The places in a turn that the next one reads, with what the first turn reads for them."""
    found: dict[int, int | None] = {}
    second = loop.start + loop.size
    for line in range(second, second + loop.size):
        for source, at_first in zip(reads[line], reads[line - loop.size], strict=True):
            if source is not None and loop.start <= source < second:
                found.setdefault(source - loop.start, at_first)
    return dict(sorted(found.items()))


def turns_text(loop: Loop, lines: Sequence[Line]) -> str:
    """``6 turns of 3 operations, carrying v3 (a at first)``."""
    counted = "1 operation" if loop.size == 1 else f"{loop.size} operations"
    carried = ", ".join(
        lines[loop.start + place].name + ("" if begin is None else f" ({lines[begin].name} at first)")
        for place, begin in loop.carried.items()
    )
    return f"{loop.turns} turns of {counted}" + (f", carrying {carried}" if carried else "")
