"""Tables of text that fit into a width: each cell may be written in several ways, from the longest to the shortest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .text import cut

Cell = tuple[str, ...]
"""What may stand in a cell, the fullest first."""

GAP = 2
INDENT = "  "
LOST = 1000
"""What it counts to cut a text off, and one for each character; a shorter way of writing counts its place squared."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; `depth` says how deep it is indented."""

    cells: tuple[Cell, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """A line across a table."""

    text: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its widths settled.

    Attributes:
        headings: of the columns.
        rows: of the table, and what stands between them.
        widths: of the columns.
        width: of the whole, at most.
        loss: how much had to be shortened to fit it in.
    """

    headings: tuple[str, ...]
    rows: tuple[Row | Note, ...]
    widths: tuple[int, ...]
    width: int
    loss: int

    def lines(self) -> list[list[str]]:
        """For each line of the table its cells, padded; a note, and an empty line, is one cell."""
        rule = ["-" * width for width in self.widths]
        headings = [cut(heading, width) for heading, width in zip(self.headings, self.widths, strict=True)]
        return [self._padded(headings), rule, *(self._line(row) for row in self.rows)]

    def _line(self, row: Row | Note) -> list[str]:
        if isinstance(row, Note):
            return [cut(INDENT * row.depth + row.text, self.width)]
        return self._padded([_fitting(cell, width) for cell, width in zip(_indented(row), self.widths, strict=True)])

    def _padded(self, texts: Sequence[str]) -> list[str]:
        return [text.ljust(width) for text, width in zip(texts, self.widths, strict=True)]


def table(headings: Sequence[str], rows: Sequence[Row | Note], width: int) -> Table:
    """Choose widths that sum up to at most `width`, gaps included, so that as little as can be is shortened."""
    columns = list(zip(*(_indented(row) for row in rows if isinstance(row, Row)), strict=True)) or [()] * len(headings)
    room = width - GAP * (len(headings) - 1)
    losses = [_losses(heading, column, room) for heading, column in zip(headings, columns, strict=True)]
    widths, loss = _widths(losses, room)
    return Table(tuple(headings), tuple(rows), widths, width, loss)


def _indented(row: Row) -> tuple[Cell, ...]:
    """The cells, the first of them moved to the right."""
    first, *others = row.cells
    return tuple(INDENT * row.depth + text for text in first), *others


def _losses(heading: str, column: Sequence[Cell], room: int) -> list[int]:
    """For each width from 0 on, how much a column of that width loses."""
    cells = [(heading,), *column]
    return [sum(_loss(cell, width) for cell in cells) for width in range(room + 1)]


def _loss(cell: Cell, width: int) -> int:
    shortened = next((step * step for step, text in enumerate(cell) if len(text) <= width), None)
    return LOST + len(cell[-1]) - width if shortened is None else shortened


def _widths(losses: Sequence[Sequence[int]], room: int) -> tuple[tuple[int, ...], int]:
    """The narrowest widths that lose least: column after column, for each sum of widths the best so far."""
    best: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for loss in losses:
        found: dict[int, tuple[int, tuple[int, ...]]] = {}
        for used, (lost, widths) in best.items():
            for width in _useful(loss, room - used):
                candidate = (lost + loss[width], (*widths, width))
                if used + width not in found or candidate < found[used + width]:
                    found[used + width] = candidate
        best = found
    lost, widths = min(best.values(), key=lambda pair: (pair[0], sum(pair[1])))
    return widths, lost


def _useful(loss: Sequence[int], room: int) -> list[int]:
    """The widths at which a column loses less than at one character less."""
    return [width for width in range(room + 1) if width == 0 or loss[width] < loss[width - 1]]


def _fitting(cell: Cell, width: int) -> str:
    return next((text for text in cell if len(text) <= width), cut(cell[-1], width))
