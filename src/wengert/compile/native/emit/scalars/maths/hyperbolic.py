"""Hyperbolic functions from one reduction x = k ln 2 + r, and their inverses from log(1 + t)."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

from ....ir.scalar import Scalar
from ....ir.types import Value
from .arithmetic import (
    Format,
    Pair,
    at_most,
    clamp,
    economised,
    nearest_integer as rounded,
    polynomial,
    power_of_two,
)
from .exponential import reduced
from .logarithm import log_of_sum

_LARGEST_SQUARE = (math.log(2) / 2) ** 2
_SMALL = 0.55
"""From there on a hyperbolic tangent is above 1/2."""


@cache
def _sinh_tail(precision: int) -> list[float]:
    """(sinh r - r) / r^3, as a polynomial in r^2."""
    return economised(lambda i: Fraction(1, math.factorial(2 * i + 3)), _LARGEST_SQUARE, 2.0 ** -(precision - 1))


@cache
def _cosh_tail(precision: int) -> list[float]:
    """(cosh r - 1) / r^2, as a polynomial in r^2."""
    return economised(lambda i: Fraction(1, math.factorial(2 * i + 2)), _LARGEST_SQUARE, 2.0**-precision)


def _powers(x: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """(sinh(k ln 2) / 2, cosh(k ln 2) / 2, r) of x = k ln 2 + r >= 0; the halves so that nothing overflows early."""
    form = Format.of(x)
    k, r = reduced(clamp(x, 0.0, form.exp_high + 1.0))
    up = power_of_two(k - 2, form)
    beyond = k.constant(form.mantissa + 8)
    down = power_of_two(-k.where(k.compare("<", beyond), beyond) - 2, form)
    return up - down, up + down, r


def _combined(p: Scalar, q: Scalar, r: Scalar) -> Scalar:
    """2 (p cosh r + q sinh r): first p + q r, then what is smaller."""
    form = Format.of(r)
    z = r * r
    high = q.fma(r, p)
    lost = q.fma(r, p - high)
    tail = p.fma(polynomial(z, _cosh_tail(form.precision)), q * r * polynomial(z, _sinh_tail(form.precision)))
    return 2.0 * (high + z.fma(tail, lost))


def sinh(x: Scalar) -> Scalar:
    """sinh(k ln 2 + r), by the addition theorem."""
    p, q, r = _powers(x.absolute())
    return _combined(p, q, r).copysign(x)


def cosh(x: Scalar) -> Scalar:
    """cosh(k ln 2 + r), by the addition theorem."""
    p, q, r = _powers(x.absolute())
    return _combined(q, p, r)


@cache
def _coth_term(i: int) -> Fraction:
    """The coefficient of r^2i in r coth r, from (r coth r) (sinh r / r) = cosh r."""
    earlier = sum((_coth_term(j) / math.factorial(2 * (i - j) + 1) for j in range(i)), Fraction(0))
    return Fraction(1, math.factorial(2 * i)) - earlier


@cache
def _coth_tail(precision: int) -> list[float]:
    """(r coth r - 1) / r^2, as a polynomial in r^2."""
    return economised(lambda i: _coth_term(i + 1), _SMALL**2, 2.0**-precision)


def _tanh_or_rest(x: Scalar) -> tuple[Scalar, Value]:
    """(tanh |x| if |x| is small, else 1 - tanh |x|; whether it is small).

    With |x| = k (ln 2) / 2 + r and c = r coth r, e^2r is (c + r) / (c - r), and what is small is k = 0. Where 2^k
    overflows, the rest is 0.
    """
    form = Format.of(x)
    size = at_most(x.absolute(), (form.bias + 1) * math.log(2) / 2)
    is_small = size.compare("<", _SMALL)
    k, integer = rounded(size * (2 / math.log(2)))
    first, second = form.ln2[:2]
    r = size.where(is_small, k.fma(-0.5 * second, k.fma(-0.5 * first, size)))
    z = r * r
    c = z.fma(polynomial(z, _coth_tail(form.precision)), 1.0)
    rest = c - r
    above = r.where(is_small, 2.0 * rest)
    below = c.where(is_small, power_of_two(integer, form).fma(c + r, rest))
    return above / below, is_small


def tanh(x: Scalar) -> Scalar:
    """r / c, or 1 - 2 / (1 + e^2|x|)."""
    q, is_small = _tanh_or_rest(x)
    return (x.constant(0.0).where(is_small, 1.0) - q).copysign(x)


def sech_squared(x: Scalar) -> Scalar:
    """1 - q^2, or 2q - q^2: 0 where it is no normal number. A program that has the tangent, too, computes q once."""
    q, is_small = _tanh_or_rest(x)
    return (-q).fma(q, x.constant(1.0).where(is_small, 2.0 * q))


def _log1p_or_log_of_double(t: Pair, x: Scalar, is_large: Value) -> Scalar:
    """log(1 + t), or log(2x) where x is large."""
    u = Pair.sum(x.constant(1.0), t.high)
    part = u.low + t.low
    doublings = x.constant(1.0).where(is_large, 0.0)
    return log_of_sum(x.where(is_large, u.high), x.constant(0.0).where(is_large, part), doublings)


def _bounded(x: Scalar) -> tuple[Scalar, Value]:
    """(x, or 1 where it is so large that 1 beside x^2 is nothing; where that is)."""
    is_large = x.compare(">", 2.0 ** (Format.of(x).precision // 2 + 2))
    return x.constant(1.0).where(is_large, x), is_large


def arcsinh(x: Scalar) -> Scalar:
    """log(1 + t) with t = x + x^2 / (1 + sqrt(1 + x^2)), for |x|."""
    size = x.absolute()
    a, is_large = _bounded(size)
    square = a * a
    t = Pair.ordered_sum(a, square / (1.0 + (1.0 + square).sqrt()))
    result = _log1p_or_log_of_double(t, size, is_large)
    return size.where(size.compare("==", math.inf), result).copysign(x)


def arccosh(x: Scalar) -> Scalar:
    """log(1 + t) with t = d + sqrt(2 d + d^2), d = x - 1."""
    a, is_large = _bounded(x)
    d = a - 1.0
    t = Pair.sum(d.fma(d, 2.0 * d).sqrt(), d)
    result = _log1p_or_log_of_double(t, x, is_large)
    result = x.where(x.compare("==", math.inf), result)
    return x.constant(math.nan).where(x.compare("<", 1.0), result)


def arctanh(x: Scalar) -> Scalar:
    """log(1 + t) / 2 with t = 2 x / (1 - x), for |x|."""
    size = x.absolute()
    t = Pair.of(2.0 * size) / Pair.ordered_sum(x.constant(1.0), -size)
    u = Pair.sum(x.constant(1.0), t.high)
    result = 0.5 * log_of_sum(u.high, u.low + t.low)
    result = x.constant(math.inf).where(size.compare("==", 1.0), result)
    return x.constant(math.nan).where(size.compare(">", 1.0), result).copysign(x)
