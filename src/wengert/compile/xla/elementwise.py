"""Elementwise primitives, on operands that have been brought to one dtype."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy

from ...core.primitive import Primitive, by_primitive
from ...ops import elementwise as e, factors as m
from .imported import jnp, lax


def is_complex(x: Any) -> bool:
    """Whether the elements of an operand are complex."""
    return x.dtype.kind == "c"


def _is_integer(x: Any) -> bool:
    return x.dtype.kind in "iu"


def _is_kept(x: Any, by: Any) -> Any:
    """False where zero meets infinity or NaN."""
    return ~((by == 0) & ~jnp.isfinite(x) | (x == 0) & ~jnp.isfinite(by))


def guarded_product(x: Any, by: Any) -> Any:
    """A product in which zero times infinity or NaN is zero."""
    return jnp.where(_is_kept(x, by), x * by, 0)


def _by_zero_is_zero(divide: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A division of integers as NumPy has it: by zero it gives zero."""

    def divided(x: Any, y: Any) -> Any:
        if not _is_integer(x):
            return divide(x, y)
        return jnp.where(y == 0, 0, divide(x, jnp.where(y == 0, 1, y)))

    return divided


def _power(x: Any, y: Any) -> Any:
    """A power; by multiplication or a root, if the exponent is a constant that allows it."""
    exponent = y.item() if isinstance(y, numpy.ndarray) and y.ndim == 0 else None
    if is_complex(x) or exponent is None or _is_integer(x):
        return jnp.power(x, y)
    if exponent == 0.5:
        return jnp.sqrt(x)
    return lax.integer_pow(x, int(exponent)) if abs(exponent) <= 4 and exponent % 1 == 0 else jnp.power(x, y)


def _gap(x: Any, y: Any) -> Any:
    return jnp.where(x == y, 0, x - y)


def _sech_squared(x: Any) -> Any:
    if not is_complex(x):
        return jnp.square(1 / jnp.cosh(x))
    power = jnp.exp(jnp.where(x.real < 0, 2 * x, -2 * x))
    return 4 * power / jnp.square(1 + power)


def _cos_of_arcsin(x: Any) -> Any:
    return jnp.sqrt(-(x - 1)) * jnp.sqrt(x + 1) if is_complex(x) else jnp.sqrt((1 - x) * (1 + x))


def _direction(x: Any, y: Any) -> Any:
    radius = jnp.hypot(x, y)
    inside = jnp.where(radius == 0, 0, x / jnp.where(radius == 0, 1, radius))
    return jnp.where(jnp.isinf(x) & jnp.isfinite(y), jnp.sign(x), inside)


def _imaginary(x: Any) -> Any:
    return lax.complex(jnp.zeros_like(x.real), x.real)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + jnp.exp(-x))


def _unsettled(x: Any, of: Any, flags: Any) -> Any:
    return x + jnp.zeros_like(of)


def _sinc(x: Any) -> Any:
    angle = math.pi * jnp.where(x == 0, 1, x)
    return jnp.where(x == 0, 1, jnp.sin(angle) / angle)


