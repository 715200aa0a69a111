"""Orders in which vertices are coloured.

Source: D. W. Matula and L. L. Beck, "Smallest-last ordering and clustering and graph coloring algorithms" (1983);
A. H. Gebremedhin, D. Nguyen, M. M. A. Patwary and A. Pothen, "ColPack: software for graph coloring and related
problems in scientific computing" (2013), section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from .native import Indices, indices, native


@native
def count_meetings(
    column_starts: Indices, rows: Indices, row_starts: Indices, columns: Indices, count: int, met: Indices,
    degrees: Indices,
) -> int:  # fmt: skip
    """With how many other columns each one meets."""
    v = 0
    while v < count:
        met[v] = v
        entry = column_starts[v]
        while entry < column_starts[v + 1]:
            place = row_starts[rows[entry]]
            while place < row_starts[rows[entry] + 1]:
                w = columns[place]
                if met[w] != v:
                    met[w] = v
                    degrees[v] += 1
                place += 1
            entry += 1
        v += 1
    return 0


@native
def link(v: int, degree: int, heads: Indices, following: Indices, before: Indices) -> int:
    """Put a vertex first among those of a degree."""
    first = heads[degree]
    following[v] = first
    before[v] = -1
    if first >= 0:
        before[first] = v
    heads[degree] = v
    return 0


@native
def unlink(v: int, degree: int, heads: Indices, following: Indices, before: Indices) -> int:
    """Take a vertex out of those of a degree."""
    if before[v] >= 0:
        following[before[v]] = following[v]
    else:
        heads[degree] = following[v]
    if following[v] >= 0:
        before[following[v]] = before[v]
    return 0


@native
def remove_by_degree(
    column_starts: Indices, rows: Indices, row_starts: Indices, columns: Indices, count: int, largest: int,
    degrees: Indices, heads: Indices, following: Indices, before: Indices, met: Indices, removed: Indices,
) -> int:  # fmt: skip
    """Remove a vertex of the largest (or smallest) degree among those that are left, until none is."""
    v = count - 1
    while v >= 0:
        link(v, degrees[v], heads, following, before)
        v -= 1
    degree = 0
    if largest == 1:
        degree = count
    turn = 0
    while turn < count:
        while heads[degree] < 0:
            degree += 1 - 2 * largest
        v = heads[degree]
        unlink(v, degree, heads, following, before)
        removed[turn] = v
        degrees[v] = -1
        met[v] = turn
        entry = column_starts[v]
        while entry < column_starts[v + 1]:
            place = row_starts[rows[entry]]
            while place < row_starts[rows[entry] + 1]:
                w = columns[place]
                if met[w] != turn and degrees[w] >= 0:
                    met[w] = turn
                    unlink(w, degrees[w], heads, following, before)
                    degrees[w] -= 1
                    link(w, degrees[w], heads, following, before)
                place += 1
            entry += 1
        if largest == 0 and degree > 0:
            degree -= 1
        turn += 1
    return 0


def _degrees(pattern: Any, arrays: Any) -> Any:
    count = pattern.shape[1]
    degrees = numpy.zeros(count, numpy.int32)
    count_meetings(*arrays, count, numpy.full(count, -1, numpy.int32), degrees)
    return degrees


def _arrays(pattern: Any) -> list[Any]:
    by_column = pattern.tocsc()
    return [indices(a) for a in (by_column.indptr, by_column.indices, pattern.indptr, pattern.indices)]


def _removed(pattern: Any, largest: bool) -> Any:
    count, arrays = pattern.shape[1], _arrays(pattern)
    heads, met = numpy.full(count + 1, -1, numpy.int32), numpy.full(count, -1, numpy.int32)
    following, before, removed = (numpy.empty(count, numpy.int32) for _ in range(3))
    given = (_degrees(pattern, arrays), heads, following, before, met, removed)
    remove_by_degree(*arrays, count, int(largest), *given)
    return removed


ORDERS: dict[str, Callable[[Any], Any]] = {
    "natural": lambda pattern: numpy.arange(pattern.shape[1]),
    "largest-first": lambda pattern: numpy.argsort(-_degrees(pattern, _arrays(pattern)), kind="stable"),
    "smallest-last": lambda pattern: _removed(pattern, largest=False)[::-1],
    "dynamic-largest-first": lambda pattern: _removed(pattern, largest=True),
}
"""For each order a function of a pattern (CSR), whose columns are to differ where they meet in a row."""
