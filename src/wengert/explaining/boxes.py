"""What a drawing shows: a box for each line, of a loop for those of the first turn, and what each box reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from .folding import Item, Loop, turns_text
from .text import brief, number
from .trace import Line, Trace

MOST_ENTRIES = 400
NONE = "none"
SIGNS = 3
"""Of a number, beside its digits: its own sign, a point, a zero before it."""


@dataclass(frozen=True, slots=True)
class Read:
    """An operand that is the result of another box.

    Attributes:
        source: place of that box among the entries.
        partial: the local derivative, if it is a number; ``None`` if it is not, or there is none.
        form: sizes of the local Jacobian, if it is a matrix.
    """

    source: int
    partial: float | None
    form: tuple[int, int] | None

    def label(self, digits: int) -> str:
        """The local derivative, as it stands beside the arrow; with fewer digits where these take more room."""
        if self.partial is not None:
            return shortest(self.partial, digits)
        return "" if self.form is None else f"J {self.form[0]}x{self.form[1]}"


@dataclass(frozen=True, slots=True)
class Box:
    """A line of the list.

    Attributes:
        line: the line; in a loop that of the first turn.
        last: that of the last turn, in a loop.
        title: what was done, with its name.
        kind: ``input``, ``operation`` or ``output``.
        reads: what it was computed from, in the order of the operands.
        depth: the number of loops around it.
    """

    line: Line
    last: Line | None
    title: str
    kind: str
    reads: tuple[Read, ...]
    depth: int

    def figures(self, digits: int) -> list[str]:
        """The value and the adjoint; in a loop those of the first and the last turn."""
        values = _range(self.line.value, self.last and self.last.value, digits)
        adjoints = _range(self.line.adjoint, self.last and self.last.adjoint, digits)
        return [values] if adjoints == values and numpy.ndim(self.line.value) else [values, f"| {adjoints}"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A text between the boxes: what repeats itself up to the entry before `end`, or what was decided."""

    text: str
    end: int
    depth: int


Entry = Box | Heading


def shortest(value: float, digits: int) -> str:
    """A number in at most `digits` digits, and three signs for the rest, if that is possible."""
    texts = (number(value, fewer) for fewer in range(digits, 0, -1))
    return next((text for text in texts if len(text) <= digits + SIGNS), f"{value:.0e}")


def _range(first: Any, last: Any, digits: int) -> str:
    begin = _figure(first, digits)
    end = begin if last is None else _figure(last, digits)
    return begin if begin == end else f"{begin} .. {end}"


def _figure(value: Any, digits: int) -> str:
    return NONE if value is None else brief(value, digits)


def entries_of(trace: Trace, items: Sequence[Item]) -> list[Entry]:
    """Everything that is drawn, in the order of the list.

    Raises:
        ValueError: it is too much to be legible.
    """
    found = _Entries(trace, items).found
    if len(found) > MOST_ENTRIES:
        raise ValueError(
            f"[explain] the drawing has {len(found)} boxes, wanted at most {MOST_ENTRIES} to be legible; "
            "write a smaller case: fewer operations, or arrays instead of many numbers"
        )
    return found


class _Entries:
    """Collects boxes and headings."""

    def __init__(self, trace: Trace, items: Sequence[Item]) -> None:
        self.trace = trace
        self.number = {line.name: i for i, line in enumerate(trace.lines)}
        self.first = {line: shown for item in items for line, shown in _shown(item)}
        self.output = -1 if trace.output_line is None else self.first[trace.output_line]
        self.decisions = trace.decided()
        self.place: dict[int, int] = {}
        self.found: list[Entry] = []
        self._add(items, 0, 0)
        self._decided(len(trace.lines), 0)
        if not trace.output:
            text = f"{trace.names.result} = {number(trace.value)}"
            self.found.append(Heading(text, len(self.found) + 1, 0))

    def _add(self, items: Sequence[Item], depth: int, to_last: int) -> None:
        """`to_last` is how many lines later the last turn of all loops around does the same."""
        for item in items:
            if isinstance(item, Loop):
                place = len(self.found)
                self.found.append(Heading("", 0, depth))
                self._add(item.body, depth + 1, to_last + item.size * (item.turns - 1))
                text = turns_text(item, self.trace.lines)
                self.found[place] = Heading(text, len(self.found), depth)
            else:
                self._decided(item, depth)
                self.place[item] = len(self.found)
                self.found.append(self._box(item, depth, to_last))

    def _decided(self, line: int, depth: int) -> None:
        for text in self.decisions.get(line, ()):
            self.found.append(Heading(text, len(self.found) + 1, depth))

    def _box(self, number: int, depth: int, to_last: int) -> Box:
        line = self.trace.lines[number]
        last = self.trace.lines[number + to_last] if to_last else None
        title = f"{line.name} = {line.expression}" if line.operation else line.name
        kind = "operation" if line.operation else "input"
        if number == self.output:
            kind, result = "output", self.trace.names.result
            title = f"{title}; {result} = {self.trace.output}" if to_last else f"{result} = {title}"
        return Box(line, last, title, kind, tuple(self._reads(line)), depth)

    def _reads(self, line: Line) -> Iterator[Read]:
        for position, name in enumerate(line.reads):
            if name is not None:
                source = self.number[name]
                partial = line.partials[position] if line.partials else None
                form = _jacobian(self.trace.lines[source], line) if partial is None else None
                yield Read(self.place[self.first[source]], partial, form)


def _shown(item: Item) -> Iterator[tuple[int, int]]:
    """For each line of an item that which is shown for it: the one of the first turn."""
    if not isinstance(item, Loop):
        yield item, item
        return
    for part in item.body:
        for line, shown in _shown(part):
            yield from ((line + turn * item.size, shown) for turn in range(item.turns))


def _jacobian(source: Line, line: Line) -> tuple[int, int] | None:
    """The sizes of the local Jacobian, if there is one."""
    if source.adjoint is None or line.adjoint is None:
        return None
    return _size(line.value), _size(source.value)


def _size(value: Any) -> int:
    return sum(map(_size, value)) if isinstance(value, tuple) else int(numpy.size(value))
