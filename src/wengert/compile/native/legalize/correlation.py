"""Correlations as sums and products at several lags: windows of any strides and dilation, over any number of axes.

Rows are laid out one behind the other, with the padding that is between them; so the elements of a window are at the
same distances from each other wherever it is. If windows are some elements apart, these are first brought together by
their remainders. What is computed for places between the windows is left out again by a view.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy

from ....core.graph import GraphNode, form_of_operand
from ....ops.contract import matmul
from ....ops.elementwise import astype
from ....ops.indexing.gather import block
from ....ops.shape import reshape, transpose
from ....ops.windows.correlate import LEAD, correlate
from ....ops.windows.geometry import Axes, Axis, counts_of, dilated, of_input, spread
from ....ops.windows.unfold import unfold
from ..facts.lagged import SLACK_BYTES, lagged_products, lagged_sums
from ..facts.lowered import NATIVE_DTYPES, SINGLE_OR_DOUBLE
from .minimal import Filtering, by_minimal_products, by_minimal_sums
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


@lru_cache(maxsize=1024)
def lines_of(axes: Axes, lengths: tuple[int, ...], counts: tuple[int, ...], size: tuple[int, ...], slack: int) -> Lines:
    """How an array is laid out for so many windows of a size; behind the last are as many elements as a vector has."""
    remainders = tuple(
        axis.stride if any(k * axis.dilation % axis.stride for k in range(m)) else 1
        for axis, m in zip(axes, size, strict=True)
    )
    reaches = [(m - 1) * axis.dilation // axis.stride for axis, m in zip(axes, size, strict=True)]
    read = [p + reach for p, reach in zip(counts, reaches, strict=True)]
    shared = [0, *map(_shared, axes[1:], lengths[1:], read[1:], reaches[1:])]
    made = [both - once for both, once in zip(read, shared, strict=True)]
    while True:
        strides, whole = strides_of(made), math.prod(made)
        lags = tuple(_lag(place, axes, remainders, strides, whole) for place in product(*map(range, size)))
        count = _reach(counts, strides) + 1
        missing = max(lags) + rounded_up(count, slack) - whole * math.prod(remainders)
        if missing <= 0:
            steps = tuple(a.stride // n for a, n in zip(axes, remainders, strict=True))
            return Lines(_padded(axes, made, lengths), steps, remainders, tuple(made), lags, count)
        made[0] += -(-missing // (strides[0] * math.prod(remainders)))


def _shared(axis: Axis, length: int, read: int, reach: int) -> int:
    """How much of the padding at the end of a row, as far as it is read, is that at the beginning of the next."""
    high = read - axis.low - dilated(length, axis.input_dilation)
    return max(min(axis.low, high, reach), 0) if axis.stride == 1 else 0


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


class Moved(NamedTuple):
    """An array whose axes before those of windows have been merged, divided or put in another order.

    It is laid out as the value is of which it has been made, so that who lays that out as well does it once.

    Attributes:
        value: that value.
        moves: in which way, one after the other: the operation, and the shape or order of the axes before.
        shape: that of the array.
    """

    value: Any
    moves: tuple[tuple[Any, tuple[int, ...]], ...]
    shape: tuple[int, ...]

    def laid_out(self, lines: Lines) -> Any:
        return self._moved(lines.laid_out(self.value), 1)

    def whole(self) -> Any:
        """The array itself."""
        return self._moved(self.value, len(self.shape) - LEAD)

    def _moved(self, x: Any, rank: int) -> Any:
        """`x` with the axes before the last `rank` moved."""
        for operation, lead in self.moves:
            if operation is reshape:
                x = reshape(x, shape=(*lead, *x.shape[len(x.shape) - rank :]))
            else:
                x = transpose(x, axes=(*lead, *range(len(lead), len(lead) + rank)))
        return x


def correlation_of(node: GraphNode, operands: Sequence[Any]) -> tuple[Callable[..., Any], list[Any]] | None:
    """A correlation as a function, and what of; ``None`` if it has no native form as sums and products at lags."""
    if node.primitive is not correlate.primitive or node.form.dtype.name not in SINGLE_OR_DOUBLE:
        return None
    if any(form_of_operand(operand).dtype.name not in NATIVE_DTYPES for operand in operands):
        return None
    axes, dtype = node.params["axes"], node.form.dtype
    shapes = [form_of_operand(operand).shape for operand in operands]
    sources, moves = zip(*(_source(operand, len(axes)) for operand in operands), strict=True)

    def f(*values: Any) -> Any:
        given = [value if value.dtype == dtype else astype(value, dtype=dtype) for value in values]
        x, kernel = map(Moved, given, moves, shapes)
        made = _by_minimal_filtering(x, kernel, axes)
        return correlated(x, kernel, axes) if made is None else made

    return f, list(sources)


def _source(operand: Any, rank: int) -> tuple[Any, tuple[Any, ...]]:
    """What an array has been made of by moving its axes before the last `rank`, and how."""
    if not isinstance(operand, GraphNode):
        return operand, ()
    if operand.primitive is transpose.primitive:
        order = operand.params["axes"]
        lead = len(order) - rank
        if lead >= 0 and order[lead:] == tuple(range(lead, len(order))):
            source, moves = _source(operand.operands[0], rank)
            return source, (*moves, (transpose, order[:lead]))
    if operand.primitive is reshape.primitive:
        before, after = form_of_operand(operand.operands[0]).shape, operand.form.shape
        if len(before) >= rank and before[len(before) - rank :] == after[len(after) - rank :] and 0 not in before:
            source, moves = _source(operand.operands[0], rank)
            return source, (*moves, (reshape, after[: len(after) - rank]))
    return operand, ()


def _by_minimal_filtering(x: Moved, kernel: Moved, axes: Axes) -> Any:
    """A correlation with windows of 3 x 3 elements, or with the cotangent of one; ``None`` if it is another."""
    counts, size = counts_of(axes, x.shape[LEAD:], kernel.shape[LEAD:]), kernel.shape[LEAD:]
    outputs, channels = kernel.shape[1:LEAD]
    if Filtering(x.shape[0], channels, outputs, size, counts, axes).is_minimal(x.value.dtype):
        return by_minimal_sums(x.whole(), kernel.whole(), axes, counts)
    if Filtering(channels, x.shape[0], outputs, counts, size, axes).is_minimal(x.value.dtype):
        return by_minimal_products(x.whole(), kernel.whole(), axes)
    return None


def correlated(x: Moved, kernel: Moved, axes: Axes) -> Any:
    """The correlation of arrays of one floating dtype; nothing is multiplied with what `x` is spread by."""
    for place, axis in enumerate(axes):
        if axis.input_dilation > 1 and axis.stride == 1:
            return _by_remainders(x, kernel, axes, place)
    counts = counts_of(axes, x.shape[LEAD:], kernel.shape[LEAD:])
    if not (math.prod(counts) and math.prod(x.shape) and math.prod(kernel.shape)):
        return numpy.zeros((*x.shape[:2], kernel.shape[1], *counts), x.value.dtype)
    if math.prod(kernel.shape[LEAD:]) == 1 and all(axis == Axis() for axis in axes):
        return _by_channels(x.whole(), kernel.whole())
    if math.prod(counts) <= math.prod(kernel.shape[LEAD:]):
        return _by_products(x, kernel, axes, counts)
    return _by_sums(x, kernel.whole(), axes, counts)


def _by_remainders(x: Moved, kernel: Moved, axes: Axes, place: int) -> Any:
    """Only those elements of the window are multiplied with an element that meet one."""
    length, size, axis = x.shape[LEAD + place], kernel.shape[LEAD + place], axes[place]
    behind, weights = (slice(None),) * (len(axes) - place - 1), kernel.whole()
    parts = []
    for met in by_remainder(axis, length, size):
        taken = block(weights, (..., met.taken, *behind))
        parts.append(correlated(x, Moved(taken, (), taken.shape), (*axes[:place], met.axis, *axes[place + 1 :])))
    return interleaved(parts, LEAD + place, axis.count(length, size))


def _by_channels(x: Any, kernel: Any) -> Any:
    """Windows of one element: products of matrices."""
    *lead, channels = x.shape[:LEAD]
    flat = reshape(x, shape=(*lead, channels, math.prod(x.shape[LEAD:])))
    made = matmul(reshape(kernel, shape=kernel.shape[:LEAD]), flat)
    return reshape(made, shape=(*lead, kernel.shape[1], *x.shape[LEAD:]))


def _by_sums(x: Moved, kernel: Any, axes: Axes, counts: tuple[int, ...]) -> Any:
    (groups, outputs, channels), size = kernel.shape[:LEAD], kernel.shape[LEAD:]
    lines = lines_of(axes, x.shape[LEAD:], counts, size, SLACK_BYTES // kernel.dtype.itemsize)
    flat = reshape(kernel, shape=(groups, outputs, channels, math.prod(size)))
    weights = transpose(flat, axes=(0, 2, 3, 1))
    made = lagged_sums(x.laid_out(lines), weights, lags=lines.lags, count=lines.count)
    return lines.places(made, counts)


def _by_products(x: Moved, kernel: Moved, axes: Axes, counts: tuple[int, ...]) -> Any:
    """The kernel is laid out as the array is, and moves to a few places."""
    lengths, size, slack = x.shape[LEAD:], kernel.shape[LEAD:], SLACK_BYTES // x.value.dtype.itemsize
    moves = tuple(a._replace(stride=a.dilation, dilation=a.stride) for a in axes)
    lines = lines_of(moves, lengths, size, counts, slack)
    count = rounded_up(lines.count, slack)
    line = _as_in_the_transpose(kernel, moves, lengths, counts, lines, slack, count)
    if line is None:
        rows = -(-count // lines.strides[0])
        pads = tuple(Axis(high=n - m) for n, m in zip((rows, *lines.lengths[1:]), size, strict=True))
        ones = (1,) * len(axes)
        line = kernel.laid_out(Lines(pads, ones, ones, (rows, *lines.lengths[1:]), (0,), count))
    made = lagged_products(line, x.laid_out(lines), lags=lines.lags, count=count)
    outputs = transpose(made, axes=(2, 0, 1, 3))
    return reshape(outputs, shape=(*x.shape[:2], kernel.shape[1], *counts))


def _as_in_the_transpose(
    kernel: Moved, moves: Axes, lengths: tuple[int, ...], counts: tuple[int, ...], lines: Lines, slack: int, count: int
) -> Any:
    """The kernel, which is a cotangent, as that of the other operand lays it out; ``None`` if its rows are others."""
    size = kernel.shape[LEAD:]
    there = of_input(moves, lengths, counts)
    other = lines_of(there, size, lengths, counts, slack)
    if any(axis.stride != 1 or axis.input_dilation != 1 for axis in moves) or other.lengths[1:] != lines.lengths[1:]:
        return None
    start = sum(axis.low * stride for axis, stride in zip(there, other.strides, strict=True))
    if min(axis.low for axis in there) < 0 or start + count > math.prod(other.lengths):
        return None
    return block(kernel.laid_out(other), (..., slice(start, start + count)))
