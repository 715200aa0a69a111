"""Differences, slopes and integrals of what is on a grid, under NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops import elementwise as e
from ..ops.axes import reduce as r, scan as s
from ..ops.broadcast import broadcast_to
from ..ops.shape import reshape
from .arrays.joining import concatenate
from .arrays.manipulation import flat, normal_axes, normal_axis
from .protocols.lift import to_tensor
from .reductions import cast, inexact

__all__ = ["diff", "ediff1d", "gradient", "trapezoid"]


def _slice(x: Any, axis: int, start: int | None, stop: int | None) -> Any:
    return s.part(x, axis, start, stop)


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """As ``numpy.diff``."""
    if n < 0:
        raise ValueError(f"[diff] n={n} was given, wanted how many times to difference; write n=1")
    x = to_tensor(a)
    if x.ndim == 0:
        raise ValueError("[diff] a scalar was given, wanted at least one axis; write np.diff(np.atleast_1d(x))")
    axis = normal_axis(axis, x.ndim)
    ends = [_end(v, x, axis) for v in (prepend, append)]
    parts = [ends[0], x, ends[1]]
    if prepend is not None or append is not None:
        x = concatenate([p for p in parts if p is not None], axis=axis)
    subtract = e.not_equal if x.dtype.kind == "b" else e.subtract
    for _ in range(n):
        x = subtract(_slice(x, axis, 1, None), _slice(x, axis, None, -1))
    return x


def _end(value: Any, x: Tensor, axis: int) -> Tensor | None:
    """What goes before or after `x`; a scalar is repeated along the other axes."""
    if value is None:
        return None
    end = to_tensor(value)
    shape = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    return broadcast_to(end, shape=shape) if end.ndim == 0 else end


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Tensor:
    """As ``numpy.ediff1d``."""
    x = to_tensor(ary)
    x = reshape(x, shape=(x.size,))
    parts = [None if v is None else _flat_like(v, x, n) for v, n in ((to_begin, "to_begin"), (to_end, "to_end"))]
    found = [parts[0], x[1:] - x[:-1], parts[1]]
    return concatenate([p for p in found if p is not None])


def _flat_like(value: Any, x: Tensor, name: str) -> Tensor:
    value = to_tensor(value)
    if not numpy.can_cast(value.dtype, x.dtype, "same_kind"):
        raise TypeError(f"dtype of `{name}` must be compatible with input `ary` under the `same_kind` rule.")
    return cast(flat(value), x.dtype)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Tensor:
    """As ``numpy.trapezoid``, with derivatives in `x` and `dx` too."""
    y = to_tensor(y)
    axis = normal_axis(axis, y.ndim)
    if x is not None:
        dx = diff(x, axis=axis if to_tensor(x).ndim > 1 else -1)
        dx = _broadside(dx, axis, y.ndim)
    pairs = _slice(y, axis, 1, None) + _slice(y, axis, None, -1)
    return r.sum(dx * pairs / 2.0, axis=(axis,), keepdims=False)


def _broadside(x: Tensor, axis: int, ndim: int) -> Tensor:
    """A 1-D tensor along one of `ndim` axes; any other as it is."""
    if x.ndim != 1:
        return x
    return reshape(x, shape=tuple(x.size if i == axis else 1 for i in range(ndim)))


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """As ``numpy.gradient`` (a tuple where NumPy gives one), with derivatives in the spacings too."""
    f = _with_differences(to_tensor(f))
    axes = tuple(range(f.ndim)) if axis is None else normal_axes(axis, f.ndim)
    if edge_order not in (1, 2):
        raise ValueError(f"[gradient] edge_order={edge_order!r}, wanted 1 or 2; write edge_order=1")
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and to_tensor(spacings[0]).ndim == 0:
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        raise TypeError(
            f"[gradient] {len(spacings)} spacings for {len(axes)} axes, wanted one for each, or one number for all"
        )
    slopes = tuple(_slope(f, h, a, edge_order) for h, a in zip(spacings, axes, strict=True))
    return slopes[0] if len(axes) == 1 else slopes


def _with_differences(f: Tensor) -> Tensor:
    if f.dtype.kind == "b":
        raise TypeError(
            "[gradient] an array of dtype bool was given, whose elements have no difference, wanted numbers; write "
            "np.gradient(f.astype(float))"
        )
    return inexact(f)


def _slope(f: Tensor, spacing: Any, axis: int, edge_order: int) -> Tensor:
    """Second-order differences inside, one-sided at the edges, on any grid.

    Source: B. Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids" (1988).
    """
    count = f.shape[axis]
    if count < edge_order + 1:
        raise ValueError(
            f"[gradient] axis {axis} has {count} points, wanted at least {edge_order + 1} for edge_order={edge_order}"
        )
    steps = _steps(spacing, count, axis)
    if steps.ndim == 0:
        return _even_slope(f, steps, axis, edge_order)
    h = broadcast_to(_broadside(steps, axis, f.ndim), shape=tuple(count - 1 if i == axis else 1 for i in range(f.ndim)))
    d = diff(f, axis=axis) / h
    if edge_order == 1:
        first, last = _slice(d, axis, 0, 1), _slice(d, axis, count - 2, None)
    else:
        first = _edge(d, h, axis, (0, 1), (1, 2))
        last = _edge(d, h, axis, (count - 2, count - 1), (count - 3, count - 2))
    left, right = _slice(h, axis, None, -1), _slice(h, axis, 1, None)
    inner = (right * _slice(d, axis, None, -1) + left * _slice(d, axis, 1, None)) / (left + right)
    return cast(concatenate([first, inner, last], axis=axis), f.dtype)


def _even_slope(f: Tensor, h: Tensor, axis: int, edge_order: int) -> Tensor:
    """The same on a grid of one spacing, whose inner slopes do not read the point between."""
    count = f.shape[axis]
    inner = (_slice(f, axis, 2, None) - _slice(f, axis, None, -2)) / (2 * h)
    if edge_order == 1:
        first, last = ((_slice(f, axis, i + 1, i + 2) - _slice(f, axis, i, i + 1)) / h for i in (0, count - 2))
    else:
        near, far = (
            [_slice(f, axis, i, i + 1) for i in range(3)],
            [_slice(f, axis, i, i + 1) for i in range(count - 1, count - 4, -1)],
        )
        first, last = _even_edge(near, h), -_even_edge(far, h)
    return cast(concatenate([first, inner, last], axis=axis), f.dtype)


def _even_edge(points: list[Tensor], h: Tensor) -> Tensor:
    """The slope at the first of three points of one spacing, of the parabola through them."""
    return (-1.5 * points[0] + 2.0 * points[1] - 0.5 * points[2]) / h


def _edge(d: Tensor, h: Tensor, axis: int, near: tuple[int, int], far: tuple[int, int]) -> Tensor:
    """The slope at an edge of the parabola through the three points next to it."""
    slope, step = _slice(d, axis, *near), _slice(h, axis, *near)
    next_slope, next_step = _slice(d, axis, *far), _slice(h, axis, *far)
    return slope + step * (slope - next_slope) / (step + next_step)


def _steps(spacing: Any, count: int, axis: int) -> Tensor:
    """The distances between neighbours, from one distance or from the coordinates."""
    x = inexact(to_tensor(spacing))
    if x.ndim == 0:
        return x
    if x.shape != (count,):
        raise ValueError(
            f"[gradient] coordinates of shape {x.shape} for axis {axis} of length {count}, wanted shape ({count},)"
        )
    return diff(x)
