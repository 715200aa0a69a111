"""Exponentials: x = k ln 2 + r, and a polynomial in r.

W. J. Cody and W. Waite, "Software Manual for the Elementary Functions" (1980), chapter 6;
J.-M. Muller, "Elementary Functions" (2016), chapter 11.
"""

from __future__ import annotations

import math
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
    nearest_integer,
    polynomial,
    power_of_two,
)
from .constants import LN2

_HALF_LN2 = math.log(2) / 2


@cache
def _tail(precision: int) -> list[float]:
    """(e^r - 1 - r) / r^2 for |r| <= ln 2 / 2."""
    return economised(lambda i: Fraction(1, math.factorial(i + 2)), _HALF_LN2, 4 * 2.0**-precision, symmetric=True)


def split_exponent(x: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """(k as a float, k as an integer, x - k (the first piece of ln 2), exactly)."""
    form = Format.of(x)
    shifted = x.fma(1 / math.log(2), form.rounder)
    k = shifted - form.rounder
    integer = shifted.bits() - x.constant(form.rounder).bits()
    return k, integer, k.fma(-form.ln2[0], x)


def reduced(x: Scalar) -> tuple[Scalar, Scalar]:
    """(k, r) with x = k ln 2 + r and |r| <= ln 2 / 2."""
    k, integer, rest = split_exponent(x)
    return integer, k.fma(-Format.of(x).ln2[1], rest)


def exp_less_one(r: Scalar, form: Format) -> Scalar:
    """e^r - 1 for |r| <= ln 2 / 2."""
    return (r * r).fma(polynomial(r, _tail(form.precision)), r)


def _times_power(p: Scalar, k: Scalar) -> Scalar:
    """(1 + p) 2^k, in two steps, so that neither factor overflows."""
    form = Format.of(p)
    half = k >> 1
    first = power_of_two(half, form)
    return first.fma(p, first) * power_of_two(k - half, form)


def exp(x: Scalar) -> Scalar:
    form = Format.of(x)
    k, r = reduced(clamp(x, form.exp_low, form.exp_high))
    return _times_power(exp_less_one(r, form), k)


def exp_wide(x: Scalar, form: Format) -> Scalar:
    """e^x in float64 to the precision of a narrower format, for x where that does not overflow."""
    k, r = reduced(x)
    return (1.0 + exp_less_one(r, form)) * power_of_two(k, form)


def exp_of_pair(x: Pair) -> tuple[Scalar, Scalar]:
    """e^x as (p, k), with the value (1 + p) 2^k; x within the range of the exponential."""
    form = Format.of(x.high)
    k, integer, rest = split_exponent(x.high)
    return exp_less_one(rest + k.fma(-form.ln2[1], x.low), form), integer


SQUARES_END_AT = 1e3
"""Beyond, e^(x^2) and e^(-x^2) are as here."""


def exp_of_square(x: Scalar, by: Scalar) -> Scalar:
    """e^(by x^2), by the exact square of x."""
    if x.dtype == DOUBLE:
        return _exp_of_square(clamp(x, -SQUARES_END_AT, SQUARES_END_AT), by)
    wide = clamp(x, -SQUARES_END_AT, SQUARES_END_AT).cast(DOUBLE)
    return exp_wide(clamp(by.cast(DOUBLE) * (wide * wide), -200.0, 200.0), WIDE).cast(x.dtype)


def _exp_of_square(x: Scalar, by: Scalar) -> Scalar:
    form, square = Format.of(x), Pair.product(x, x)
    product = Pair.product(square.high, by)
    high = clamp(product.high, form.exp_low, form.exp_high)
    low = square.low.fma(by, product.low).where(high.compare("==", product.high), 0.0)
    return _times_power(*exp_of_pair(Pair(high, low)))


def exp2_wide(x: Scalar, form: Format) -> Scalar:
    """2^x in float64 to the precision of a narrower format, for x where that does not overflow."""
    k, r = _reduced_to_base_2(x)
    return (1.0 + exp_less_one(r, form)) * power_of_two(k, form)


def _reduced_to_base_2(x: Scalar) -> tuple[Scalar, Scalar]:
    """(k, r) with 2^x = 2^k e^r."""
    k, integer = nearest_integer(x)
    return integer, (x - k) * float(LN2)


def exp2(x: Scalar) -> Scalar:
    form = Format.of(x)
    k, r = _reduced_to_base_2(clamp(x, -float(form.bias + form.mantissa + 3), form.bias + 2.0))
    return _times_power(exp_less_one(r, form), k)


def expm1_halved(k: Scalar, r: Scalar) -> Pair:
    """(e^x - 1) / 2 of x = k ln 2 + r: (2^k - 1) / 2 + 2^k r / 2, and what is smaller than these."""
    form = Format.of(r)
    factor = power_of_two(k - 1, form)
    base = factor - 0.5
    high = factor.fma(r, base)
    lost = factor.fma(r, base - high)
    return Pair(high, (factor * (r * r)).fma(polynomial(r, _tail(form.precision)), lost))


def expm1(x: Scalar) -> Scalar:
    k, r = reduced(clamp(x, -38.0, Format.of(x).exp_high))
    return x.where(x.compare("==", 0.0), 2.0 * expm1_halved(k, r).value)


def _lower_logistic(x: Scalar) -> tuple[Scalar, Scalar]:
    """(e, e / (1 + e)) with e = exp(-|x|)."""
    e = exp(-x.absolute())
    return e, e / (1.0 + e)


def sigmoid(x: Scalar) -> Scalar:
    """1 - q, or e - e q for negative x, with e = exp(-|x|) and q = e / (1 + e)."""
    e, q = _lower_logistic(x)
    top = e.where(x.compare("<", 0.0), 1.0)
    return (-top).fma(q, top)


def logistic_slope(x: Scalar) -> Scalar:
    """q - q^2; a program that has the function, too, computes q once."""
    _, q = _lower_logistic(x)
    return (-q).fma(q, q)
