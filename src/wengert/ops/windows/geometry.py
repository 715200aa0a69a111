"""Where windows are: how many there are of them along an axis, and which elements they hold.

Along an axis of n elements the input has zeros between its elements (its dilation e) and at its ends (the padding, low
and high; negative numbers crop). The window has m elements, d apart. Window p holds, for each k < m, the element
p s + k d of what has come of the input.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy

from ..indexing.gather import block, unslice


class Axis(NamedTuple):
    """How windows move along one axis."""

    stride: int = 1
    low: int = 0
    high: int = 0
    dilation: int = 1
    input_dilation: int = 1

    def count(self, length: int, window: int) -> int:
        """How many windows there are."""
        room = self.padded(length) - dilated(window, self.dilation)
        return max(room // self.stride + 1, 0)

    def padded(self, length: int) -> int:
        """How long the input has become."""
        return max(dilated(length, self.input_dilation) + self.low + self.high, 0)

    def of_input(self, length: int, window: int) -> Axis:
        """How the mirrored window moves over what the windows have given, to give something as long as the input."""
        low = dilated(window, self.dilation) - 1 - self.low
        given = dilated(self.count(length, window), self.stride)
        high = (length - 1) * self.input_dilation + dilated(window, self.dilation) - given - low
        return Axis(self.input_dilation, low, high, self.dilation, self.stride)

    def of_window(self, length: int, window: int) -> Axis:
        """How what the windows have given moves over the input, to give something as long as the window."""
        moved = dilated(self.count(length, window), self.stride)
        high = (window - 1) * self.dilation + moved - self.low - dilated(length, self.input_dilation)
        return Axis(self.dilation, self.low, high, self.stride, self.input_dilation)

    @property
    def as_it_is(self) -> Axis:
        """The same over an input that has been dilated and padded."""
        return Axis(self.stride, dilation=self.dilation)

    def held(self, place: int, count: int) -> slice:
        """What all windows hold at a place in them, of an input as it is."""
        first = place * self.dilation
        return slice(first, first + dilated(count, self.stride), self.stride)


Axes = tuple[Axis, ...]


def dilated(length: int, dilation: int) -> int:
    """The length of an axis whose elements are `dilation` apart."""
    return (length - 1) * dilation + 1 if length else 0


def counts_of(axes: Axes, lengths: Sequence[int], size: Sequence[int]) -> tuple[int, ...]:
    """How many windows there are along each axis."""
    return tuple(axis.count(n, m) for axis, n, m in zip(axes, lengths, size, strict=True))


def of_input(axes: Axes, lengths: Sequence[int], size: Sequence[int]) -> Axes:
    return tuple(axis.of_input(n, m) for axis, n, m in zip(axes, lengths, size, strict=True))


def of_window(axes: Axes, lengths: Sequence[int], size: Sequence[int]) -> Axes:
    return tuple(axis.of_window(n, m) for axis, n, m in zip(axes, lengths, size, strict=True))


def as_they_are(axes: Axes) -> Axes:
    return tuple(axis.as_it_is for axis in axes)


# -- the input as it becomes -----------------------------------------------------------------------


class Placement(NamedTuple):
    """What is left of an array whose last axes are dilated and padded, and where it goes in one of a shape."""

    taken: tuple[Any, ...]
    placed: tuple[Any, ...]
    shape: tuple[int, ...]


@lru_cache(maxsize=1024)
def placement(shape: tuple[int, ...], axes: Axes) -> Placement:
    """Where the elements of an array of this shape go."""
    lead = shape[: len(shape) - len(axes)]
    each = [_placement_along(axis, n) for axis, n in zip(axes, shape[len(lead) :], strict=True)]
    taken, placed = (..., *(one[0] for one in each)), (..., *(one[1] for one in each))
    return Placement(taken, placed, (*lead, *(one[2] for one in each)))


def _placement_along(axis: Axis, length: int) -> tuple[slice, slice, int]:
    total, step = axis.padded(length), axis.input_dilation
    first = min(-(min(axis.low, 0) // step), length)
    last = max(min(length, (total - 1 - axis.low) // step + 1), first)
    start = max(first * step + axis.low, 0)
    return slice(first, last), slice(start, start + dilated(last - first, step), step), total


def taken_of(x: Any, taken: tuple[Any, ...]) -> Any:
    """What slices take of the last axes; the array itself, if that is all."""
    lengths = x.shape[len(x.shape) - len(taken) + 1 :]
    return x if taken == (..., *map(slice, (0,) * len(lengths), lengths)) else block(x, taken)


def spread(x: Any, axes: Axes) -> Any:
    """The last axes with zeros between their elements and at their ends."""
    if type(x) is numpy.ndarray:
        return filled(x, axes, 0)
    taken, placed, shape = placement(x.shape, axes)
    part = taken_of(x, taken)
    return part if part.shape == shape else unslice(part, index=placed, shape=shape)


def filled(x: Any, axes: Axes, fill: Any) -> Any:
    """A raw array with `fill` between its elements and at its ends."""
    taken, placed, shape = placement(x.shape, axes)
    part = x[taken]
    if part.shape == shape:
        return part
    out = numpy.full(shape, fill, x.dtype) if fill else numpy.zeros(shape, x.dtype)
    out[placed] = part
    return out


# -- windows of an input as it is ------------------------------------------------------------------


def taps(axes: Axes, size: Sequence[int], counts: Sequence[int]) -> Iterator[tuple[tuple[int, ...], tuple[Any, ...]]]:
    """For each place in a window the index of what all windows hold there."""
    for place in product(*map(range, size)):
        yield place, (..., *(axis.held(k, p) for axis, k, p in zip(axes, place, counts, strict=True)))


def windows_of(x: Any, axes: Axes, size: Sequence[int], counts: Sequence[int]) -> Any:
    """A view of a raw array: instead of the last axes those of the window, and then those of its places."""
    lead = x.ndim - len(axes)
    steps = x.strides[lead:]
    within = (step * axis.dilation for axis, step in zip(axes, steps, strict=True))
    between = (step * axis.stride for axis, step in zip(axes, steps, strict=True))
    shape, strides = (*x.shape[:lead], *size, *counts), (*x.strides[:lead], *within, *between)
    return numpy.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)
