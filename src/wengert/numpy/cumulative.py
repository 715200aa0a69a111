"""Running sums and products, under NumPy's names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops.axes import scan as s
from .arrays.joining import concatenate
from .arrays.manipulation import atleast_1d, normal_axis, on_a_line
from .protocols.lift import to_tensor
from .protocols.output import into
from .reductions import cast, without_nan

__all__ = ["cumprod", "cumsum", "cumulative_prod", "cumulative_sum", "nancumprod", "nancumsum", "unwrap"]


def cumsum(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Tensor:
    """As ``numpy.cumsum``."""
    x, place = on_a_line(cast(to_tensor(a), dtype), axis)
    running = cast(s.cumsum(x, axis=place, reverse=False), dtype)
    return running if out is None else into(out, running, "cumsum")


def cumprod(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Tensor:
    """As ``numpy.cumprod``; its derivative is right for any number of zeros."""
    x, place = on_a_line(cast(to_tensor(a), dtype), axis)
    running = cast(s.cumprod(x, axis=place, reverse=False), dtype)
    return running if out is None else into(out, running, "cumprod")


def nancumsum(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Tensor:
    """As ``numpy.nancumsum``; a NaN has derivative 0."""
    return cumsum(without_nan(to_tensor(a), 0), axis, dtype, out)


def nancumprod(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Tensor:
    """As ``numpy.nancumprod``; a NaN has derivative 0."""
    return cumprod(without_nan(to_tensor(a), 1), axis, dtype, out)


def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, out: Any = None, include_initial: bool = False
) -> Tensor:
    """As ``numpy.cumulative_sum``."""
    return _cumulative(cumsum, x, axis, dtype, out, 0 if include_initial else None)


def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, out: Any = None, include_initial: bool = False
) -> Tensor:
    """As ``numpy.cumulative_prod``; its derivative is right for any number of zeros."""
    return _cumulative(cumprod, x, axis, dtype, out, 1 if include_initial else None)


def _cumulative(
    scan: Callable[..., Tensor], x: Any, axis: int | None, dtype: Any, out: Any, initial: int | None
) -> Tensor:
    x, op = atleast_1d(x), f"cumulative_{scan.__name__.removeprefix('cum')}"
    if axis is None and x.ndim != 1:
        raise ValueError(
            f"[{op}] an array with {x.ndim} axes was given without axis=, wanted one axis to go along; write axis=0"
        )
    running = scan(x, axis, dtype)
    if initial is not None:
        place = normal_axis(0 if axis is None else axis, running.ndim)
        first = numpy.full((*running.shape[:place], 1, *running.shape[place + 1 :]), initial, running.dtype)
        running = concatenate([first, running], axis=place)
    return running if out is None else into(out, running, op)


def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Tensor:
    """As ``numpy.unwrap``; the periods that it adds are constant."""
    x = to_tensor(p)
    return s.unwrap(x, axis=normal_axis(axis, x.ndim), discont=discont, period=period)
