"""Operations that are a formula of others, of which the loop nests know every one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy

from ....control import cond
from ....core.primitive import Primitive, by_primitive
from ....ops import elementwise as e
from ....ops.axes import reduce as r
from ....ops.axes.norms import euclidean_norm, is_in_range, norm_by_sizes
from ....ops.matrices.spectral_functions import BETWEEN_EQUALS
from ....ops.matrices.spectral_sums import sum_over_eigenvalues, sum_over_singular_values
from ....ops.special import statistical as special


def _is_float(x: Any) -> bool:
    """Whether an operand may be NaN; a Python number has no dtype."""
    return type(x) is float or getattr(x, "dtype", numpy.dtype(int)).kind == "f"


def _ignoring_nan(extreme: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The larger or smaller; of a number and NaN the number."""

    def f(x: Any, y: Any) -> Any:
        result = extreme(x, y)
        result = e.where(e.isnan(y), x, result) if _is_float(y) else result
        return e.where(e.isnan(x), y, result) if _is_float(x) else result

    return f


def _extreme_ignoring_nan(extreme: Any, neutral: float) -> Callable[..., Any]:
    """A maximum or minimum of what is not NaN; NaN where nothing else is."""

    def f(x: Any, **over: Any) -> Any:
        if not _is_float(x):
            return extreme(x, **over)
        dtype = x.dtype.type
        one, zero = numpy.int32(1), numpy.int32(0)
        found = extreme(e.where(e.isnan(x), dtype(neutral), x), **over)
        is_nothing = e.equal(r.min(e.where(e.isnan(x), one, zero), **over), one)
        return e.where(is_nothing, dtype(math.nan), found)

    return f


def _times(logarithm: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """``x * logarithm(y)``, and 0 where x is, unless y is NaN."""

    def f(x: Any, y: Any) -> Any:
        is_zero = e.logical_and(e.equal(x, 0), e.logical_not(e.isnan(y)))
        return e.where(is_zero, 0, e.multiply(x, logarithm(y)))

    return f


def _log_expit(x: Any) -> Any:
    """Accurate in both tails."""
    return e.subtract(e.minimum(x, 0), e.log1p(e.exp(e.negative(e.absolute(x)))))


def _norm(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Of many numbers by the plain sum of their squares, and by their sizes only if that is out of range."""
    if math.prod(x.shape) < WORTH_A_BRANCH:
        return norm_by_sizes(x, axis, keepdims)
    plain = e.sqrt(r.sum(e.multiply(x, x), axis=axis, keepdims=keepdims))
    is_out = e.where(is_in_range(plain), 0, 1)
    is_any_out = r.max(is_out, axis=tuple(range(len(plain.shape))), keepdims=False)
    return cond(is_any_out, lambda x, plain: norm_by_sizes(x, axis, keepdims), lambda x, plain: plain, x, plain)


WORTH_A_BRANCH = 1 << 12
"""From so many elements on a branch costs less than two more sums."""


def _sum_over_values(x: Any, values: Any, left: Any, right: Any, numbers: Any) -> Any:
    return r.sum(numbers, axis=(len(numbers.shape) - 1,), keepdims=False)


FORMULAS: dict[Primitive, Callable[..., Any]] = by_primitive(
    {
        BETWEEN_EQUALS: lambda x, values, left, right, turned, op: e.zeros_like(values),
        e.clip: lambda x, low, high: e.minimum(e.maximum(x, low), high),
        e.conjugate: lambda x: x,
        e.deg2rad: lambda x: e.multiply(x, math.pi / 180),
        euclidean_norm: _norm,
        e.fix: e.trunc,
        e.fmax: _ignoring_nan(e.maximum),
        e.fmin: _ignoring_nan(e.minimum),
        e.imag: e.zeros_like,
        special.log_expit: _log_expit,
        special.log_two_cosh: lambda x: e.logaddexp(x, e.negative(x)),
        r.nanmax: _extreme_ignoring_nan(r.max, -math.inf),
        r.nanmin: _extreme_ignoring_nan(r.min, math.inf),
        e.rad2deg: lambda x: e.multiply(x, 180 / math.pi),
        e.real: lambda x: x,
        sum_over_eigenvalues: _sum_over_values,
        sum_over_singular_values: _sum_over_values,
        special.xlog1py: _times(e.log1p),
        special.xlogy: _times(e.log_of),
    }
)
"""On real operands."""
