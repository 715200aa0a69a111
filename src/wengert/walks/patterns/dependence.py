"""Dependences: which inputs each element of an array depends on, as boolean sparse matrices.

A row is an element of the array, raveled; a column is an input. Whole arrays of places move rows at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy
from scipy import sparse

Dependence = Any
"""A boolean CSR array; what SciPy declares for them does not hold."""

MOST_ENTRIES = 1 << 30
"""Beyond so many entries a pattern is no sparse one any more, and fills the memory."""


def own(start: int, count: int, width: int) -> Dependence:
    """Each of `count` elements depends on an input of its own, of `width` inputs, from `start` on."""
    columns = numpy.arange(start, start + count)
    return sparse.csr_array((numpy.ones(count, bool), columns, numpy.arange(count + 1)), (count, width))


def nothing(count: int, width: int) -> Dependence:
    """Elements that depend on nothing."""
    return sparse.csr_array((count, width), dtype=bool)


def united(first: Dependence | None, second: Dependence | None) -> Dependence | None:
    """Elements that depend on what either depends on; ``None`` depends on nothing."""
    if first is None or second is None or first is second:
        return second if first is None else first
    return first + second


def taken(parts: Sequence[Dependence], places: Any) -> Dependence:
    """Elements that are copies: `places` counts the elements of all parts from 1 on, and 0 depends on nothing."""
    places = numpy.ravel(places)
    (first, *rest) = parts
    counted = first.shape[0]
    if not rest and places.size == counted and numpy.array_equal(places, numpy.arange(1, counted + 1)):
        return first
    every: Any = sparse.vstack([nothing(1, first.shape[1]), *parts], format="csr")
    _check_size(int(numpy.diff(every.indptr)[places].sum()), (places.size, first.shape[1]))
    return every[places]


def _check_size(entries: int, shape: tuple[int, int]) -> None:
    if entries > MOST_ENTRIES:
        raise MemoryError(
            f"[sparse] within the function an array of {shape[0]} elements depends on {shape[1]} inputs in {entries} "
            "places, wanted sparse dependences; write the function so that fewer elements depend on all inputs, or "
            "use jacobian without sparse=True, or jvp"
        )


def gathered(part: Dependence, places: Any, count: int) -> Dependence:
    """Elements into which others are added up: `places` has the target of each, from 1 on, or 0 if there is none."""
    places = numpy.ravel(places)
    (sources,) = numpy.nonzero(places)
    ones = numpy.ones(sources.size, bool)
    return sparse.csr_array((ones, (places[sources] - 1, sources)), (count, part.shape[0])) @ part


def mapped(matrix: Any, part: Dependence) -> Dependence:
    """The dependence of a matrix product, of which the nonzero elements are given."""
    return sparse.csr_array(matrix).astype(bool) @ part


def collapsed(part: Dependence, shape: Sequence[int], axes: Sequence[int]) -> tuple[Dependence, tuple[int, ...]]:
    """What the elements along some axes depend on together; and the shape, with length 1 there."""
    short = tuple(1 if i in axes else n for i, n in enumerate(shape))
    if short == tuple(shape):
        return part, short
    places = numpy.broadcast_to(numbered(short), shape)
    return gathered(part, places, math.prod(short)), short


def spread(part: Dependence, shape: Sequence[int], wanted: Sequence[int], mask: Any = None) -> Dependence:
    """The elements of an array of shape `shape`, broadcast to another; those outside the mask depend on nothing."""
    places = numpy.broadcast_to(numbered(shape), wanted)
    return taken([part], places if mask is None else numpy.where(mask, places, 0))


def numbered(shape: Sequence[int], after: int = 0) -> Any:
    """The places of the elements of an array, counted from ``after + 1`` on."""
    return numpy.arange(after + 1, after + math.prod(shape) + 1).reshape(shape)


def everything(parts: Sequence[Dependence | None], shape: Sequence[int]) -> Dependence:
    """Each element of an array depends on all that any part depends on."""
    rows = [collapsed(part, (part.shape[0],), (0,))[0] for part in parts if part is not None]
    total = rows[0]
    for row in rows[1:]:
        total = total + row
    return spread(total, (1,) * len(shape), shape)
