"""Tables fit, and shorten as little as they can."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from wengert.explaining.table import LOST, Note, Row, table

CELLS = st.lists(st.integers(0, 30).map(lambda length: "a" * length), min_size=1, max_size=3).map(
    lambda texts: tuple(sorted(texts, key=len, reverse=True))  # the fullest first
)
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=6)


def printed(rows: list[Row | Note], width: int) -> list[str]:
    return ["  ".join(line).rstrip() for line in table(("one", "two"), rows, width).lines()]


def loss(rows: list[Row | Note], widths: tuple[int, ...]) -> int:
    cells = [(("one",), ("two",)), *(row.cells for row in rows if isinstance(row, Row))]
    lost = 0
    for row in cells:
        for cell, width in zip(row, widths, strict=True):
            fitting = [step * step for step, text in enumerate(cell) if len(text) <= width]
            lost += min(fitting, default=LOST + len(cell[-1]) - width)
    return lost


@settings(max_examples=30, deadline=None)
@given(ROWS, st.integers(10, 40))
def test_no_line_is_wider_and_nothing_is_shortened_in_vain(
    cells: list[tuple[tuple[str, ...], ...]], width: int
) -> None:
    rows: list[Row | Note] = [*map(Row, cells), Note("n" * 50)]
    assert max(map(len, printed(rows, width))) <= width
    found = table(("one", "two"), rows, width)
    best = min(loss(rows, (w, width - 2 - w)) for w in range(width - 1))
    assert found.loss == loss(rows, found.widths) == best


def test_columns_are_aligned_and_turns_are_indented() -> None:
    rows: list[Row | Note] = [Row((("a",), ("b",))), Note("3 turns", 0), Row((("long one",), ("c",)), 1)]
    assert printed(rows, 80) == ["one         two", "----------  ---", "a           b", "3 turns", "  long one  c"]


@pytest.mark.parametrize(("width", "line"), [(17, "x = 0.333333  dx "), (15, "x = 0.333  dx"), (12, "x = ...  dx")])
def test_the_longest_way_of_writing_that_fits_is_taken(width: int, line: str) -> None:
    rows: list[Row | Note] = [Row((("x = 0.333333", "x = 0.333"), ("dx",)))]
    assert printed(rows, width)[-1] == line.rstrip()
