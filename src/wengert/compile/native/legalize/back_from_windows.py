"""From windows back to the elements that they hold: each element gathers from the windows that it is in.

The elements at every so many places, as many as windows are apart, are at the same places of their windows: they are
done together, and what was gathered is put in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import product
from typing import Any

import numpy

from ....ops import elementwise as e
from ....ops.indexing.gather import block
from ....ops.windows.geometry import Axes, Axis, counts_of, placement, taken_of
from ....ops.windows.unfold import Size
from ..facts.parts import placed

Index = tuple[Any, ...]
WindowPlace = tuple[int, ...]


class Back:
    """The way from windows of an array to its elements, nothing between which has been moved apart."""

    def __init__(self, lengths: Sequence[int], size: Size, axes: Axes) -> None:
        self.axes = axes
        self.lengths: tuple[int, ...] = tuple(lengths)
        self.strides: tuple[int, ...] = tuple(axis.stride for axis in axes)
        self.counts: tuple[int, ...] = counts_of(axes, lengths, size)
        self.turns: tuple[int, ...] = tuple(-(-n // s) for n, s in zip(lengths, self.strides, strict=True))
        self.met: list[list[list[tuple[int, int]]]] = [_met(axis, m) for axis, m in zip(axes, size, strict=True)]
        each = zip(self.met, self.turns, self.counts, strict=True)
        self.reach: tuple[Axis, ...] = tuple(_reach(met, turns, count) for met, turns, count in each)

    def in_strides(self, x: Any) -> Any:
        """The array, so much longer that each remainder has as many elements."""
        each = zip(self.turns, self.strides, self.lengths, strict=True)
        return padded(x, tuple(Axis(high=t * s - n) for t, s, n in each), 0)

    def in_reach(self, of_windows: Any, fill: float) -> Any:
        """An array with an element for each window, and `fill` where elements look for windows that are not there."""
        return padded(of_windows, self.reach, fill)

    def gathered(self, term: Callable[[Index, WindowPlace, Index], Any], lead: Sequence[int], dtype: Any) -> Any:
        """The sum of the terms of each element, one for each window that it is in.

        Args:
            term: of the index of some elements in what `in_strides` gives, their place in their windows, and the index
                of these in what `in_reach` gives, the terms.
            lead: the lengths of the axes before.
            dtype: that of the terms.
        """
        parts, indices = [], []
        for remainders in product(*map(range, self.strides)):
            index = (..., *(slice(r, None, s) for r, s in zip(remainders, self.strides, strict=True)))
            met = product(*(self.met[axis][r] for axis, r in enumerate(remainders)))
            terms = [term(index, tuple(k for k, _ in each), self._there([shift for _, shift in each])) for each in met]
            parts.append(reduce(e.add, terms) if terms else numpy.zeros((*lead, *self.turns), dtype))
            indices.append(index)
        shape = (*lead, *(t * s for t, s in zip(self.turns, self.strides, strict=True)))
        whole = parts[0] if len(parts) == 1 else placed(*parts, indices=tuple(indices), shape=shape, fill=None)
        return block(whole, (..., *map(slice, self.lengths)))

    def _there(self, shifts: Sequence[int]) -> Index:
        each = zip(shifts, self.reach, self.turns, strict=True)
        return (..., *(slice(shift + axis.low, shift + axis.low + turns) for shift, axis, turns in each))


def _met(axis: Axis, size: int) -> list[list[tuple[int, int]]]:
    """For each remainder the places in a window, and which window it is then, counted from the turn of the element."""
    found = []
    for remainder in range(axis.stride):
        distances = [(k, remainder + axis.low - k * axis.dilation) for k in range(size)]
        found.append([(k, distance // axis.stride) for k, distance in distances if distance % axis.stride == 0])
    return found


def _reach(met: list[list[tuple[int, int]]], turns: int, count: int) -> Axis:
    """How far beyond the windows elements look for more."""
    shifts = [shift for each in met for _, shift in each]
    return Axis(low=max(0, -min(shifts)), high=max(0, max(shifts) + turns - count))


def padded(x: Any, axes: Axes, fill: float) -> Any:
    """An array with `fill` between the elements of its last axes and at their ends."""
    taken, index, shape = placement(x.shape, axes)
    part = taken_of(x, taken)
    return part if part.shape == shape else placed(part, indices=(index,), shape=shape, fill=fill)
