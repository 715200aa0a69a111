"""Interpolation between given points, under NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops import elementwise as e
from ..ops.axes import sort as o
from ..ops.broadcast import broadcast_to
from ..ops.indexing.gather import gather
from .arrays.joining import concatenate
from .protocols.lift import to_tensor
from .reductions import cast

__all__ = ["interp"]


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Tensor:
    """As ``numpy.interp``, with derivatives in `x`, `xp` and `fp`: at a knot, those of the side to its right."""
    x, xp = (_real(v, name) for v, name in ((x, "x"), (xp, "xp")))
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
    inner = _interpolate(x, xp, fp) if xp.size > 1 else broadcast_to(fp[0], shape=x.shape)
    inner = e.where(x < xp[0], fp[0] if left is None else left, inner)
    return e.where(x > xp[-1], fp[-1] if right is None else right, inner)


def _real(value: Any, name: str) -> Tensor:
    x = to_tensor(value, "interp")
    if x.dtype.kind == "c":
        raise TypeError(f"[interp] {name} has dtype {x.dtype}, wanted real numbers; write {name}.real")
    return cast(x, numpy.float64)


def _interpolate(x: Tensor, xp: Tensor, fp: Tensor) -> Tensor:
    """The line through the two knots around `x`, measured from the left one.

    It is measured from the right one at the last knot, and where a knot at infinity leaves no number; where the line
    itself is at infinity, what is left are its knots, and all of it if they have the same height.
    """
    last = xp.size - 1
    found = o.searchsorted(xp, x, side="right") - 1
    low = e.maximum(e.minimum(found, last - 1), 0)
    x0, x1, y0, y1 = (gather(v, i, axis=0) for v in (xp, fp) for i in (low, low + 1))
    with numpy.errstate(invalid="ignore"):
        slope = e.ratio(y1 - y0, x1 - x0)
        from_left, from_right = y0 + slope * (x - x0), y1 + slope * (x - x1)
    line = e.where(e.logical_or(e.equal(x, x1), e.isnan(from_left)), from_right, from_left)
    knot = e.where(e.equal(x, x1), y1, y0)
    on_knot = e.logical_or(e.logical_or(e.equal(x, x0), e.equal(x, x1)), e.logical_and(e.equal(y0, y1), x == x))
    return e.where(e.logical_and(e.isnan(line), on_knot), knot, line)


def _wrapped(xp: Tensor, fp: Tensor, period: float) -> tuple[Tensor, Tensor]:
    """The knots within one period, sorted, with one more on either side."""
    xp = xp % period
    order = o.argsort(xp, axis=0, descending=False)
    xp, fp = gather(xp, order, axis=0), gather(fp, order, axis=0)
    return concatenate([xp[-1:] - period, xp, xp[:1] + period]), concatenate([fp[-1:], fp, fp[:1]])
