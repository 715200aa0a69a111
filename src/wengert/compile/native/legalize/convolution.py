"""Convolutions as sums over windows of the longer operand, and no more of them than is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....ops import elementwise as e, gather as g, reduce as r
from ....ops.elementwise import astype
from ..facts.views import windows


def convolved(x: Any, y: Any, start: int, stop: int, dtype: Any) -> Any:
    """The full convolution along the last axis, from one place to another.

    out[k] = sum_j long[k - j] short[j]: the window that ends at k, times the shorter operand backwards.
    """
    long, short = (x, y) if x.shape[-1] >= y.shape[-1] else (y, x)
    count, taps = long.shape[-1], short.shape[-1]
    begin, end = start - taps + 1, stop
    part = g.block(long, index=(..., slice(max(begin, 0), min(end, count))))
    if begin < 0 or end > count:
        place = slice(max(-begin, 0), max(-begin, 0) + part.shape[-1])
        part = g.unslice(part, index=(..., place), shape=(*part.shape[:-1], end - begin))
    backwards = g.block(short, index=(..., None, slice(None, None, -1)))
    terms = e.multiply(windows(part, length=taps), backwards)
    return astype(r.sum(terms, axis=(len(terms.shape) - 1,), keepdims=False), dtype=dtype)


def range_of_last(index: Sequence[Any], shape: Sequence[int]) -> tuple[int, int] | None:
    """From where to where an index takes the last axis, if it takes all of the others."""
    given = [entry for entry in index if entry is not ...]
    if not all(type(entry) is slice for entry in given):
        return None
    fill = len(shape) - len(given)
    dots = index.index(...) if ... in index else len(given)
    entries = [*given[:dots], *(slice(None),) * fill, *given[dots:]]
    *others, (start, stop, step) = [entry.indices(n) for entry, n in zip(entries, shape, strict=True)]
    every = all(taken == (0, n, 1) for taken, n in zip(others, shape, strict=False))
    return (start, stop) if every and step == 1 and start < stop else None
