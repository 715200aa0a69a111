"""Windows that move over arrays, as views of memory, products and sums."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy

from ....core.graph import GraphNode
from ....core.primitive import Primitive, by_primitive
from ....ops import elementwise as e, gather as g, reduce as r
from ....ops.broadcast import broadcast_to
from ....ops.elementwise import astype
from ....ops.shape import reshape
from ....ops.windows import reduce as w
from ....ops.windows.correlate import LEAD, correlate
from ....ops.windows.geometry import Axes, as_they_are, counts_of, spread, taps
from ....ops.windows.unfold import Size, fold, lead_of, lengths_of, unfold, without_padding
from .correlation import correlated

MOST_TAPS = 32
"""Elements of a window up to which each is taken by itself, so that neighbouring windows are done side by side."""

Rule = Callable[[GraphNode], Callable[..., Any] | None]


# -- correlations ----------------------------------------------------------------------------------


def _correlate(node: GraphNode) -> Callable[..., Any] | None:
    form, axes = node.form, node.params["axes"]
    if form.dtype.kind == "b":
        return None
    if form.dtype.kind == "i":
        return lambda x, kernel: astype(_summed(x, kernel, axes), dtype=form.dtype)
    return lambda x, kernel: correlated(astype(x, dtype=form.dtype), astype(kernel, dtype=form.dtype), axes)


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


def _held(x: Any, size: Size, axes: Axes, fill: Any) -> list[Any]:
    """For each place in the window what all windows hold there."""
    x, axes = _filled(x, axes, fill), as_they_are(axes)
    return [g.block(x, index) for _, index in taps(axes, size, counts_of(axes, lengths_of(x, axes), size))]


def _filled(x: Any, axes: Axes, fill: Any) -> Any:
    """With `fill` between the elements and at the ends."""
    if fill == 0 or axes == as_they_are(axes):
        return spread(x, axes)
    lengths = tuple(axis.padded(n) for axis, n in zip(axes, lengths_of(x, axes), strict=True))
    is_there = spread(numpy.ones(lengths_of(x, axes), bool), axes)
    return e.where(
        broadcast_to(is_there, shape=(*lead_of(x, len(axes)), *lengths)), spread(x, axes), x.dtype.type(fill)
    )


def _is_short(node: GraphNode) -> bool:
    return bool(node.form.size) and math.prod(node.params["size"]) <= MOST_TAPS


def _combined(of_two: Callable[..., Any], of_axes: Callable[..., Any], fill: Callable[[Any], Any]) -> Rule:
    """Place by place of a short window, or all of a long one at once."""

    def rule(node: GraphNode) -> Callable[..., Any] | None:
        size, axes = node.params["size"], node.params["axes"]
        if not node.form.size:
            return None

        def f(x: Any) -> Any:
            if _is_short(node):
                return reduce(of_two, _held(x, size, axes, fill(x.dtype)))
            windows = unfold(_filled(x, axes, fill(x.dtype)), size=size, axes=as_they_are(axes))
            last = len(windows.shape)
            return of_axes(windows, axis=tuple(range(last - len(axes), last)), keepdims=False)

        return f if node.form.dtype.kind != "b" else None

    return rule


def _ties(x: Any, extreme: Any, size: Size, axes: Axes) -> tuple[list[Any], Any]:
    tied = [e.equal(one, extreme) for one in _held(x, size, axes, numpy.nan)]
    return tied, reduce(e.add, (astype(one, dtype=x.dtype) for one in tied))


def _tied_mean(node: GraphNode) -> Callable[..., Any] | None:
    if not _is_short(node):
        return None

    def f(vector: Any, x: Any, extreme: Any) -> Any:
        tied, count = _ties(x, extreme, **node.params)
        there = _held(vector, **node.params, fill=0)
        total = reduce(e.add, [e.where(one, held, vector.dtype.type(0)) for one, held in zip(tied, there, strict=True)])
        return total / e.maximum(count, 1)

    return f


def _tied_shares(node: GraphNode) -> Callable[..., Any] | None:
    if not _is_short(node):
        return None
    size, axes = node.params["size"], node.params["axes"]

    def f(vector: Any, x: Any, extreme: Any) -> Any:
        tied, count = _ties(x, extreme, size, axes)
        share = vector / e.maximum(count, 1)
        parts = [e.where(one, share, vector.dtype.type(0)) for one in tied]
        return _put_back(parts, lengths_of(x, axes), size, axes)

    return f


def _fold(node: GraphNode) -> Callable[..., Any] | None:
    lengths, size, axes = node.params["lengths"], node.params["size"], node.params["axes"]
    if not node.operands[0].form.size or math.prod(size) > MOST_TAPS:
        return None

    def f(windows: Any) -> Any:
        parts = [g.block(windows, (..., *place)) for place, _ in taps(axes, size, counts_of(axes, lengths, size))]
        return _put_back(parts, lengths, size, axes)

    return f


def _put_back(parts: list[Any], lengths: Size, size: Size, axes: Axes) -> Any:
    """What belongs to each place in the windows added up where the elements are."""
    padded = tuple(axis.padded(n) for axis, n in zip(axes, lengths, strict=True))
    shape = (*lead_of(parts[0], len(axes)), *padded)
    indices = [index for _, index in taps(as_they_are(axes), size, counts_of(axes, lengths, size))]
    whole = reduce(
        e.add, [g.unslice(part, index=index, shape=shape) for part, index in zip(parts, indices, strict=True)]
    )
    return without_padding(whole, lengths, axes)


def _unfold(node: GraphNode) -> Callable[..., Any] | None:
    size, axes = node.params["size"], node.params["axes"]
    if axes == as_they_are(axes) or not node.form.size:
        return None
    return lambda x: unfold(spread(x, axes), size=size, axes=as_they_are(axes))


WINDOWS: dict[Primitive, Rule] = by_primitive(
    {
        correlate: _correlate,
        w.window_sum: _combined(e.add, r.sum, lambda dtype: 0),
        w.window_max: _combined(e.maximum, r.max, w.lowest),
        w.window_min: _combined(e.minimum, r.min, w.highest),
        w.tied_mean: _tied_mean,
        w.tied_shares: _tied_shares,
        unfold: _unfold,
        fold: _fold,
    }
)
"""For each operation its rule: of a node to the function that it is of its operands; ``None`` where there is none."""
