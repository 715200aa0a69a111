"""Logarithms: x = 2^k m, and log m = 2 artanh(s) with s = (m - 1) / (m + 1).

The splitting of log m into m - 1 and what is smaller is that of fdlibm (Sun Microsystems, 1993); see
J.-M. Muller, "Elementary Functions" (2016), chapter 11. Compensated versions keep the result as a sum of two floats.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

from ....ir.scalar import Scalar
from .arithmetic import (
    Format,
    Pair,
    economised,
    polynomial,
)
from .constants import LN2, LN10, pieces
from .exponential import exp, exp2

_LARGEST_SQUARE = (3 - 2 * math.sqrt(2)) ** 2
"""Of s = (m - 1) / (m + 1), at m = sqrt 2."""


@cache
def _tail(start: int, bits: int) -> list[float]:
    """2 / (2 start + 1) + 2 z / (2 start + 3) + ...: what follows z^start in log m / s, where z = s^2.

    The logarithm is exact to so many bits.
    """
    tolerance = 2.0**-bits / _LARGEST_SQUARE**start
    return economised(lambda i: Fraction(2, 2 * (i + start) + 1), _LARGEST_SQUARE, tolerance)


def _log_near_one(f: Scalar, form: Format) -> tuple[Scalar, Scalar]:
    """(f^2 / 2, s (f^2 / 2 + R)) with log(1 + f) = f - (first - second), s = f / (2 + f)."""
    s = f / (f + 2.0)
    z = s * s
    half_square = 0.5 * f * f
    return half_square, s * z.fma(polynomial(z, _tail(1, form.precision + 2)), half_square)


def parts_of_normal(x: Scalar) -> tuple[Scalar, Scalar]:
    """(k, m) of a positive x = 2^k m with m between sqrt(1/2) and sqrt(2)."""
    form = Format.of(x)
    offset = x.constant(math.sqrt(0.5)).bits()
    exponent = (x.bits() - offset) >> form.mantissa
    m = (x.bits() - (exponent << form.mantissa)).as_float()
    return exponent.to_float(x.dtype), m


def parts(x: Scalar) -> tuple[Scalar, Scalar]:
    """The same of any positive x: subnormal ones are scaled first."""
    form = Format.of(x)
    small = x.compare("<", form.tiny)
    shift = form.mantissa + 2.0
    k, m = parts_of_normal((x * 2.0**shift).where(small, x))
    return (k - shift).where(small, k), m


def _with_special_values(x: Scalar, result: Scalar) -> Scalar:
    """Of a logarithm: where x is not a positive number."""
    result = x.where(x.compare("==", math.inf), result)
    result = x.constant(-math.inf).where(x.compare("==", 0.0), result)
    return x.constant(math.nan).where(x.builder.or_(x.compare("<", 0.0), x.is_nan()), result)


def log(x: Scalar) -> Scalar:
    return _with_special_values(x, _log_of_parts(*parts(x)))


def log_of_normal(x: Scalar) -> Scalar:
    """The logarithm of a positive number that is not subnormal."""
    return _log_of_parts(*parts_of_normal(x))


def _log_of_parts(k: Scalar, m: Scalar) -> Scalar:
    form = Format.of(m)
    f = m - 1.0
    half_square, rest = _log_near_one(f, form)
    return k.fma(form.ln2[0], f - (half_square - k.fma(form.ln2[1], rest)))


def log_of_sum(u: Scalar, part: Scalar, doublings: Scalar | None = None) -> Scalar:
    """log(u + part) with a part that is small beside u; plus ln 2 for each doubling."""
    form = Format.of(u)
    k, m = parts(u)
    if doublings is not None:
        k = k + doublings
    f = m - 1.0
    half_square, rest = _log_near_one(f, form)
    low = k.fma(form.ln2[1], part / u)
    return k.fma(form.ln2[0], f - (half_square - (rest + low)))


def log1p(x: Scalar) -> Scalar:
    """log(u) with u = 1 + x rounded, and the part of x that the rounding lost."""
    u = Pair.sum(x.constant(1.0), x)
    result = _with_special_values(u.high, log_of_sum(u.high, u.low))
    return x.where(x.compare("==", 0.0), result)


def _log_to_base(x: Scalar, ln_of_base: Fraction) -> Scalar:
    """k log 2 and the m - 1 of log m times 1 / ln(base) in two floats each, and what is smaller in one."""
    form = Format.of(x)
    k, m = parts(x)
    f = m - 1.0
    half_square, rest = _log_near_one(f, form)
    scale = Pair.constant(x, 1 / ln_of_base)
    product = Pair.product(f, scale.high)
    low = product.low + f.fma(scale.low, scale.high * (rest - half_square))
    step_high, step_low = _step(LN2 / ln_of_base, form)
    total = Pair.ordered_sum(k * step_high, product.high)
    low = k.fma(step_low, low) if step_low else low
    return _with_special_values(x, total.high + (total.low + low))


def _step(number: Fraction, form: Format) -> list[float]:
    """In two pieces; the product of the first with an exponent is exact."""
    return pieces(number, 33 if form.mantissa == 52 else 12, form.mantissa + 1)


def log2(x: Scalar) -> Scalar:
    return _log_to_base(x, LN2)


def log10(x: Scalar) -> Scalar:
    return _log_to_base(x, LN10)


def log_pair(x: Scalar) -> Pair:
    """The logarithm of a positive number with some twelve bits more than the format has.

    Its series is s (2 + 2/3 z + z^2 tail(z)) with s, z = s^2 and the coefficient 2/3 as sums of two floats.
    """
    form = Format.of(x)
    k, m = parts(x)
    f = m - 1.0
    s = Pair.of(f) / Pair.ordered_sum(x.constant(2.0), f)
    z = s * s
    third = Pair.constant(x, Fraction(2, 3))
    inner = Pair.ordered_sum(third.high, z.high * polynomial(z.high, _tail(2, form.precision + 12)))
    rest = s * (z * Pair(inner.high, inner.low + third.low))
    near = Pair.ordered_sum(2.0 * s.high, rest.high)
    far = Pair.ordered_sum(k * form.ln2[0], near.high)
    return Pair(far.high, far.low + k.fma(form.ln2[1], near.low + s.low.fma(2.0, rest.low)))


_NARROW = 44
"""Bits of a logarithm that is multiplied by an exponent, for float32."""


@cache
def _log2_series() -> list[float]:
    """log2 m / s as a polynomial in s^2."""
    return [c / math.log(2) for c in _tail(0, _NARROW)]


def log2_narrow(x: Scalar) -> Scalar:
    """The binary logarithm of a positive normal float64, to some bits more than float32 has."""
    k, m = parts_of_normal(x)
    s = (m - 1.0) / (m + 1.0)
    return s.fma(polynomial(s * s, _log2_series()), k)


def _log_of_sum_of_powers(x: Scalar, y: Scalar, gap_term: Scalar, at_equal: float) -> Scalar:
    larger = x.where(x.compare(">", y), y)
    larger = x.where(x.is_nan(), larger)
    equal = x.compare("==", y)
    return (x + at_equal).where(equal, larger + gap_term)


def logaddexp(x: Scalar, y: Scalar) -> Scalar:
    """log(e^x + e^y) = max + log(1 + e^-|x - y|)."""
    return _log_of_sum_of_powers(x, y, log1p(exp(-(x - y).absolute())), math.log(2))


def logaddexp2(x: Scalar, y: Scalar) -> Scalar:
    """log2(2^x + 2^y) = max + log(1 + 2^-|x - y|) / ln 2."""
    return _log_of_sum_of_powers(x, y, log1p(exp2(-(x - y).absolute())) * (1 / math.log(2)), 1.0)
