"""Correlations as sums and products at several lags: windows of any strides and dilation, over any number of axes.

Rows are laid out one behind the other, with the padding that is between them; so the elements of a window are at the
same distances from each other wherever it is. If windows are some elements apart, these are first brought together by
their remainders. What is computed for places between the windows is left out again by a view.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy

from ....ops.contract import matmul
from ....ops.gather import block
from ....ops.shape import reshape, transpose
from ....ops.windows.correlate import LEAD
from ....ops.windows.geometry import Axes, Axis, counts_of, dilated, spread
from ....ops.windows.unfold import unfold
from ..facts.lagged import SLACK_BYTES, lagged_products, lagged_sums
from .remainders import by_remainder, interleaved


class Lines(NamedTuple):
    """How the last axes of an array are laid out in one.

    Attributes:
        axes: how they are dilated and padded before.
        steps: of each every so many elements are then taken.
        remainders: by how many each is then divided.
        lengths: how long each is then.
        lags: how far each element of the window is from the first place.
        count: the places from the first window to the last, and those between.
    """

    axes: Axes
    steps: tuple[int, ...]
    remainders: tuple[int, ...]
    lengths: tuple[int, ...]
    lags: tuple[int, ...]
    count: int

    @property
    def strides(self) -> tuple[int, ...]:
        return strides_of(self.lengths)

    def laid_out(self, x: Any) -> Any:
        """An array whose last axes are laid out."""
        whole = spread(x, self.axes)
        lead, rank = x.shape[: len(x.shape) - len(self.axes)], len(self.axes)
        if set(self.steps) != {1}:
            whole = block(whole, (..., *(slice(None, None, step) for step in self.steps)))
        if set(self.remainders) != {1}:
            pairs = [length for pair in zip(self.lengths, self.remainders, strict=True) for length in pair]
            first = len(lead)
            order = (*range(first), *range(first + 1, first + 2 * rank, 2), *range(first, first + 2 * rank, 2))
            whole = transpose(reshape(whole, shape=(*lead, *pairs)), axes=order)
        return reshape(whole, shape=(*lead, math.prod(self.remainders) * math.prod(self.lengths)))

    def places(self, flat: Any, counts: Sequence[int]) -> Any:
        """What was computed for the windows, as an axis for each of theirs."""
        for axis, stride in enumerate(self.strides[:-1], 1):
            inner = _reach(counts[axis:], self.strides[axis:]) + 1
            flat = unfold(flat, size=(inner,), axes=(Axis(stride),))
        return flat


def strides_of(lengths: Sequence[int]) -> tuple[int, ...]:
    """How far neighbours along each axis are apart, of axes laid out in one."""
    return tuple(math.prod(lengths[axis + 1 :]) for axis in range(len(lengths)))


def _reach(counts: Sequence[int], strides: Sequence[int]) -> int:
    """How far the last place is from the first."""
    return sum((count - 1) * stride for count, stride in zip(counts, strides, strict=True))


def lines_of(axes: Axes, lengths: Sequence[int], counts: Sequence[int], size: Sequence[int], slack: int) -> Lines:
    """How an array is laid out for so many windows of a size; behind the last are as many elements as a vector has."""
    remainders = tuple(
        axis.stride if any(k * axis.dilation % axis.stride for k in range(m)) else 1
        for axis, m in zip(axes, size, strict=True)
    )
    made = [p + (m - 1) * a.dilation // a.stride for a, p, m in zip(axes, counts, size, strict=True)]
    while True:
        strides, whole = strides_of(made), math.prod(made)
        lags = tuple(_lag(place, axes, remainders, strides, whole) for place in product(*map(range, size)))
        count = _reach(counts, strides) + 1
        missing = max(lags) + rounded_up(count, slack) - whole * math.prod(remainders)
        if missing <= 0:
            steps = tuple(a.stride // n for a, n in zip(axes, remainders, strict=True))
            return Lines(_padded(axes, made, lengths), steps, remainders, tuple(made), lags, count)
        made[0] += -(-missing // (strides[0] * math.prod(remainders)))


def _lag(place: Sequence[int], axes: Axes, remainders: Sequence[int], strides: Sequence[int], whole: int) -> int:
    """How far an element of the window is from the first place."""
    part, shift = 0, 0
    for k, axis, count, stride in zip(place, axes, remainders, strides, strict=True):
        quotient, remainder = divmod(k * axis.dilation, axis.stride)
        part, shift = part * count + remainder, shift + quotient * stride
    return part * whole + shift


def _padded(axes: Axes, made: Sequence[int], lengths: Sequence[int]) -> Axes:
    """The padding that gives as many elements as are laid out."""
    each = zip(axes, made, lengths, strict=True)
    return tuple(
        Axis(low=a.low, high=n * a.stride - a.low - dilated(length, a.input_dilation), input_dilation=a.input_dilation)
        for a, n, length in each
    )


def rounded_up(count: int, unit: int) -> int:
    return -(-count // unit) * unit


# -- correlations ----------------------------------------------------------------------------------


def correlated(x: Any, kernel: Any, axes: Axes) -> Any:
    """The correlation of arrays of one floating dtype; nothing is multiplied with what `x` is spread by."""
    for place, axis in enumerate(axes):
        if axis.input_dilation > 1 and axis.stride == 1:
            return _by_remainders(x, kernel, axes, place)
    counts = counts_of(axes, x.shape[LEAD:], kernel.shape[LEAD:])
    if not (math.prod(counts) and math.prod(x.shape) and math.prod(kernel.shape)):
        return numpy.zeros((*x.shape[:2], kernel.shape[1], *counts), x.dtype)
    if math.prod(kernel.shape[LEAD:]) == 1 and all(axis == Axis() for axis in axes):
        return _by_channels(x, kernel)
    if math.prod(counts) <= math.prod(kernel.shape[LEAD:]):
        return _by_products(x, kernel, axes, counts)
    return _by_sums(x, kernel, axes, counts)


def _by_remainders(x: Any, kernel: Any, axes: Axes, place: int) -> Any:
    """Only those elements of the window are multiplied with an element that meet one."""
    length, size, axis = x.shape[LEAD + place], kernel.shape[LEAD + place], axes[place]
    behind = (slice(None),) * (len(axes) - place - 1)
    parts = [
        correlated(x, block(kernel, (..., met.taken, *behind)), (*axes[:place], met.axis, *axes[place + 1 :]))
        for met in by_remainder(axis, length, size)
    ]
    return interleaved(parts, LEAD + place, axis.count(length, size))


def _by_channels(x: Any, kernel: Any) -> Any:
    """Windows of one element: products of matrices."""
    *lead, channels = x.shape[:LEAD]
    flat = reshape(x, shape=(*lead, channels, math.prod(x.shape[LEAD:])))
    made = matmul(reshape(kernel, shape=kernel.shape[:LEAD]), flat)
    return reshape(made, shape=(*lead, kernel.shape[1], *x.shape[LEAD:]))


def _by_sums(x: Any, kernel: Any, axes: Axes, counts: Sequence[int]) -> Any:
    groups, outputs, channels, *size = kernel.shape
    lines = lines_of(axes, x.shape[LEAD:], counts, size, SLACK_BYTES // x.dtype.itemsize)
    flat = reshape(kernel, shape=(groups, outputs, channels, math.prod(size)))
    weights = transpose(flat, axes=(0, 2, 3, 1))
    made = lagged_sums(lines.laid_out(x), weights, lags=lines.lags, count=lines.count)
    return lines.places(made, counts)


def _by_products(x: Any, kernel: Any, axes: Axes, counts: Sequence[int]) -> Any:
    """The kernel is laid out as the array is, and moves to a few places."""
    size, slack = kernel.shape[LEAD:], SLACK_BYTES // x.dtype.itemsize
    moves = tuple(a._replace(stride=a.dilation, dilation=a.stride) for a in axes)
    lines = lines_of(moves, x.shape[LEAD:], size, counts, slack)
    count = rounded_up(lines.count, slack)
    rows = -(-count // lines.strides[0])
    pads = tuple(Axis(high=n - m) for n, m in zip((rows, *lines.lengths[1:]), size, strict=True))
    line = reshape(spread(kernel, pads), shape=(*kernel.shape[:LEAD], rows * lines.strides[0]))
    made = lagged_products(line, lines.laid_out(x), lags=lines.lags, count=count)
    outputs = transpose(made, axes=(2, 0, 1, 3))
    return reshape(outputs, shape=(*x.shape[:2], kernel.shape[1], *counts))
