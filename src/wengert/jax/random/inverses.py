"""Numbers that are the inverse of a distribution function at a uniform one."""

from __future__ import annotations

from math import pi
from typing import Any

import wengert.numpy as np
from wengert.scipy import special

from ..array import Array, as_tensor, of
from .keys import sizes
from .uniforms import real_dtype, uniform

__all__ = [
    "cauchy", "exponential", "gumbel", "laplace", "logistic", "pareto", "rayleigh", "triangular", "truncated_normal",
    "weibull_min",
]  # fmt: skip


def spread(shape: Any, *parameters: Any) -> tuple[int, ...]:
    """The shape of what is drawn: that of the parameters, if none is given."""
    if shape is not None:
        return sizes(shape)
    return np.broadcast_shapes(*(as_tensor(each).shape for each in parameters))


def _from(key: Array, shape: Any, dtype: Any, low: float) -> Any:
    """Uniform numbers from one to 1."""
    return uniform(key, shape, dtype, low, 1.0)._tensor


def exponential(key: Array, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """Exponential numbers."""
    return of(-np.log1p(-uniform(key, shape, dtype)._tensor))


def gumbel(key: Array, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """Gumbel's numbers."""
    return of(-np.log(-np.log(_from(key, shape, dtype, float(np.finfo(real_dtype(dtype)).tiny)))))


def logistic(key: Array, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """Logistic numbers."""
    drawn = _from(key, shape, dtype, float(np.finfo(real_dtype(dtype)).tiny))
    return of(np.log(drawn) - np.log1p(-drawn))


def laplace(key: Array, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """Laplace's numbers."""
    drawn = _from(key, shape, dtype, -1.0 + float(np.finfo(real_dtype(dtype)).epsneg))
    return of(np.sign(drawn) * np.log1p(-np.abs(drawn)))


def cauchy(key: Array, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """Cauchy's numbers."""
    drawn = _from(key, shape, dtype, float(np.finfo(real_dtype(dtype)).eps))
    return of(np.tan(drawn.dtype.type(pi) * (drawn - drawn.dtype.type(0.5))))


def pareto(key: Array, b: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Pareto's numbers from 1 on."""
    wanted = real_dtype(dtype)
    return of(np.exp(exponential(key, spread(shape, b), wanted)._tensor / as_tensor(b, wanted)))


def rayleigh(key: Array, scale: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Rayleigh's numbers."""
    wanted = real_dtype(dtype)
    logarithm = np.log(uniform(key, spread(shape, scale), wanted)._tensor)
    return of(as_tensor(scale, wanted) * np.sqrt(-2 * logarithm))


def weibull_min(key: Array, scale: Any, concentration: Any, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """Weibull's numbers."""
    wanted = real_dtype(dtype)
    powers = 1 / as_tensor(concentration, wanted)
    return of(exponential(key, shape, wanted)._tensor ** powers * as_tensor(scale, wanted))


def triangular(key: Array, left: Any, mode: Any, right: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Numbers between two, whose density rises to a third and falls."""
    wanted = real_dtype(dtype)
    low, peak, high = (as_tensor(each, wanted) for each in (left, mode, right))
    share = uniform(key, spread(shape, left, mode, right), wanted)._tensor
    rising = low + np.sqrt(share * (high - low) * (peak - low))
    falling = high - np.sqrt((1 - share) * (high - low) * (high - peak))
    return of(np.where(share < (peak - low) / (high - low), rising, falling))


def truncated_normal(key: Array, lower: Any, upper: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Normal numbers within bounds."""
    wanted = real_dtype(dtype)
    low, high = as_tensor(lower, wanted), as_tensor(upper, wanted)
    root = np.sqrt(np.asarray(2.0)).astype(wanted)
    ends = [of(special.erf(bound / root)) for bound in (low, high)]
    drawn = root * special.erfinv(uniform(key, spread(shape, lower, upper), wanted, *ends)._tensor)
    return of(np.clip(drawn, np.nextafter(low, wanted.type(np.inf)), np.nextafter(high, wanted.type(-np.inf))))
