"""Colourings of columns: two that meet in a row have different colours.

Source: A. H. Gebremedhin, F. Manne and A. Pothen, "What color is your Jacobian? Graph coloring for computing
derivatives" (2005), algorithm 3.2 (partial distance-2 colouring).
"""

from __future__ import annotations

from typing import Any

import numpy

from .native import Indices, indices, native


@native
def color_columns(
    column_starts: Indices, rows: Indices, row_starts: Indices, order: Indices, count: int, colors: Indices,
    used: Indices, forbidden: Indices,
) -> int:  # fmt: skip
    """Give each column, in an order, the first colour that no column has with which it meets; colours count from 1.

    The part of `used` for a row begins with how many of its columns have a colour, and goes on with these colours.
    """
    turn = 0
    while turn < count:
        v = order[turn]
        entry = column_starts[v]
        while entry < column_starts[v + 1]:
            row = rows[entry]
            begin = row_starts[row] + row
            place = begin + used[begin]
            while place > begin:
                forbidden[used[place]] = turn
                place -= 1
            entry += 1
        color = 1
        while forbidden[color] == turn:
            color += 1
        colors[v] = color
        entry = column_starts[v]
        while entry < column_starts[v + 1]:
            row = rows[entry]
            begin = row_starts[row] + row
            used[begin] += 1
            used[begin + used[begin]] = color
            entry += 1
        turn += 1
    return 0


def colored_columns(pattern: Any, order: Any) -> Any:
    """The colour of each column of a pattern (CSR), from 1 on."""
    by_column = pattern.tocsc()
    rows, count = pattern.shape
    colors, forbidden = numpy.zeros(count, numpy.int32), numpy.full(count + 2, -1, numpy.int32)
    given = map(indices, (by_column.indptr, by_column.indices, pattern.indptr, order))
    color_columns(*given, count, colors, numpy.zeros(pattern.nnz + rows, numpy.int32), forbidden)
    return colors
