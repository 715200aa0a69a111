"""The error function and its complement: a series up to 1, and beyond it e^(-x^2) times a smooth function.

M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity",
Mathematics of Computation 36 (1981).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache

from ....facts.lowered import DOUBLE
from ....ir.scalar import Scalar
from .arithmetic import (
    WIDE,
    Format,
    Pair,
    clamp,
    economised,
    polynomial,
    power_of_two,
    scaled,
)
from .constants import TWO_OVER_ROOT_PI
from .exponential import (
    exp_less_one,
    exp_of_pair,
    exp_wide,
    reduced,
)

ROOT_HALF = math.sqrt(0.5)
CENTRE = 2.5
UNDERFLOWS_AT = 28.0
"""Beyond, the complement is below the smallest float64."""
RADIUS = (UNDERFLOWS_AT - CENTRE) / (UNDERFLOWS_AT + CENTRE)

_SCALED_COMPLEMENT = (
    1.2648381843668615,
    -0.12235676308240431,
    -0.09902453957360274,
    0.15762991902321902,
    -0.10296705603850038,
    0.03276089326866343,
    0.000931892815227669,
    -0.004382078340717242,
    0.000491865844227304,
    0.0006321243472963966,
    -8.847950568106255e-05,
    -0.00011352240856820608,
    6.267434077714895e-06,
    2.269984565889676e-05,
    2.6041693103473833e-06,
    -4.218679845186323e-06,
    -1.5748633166138715e-06,
    5.294551862655259e-07,
    5.188196350430305e-07,
    2.8416248902756082e-08,
    -1.1279109630301063e-07,
    -3.505402750707433e-08,
    1.2873252240714303e-08,
    6.761098862959572e-09,
)
"""(1 + 2 x) e^(x^2) erfc(x) for x >= 1/4 in powers of (x - CENTRE) / (x + CENTRE).

As printed by ``python tests/compile/native/emit/scalars/coefficients.py``.
"""


END = 4.0
"""Beyond, the function is 1 in float32."""

_LOG_OF_COMPLEMENT = (
    -1.84960550993891,
    -2.638967493465492,
    -0.8431084257073367,
    -0.04155088630322719,
    0.010010056046348524,
    -0.0019699188251367577,
    0.0002689078160066815,
    -1.8100175648829408e-05,
)
"""log erfc(x) for x from 1 to the end, in powers of x - 1, exact enough for 1 - erfc(x) in float32.

As printed by ``python tests/compile/native/emit/scalars/coefficients.py``.
"""


@cache
def _smooth(precision: int) -> list[float]:
    """The table, shortened to what the precision needs."""
    if precision > 50:
        return list(_SCALED_COMPLEMENT)
    table = dict(enumerate(_SCALED_COMPLEMENT))
    return economised(lambda i: table.get(i, 0.0), RADIUS, 2.0**-precision, symmetric=True)


@cache
def _near_tail(precision: int) -> list[float]:
    """erf(x) / x - 1 for |x| <= 1, as a polynomial in x^2."""

    def coefficient(i: int) -> Fraction:
        return TWO_OVER_ROOT_PI * Fraction((-1) ** i, math.factorial(i) * (2 * i + 1)) - (i == 0)

    return economised(coefficient, 1.0, 2.0 ** -(precision + 1))


def _near(x: Scalar, form: Format) -> Scalar:
    """erf(x) for |x| <= 1."""
    return x.fma(polynomial(x * x, _near_tail(form.precision)), x)


def _compressed(x: Scalar) -> Scalar:
    return (x - CENTRE) / (x + CENTRE)


def _far(x: Scalar) -> Scalar:
    """erfc(x) for x >= 1/4, with square, quotient and product as sums of two floats."""
    x = clamp(x, 0.25, UNDERFLOWS_AT)
    return _times_exp_of(Pair.product(x, x), x)


def _times_exp_of(square: Pair, x: Scalar) -> Scalar:
    """e^-square times the smooth function of x, where square is more exactly the square of x."""
    first, *others = _smooth(Format.of(x).precision)
    t = _compressed(x)
    above = Pair.ordered_sum(x.constant(first), t * polynomial(t, others))
    quotient = above / Pair.sum(x.constant(1.0), 2.0 * x)
    p, k = exp_of_pair(Pair(-square.high, -square.low))
    return scaled((Pair.ordered_sum(x.constant(1.0), p) * quotient).value, k)


def _far_wide(x: Scalar) -> Scalar:
    """The same in float64 for float32."""
    x = clamp(x, 0.25, 12.0)
    return _times_exp_of_wide(x * x, x)


def _times_exp_of_wide(square: Scalar, x: Scalar) -> Scalar:
    t = _compressed(x)
    return exp_wide(-square, WIDE) * polynomial(t, _smooth(WIDE.precision)) / (1.0 + 2.0 * x)


def _far_briefly(x: Scalar) -> Scalar:
    """erfc(x) for x >= 1 in float32, to what 1 - erfc(x) needs."""
    form = Format.of(x)
    k, r = reduced(polynomial(clamp(x, 1.0, END) - 1.0, _LOG_OF_COMPLEMENT))
    power = power_of_two(k, form)
    return power.fma(exp_less_one(r, form), power)


def _computed_in_double(function: Callable[[Scalar, Format], Scalar]) -> Callable[[Scalar], Scalar]:
    def widened(x: Scalar) -> Scalar:
        if x.dtype == DOUBLE:
            return function(x, Format.of(x))
        return function(x.cast(DOUBLE), WIDE).cast(x.dtype)

    widened.__name__ = function.__name__
    return widened


def _complement(size: Scalar, form: Format) -> Scalar:
    return _far_wide(size) if form is WIDE else _far(size)


def erf(x: Scalar) -> Scalar:
    """The series up to 1, and 1 - erfc(|x|) beyond."""
    size = x.absolute()
    far = 1.0 - (_far(size) if x.dtype == DOUBLE else _far_briefly(size))
    return far.copysign(x).where(size.compare(">", 1.0), _near(x, Format.of(x)))


@_computed_in_double
def erfc(x: Scalar, form: Format) -> Scalar:
    """1 - erf(x) from -1 to 1/4; beyond, the function itself, or 2 less its mirror image."""
    far = _complement(x.absolute(), form)
    far = (2.0 - far).where(x.compare("<", 0.0), far)
    builder = x.builder
    is_far = builder.or_(x.compare(">", 0.25), x.compare("<", -1.0))
    return far.where(is_far, 1.0 - _near(x, form))


@_computed_in_double
def ndtr(x: Scalar, form: Format) -> Scalar:
    """erfc(-x / sqrt(2)) / 2, with e^(-x^2 / 2) of x itself."""
    far = 0.5 * _normal_tail(x.absolute(), form)
    far = (1.0 - far).where(x.compare(">", 0.0), far)
    builder, z = x.builder, x * ROOT_HALF
    is_far = builder.or_(z.compare("<", -0.25), z.compare(">", 1.0))
    return far.where(is_far, 0.5 + 0.5 * _near(z, form))


def _normal_tail(size: Scalar, form: Format) -> Scalar:
    """erfc(size / sqrt(2)) for sizes from 1/4 sqrt(2) on."""
    end = 12.0 if form is WIDE else UNDERFLOWS_AT
    x = clamp(size, 0.25 / ROOT_HALF, end / ROOT_HALF)
    if form is WIDE:
        return _times_exp_of_wide(0.5 * x * x, x * ROOT_HALF)
    square = Pair.product(x, x)
    return _times_exp_of(Pair(0.5 * square.high, 0.5 * square.low), x * ROOT_HALF)
