"""Running sums and products, under NumPy's names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops import scan as s
from ..ops.shape import reshape
from .lift import to_tensor
from .manipulation import concatenate, normal_axis
from .reductions import cast, without_nan

__all__ = ["cumprod", "cumsum", "cumulative_prod", "cumulative_sum", "nancumprod", "nancumsum", "unwrap"]


def _along(x: Tensor, axis: int | None) -> tuple[Tensor, int]:
    """A tensor and a non-negative axis to scan; ``None`` flattens."""
    if axis is None:
        return reshape(x, shape=(x.size,)), 0
    return x, normal_axis(axis, x.ndim)


def cumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """As ``numpy.cumsum``."""
    x, place = _along(cast(to_tensor(a), dtype), axis)
    return s.cumsum(x, axis=place, reverse=False)


def cumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """As ``numpy.cumprod``; its derivative is right for any number of zeros."""
    x, place = _along(cast(to_tensor(a), dtype), axis)
    return s.cumprod(x, axis=place, reverse=False)


def nancumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """As ``numpy.nancumsum``; a NaN has derivative 0."""
    return cumsum(without_nan(to_tensor(a), 0), axis, dtype)


def nancumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """As ``numpy.nancumprod``; a NaN has derivative 0."""
    return cumprod(without_nan(to_tensor(a), 1), axis, dtype)


def cumulative_sum(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Tensor:
    """As ``numpy.cumulative_sum``."""
    return _cumulative(cumsum, x, axis, dtype, 0 if include_initial else None)


def cumulative_prod(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Tensor:
    """As ``numpy.cumulative_prod``; its derivative is right for any number of zeros."""
    return _cumulative(cumprod, x, axis, dtype, 1 if include_initial else None)


def _cumulative(scan: Callable[..., Tensor], x: Any, axis: int | None, dtype: Any, initial: int | None) -> Tensor:
    x = to_tensor(x)
    if axis is None and x.ndim != 1:
        raise ValueError(
            f"[cumulative_sum] an array with {x.ndim} axes was given without axis=, wanted one axis to go along; "
            "write axis=0"
        )
    out = scan(x, axis, dtype)
    if initial is None:
        return out
    place = normal_axis(0 if axis is None else axis, out.ndim)
    first = numpy.full((*out.shape[:place], 1, *out.shape[place + 1 :]), initial, out.dtype)
    return concatenate([first, out], axis=place)


def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Tensor:
    """As ``numpy.unwrap``; the periods that it adds are constant."""
    x = to_tensor(p)
    return s.unwrap(x, axis=normal_axis(axis, x.ndim), discont=discont, period=period)
