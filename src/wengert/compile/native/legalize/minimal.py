"""Correlations with windows of 3 x 3 elements by minimal filtering: see `wengert.compile.native.facts.minimal`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from itertools import product
from typing import Any, NamedTuple

import numpy

from ....ops import elementwise as e
from ....ops.indexing.gather import block
from ....ops.join import stack
from ....ops.shape import transpose
from ....ops.windows.correlate import LEAD
from ....ops.windows.geometry import Axes, Axis
from ..facts.minimal import (
    OF_WINDOW,
    PLANES,
    SCRATCH_BYTES,
    TILE,
    WINDOW,
    minimal_planes,
    minimal_products,
    minimal_sums,
    tiles_of,
)
from ..facts.parts import placed

FEWEST_CHANNELS = 16
"""Channels and outputs from which on it pays: however few there are, tiles have to be brought to products and back."""
LEAST_WORK = 1 << 20
"""Products from which on it pays to bring the kernel to them."""
WHOLE_VECTOR = 16
"""Numbers in the longest vector."""


class Filtering(NamedTuple):
    """What is to be filtered: so many members of a batch, with windows of a size at so many places."""

    members: int
    channels: int
    outputs: int
    size: tuple[int, ...]
    counts: tuple[int, ...]
    axes: Axes

    def is_minimal(self, dtype: Any) -> bool:
        """Whether it is done so: of single precision, where nobody asks for the last digit."""
        if dtype != numpy.dtype("float32") or self.size != (WINDOW, WINDOW) or min(self.counts) <= WINDOW:
            return False
        products = self.members * self.channels * self.outputs * math.prod((*self.size, *self.counts))
        row = PLANES * tiles_of(self.counts)[1] * (self.channels + self.outputs) * dtype.itemsize
        is_plain = all(a == Axis(low=a.low, high=a.high) and min(a.low, a.high) >= 0 for a in self.axes)
        is_wide = min(self.channels, self.outputs) >= FEWEST_CHANNELS
        return is_plain and is_wide and row <= SCRATCH_BYTES and products >= LEAST_WORK


def by_minimal_sums(x: Any, kernel: Any, axes: Axes, counts: Sequence[int]) -> Any:
    """The correlation of x (batch, group, channel, ...) with a kernel."""
    rows, columns = axes
    return minimal_sums(x, kernel, _planes(kernel), lows=(rows.low, columns.low), counts=tuple(counts))


def by_minimal_products(x: Any, y: Any, axes: Axes) -> Any:
    """The correlation of x (channel, group, batch, ...) with a cotangent y (group, output, batch, ...)."""
    rows, columns = axes
    made = minimal_products(y, x, lows=(rows.low, columns.low))
    found = transpose(made, axes=(1, 3, 0, 2))
    return stack(*(stack(*(_taken(found, i, j) for j in range(WINDOW)), axis=LEAD) for i in range(WINDOW)), axis=LEAD)


def _planes(kernel: Any) -> Any:
    """``G k G^T``, with the outputs last, and zeros up to a whole vector of them."""
    by_output = transpose(kernel, axes=(3, 4, 0, 2, 1))
    *lead, outputs = by_output.shape
    whole = -(-outputs // WHOLE_VECTOR) * WHOLE_VECTOR
    if whole == outputs:
        return minimal_planes(by_output)
    return minimal_planes(placed(by_output, indices=((..., slice(outputs)),), shape=(*lead, whole), fill=0))


def _combined(rows: Sequence[float], columns: Sequence[float], taken: Any) -> Any:
    """The sum of what is taken, with the factors of its row and column."""
    return _sum([(rows[i], _sum([(columns[j], taken[i, j]) for j in range(len(columns))])) for i in range(len(rows))])


def _taken(planes: Any, i: int, j: int) -> Any:
    """An element of ``G^T planes G``."""
    each = {(k, m): block(planes, (TILE * k + m,)) for k, m in product(range(TILE), repeat=2)}
    return _combined([row[i] for row in OF_WINDOW], [row[j] for row in OF_WINDOW], each)


def _sum(terms: Sequence[tuple[float, Any]]) -> Any:
    return reduce(e.add, [_times(factor, term) for factor, term in terms if factor])


def _times(factor: float, term: Any) -> Any:
    if factor == 1:
        return term
    return e.negative(_times(-factor, term)) if factor < 0 else e.multiply(term, term.dtype.type(factor))
