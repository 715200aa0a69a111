"""An array cut along its axes into boxes, each with a value of its own."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy

from .....core.abstract import Abstract
from .....core.graph import GraphNode, form_of_operand
from .....ops import shape as s
from ....passes.rewriting import apply
from ...facts.parts import placed

Interval = tuple[int, int]
"""Where a part begins and ends along an axis."""
Box = tuple[Interval, ...]
"""One along each axis."""
Cuts = tuple[tuple[int, ...], ...]
"""For each axis where its intervals begin, and last its length."""


@dataclass(frozen=True)
class Pieces:
    """A value in boxes.

    Attributes:
        form: the shape and dtype of the whole.
        cuts: where it is cut.
        cells: the value of each box, of its shape; ``None`` where it is zero since nothing was put there.
    """

    form: Abstract
    cuts: Cuts
    cells: Mapping[Box, Any]

    def around(self, box: Box) -> Box:
        """The box of a cell that holds a box."""
        return tuple(_around(cuts, interval) for cuts, interval in zip(self.cuts, box, strict=True))

    def joined(self) -> Any:
        """The whole: each cell in its place."""
        if len(self.cells) == 1:
            (only,) = self.cells.values()
            return reshaped(self._zero if only is None else only, self.form.shape)
        parts = [self._zero if cell is None else _squeezed(cell) for cell in self.cells.values()]
        indices = tuple(_place_of(box, self.form.shape) for box in self.cells)
        return apply(placed.primitive, parts, {"indices": indices, "shape": self.form.shape, "fill": None})

    @property
    def _zero(self) -> Any:
        return self.form.dtype.type(0)


def _around(cuts: Sequence[int], interval: Interval) -> Interval:
    place = bisect_right(cuts, interval[0])
    return cuts[place - 1], cuts[place]


def index_of(box: Box, shape: Sequence[int]) -> tuple[slice, ...]:
    """The index that takes a box of an array."""
    each = zip(box, shape, strict=True)
    return tuple(slice(None) if interval == (0, n) else slice(*interval) for interval, n in each)


def _place_of(box: Box, shape: Sequence[int]) -> tuple[Any, ...]:
    """The index of a box without its axes of length 1."""
    each = zip(box, index_of(box, shape), strict=True)
    return tuple(interval[0] if interval[1] - interval[0] == 1 else entry for interval, entry in each)


def _squeezed(cell: Any) -> Any:
    shape = form_of_operand(cell).shape
    return reshaped(cell, tuple(n for n in shape if n != 1))


def reshaped(value: Any, shape: tuple[int, ...]) -> Any:
    """The value in another shape; a reshape of a reshape is one."""
    if not isinstance(value, GraphNode):
        return numpy.broadcast_to(value, shape) if numpy.ndim(value) == 0 else numpy.reshape(value, shape)
    while value.primitive is s.reshape.primitive:
        (value,) = value.operands
    return value if value.form.shape == shape else apply(s.reshape.primitive, [value], {"shape": shape})


def within(box: Box, outer: Box) -> Box:
    """A box as it lies in another that holds it."""
    return tuple((start - first, stop - first) for (start, stop), (first, _) in zip(box, outer, strict=True))


def lengths_of(box: Box) -> tuple[int, ...]:
    """The shape of a box."""
    return tuple(stop - start for start, stop in box)


def uncut(shape: Iterable[int]) -> Cuts:
    """No cuts."""
    return tuple((0, n) for n in shape)


def is_single(cuts: Sequence[int]) -> bool:
    """Whether an axis is cut into single elements."""
    return len(cuts) == cuts[-1] + 1


def stretched(cuts: Cuts, shape: Sequence[int]) -> Cuts:
    """The cuts of an operand as cuts of what it broadcasts to."""
    lead = len(shape) - len(cuts)
    return (*uncut(shape[:lead]), *(own if own[-1] == n else (0, n) for own, n in zip(cuts, shape[lead:], strict=True)))


def united(*given: Cuts) -> Cuts:
    """All cuts of several."""
    return tuple(tuple(sorted(set().union(*axis))) for axis in zip(*given, strict=True))


def boxes_of(cuts: Cuts) -> list[Box]:
    """All boxes, the last axis first."""
    return list(product(*map(pairwise, cuts)))


def number_of_boxes(cuts: Cuts) -> int:
    return math.prod(len(axis) - 1 for axis in cuts)
