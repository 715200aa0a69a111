"""What the tables of an explanation say, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from .folding import Item, Loop, turns_text
from .table import Cell, Note, Row, Table, table
from .text import cut, short, shorter_and_shorter
from .trace import Line, Trace

FIRST_ROWS = 40
LAST_ROWS = 20
MOST_TURNS = 6
"""So many turns of a loop show what they carry; the middle ones of more are left out."""
LONGEST_EXPRESSION = 44
PRIMAL = "primal trace"
TANGENT = "tangent trace"
ADJOINT = "adjoint trace (read upwards)"


def tables(trace: Trace, items: Sequence[Item], width: int) -> list[Table]:
    """One table if nothing in it must be shortened, else one for the way forward and one for the way back."""
    rows = without_middle([*_Rows(trace, items), _last_row(trace)])
    whole = table((PRIMAL, TANGENT, ADJOINT), rows, width)
    if whole.loss == 0:
        return [whole]
    return [table((PRIMAL, TANGENT), _of(rows, slice(0, 2)), width), table((ADJOINT,), _of(rows, slice(2, 3)), width)]


def _of(rows: Sequence[Row | Note], columns: slice) -> list[Row | Note]:
    return [row if isinstance(row, Note) else Row(row.cells[columns], row.depth) for row in rows]


def without_middle(rows: list[Row | Note]) -> list[Row | Note]:
    """The first and the last of many rows."""
    hidden = len(rows) - FIRST_ROWS - LAST_ROWS - 1
    return rows if hidden <= 0 else [*rows[:FIRST_ROWS], Note(f"... {hidden} more ..."), *rows[-LAST_ROWS - 1 :]]


class _Rows:
    """The rows of the lines, with notes about what was decided and what repeats itself."""

    def __init__(self, trace: Trace, items: Sequence[Item]) -> None:
        self.trace = trace
        self.items = items
        self.decisions = trace.decided()

    def __iter__(self) -> Iterator[Row | Note]:
        yield from self._of(self.items, 0)
        yield from self._decided(len(self.trace.lines), 0)

    def _of(self, items: Sequence[Item], depth: int) -> Iterator[Row | Note]:
        for item in items:
            if isinstance(item, Loop):
                yield from self._loop(item, depth)
            else:
                yield from self._decided(item, depth)
                yield self._row(item, depth)

    def _decided(self, line: int, depth: int) -> Iterator[Note]:
        return (Note(text, depth) for text in self.decisions.get(line, ()))

    def _loop(self, loop: Loop, depth: int) -> Iterator[Row | Note]:
        yield Note(f"{turns_text(loop, self.trace.lines)}; turn 1:", depth)
        yield from self._of(loop.body, depth + 1)
        yield Note(f"turns 2 to {loop.turns}{':' if loop.results else ', the same'}", depth)
        if loop.results:
            yield from self._later_turns(loop, depth + 1)

    def _later_turns(self, loop: Loop, depth: int) -> Iterator[Row | Note]:
        """What is read of each turn; the middle ones of many turns are left out."""
        for turn in range(1, loop.turns):
            if MOST_TURNS // 2 < turn < loop.turns - MOST_TURNS // 2 and loop.turns > MOST_TURNS + 1:
                if turn == MOST_TURNS // 2 + 1:
                    yield Note("...", depth)
                continue
            yield from (self._row(loop.start + turn * loop.size + place, depth) for place in loop.results)

    def _row(self, number: int, depth: int) -> Row:
        line, names = self.trace.lines[number], self.trace.names
        return Row(
            (
                _primal(line),
                _derivative(f"{names.tangent}{line.name}", line.tangent_terms, line.tangent),
                _derivative(f"{names.adjoint}{line.name}", line.adjoint_terms, line.adjoint),
            ),
            depth,
        )


def _primal(line: Line) -> Cell:
    expression = f"{line.name} = {cut(line.expression, LONGEST_EXPRESSION)}" if line.operation else line.name
    return tuple(f"{expression} = {value}" for value in shorter_and_shorter(line.value))


def _derivative(name: str, terms: str, value: Any) -> Cell:
    if value is None:
        return (f"{name}: none",)
    values = shorter_and_shorter(value)
    in_full = [f"{name} = {terms} = {values[0]}"] if terms else []
    return (*in_full, *(f"{name} = {text}" for text in values))


def _last_row(trace: Trace) -> Row:
    names, value = trace.names, short(trace.value)
    result, along = names.result, f"{names.tangent}{names.result}"
    adjoint = (f"{names.adjoint}{result} = 1",)
    if not trace.output:
        return Row(((f"{result} = {value}",), (f"{along} = 0",), adjoint))
    slope = short(trace.slope)
    return Row(
        (
            (f"{result} = {trace.output} = {value}",),
            (f"{along} = {names.tangent}{trace.output} = {slope}", f"{along} = {slope}"),
            adjoint,
        )
    )


# -- facts -----------------------------------------------------------------------------------------


Facts = Mapping[str, Sequence[str | Cell]]
"""For each name what is said of it: a line of text, or of one of several ways of writing it."""


def gradient_lines(trace: Trace) -> list[str | Cell]:
    """The gradient by the names of the inputs, in one line if they are numbers."""
    inputs = trace.lines[: trace.inputs]
    line = ", ".join(f"{line.name}: {short(line.adjoint)}" for line in inputs)
    if len(line) <= LONGEST_EXPRESSION:
        return [line or "no inputs"]
    return [tuple(f"{line.name}: {value}" for value in shorter_and_shorter(line.adjoint)) for line in inputs]


def facts_text(facts: Facts, width: int) -> str:
    """Names with what is said of each beside them; lines that are too long go on below."""
    margin = max(map(len, facts)) + 2
    told = {name: [part for line in lines for part in _fitting(line, width - margin)] for name, lines in facts.items()}
    return "\n".join(
        ("" if i else name).ljust(margin) + text for name, lines in told.items() for i, text in enumerate(lines)
    )


def _fitting(line: str | Cell, width: int) -> list[str]:
    ways = (line,) if isinstance(line, str) else line
    return next(([text] for text in ways if len(text) <= width), None) or wrap(ways[-1], width, subsequent_indent="  ")
