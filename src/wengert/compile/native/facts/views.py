"""Views: where the elements of a value are in the memory of another, for operations that only move shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.lib.stride_tricks import as_strided

from ....core.graph import GraphNode
from ....core.primitive import Primitive, by_primitive
from ....ops.after import after
from ....ops.broadcast import broadcast_to
from ....ops.indexing.gather import block
from ....ops.placing import CONSTRAIN
from ....ops.shape import reshape, transpose
from ....ops.windows.geometry import Axes, as_they_are, counts_of
from ....ops.windows.unfold import unfold


@dataclass(frozen=True)
class StridedView:
    """Elements ``offset + sum(index * stride)`` of the memory of `base`, over `shape` (strides in elements)."""

    base: Any
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def is_dense(self) -> bool:
        """Whether the elements follow each other in memory, in order."""
        return self.offset == 0 and all(
            s == d or n == 1 for n, s, d in zip(self.shape, self.strides, dense_strides(self.shape), strict=True)
        )

    @property
    def order(self) -> tuple[int, ...] | None:
        """The axes from the slowest to the fastest; ``None`` if they are in order, or if some do not move."""
        if self.is_dense or 0 in self.strides:
            return None
        axes = tuple(sorted(range(len(self.shape)), key=lambda i: -self.strides[i]))
        return None if axes == tuple(range(len(self.shape))) else axes

    def over(self, shape: Sequence[int]) -> StridedView:
        """The view broadcast to a shape."""
        lead = len(shape) - len(self.shape)
        strides = [
            0 if own == 1 and wanted != 1 else stride
            for own, stride, wanted in zip(self.shape, self.strides, shape[lead:], strict=True)
        ]
        return StridedView(self.base, self.offset, tuple(shape), (*(0,) * lead, *strides))


def dense_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Row by row: the last axis varies fastest."""
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def dense(base: Any, shape: Sequence[int]) -> StridedView:
    return StridedView(base, 0, tuple(shape), dense_strides(shape))


def ordered(base: Any, shape: Sequence[int], order: Sequence[int] | None) -> StridedView:
    """The view of memory of its own, with the axes from the slowest to the fastest in an order."""
    if order is None:
        return dense(base, shape)
    strides = dict(zip(order, dense_strides([shape[axis] for axis in order]), strict=True))
    return StridedView(base, 0, tuple(shape), tuple(strides[axis] for axis in range(len(shape))))


def _reshape(view: StridedView, shape: tuple[int, ...]) -> StridedView | None:
    if view.is_dense:
        return StridedView(view.base, view.offset, shape, dense_strides(shape))
    kept = [(n, s) for n, s in zip(view.shape, view.strides, strict=True) if n != 1]
    if [n for n in shape if n != 1] != [n for n, _ in kept]:
        return None
    following = iter(kept)
    return StridedView(view.base, view.offset, shape, tuple(0 if n == 1 else next(following)[1] for n in shape))


def _transpose(view: StridedView, axes: tuple[int, ...]) -> StridedView:
    return StridedView(view.base, view.offset, tuple(view.shape[a] for a in axes), tuple(view.strides[a] for a in axes))


def _unfold(view: StridedView, size: tuple[int, ...], axes: Axes) -> StridedView | None:
    lead = len(view.shape) - len(axes)
    steps, counts = view.strides[lead:], counts_of(axes, view.shape[lead:], size)
    between = tuple(step * axis.stride for axis, step in zip(axes, steps, strict=True))
    within = tuple(step * axis.dilation for axis, step in zip(axes, steps, strict=True))
    shape, strides = (*view.shape[:lead], *counts, *size), (*view.strides[:lead], *between, *within)
    return StridedView(view.base, view.offset, shape, strides)


def is_basic(index: Sequence[Any]) -> bool:
    """Whether an index takes a regular part of an array: slices, integers and new axes only."""
    return all(entry is None or entry is ... or isinstance(entry, (int, slice)) for entry in index)


def taken(view: StridedView, index: tuple[Any, ...]) -> StridedView:
    """The part of a view at a basic index: what NumPy does to an array with these strides (of one byte)."""
    probe = as_strided(numpy.zeros(1, numpy.int8), view.shape, view.strides)
    part = probe[index if any(entry is ... for entry in index) else (*index, ...)]  # with dots NumPy gives no scalars
    start = part.__array_interface__["data"][0] - probe.__array_interface__["data"][0]
    return StridedView(view.base, view.offset + start, part.shape, part.strides)


# -- operations that are views ---------------------------------------------------------------------


_MOVED: dict[Primitive, Callable[..., StridedView | None]] = by_primitive(
    {
        reshape: _reshape,
        transpose: _transpose,
        broadcast_to: StridedView.over,
        block: taken,
        unfold: _unfold,
        after: lambda view: view,
        CONSTRAIN: lambda view, layout: view,
    }
)
"""From a view and the parameters of an operation to the view that is its result; ``None`` if it is none."""


def is_view(node: GraphNode) -> bool:
    """Whether an operation only looks at elements in another way."""
    if node.primitive is block.primitive:
        return is_basic(node.params["index"])
    if node.primitive is unfold.primitive:
        return node.params["axes"] == as_they_are(node.params["axes"])
    return node.primitive in _MOVED


def moved(primitive: Primitive, view: StridedView, params: dict[str, Any]) -> StridedView | None:
    """The view that such an operation makes of a view; ``None`` if its elements are not that regular in memory."""
    return _MOVED[primitive](view, **params)
