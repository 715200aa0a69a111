"""Interpolation between given points, under NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops import elementwise as e, sort as o
from ..ops.gather import gather
from .lift import to_tensor
from .manipulation import concatenate
from .reductions import cast

__all__ = ["interp"]


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Tensor:
    """As ``numpy.interp``, with derivatives in `x`, `xp` and `fp`: at a knot, those of the side to its right."""
    x, xp = cast(to_tensor(x), numpy.float64), cast(to_tensor(xp), numpy.float64)
    fp = to_tensor(fp)
    fp = cast(fp, numpy.complex128 if fp.dtype.kind == "c" else numpy.float64)
    if xp.ndim != 1 or xp.shape != fp.shape or xp.size == 0:
        raise ValueError(
            f"[interp] xp has shape {xp.shape} and fp {fp.shape}, wanted the same shape with one axis that is not empty"
        )
    if period == 0:
        raise ValueError("period must be a non-zero value")
    if period is not None:
        return _interpolate(x % abs(period), *_wrapped(xp, fp, abs(period)))
    inner = _interpolate(x, xp, fp)
    inner = e.where(x < xp[0], fp[0] if left is None else left, inner)
    return e.where(x > xp[-1], fp[-1] if right is None else right, inner)


def _interpolate(x: Tensor, xp: Tensor, fp: Tensor) -> Tensor:
    last = xp.size - 1
    found = o.searchsorted(xp, x, side="right") - 1
    low = e.maximum(e.minimum(found, last - 1), 0)
    high = e.minimum(low + 1, last)
    x0, x1, y0, y1 = (gather(v, i, axis=0) for v in (xp, fp) for i in (low, high))
    return y0 + e.ratio(y1 - y0, x1 - x0) * (x - x0)


def _wrapped(xp: Tensor, fp: Tensor, period: float) -> tuple[Tensor, Tensor]:
    """The knots within one period, sorted, with one more on either side."""
    xp = xp % period
    order = o.argsort(xp, axis=0, descending=False)
    xp, fp = gather(xp, order, axis=0), gather(fp, order, axis=0)
    return concatenate([xp[-1:] - period, xp, xp[:1] + period]), concatenate([fp[-1:], fp, fp[:1]])
