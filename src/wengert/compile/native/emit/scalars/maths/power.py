"""Powers and roots."""

from __future__ import annotations

import math
from functools import cache

from ....facts.lowered import DOUBLE
from ....ir.scalar import Scalar
from ....ir.types import Value
from .arithmetic import (
    WIDE,
    Format,
    Pair,
    clamp,
    economised,
    nearest_integer,
    polynomial,
    power_of_two,
    scaled,
)
from .exponential import exp2_wide, exp_of_pair
from .logarithm import log2_narrow, log_pair, parts

# -- x^y -------------------------------------------------------------------------------------------


def power(x: Scalar, y: Scalar) -> Scalar:
    """x^y = e^(y log x) with a logarithm of twelve more bits; float32 is computed in float64."""
    if x.dtype == DOUBLE:
        # beyond these bounds every power but that of 1 is 0 or infinite
        size = _power_of_size(x.absolute(), clamp(y, -(2.0**70), 2.0**70))
    else:
        wide_x, wide_y = x.absolute().cast(DOUBLE), clamp(y, -(2.0**40), 2.0**40).cast(DOUBLE)
        size = _narrow_power_of_size(wide_x, wide_y).cast(x.dtype)
    is_one = x.builder.or_(x.compare("==", 1.0), y.compare("==", 0.0))
    return x.constant(1.0).where(is_one, _with_sign(x, y, size))


def _power_of_size(x: Scalar, y: Scalar) -> Scalar:
    logarithm = log_pair(x)
    is_ordinary = x.builder.and_(x.compare(">", 0.0), x.compare("<", math.inf))
    limit = x.constant(-math.inf).where(x.compare("==", 0.0), x)
    high = y * logarithm.high.where(is_ordinary, limit)
    low = y.fma(logarithm.high, -high) + y * logarithm.low
    form = Format.of(x)
    bounded = clamp(high, form.exp_low, form.exp_high)
    is_inside = x.builder.and_(is_ordinary, bounded.compare("==", high))
    p, k = exp_of_pair(Pair(bounded, low.where(is_inside, 0.0)))
    return scaled(1.0 + p, k)


def _narrow_power_of_size(x: Scalar, y: Scalar) -> Scalar:
    logarithm = log2_narrow(x)
    logarithm = x.constant(-math.inf).where(x.compare("==", 0.0), x.where(x.compare("==", math.inf), logarithm))
    return exp2_wide(clamp(y * logarithm, -200.0, 200.0), WIDE)


def _is_integer(y: Scalar) -> Value:
    return y.floor().compare("==", y)


def _with_sign(x: Scalar, y: Scalar, size: Scalar) -> Scalar:
    """Odd powers of negative numbers are negative; there are none with a fraction."""
    builder = x.builder
    is_whole = _is_integer(y)
    is_odd = builder.and_(is_whole, builder.not_(_is_integer(0.5 * y)))
    result = size.copysign(x).where(is_odd, size)
    is_undefined = builder.and_(builder.not_(is_whole), x.compare("<", 0.0))
    is_undefined = builder.and_(is_undefined, x.compare(">", -math.inf))
    result = x.constant(math.nan).where(is_undefined, result)
    return (x + y).where(builder.or_(x.is_nan(), y.is_nan()), result)


def root(x: Scalar) -> Scalar:
    """x^(1/2): the square root, but +0 at -0 and infinity at minus infinity."""
    return x.constant(math.inf).where(x.compare("==", -math.inf), (x + 0.0).sqrt())


# -- roots -----------------------------------------------------------------------------------------

_CENTRE, _SPREAD = 1.59, 1.24
"""x / 8^q lies within centre +- spread, that is between 2^-3/2 and 2^3/2."""


@cache
def _inverse_cube_root() -> list[float]:
    """Taylor's (centre + u)^(-1/3), to some nine bits."""

    def coefficient(i: int) -> float:
        return _CENTRE ** (-1 / 3 - i) * math.prod((-1 / 3 - j) / (j + 1) for j in range(i))

    return economised(coefficient, _SPREAD, 2.0**-9, symmetric=True)


def cbrt(x: Scalar) -> Scalar:
    """m^(-1/3) by a polynomial and iterations that each triple the bits; then its square times m, corrected."""
    size = x.absolute()
    k, m = parts(size)
    third, exponent = nearest_integer(k * (1 / 3))
    _, rest = nearest_integer(third.fma(-3.0, k))
    m = m * power_of_two(rest, Format.of(x))
    w = polynomial(m - _CENTRE, _inverse_cube_root())
    for _ in range(2 if x.dtype == DOUBLE else 1):
        error = (-m * w).fma(w * w, 1.0)
        w = (w * error).fma(error.fma(2 / 9, 1 / 3), w)
    inverse_square = w * w
    y = m * inverse_square
    square = Pair.product(y, y)
    missing = (-y).fma(square.high, m) - y * square.low
    y = (missing * inverse_square).fma(1 / 3, y)
    result = scaled(y, exponent)
    is_ordinary = x.builder.and_(size.compare(">", 0.0), size.compare("<", math.inf))
    return result.copysign(x).where(is_ordinary, x)


def rsqrt(x: Scalar) -> Scalar:
    return 1.0 / x.sqrt()


def hypot(x: Scalar, y: Scalar) -> Scalar:
    """sqrt(x^2 + y^2), scaled so that no square overflows or vanishes; float32 is computed in float64."""
    x, y = x.absolute(), y.absolute()
    larger = x.where(x.compare(">", y), y)
    is_infinite = x.builder.or_(x.compare("==", math.inf), y.compare("==", math.inf))
    if x.dtype == DOUBLE:
        scale = x.constant(2.0**-600).where(larger.compare(">", 2.0**500), 1.0)
        scale = x.constant(2.0**600).where(larger.compare("<", 2.0**-400), scale)
        length = _length(x * scale, y * scale) / scale
    else:
        length = _length(x.cast(DOUBLE), y.cast(DOUBLE)).cast(x.dtype)
    return x.constant(math.inf).where(is_infinite, length)


def _length(x: Scalar, y: Scalar) -> Scalar:
    return x.fma(x, y * y).sqrt()
