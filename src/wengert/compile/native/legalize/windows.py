"""Windows that move over arrays, as views of memory, products and sums."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from itertools import product
from typing import Any, NamedTuple

import numpy

from ....core.graph import GraphNode
from ....core.primitive import Primitive, by_primitive
from ....ops import elementwise as e
from ....ops.axes import reduce as r
from ....ops.elementwise import astype
from ....ops.indexing import gather as g
from ....ops.shape import reshape
from ....ops.windows import reduce as w
from ....ops.windows.correlate import LEAD, correlate
from ....ops.windows.geometry import Axes, Axis, as_they_are, counts_of, spread, taps
from ....ops.windows.unfold import Size, fold, lead_of, lengths_of, unfold
from .back_from_windows import Back, Index, WindowPlace, padded
from .remainders import by_remainder, interleaved, repeated

MOST_TAPS = 32
"""Elements of a window up to which each is taken by itself, so that neighbouring windows are done side by side."""
FEW_TAPS = 12
"""Elements of a window up to which it is not worth while to go along one axis after the other."""

Rule = Callable[[GraphNode], Callable[..., Any] | None]


# -- correlations ----------------------------------------------------------------------------------


def _correlate(node: GraphNode) -> Callable[..., Any] | None:
    """Of whole numbers; of others see `correlation_of`."""
    form, axes = node.form, node.params["axes"]
    return None if form.dtype.kind == "b" else lambda x, k: astype(_summed(x, k, axes), dtype=form.dtype)


def _summed(x: Any, kernel: Any, axes: Axes) -> Any:
    """The sum over channels and window of all products, of which none is kept."""
    rank = len(axes)
    windows = unfold(spread(x, axes), size=kernel.shape[LEAD:], axes=as_they_are(axes))
    given = reshape(windows, shape=(*windows.shape[:2], 1, *windows.shape[2:]))
    weights = reshape(kernel, shape=(*kernel.shape[:LEAD], *(1,) * rank, *kernel.shape[LEAD:]))
    terms = e.multiply(given, weights)
    last = len(terms.shape)
    return r.sum(terms, axis=(LEAD, *range(last - rank, last)), keepdims=False)


# -- sums and extremes -----------------------------------------------------------------------------


class _Combination(NamedTuple):
    """A reduction of windows: of a short window all elements in one pass, of others along one axis after the other.

    Attributes:
        of_two: combines two elements.
        of_axes: combines those along axes.
        neutral: what changes nothing, in a dtype.
    """

    of_two: Callable[..., Any]
    of_axes: Callable[..., Any]
    neutral: Callable[[Any], Any]

    def rule(self, node: GraphNode) -> Callable[..., Any] | None:
        is_native = node.form.size and node.form.dtype.kind != "b"
        return (lambda x: self.combined(x, **node.params)) if is_native else None

    def combined(self, x: Any, size: Size, axes: Axes) -> Any:
        if math.prod(size) <= FEW_TAPS and not any(map(_meets_by_remainder, axes)):
            return reduce(self.of_two, _held(x, size, axes, self.neutral(x.dtype)))
        for place, (axis, length) in enumerate(zip(axes, size, strict=True), len(x.shape) - len(axes)):
            x = self._along(x, place, length, axis)
        return x

    def _along(self, x: Any, place: int, length: int, axis: Axis) -> Any:
        if not length:
            return numpy.zeros((*x.shape[:place], axis.count(x.shape[place], 0), *x.shape[place + 1 :]), x.dtype)
        if _meets_by_remainder(axis):
            return self._by_remainder(x, place, length, axis)
        rank = len(x.shape) - place
        moves, window = (axis, *(Axis(),) * (rank - 1)), (length, *(1,) * (rank - 1))
        if length <= MOST_TAPS:
            return reduce(self.of_two, _held(x, window, moves, self.neutral(x.dtype)))
        windows = unfold(padded(x, moves, self.neutral(x.dtype)), size=window, axes=as_they_are(moves))
        return self.of_axes(windows, axis=tuple(range(len(x.shape), len(x.shape) + rank)), keepdims=False)

    def _by_remainder(self, x: Any, place: int, length: int, axis: Axis) -> Any:
        met, count = by_remainder(axis, x.shape[place], length), axis.count(x.shape[place], length)
        if len({(one.axis, one.count) for one in met}) == 1:
            return repeated(self._along(x, place, met[0].count, met[0].axis), place, len(met), count)
        return interleaved([self._along(x, place, one.count, one.axis) for one in met], place, count)


def _meets_by_remainder(axis: Axis) -> bool:
    return axis.input_dilation > 1 and axis.stride == 1


def _held(x: Any, size: Size, axes: Axes, fill: Any) -> list[Any]:
    """For each place in the window what all windows hold there."""
    x, axes = padded(x, axes, fill), as_they_are(axes)
    return [g.block(x, index) for _, index in taps(axes, size, counts_of(axes, lengths_of(x, axes), size))]


# -- ties ------------------------------------------------------------------------------------------


def _ties(x: Any, extreme: Any, size: Size, axes: Axes) -> tuple[list[Any], Any]:
    tied = [e.equal(one, extreme) for one in _held(x, size, axes, numpy.nan)]
    return tied, reduce(e.add, (astype(one, dtype=x.dtype) for one in tied))


def _is_plain(node: GraphNode) -> bool:
    """Whether a window is short, and nothing is moved apart."""
    is_short = bool(node.form.size) and math.prod(node.params["size"]) <= MOST_TAPS
    return is_short and all(axis.input_dilation == 1 for axis in node.params["axes"])


def _tied_mean(node: GraphNode) -> Callable[..., Any] | None:
    if not _is_plain(node):
        return None

    def f(vector: Any, x: Any, extreme: Any) -> Any:
        tied, count = _ties(x, extreme, **node.params)
        there = _held(vector, **node.params, fill=0)
        total = reduce(e.add, [e.where(one, held, vector.dtype.type(0)) for one, held in zip(tied, there, strict=True)])
        return total / e.maximum(count, 1)

    return f


def _tied_shares(node: GraphNode) -> Callable[..., Any] | None:
    if not _is_plain(node):
        return None
    size, axes = node.params["size"], node.params["axes"]

    def f(vector: Any, x: Any, extreme: Any) -> Any:
        _, count = _ties(x, extreme, size, axes)
        back = Back(lengths_of(x, axes), size, axes)
        whole = back.in_strides(x)
        extremes, shares = back.in_reach(extreme, numpy.nan), back.in_reach(vector / e.maximum(count, 1), 0)

        def share(index: Index, place: WindowPlace, there: Index) -> Any:
            is_tied = e.equal(g.block(whole, index), g.block(extremes, there))
            return e.where(is_tied, g.block(shares, there), vector.dtype.type(0))

        return back.gathered(share, lead_of(x, len(axes)), vector.dtype)

    return f


def _fold(node: GraphNode) -> Callable[..., Any] | None:
    if not _is_plain(node) or not node.operands[0].form.size:
        return None
    lengths, size, axes = node.params["lengths"], node.params["size"], node.params["axes"]

    def f(windows: Any) -> Any:
        back = Back(lengths, size, axes)
        held = {place: back.in_reach(g.block(windows, (..., *place)), 0) for place in product(*map(range, size))}
        term = lambda index, place, there: g.block(held[place], there)
        return back.gathered(term, lead_of(windows, 2 * len(axes)), windows.dtype)

    return f


def _unfold(node: GraphNode) -> Callable[..., Any] | None:
    size, axes = node.params["size"], node.params["axes"]
    if axes == as_they_are(axes) or not node.form.size:
        return None
    return lambda x: unfold(spread(x, axes), size=size, axes=as_they_are(axes))


WINDOWS: dict[Primitive, Rule] = by_primitive(
    {
        correlate: _correlate,
        w.window_sum: _Combination(e.add, r.sum, lambda dtype: 0).rule,
        w.window_max: _Combination(e.maximum, r.max, w.lowest).rule,
        w.window_min: _Combination(e.minimum, r.min, w.highest).rule,
        w.tied_mean: _tied_mean,
        w.tied_shares: _tied_shares,
        unfold: _unfold,
        fold: _fold,
    }
)
"""For each operation its rule: of a node to the function that it is of its operands; ``None`` where there is none."""