ELEMENTWISE_FORMS: dict[Primitive, Callable[..., Any]] = by_primitive(
    {
        e.add: jnp.add,
        e.subtract: jnp.subtract,
        e.multiply: jnp.multiply,
        e.divide: jnp.divide,
        e.reciprocal: jnp.reciprocal,
        e.negative: jnp.negative,
        e.positive: jnp.positive,
        e.gap: _gap,
        e.square: jnp.square,
        e.sqrt: jnp.sqrt,
        e.cbrt: jnp.cbrt,
        e.absolute: jnp.absolute,
        e.fabs: jnp.fabs,
        e.sign: jnp.sign,
        e.phase: jnp.sign,
        e.copysign: jnp.copysign,
        e.maximum: jnp.maximum,
        e.minimum: jnp.minimum,
        e.fmax: jnp.fmax,
        e.fmin: jnp.fmin,
        e.clip: jnp.clip,
        e.relu: lambda x: jnp.maximum(x, 0),
        e.floor_divide: _by_zero_is_zero(jnp.floor_divide),
        e.remainder: _by_zero_is_zero(jnp.remainder),
        e.fmod: _by_zero_is_zero(jnp.fmod),
        e.gcd: jnp.gcd,
        e.lcm: jnp.lcm,
        e.floor: jnp.floor,
        e.ceil: jnp.ceil,
        e.trunc: jnp.trunc,
        e.fix: jnp.trunc,
        e.rint: jnp.rint,
        e.round: lambda x, decimals: jnp.round(x, decimals),
        e.modf_fraction: lambda x: jnp.modf(x)[0],
        e.modf_integral: lambda x: jnp.modf(x)[1],
        e.mantissa: lambda x: jnp.frexp(x)[0],
        e.exponent: lambda x: jnp.frexp(x)[1],
        e.ldexp: jnp.ldexp,
        e.power: _power,
        e.exp: jnp.exp,
        e.exp2: jnp.exp2,
        e.expm1: jnp.expm1,
        e.log_of: jnp.log,
        e.log2: jnp.log2,
        e.log10: jnp.log10,
        e.log1p: jnp.log1p,
        e.logaddexp: jnp.logaddexp,
        e.logaddexp2: jnp.logaddexp2,
        e.sin: jnp.sin,
        e.cos: jnp.cos,
        e.tan: jnp.tan,
        e.arcsin: jnp.arcsin,
        e.arccos: jnp.arccos,
        e.arctan: jnp.arctan,
        e.arctan2: jnp.arctan2,
        e.sinh: jnp.sinh,
        e.cosh: jnp.cosh,
        e.tanh: jnp.tanh,
        e.arcsinh: jnp.arcsinh,
        e.arccosh: jnp.arccosh,
        e.arctanh: jnp.arctanh,
        e.hypot: jnp.hypot,
        e.sinc: _sinc,
        e.deg2rad: jnp.deg2rad,
        e.rad2deg: jnp.rad2deg,
        e.sech_squared: _sech_squared,
        e.cos_of_arcsin: _cos_of_arcsin,
        e.direction: _direction,
        e.sigmoid: _sigmoid,
        e.logistic_slope: lambda x: 0.25 * _sech_squared(0.5 * x),
        e.heaviside: jnp.heaviside,
        e.nextafter: jnp.nextafter,
        e.spacing: jnp.spacing,
        e.nan_to_num: jnp.nan_to_num,
        e.conjugate: jnp.conjugate,
        e.real: jnp.real,
        e.imag: jnp.imag,
        e.imaginary: _imaginary,
        e.equal: jnp.equal,
        e.not_equal: jnp.not_equal,
        e.less: jnp.less,
        e.less_equal: jnp.less_equal,
        e.greater: jnp.greater,
        e.greater_equal: jnp.greater_equal,
        e.isclose: jnp.isclose,
        e.logical_and: jnp.logical_and,
        e.logical_or: jnp.logical_or,
        e.logical_xor: jnp.logical_xor,
        e.logical_not: jnp.logical_not,
        e.bitwise_and: jnp.bitwise_and,
        e.bitwise_or: jnp.bitwise_or,
        e.bitwise_xor: jnp.bitwise_xor,
        e.bitwise_count: jnp.bitwise_count,
        e.invert: jnp.invert,
        e.left_shift: jnp.left_shift,
        e.right_shift: jnp.right_shift,
        e.isnan: jnp.isnan,
        e.isinf: jnp.isinf,
        e.isfinite: jnp.isfinite,
        e.isposinf: jnp.isposinf,
        e.isneginf: jnp.isneginf,
        e.iscomplex: jnp.iscomplex,
        e.isreal: jnp.isreal,
        e.signbit: jnp.signbit,
        e.where: jnp.where,
        e.ones_like: jnp.ones_like,
        e.zeros_like: jnp.zeros_like,
        e.full_like: lambda x, y: jnp.broadcast_to(y, jnp.broadcast_shapes(x.shape, y.shape)),
        e.stopped: lambda x: x,
        e.unsettled: _unsettled,
        **dict.fromkeys(e.CASTS, lambda x, dtype: _cast(x, dtype)),
        **dict.fromkeys(m.GUARDED_PRODUCTS, guarded_product),
        m.clear: lambda x, by: jnp.where(_is_kept(x, by), x, 0),
        m.OPEN_MASK: lambda x, by: jnp.where(_is_kept(x, by), jnp.ones_like(x), 0),
    }
)
"""What each elementwise primitive is."""

ALIKE: dict[Primitive, slice] = by_primitive({e.where: slice(1, 3), e.unsettled: slice(0, 2), e.ldexp: slice(0, 1)})
"""Which operands are brought to one dtype, where it is not all of them."""


def _cast(x: Any, dtype: Any) -> Any:
    """Convert; a complex value that becomes real loses its imaginary part."""
    is_narrowed = is_complex(x) and numpy.dtype(dtype).kind not in "cb"
    return (x.real if is_narrowed else x).astype(dtype)
