"""Elementary functions of complex numbers by those of real ones, with the special values of C99.

Each result is exact to a few units in the last place of its larger part. Sources: ISO C99, annex G; W. Kahan, "Branch
cuts for complex elementary functions" (1987).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy

from .....ops import elementwise as e
from .number import Complex, both, either, filled


class _Limits:
    """Where a floating-point format needs care.

    Attributes:
        most, most_of_two: the last whole numbers whose exponentials are finite, of e and of 2.
        shift: what is taken off arguments above that, whose exponentials are then multiplied.
        large, tiny: sizes beyond which squares and sums of two leave the range.
        down, up: powers of 4 that bring sizes back.
        splitter: the number that halves a mantissa.
    """

    def __init__(self, name: str, most: float, shift: float) -> None:
        info = numpy.finfo(name)
        self.most, self.most_of_two, self.shift = most, float(info.maxexp - 1), shift
        self.large, self.tiny = 2.0 ** int(info.maxexp - 4), 2.0 ** int(info.minexp + info.nmant + 8)
        self.down, self.up = 2.0**-8, 2.0 ** int(2 * info.nmant)
        self.splitter = 2.0 ** int((info.nmant + 2) // 2) + 1


_LIMITS = {"float32": _Limits("float32", 88.0, 78.0), "float64": _Limits("float64", 709.0, 689.0)}


def _limits(x: Any) -> _Limits:
    return _LIMITS[x.dtype.name]


def _is_wild(x: Any) -> Any:
    """Whether a number is infinite or NaN."""
    return e.logical_not(e.isfinite(x))


def _turned(z: Complex) -> Complex:
    """i z."""
    return Complex(e.negative(z.imag), z.real)


def _turned_back(z: Complex) -> Complex:
    """-i z."""
    return Complex(z.imag, e.negative(z.real))


# -- exponentials ----------------------------------------------------------------------------------


def exp(z: Complex) -> Complex:
    return _exponential(z.real, z.imag, e.exp, _limits(z.real).most, math.exp)


def exp2(z: Complex) -> Complex:
    return _exponential(z.real, math.log(2) * z.imag, e.exp2, _limits(z.real).most_of_two, math.exp2)


def _exponential(a: Any, b: Any, exponential: Any, most: float, value: Callable[[float], float]) -> Complex:
    """The exponential of a, times cos b + i sin b; where it is too large for the format, in two factors."""
    is_large = e.greater(a, most)
    size, rest = exponential(e.where(is_large, a - most, a)), e.where(is_large, value(most), e.ones_like(a))
    real, imag = e.cos(b) * rest * size, e.where(e.equal(b, 0), b, e.sin(b) * rest * size)
    is_wild = both(e.isinf(a), _is_wild(b))
    vanishes = both(is_wild, e.less(a, 0))
    real = e.where(is_wild, e.where(vanishes, 0.0, math.inf), real)
    return Complex(real, e.where(vanishes, e.copysign(e.zeros_like(b), b), imag))


def expm1(z: Complex) -> Complex:
    """e^a cos b - 1 = (e^a - 1) cos b - 2 sin(b / 2)^2."""
    a, b = z.real, z.imag
    half = e.sin(0.5 * b)
    return Complex(e.expm1(a) * e.cos(b) - 2 * half * half, e.exp(a) * e.sin(b))


def sigmoid(z: Complex) -> Complex:
    return 1.0 / (1.0 + exp(-z))


def sech_squared(z: Complex) -> Complex:
    """By the exponential that does not grow."""
    power = exp(z.times(2.0).where(e.less(z.real, 0), z.times(-2.0)))
    below = 1.0 + power
    return 4.0 * power / (below * below)


def logistic_slope(z: Complex) -> Complex:
    return sech_squared(z.times(0.5)).times(0.25)


# -- logarithms ------------------------------------------------------------------------------------


def _square(x: Any) -> tuple[Any, Any]:
    """The square of a number, and what that loses by rounding: T. J. Dekker (1971)."""
    wide = x * _limits(x).splitter
    high = wide - (wide - x)
    low = x - high
    square = x * x
    return square, ((high * high - square) + 2 * high * low) + low * low


def _in_range(a: Any, b: Any) -> tuple[Any, Any, Any]:
    """The factor, a power of 4, by which squares of `a` and `b` stay in range, its root, and its logarithm."""
    limits, larger = _limits(a), e.maximum(e.absolute(a), e.absolute(b))
    is_large, is_tiny = e.greater(larger, limits.large), e.less(larger, limits.tiny)

    def chosen(down: float, usual: float, up: float) -> Any:
        return e.where(is_large, down, e.where(is_tiny, up, filled(a, usual)))

    down, up = limits.down, limits.up
    factor = chosen(down, 1.0, up)
    return factor, chosen(math.sqrt(1 / down), 1.0, math.sqrt(1 / up)), chosen(math.log(down), 0.0, math.log(up))


def log_of_size(a: Any, b: Any) -> Any:
    """log |a + ib|; near the unit circle by what |a + ib|^2 is more than 1, which is found without rounding."""
    width, height = e.absolute(a), e.absolute(b)
    high, low = e.maximum(width, height), e.minimum(width, height)
    factor, _, logarithm = _in_range(a, b)
    size = e.hypot(a * factor, b * factor)
    is_near = both(e.greater(size, 0.75), e.less(size, 1.375), e.equal(factor, 1))
    (one, lost), (other, lost_too) = (_square(e.where(is_near, x, 0.0)) for x in (high, low))
    excess = one - 1
    lost = (one - (excess + 1)) + (lost + lost_too)
    near = 0.5 * e.log1p(e.where(is_near, (excess + other) + lost, 0.0))
    return e.where(is_near, near, e.log_of(size) - logarithm)


def log(z: Complex) -> Complex:
    return Complex(log_of_size(z.real, z.imag), e.arctan2(z.imag, z.real))


def log2(z: Complex) -> Complex:
    return log(z).times(1 / math.log(2))


def log10(z: Complex) -> Complex:
    return log(z).times(1 / math.log(10))


def log1p(z: Complex) -> Complex:
    """Where z is small, half of log(1 + (2 a + |z|^2))."""
    a, b = z.real, z.imag
    is_small = both(e.less(e.absolute(a), 0.5), e.less(e.absolute(b), 0.5))
    x, y = e.where(is_small, a, 0.0), e.where(is_small, b, 0.0)
    small = 0.5 * e.log1p(x * (2 + x) + y * y)
    return Complex(e.where(is_small, small, log_of_size(1 + a, b)), e.arctan2(b, 1 + a))


# -- powers ----------------------------------------------------------------------------------------


def sqrt(z: Complex) -> Complex:
    """The root of half of |z| + |a|, and b divided by twice that."""
    factor, root, _ = _in_range(z.real, z.imag)
    a, b = z.real * factor, z.imag * factor
    main = e.sqrt(0.5 * (e.absolute(a) + e.hypot(a, b)))
    is_zero = e.equal(main, 0)
    rest = e.where(is_zero, 0.0, e.absolute(b) / (2 * e.where(is_zero, 1.0, main)))
    is_right = e.greater_equal(a, 0)
    real, imag = e.where(is_right, main, rest) * root, e.where(is_right, rest, main) * root
    a, b = z.real, z.imag
    is_far, is_tall = e.isinf(a), e.isinf(b)
    is_left = e.less(a, 0)
    real = e.where(is_far, e.where(is_left, e.where(e.isnan(b), b, 0.0), a), real)
    imag = e.where(is_far, e.where(is_left, math.inf, e.where(e.isnan(b), b, 0.0)), imag)
    lost = either(both(e.isnan(a), e.logical_not(is_tall)), both(e.isnan(b), e.logical_not(is_far)))
    real, imag = e.where(lost, math.nan, real), e.where(lost, math.nan, imag)
    return Complex(e.where(is_tall, math.inf, real), e.copysign(e.where(is_tall, math.inf, imag), b))


def whole_power(z: Complex, count: int) -> Complex:
    """z to a whole number, by squares."""
    if count < 0:
        return _nowhere(z).where(_is_zero(z), 1.0 / whole_power(z, -count))
    if count < 2:
        return z if count else _one(z)
    half = whole_power(z, count // 2)
    return half * half * z if count % 2 else half * half


def power(z: Complex, w: Complex) -> Complex:
    """e^(w log z); of 0 as NumPy has it, and by products where the exponent is 1 or 2."""
    nothing = Complex(e.zeros_like(z.real), e.zeros_like(z.real))
    of_zero = nothing.where(e.greater(w.real, 0), _nowhere(z))
    found = of_zero.where(_is_zero(z), exp(w * log(z)))
    is_real = e.equal(w.imag, 0)
    for exponent, value in ((2, z * z), (1, z), (0, _one(z))):
        found = value.where(both(is_real, e.equal(w.real, exponent)), found)
    return found


def _is_zero(z: Complex) -> Any:
    return both(e.equal(z.real, 0), e.equal(z.imag, 0))


def _one(z: Complex) -> Complex:
    return Complex(e.ones_like(z.real), e.zeros_like(z.real))


def _nowhere(z: Complex) -> Complex:
    return Complex(filled(z.real, math.nan), filled(z.real, math.nan))


# -- hyperbolic functions, and the trigonometric ones that they are of i z -------------------------


def _hyperbolic(a: Any) -> tuple[Any, Any, Any]:
    """sinh and cosh, and what both are to be multiplied by: where they are too large, another number than 1."""
    limits = _limits(a)
    is_large = e.greater(e.absolute(a), limits.most)
    near = e.where(is_large, e.copysign(e.absolute(a) - limits.shift, a), a)
    return e.sinh(near), e.cosh(near), e.where(is_large, math.exp(limits.shift), e.ones_like(a))


def sinh(z: Complex) -> Complex:
    a, b = z.real, z.imag
    sine, cosine, rest = _hyperbolic(a)
    is_wild = _is_wild(b)
    real = e.where(both(is_wild, e.equal(a, 0)), a, e.cos(b) * rest * sine)
    real = e.where(both(is_wild, e.isinf(a)), math.inf, real)
    return Complex(real, e.where(e.equal(b, 0), b, e.sin(b) * rest * cosine))


def cosh(z: Complex) -> Complex:
    a, b = z.real, z.imag
    sine, cosine, rest = _hyperbolic(a)
    is_wild = _is_wild(b)
    real = e.where(both(e.isinf(a), is_wild), math.inf, e.cos(b) * rest * cosine)
    imag = e.where(both(is_wild, e.equal(a, 0)), 0.0, e.sin(b) * rest * sine)
    nothing = e.where(e.isnan(a), b, b * e.copysign(e.ones_like(a), a))
    return Complex(real, e.where(e.equal(b, 0), nothing, imag))


def tanh(z: Complex) -> Complex:
    """By the tangent of b and the hyperbolic sine of a, after Kahan; far out by the exponential that vanishes."""
    a, b = z.real, z.imag
    size = e.absolute(a)
    is_far = e.greater(size, 20.0)
    tangent, sine = e.tan(b), e.sinh(e.where(is_far, 0.0, a))
    slope, cosine = 1 + tangent * tangent, e.sqrt(1 + sine * sine)
    below = 1 + slope * sine * sine
    real, imag = slope * cosine * sine / below, tangent / below
    far = 4 * (e.sin(b) * e.cos(b)) * e.exp(-2 * size)
    is_lost = both(e.isinf(a), _is_wild(b))
    imag = e.where(is_far, e.where(is_lost, e.copysign(e.zeros_like(b), b), far), imag)
    real = e.where(is_far, e.copysign(e.ones_like(a), a), real)
    is_real = e.equal(b, 0)
    real = e.where(both(_is_wild(b), e.equal(a, 0)), a, e.where(both(_is_wild(b), e.isfinite(a)), math.nan, real))
    return Complex(e.where(is_real, e.tanh(a), real), e.where(is_real, b, e.where(e.isnan(a), a, imag)))


def sin(z: Complex) -> Complex:
    return _turned_back(sinh(_turned(z)))


def cos(z: Complex) -> Complex:
    return cosh(_turned(z))


def tan(z: Complex) -> Complex:
    return _turned_back(tanh(_turned(z)))


def cos_of_arcsin(z: Complex) -> Complex:
    """The root of 1 - z^2, on the side of the cut on which z is."""
    return sqrt(-(z - 1.0)) * sqrt(z - -1.0)
