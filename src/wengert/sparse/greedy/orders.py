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
    column_starts: Indices, rows: Indices, row_starts: Indices, columns: Indices, count: int, states: Indices,
) -> int:  # fmt: skip
    """With how many other columns each one meets.

    Of each column v `states` has that number at 2 v, and at 2 v + 1 the mark of who has met it last. They are side by
    side, since columns are met in no order, so that each array would be a way to memory of its own.
    """
    v = 0
    while v < count:
        states[2 * v + 1] = v
        degree = 0
        entry = column_starts[v]
        while entry < column_starts[v + 1]:
            place = row_starts[rows[entry]]
            while place < row_starts[rows[entry] + 1]:
                mark = 2 * columns[place] + 1
                if states[mark] != v:
                    states[mark] = v
                    degree += 1
                place += 1
            entry += 1
        states[2 * v] = degree
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
def remove(
    v: int, mark: int, level: int, column_starts: Indices, rows: Indices, row_starts: Indices, columns: Indices,
    states: Indices, heads: Indices, following: Indices, before: Indices,
) -> int:  # fmt: skip
    """Remove a vertex: those that it meets have a degree less, and are in the list of it if that is up to a level."""
    states[2 * v] = -1
    entry = column_starts[v]
    while entry < column_starts[v + 1]:
        place = row_starts[rows[entry]]
        while place < row_starts[rows[entry] + 1]:
            w = columns[place]
            if states[2 * w + 1] != mark and states[2 * w] > 0:
                degree = states[2 * w] - 1
                states[2 * w] = degree
                states[2 * w + 1] = mark
                if degree < level:
                    unlink(w, degree + 1, heads, following, before)
                if degree <= level:
                    link(w, degree, heads, following, before)
            place += 1
        entry += 1
    return 0


@native
def remove_largest(
    column_starts: Indices, rows: Indices, row_starts: Indices, columns: Indices, count: int, states: Indices,
    heads: Indices, following: Indices, before: Indices, removed: Indices,
) -> int:  # fmt: skip
    """Remove a vertex of the largest degree among those that are left, until none is.

    A vertex is in the list of a degree that it has had; where it comes to be first there, it goes into that of its own.
    """
    v = count - 1
    while v >= 0:
        link(v, states[2 * v], heads, following, before)
        v -= 1
    degree = count
    turn = 0
    while turn < count:
        while heads[degree] < 0:
            degree -= 1
        v = heads[degree]
        unlink(v, degree, heads, following, before)
        if states[2 * v] < degree:
            link(v, states[2 * v], heads, following, before)
        else:
            remove(v, count + turn, -1, column_starts, rows, row_starts, columns, states, heads, following, before)
            removed[turn] = v
            turn += 1
    return 0


@native
def least_degree(left: Indices, count: int, states: Indices) -> int:
    """The least degree of vertices that are left."""
    least = -1
    i = 0
    while i < count:
        degree = states[2 * left[i]]
        if degree >= 0:
            if least < 0:
                least = degree
            if degree < least:
                least = degree
        i += 1
    return least


@native
def link_least(
    left: Indices, count: int, level: int, states: Indices, heads: Indices, following: Indices, before: Indices
) -> int:
    """Put the vertices of a degree into its list; gives how many of a larger one are left, and moves them together."""
    i = count - 1
    while i >= 0:
        if states[2 * left[i]] == level:
            link(left[i], level, heads, following, before)
        i -= 1
    kept = 0
    i = 0
    while i < count:
        if states[2 * left[i]] > level:
            left[kept] = left[i]
            kept += 1
        i += 1
    return kept


@native
def remove_smallest(
    column_starts: Indices, rows: Indices, row_starts: Indices, columns: Indices, count: int, states: Indices,
    heads: Indices, following: Indices, before: Indices, left: Indices, removed: Indices,
) -> int:  # fmt: skip
    """Remove a vertex of the smallest degree among those that are left, until none is.

    Up to a level vertices are in the lists of their degrees. When these are empty, the next level is the least degree
    of the others: there are few levels, so that vertices are in no list while their degrees fall far above.
    """
    degree = 0
    level = -1
    others = count
    turn = 0
    while turn < count:
        while degree <= level and heads[degree] < 0:
            degree += 1
        if degree > level:
            level = least_degree(left, others, states)
            others = link_least(left, others, level, states, heads, following, before)
            degree = level
        v = heads[degree]
        unlink(v, degree, heads, following, before)
        remove(v, count + turn, level, column_starts, rows, row_starts, columns, states, heads, following, before)
        removed[turn] = v
        turn += 1
        if degree > 0:
            degree -= 1
    return 0


def _states(pattern: Any, arrays: Any) -> Any:
    count = pattern.shape[1]
    states = numpy.full(2 * count, -1, numpy.int32)
    count_meetings(*arrays, count, states)
    return states


def _arrays(pattern: Any) -> list[Any]:
    by_column = pattern.tocsc()
    return [indices(a) for a in (by_column.indptr, by_column.indices, pattern.indptr, pattern.indices)]


def _largest_first(pattern: Any) -> Any:
    return numpy.argsort(-_states(pattern, _arrays(pattern))[::2], kind="stable")


def _dynamic_largest_first(pattern: Any) -> Any:
    count, arrays = pattern.shape[1], _arrays(pattern)
    following, before, removed = (numpy.empty(count, numpy.int32) for _ in range(3))
    heads = numpy.full(count + 1, -1, numpy.int32)
    remove_largest(*arrays, count, _states(pattern, arrays), heads, following, before, removed)
    return removed


def _smallest_last(pattern: Any) -> Any:
    count, arrays = pattern.shape[1], _arrays(pattern)
    following, before, removed = (numpy.empty(count, numpy.int32) for _ in range(3))
    heads, left = numpy.full(count + 1, -1, numpy.int32), numpy.arange(count, dtype=numpy.int32)
    remove_smallest(*arrays, count, _states(pattern, arrays), heads, following, before, left, removed)
    return removed[::-1]


ORDERS: dict[str, Callable[[Any], Any]] = {
    "natural": lambda pattern: numpy.arange(pattern.shape[1]),
    "largest-first": _largest_first,
    "smallest-last": _smallest_last,
    "dynamic-largest-first": _dynamic_largest_first,
}
"""For each order a function of a pattern (CSR), whose columns are to differ where they meet in a row."""
