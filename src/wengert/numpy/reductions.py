"""Reductions: sums, means, extremes, cumulative sums, under NumPy's names.

Where they differ from NumPy's: ``out`` is not taken; ties in extremes share the derivative equally; the
derivative of a standard deviation is 0 where it is 0; products are differentiated without division.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.tensor import Tensor
from ..ops import elementwise as e, reduce as r, scan as s
from ..ops.contract import adjoint_matrix, matmul
from ..ops.shape import astype, broadcast_to, reshape, transpose
from .elementwise import real
from .lift import to_tensor
from .manipulation import concatenate, normal_axes, normal_axis

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "average", "corrcoef", "count_nonzero", "cov", "cumprod",
    "cumsum", "cumulative_prod", "cumulative_sum", "diff", "ediff1d", "gradient", "max", "mean", "min", "nanargmax",
    "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar",
    "prod", "ptp", "std", "sum", "trapezoid", "unwrap", "var",
]  # fmt: skip

Axis = int | tuple[int, ...] | None


def every_axis(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes to reduce as sorted non-negative numbers; ``None`` is all of them."""
    return tuple(range(ndim)) if axis is None else tuple(sorted(normal_axes(axis, ndim)))


def cast(x: Tensor, dtype: Any) -> Tensor:
    """`x` in a dtype, if one is given."""
    return x if dtype is None or x.dtype == dtype else astype(x, dtype=numpy.dtype(dtype))


def inexact(x: Tensor) -> Tensor:
    """`x`, in double precision if it holds integers."""
    return x if x.dtype.kind in "fc" else cast(x, numpy.float64)


def masked(x: Tensor, where: Any, instead: Any) -> Tensor:
    """`x`, with another value where a mask is false; no mask is true everywhere."""
    return x if where is None else e.where(to_tensor(where), x, instead)


def _count(x: Tensor, axis: tuple[int, ...], where: Any = None) -> Any:
    """How many elements are reduced to one, with ``keepdims``; an int if there is no mask."""
    if where is None:
        return math.prod(x.shape[a] for a in axis)
    mask = broadcast_to(to_tensor(where), shape=x.shape)
    return r.count_nonzero(mask, axis=axis, keepdims=True)


