"""Sine, cosine and tangent from their series on [-pi/4, pi/4], and the inverse functions.

J.-M. Muller, "Elementary Functions" (2016), chapters 10 and 11; for the inverse functions, the reductions
of W. J. Cody and W. Waite, "Software Manual for the Elementary Functions" (1980), chapters 10 and 11.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Final

from ....ir.scalar import Scalar
from ....ir.types import Value
from .arithmetic import (
    DOUBLE_FORMAT,
    Format,
    Pair,
    economised,
    polynomial,
)
from .constants import PI, pieces
from .reduction import Formula, quadrant, with_large_angles

_QUARTER_SQUARED = (math.pi / 4) ** 2


# -- sine, cosine, tangent -------------------------------------------------------------------------


@cache
def _sine_tail(precision: int) -> list[float]:
    """(sin r - r) / r^3, as a polynomial in r^2."""
    return economised(lambda i: Fraction((-1) ** (i + 1), math.factorial(2 * i + 3)), _QUARTER_SQUARED, 2.0**-precision)


@cache
def _cosine_tail(precision: int) -> list[float]:
    """(cos r - 1 + r^2 / 2) / r^4, as a polynomial in r^2."""
    return economised(lambda i: Fraction((-1) ** i, math.factorial(2 * i + 4)), _QUARTER_SQUARED, 2.0**-precision)


def _sine(r: Pair, form: Format) -> Pair:
    x, z = r.high, r.high * r.high
    low = r.low.fma(-0.5 * z, r.low)
    return Pair(x, (x * z).fma(polynomial(z, _sine_tail(form.precision)), low))


def _cosine(r: Pair, form: Format) -> Pair:
    """1 - z / 2 is rounded: what it loses is added to the rest."""
    z = r.high * r.high
    half = 0.5 * z
    main = 1.0 - half
    low = (-r.high).fma(r.low, (1.0 - main) - half)
    return Pair(main, (z * z).fma(polynomial(z, _cosine_tail(form.precision)), low))


def _bit(q: Scalar, mask: int) -> Value:
    return (q & mask).compare("!=", 0)


def _sine_or_cosine(ahead: int, form: Format) -> Formula:
    """sin(r + (q + ahead) pi / 2)."""

    def value(q: Scalar, r: Pair) -> Scalar:
        q = q + ahead
        result = _cosine(r, form).value.where(_bit(q, 1), _sine(r, form).value)
        return (-result).where(_bit(q, 2), result)

    return value


def _tangent(form: Format) -> Formula:
    """sin / cos, or -cos / sin in odd quadrants."""

    def value(q: Scalar, r: Pair) -> Scalar:
        sine, cosine, is_odd = _sine(r, form), _cosine(r, form), _bit(q, 1)
        above = Pair((-cosine.high).where(is_odd, sine.high), (-cosine.low).where(is_odd, sine.low))
        below = Pair(sine.high.where(is_odd, cosine.high), sine.low.where(is_odd, cosine.low))
        return (above / Pair.ordered_sum(below.high, below.low)).value

    return value


def _of_angle(name: str, formula: Callable[[Format], Formula]) -> Callable[[Scalar], Scalar]:
    """A periodic function."""

    def function(x: Scalar) -> Scalar:
        usual = formula(Format.of(x))(*quadrant(x))
        return with_large_angles(x, usual, name, formula(DOUBLE_FORMAT))

    function.__name__ = name
    return function


_sin_of_any = _of_angle("sin", lambda form: _sine_or_cosine(0, form))
_tan_of_any = _of_angle("tan", _tangent)
cos: Final = _of_angle("cos", lambda form: _sine_or_cosine(1, form))


def sin(x: Scalar) -> Scalar:
    return x.where(x.compare("==", 0.0), _sin_of_any(x))


def tan(x: Scalar) -> Scalar:
    return x.where(x.compare("==", 0.0), _tan_of_any(x))


# -- inverse functions -----------------------------------------------------------------------------


@cache
def _arcsine_tail(precision: int) -> list[float]:
    """(arcsin t - t) / t^3 for t <= 1/2, as a polynomial in t^2."""

    def coefficient(i: int) -> Fraction:
        n = i + 1
        return Fraction(math.comb(2 * n, n), 4**n * (2 * n + 1))

    return economised(coefficient, 0.25, 2.0**-precision)


@cache
def _arctangent_tail(precision: int) -> list[float]:
    """(arctan t - t) / t^3 for t <= 1/2, as a polynomial in t^2."""
    return economised(lambda i: Fraction((-1) ** (i + 1), 2 * i + 3), 0.25, 2.0**-precision)


def _multiple_of_quarter_pi(like: Scalar, count: Scalar) -> Pair:
    high, low = pieces(PI / 4, 21, Format.of(like).mantissa + 1)
    return Pair(count * high, count * low)


def _half_pi(x: Scalar) -> Pair:
    return Pair.constant(x, PI / 2)


def _arcsine_parts(size: Scalar) -> tuple[Value, Scalar, Scalar]:
    """(whether |x| > 1/2, t, arcsin t - t) with t = |x|, or beyond 1/2 the sine of half the complement."""
    form = Format.of(size)
    is_large = size.compare(">", 0.5)
    square = (0.5 - 0.5 * size).where(is_large, size * size)
    t = square.sqrt().where(is_large, size)
    return is_large, t, t * square * polynomial(square, _arcsine_tail(form.precision))


def arcsin(x: Scalar) -> Scalar:
    """pi / 2 - 2 arcsin(sqrt((1 - |x|) / 2)) beyond 1/2."""
    size = x.absolute()
    is_large, t, tail = _arcsine_parts(size)
    right = _half_pi(x)
    complement = Pair.ordered_sum(right.high, -2.0 * t)
    result = (complement.high + (complement.low + (right.low - 2.0 * tail))).where(is_large, t + tail)
    return result.copysign(x)


def arccos(x: Scalar) -> Scalar:
    """2 arcsin(sqrt((1 - x) / 2)) beyond 1/2, and pi less that of -x beyond -1/2."""
    is_large, t, tail = _arcsine_parts(x.absolute())
    is_negative = x.compare("<", 0.0)
    right = _half_pi(x)
    signed_t, signed_tail = t.where(is_negative, -t), tail.where(is_negative, -tail)
    middle = Pair.ordered_sum(right.high, signed_t)
    near_zero = middle.high + (middle.low + (right.low + signed_tail))
    straight = Pair.ordered_sum(right.high, -t)
    near_minus_one = 2.0 * (straight.high + (straight.low + (right.low - tail)))
    return near_minus_one.where(is_negative, 2.0 * (t + tail)).where(is_large, near_zero)


def _arctan_of_quotient(above: Scalar, below: Scalar, octants: Scalar, is_reversed: Value) -> Scalar:
    """arctan(above / below) for 0 <= above <= below, reflected or turned by multiples of pi / 4.

    Beyond 1/2 it is pi / 4 + arctan((above - below) / (above + below)), with an exact difference.
    """
    is_large = above.compare(">", 0.5 * below)
    quotient = (above - below).where(is_large, above) / (above + below).where(is_large, below)
    z = quotient * quotient
    tail = quotient * z * polynomial(z, _arctangent_tail(Format.of(above).precision))
    turned = above.constant(1.0).where(is_large, 0.0)
    quotient = (-quotient).where(is_reversed, quotient)
    tail = (-tail).where(is_reversed, tail)
    turned = (-turned).where(is_reversed, turned)
    angle = _multiple_of_quarter_pi(above, octants + turned)
    total = Pair.ordered_sum(angle.high, quotient)
    return total.high + (total.low + (angle.low + tail))


def arctan(x: Scalar) -> Scalar:
    """arctan |x| = pi / 2 - arctan(1 / |x|) beyond 1."""
    size = x.absolute()
    is_steep = size.compare(">", 1.0)
    one = x.constant(1.0)
    above, below = one.where(is_steep, size), size.where(is_steep, one)
    return _arctan_of_quotient(above, below, x.constant(2.0).where(is_steep, 0.0), is_steep).copysign(x)


def arctan2(y: Scalar, x: Scalar) -> Scalar:
    """The angle of the point (x, y): arctan of the smaller coordinate by the larger, then by octants."""
    is_left = x.bits().compare("<", 0)
    width, height = _comparable(x.absolute(), y.absolute())
    is_steep = height.compare(">", width)
    above, below = width.where(is_steep, height), height.where(is_steep, width)
    below = below.constant(1.0).where(below.compare("==", 0.0), below)
    octants = x.constant(2.0).where(is_steep, x.constant(4.0).where(is_left, 0.0))
    is_reversed = x.builder.xor(is_steep, is_left)
    return _arctan_of_quotient(above, below, octants, is_reversed).copysign(y)


def _comparable(x: Scalar, y: Scalar) -> tuple[Scalar, Scalar]:
    """The lengths, so that their sum does not overflow (and a small one stays normal), and two infinite ones as 1."""
    larger = x.where(x.compare(">", y), y)
    scale = x.constant(0.25).where(larger.compare(">", 2.0 ** (Format.of(x).bias - 3)), 1.0)
    both = x.builder.and_(x.compare("==", math.inf), y.compare("==", math.inf))
    one = x.constant(1.0)
    return one.where(both, x * scale), one.where(both, y * scale)