def _squeezed(x: Tensor, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    """`x` without its reduced axes, which have length 1, unless they are kept."""
    return x if keepdims else reshape(x, shape=r.reduced_shape(x.shape, axis, False))


# -- sums and products -----------------------------------------------------------------------------


def sum(
    a: Any, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = None
) -> Tensor:
    """As ``numpy.sum``."""
    x = masked(cast(to_tensor(a), dtype), where, 0)
    total = cast(r.sum(x, axis=every_axis(axis, x.ndim), keepdims=keepdims), dtype)
    return total if initial is None else e.add(total, initial)


def prod(
    a: Any, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = None
) -> Tensor:
    """As ``numpy.prod``; its derivative is right for any number of zeros."""
    x = masked(cast(to_tensor(a), dtype), where, 1)
    product = cast(r.prod(x, axis=every_axis(axis, x.ndim), keepdims=keepdims), dtype)
    return product if initial is None else e.multiply(product, initial)


def mean(a: Any, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False, where: Any = None) -> Tensor:
    """As ``numpy.mean``."""
    x = inexact(cast(to_tensor(a), dtype))
    axis = every_axis(axis, x.ndim)
    wide = cast(x, numpy.float32) if x.dtype == numpy.float16 else x
    total = _mean(wide, axis, keepdims, where)
    return cast(total, x.dtype)


def _mean(x: Tensor, axis: tuple[int, ...], keepdims: bool, where: Any = None) -> Tensor:
    count = _count(x, axis, where)
    return _share(masked(x, where, 0), count if where is None else cast(count, x.dtype), axis, keepdims)


def _share(x: Tensor, divisor: Any, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    """The sum over the axes, divided by a number, or by a tensor that has kept the axes."""
    if type(divisor) is not Tensor:
        return r.sum(x, axis=axis, keepdims=keepdims) / divisor
    return _squeezed(r.sum(x, axis=axis, keepdims=True) / divisor, axis, keepdims)


def var(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = None,
    mean: Any = None,
    correction: float | None = None,
) -> Tensor:
    """As ``numpy.var``."""
    x = inexact(cast(to_tensor(a), dtype))
    axis = every_axis(axis, x.ndim)
    centre = _mean(x, axis, True, where) if mean is None else mean
    squares = _squared_size(masked(x - centre, where, 0))
    freedom = _count(x, axis, where) - (ddof if correction is None else correction)
    return _share(squares, _at_least_zero(freedom, squares.dtype), axis, keepdims)


def _squared_size(x: Tensor) -> Tensor:
    """|x|^2."""
    return e.real(x * e.conjugate(x)) if x.dtype.kind == "c" else e.square(x)


def _at_least_zero(freedom: Any, dtype: Any) -> Any:
    if type(freedom) is not Tensor:
        return freedom if freedom > 0 else 0
    return cast(e.maximum(freedom, 0), dtype)


def std(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = None,
    mean: Any = None,
    correction: float | None = None,
) -> Tensor:
    """As ``numpy.std``; the derivative is 0 where the result is 0."""
    return e.sqrt(var(a, axis, dtype, ddof=ddof, keepdims=keepdims, where=where, mean=mean, correction=correction))


def average(a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """As ``numpy.average``, with derivatives in `weights` too."""
    x = inexact(to_tensor(a))
    axes = every_axis(axis, x.ndim)
    if weights is None:
        mean, total = _mean(x, axes, keepdims), to_tensor(numpy.asarray(_count(x, axes), x.dtype))
    else:
        w = _aligned_weights(to_tensor(weights), x, axis)
        total = r.sum(w, axis=axes, keepdims=keepdims)
        _refuse_zero(total)
        mean = r.sum(x * w, axis=axes, keepdims=keepdims) / total
        total = cast(total, mean.dtype)
    return (mean, broadcast_to(total, shape=mean.shape)) if returned else mean


def _aligned_weights(weights: Tensor, x: Tensor, axis: Axis) -> Tensor:
    """The weights in the shape of `x`; those of the reduced axes alone are repeated along the others."""
    if weights.shape == x.shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = normal_axes(axis, x.ndim)
    if weights.shape != tuple(x.shape[a] for a in axes):
        raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
    ordered = transpose(weights, axes=tuple(numpy.argsort(axes).tolist()))
    lined_up = reshape(ordered, shape=tuple(n if i in axes else 1 for i, n in enumerate(x.shape)))
    return broadcast_to(lined_up, shape=x.shape)


def _refuse_zero(total: Tensor) -> None:
    if type(total._value) is not Abstract and numpy.any(total._value == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")


# -- extremes --------------------------------------------------------------------------------------


def _extreme(reduce: Callable[..., Any], both: Callable[..., Any]) -> Callable[..., Tensor]:
    def find(a: Any, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = None) -> Tensor:
        x = to_tensor(a)
        if where is not None and initial is None:
            raise ValueError(
                f"[{reduce.__name__}] where= was given without initial=, wanted both, as the mask may leave "
                "nothing to compare; write initial=-np.inf (or np.inf for a minimum)"
            )
        x = masked(x, where, initial)
        axis = every_axis(axis, x.ndim)
        if initial is None:
            return reduce(x, axis=axis, keepdims=keepdims)
        first = broadcast_to(cast(to_tensor(initial), x.dtype), shape=r.reduced_shape(x.shape, axis, keepdims))
        return both(reduce(x, axis=axis, keepdims=keepdims), first) if _any_to(x, axis) else first

    find.__name__ = find.__qualname__ = reduce.__name__
    find.__doc__ = f"As ``numpy.{reduce.__name__}``; the tied share the derivative equally."
    return find


def _any_to(x: Tensor, axis: tuple[int, ...]) -> bool:
    """Whether there is anything to compare along the axes."""
    return _count(x, axis) > 0


max = amax = _extreme(r.max, e.maximum)
min = amin = _extreme(r.min, e.minimum)
nanmax = _extreme(r.nanmax, e.fmax)
nanmin = _extreme(r.nanmin, e.fmin)


def ptp(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """As ``numpy.ptp``: the largest minus the smallest."""
    return max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)


def _search(find: Callable[..., Any]) -> Callable[..., Tensor]:
    def position(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Tensor:
        x = to_tensor(a)
        if axis is not None:
            return find(x, axis=(normal_axis(axis, x.ndim),), keepdims=keepdims)
        found = find(reshape(x, shape=(x.size,)), axis=(0,), keepdims=False)
        return reshape(found, shape=(1,) * x.ndim) if keepdims else found

    position.__name__ = position.__qualname__ = find.__name__
    position.__doc__ = f"As ``numpy.{find.__name__}``: an index, without a derivative."
    return position


argmax = _search(r.argmax)
argmin = _search(r.argmin)
nanargmax = _search(r.nanargmax)
nanargmin = _search(r.nanargmin)


def any(a: Any, axis: Axis = None, *, keepdims: bool = False, where: Any = None) -> Tensor:
    """As ``numpy.any``."""
    x = masked(to_tensor(a), where, False)
    return r.any(x, axis=every_axis(axis, x.ndim), keepdims=keepdims)


def all(a: Any, axis: Axis = None, *, keepdims: bool = False, where: Any = None) -> Tensor:
    """As ``numpy.all``."""
    x = masked(to_tensor(a), where, True)
    return r.all(x, axis=every_axis(axis, x.ndim), keepdims=keepdims)


def count_nonzero(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """As ``numpy.count_nonzero``, but always a tensor."""
    x = to_tensor(a)
    return r.count_nonzero(x, axis=every_axis(axis, x.ndim), keepdims=keepdims)


# -- without NaN -----------------------------------------------------------------------------------


def _without_nan(x: Tensor, instead: Any) -> Tensor:
    return e.where(e.isnan(x), instead, x)


def nansum(a: Any, axis: Axis = None, dtype: Any = None, **options: Any) -> Tensor:
    """As ``numpy.nansum``; a NaN has derivative 0."""
    return sum(_without_nan(to_tensor(a), 0), axis, dtype, **options)


def nanprod(a: Any, axis: Axis = None, dtype: Any = None, **options: Any) -> Tensor:
    """As ``numpy.nanprod``; a NaN has derivative 0."""
    return prod(_without_nan(to_tensor(a), 1), axis, dtype, **options)


def _not_nan(x: Tensor, where: Any) -> Tensor:
    """The mask of what counts."""
    present = e.logical_not(e.isnan(x))
    return present if where is None else e.logical_and(present, to_tensor(where))


def nanmean(a: Any, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False, where: Any = None) -> Tensor:
    """As ``numpy.nanmean``; a NaN has derivative 0."""
    x = to_tensor(a)
    return mean(x, axis, dtype, keepdims=keepdims, where=_not_nan(x, where))


def nanvar(a: Any, axis: Axis = None, dtype: Any = None, *, where: Any = None, **options: Any) -> Tensor:
    """As ``numpy.nanvar``; a NaN has derivative 0."""
    x = to_tensor(a)
    return var(x, axis, dtype, where=_not_nan(x, where), **options)


def nanstd(a: Any, axis: Axis = None, dtype: Any = None, *, where: Any = None, **options: Any) -> Tensor:
    """As ``numpy.nanstd``; a NaN has derivative 0, and so has everything where the result is 0."""
    return e.sqrt(nanvar(a, axis, dtype, where=where, **options))


# -- cumulative ------------------------------------------------------------------------------------


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
    return cumsum(_without_nan(to_tensor(a), 0), axis, dtype)


def nancumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """As ``numpy.nancumprod``; a NaN has derivative 0."""
    return cumprod(_without_nan(to_tensor(a), 1), axis, dtype)


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


# -- differences -----------------------------------------------------------------------------------


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
    parts = [None if v is None else _flat_like(v, x) for v in (to_begin, to_end)]
    found = [parts[0], x[1:] - x[:-1], parts[1]]
    return concatenate([p for p in found if p is not None])


def _flat_like(value: Any, x: Tensor) -> Tensor:
    value = to_tensor(value)
    return cast(reshape(value, shape=(value.size,)), x.dtype)


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
    f = inexact(to_tensor(f))
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


# -- covariance ------------------------------------------------------------------------------------


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Tensor:
    """As ``numpy.cov``, with derivatives in the weights too."""
    x = _variables(m, rowvar)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar)], axis=0)
    x = cast(x, dtype or numpy.result_type(x.dtype, numpy.float64))
    weights = _product(fweights, aweights)
    freedom = (0 if bias else 1) if ddof is None else ddof
    mean, total = average(x, axis=1, weights=weights, returned=True)
    x = x - reshape(mean, shape=(x.shape[0], 1))
    divisor = _divisor(e.real(total[0]) if total.dtype.kind == "c" else total[0], freedom, weights, aweights)
    weighted = x if weights is None else x * weights
    products = matmul(x, adjoint_matrix(weighted)) / divisor
    return reshape(products, shape=tuple(n for n in products.shape if n != 1))


def _variables(m: Any, rowvar: bool) -> Tensor:
    """One row for each variable."""
    x = to_tensor(m)
    if x.ndim > 2:
        raise ValueError(f"[cov] an array with {x.ndim} axes was given, wanted at most 2: variables and observations")
    if x.ndim < 2:
        return reshape(x, shape=(1, x.size))
    return x if rowvar else transpose(x, axes=(1, 0))


def _product(fweights: Any, aweights: Any) -> Tensor | None:
    given = [to_tensor(w) for w in (fweights, aweights) if w is not None]
    return None if not given else given[0] if len(given) == 1 else given[0] * given[1]


def _divisor(total: Tensor, freedom: float, weights: Any, aweights: Any) -> Any:
    if aweights is None or freedom == 0:
        return total - freedom
    return total - freedom * sum(weights * to_tensor(aweights)) / total


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Tensor:
    """As ``numpy.corrcoef``."""
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    places = numpy.arange(c.shape[0])
    deviation = e.sqrt(real(c[places, places]))
    scaled = c / reshape(deviation, shape=(c.shape[0], 1)) / deviation
    return _within_one(scaled)


def _within_one(c: Tensor) -> Tensor:
    """Rounding may have led outside [-1, 1]."""
    if c.dtype.kind == "c":
        return e.clip(e.real(c), -1, 1) + 1j * e.clip(e.imag(c), -1, 1)
    return e.clip(c, -1, 1)
