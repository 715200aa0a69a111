"""Inverse trigonometric and hyperbolic functions of complex numbers.

Sources: T. E. Hull, T. F. Fairgrieve and P. T. P. Tang, "Implementing the complex arcsine and arccosine functions
using exception handling" (1997); W. Kahan, "Branch cuts for complex elementary functions" (1987). Special values are
those of ISO C99, annex G.
"""

from __future__ import annotations

import math
from typing import Any

import numpy

from .....ops import elementwise as e
from .elementary import log_of_size
from .number import Complex, both, either

_CROSSED = 0.6417
"""Sines above this are found by the tangent."""
_NEAR = 1.5
"""Sums of distances from the ends of the cut below which the logarithm is one of 1 and a small number."""


class _Arc:
    """The arc sine and arc cosine of x + iy for x and y that are not negative.

    Attributes:
        sine, cosine: the real parts.
        height: the imaginary part of the arc sine, and the negative one of the arc cosine.
    """

    def __init__(self, x: Any, y: Any) -> None:
        limit = 2.0 ** int(numpy.finfo(x.dtype).maxexp // 2 - 4)
        is_far = e.greater(e.maximum(x, y), limit)
        u, v = e.where(is_far, 0.5, x), e.where(is_far, 0.5, y)
        right, left = e.hypot(u + 1, v), e.hypot(u - 1, v)
        total = 0.5 * (right + left)
        ratio = u / total
        is_inside = e.less_equal(u, 1)
        beside, gap = right + (u + 1), e.where(is_inside, left + (1 - u), left + (u - 1))
        adjacent = self._adjacent(u, v, total, beside, gap, is_inside)
        is_steep = e.less_equal(ratio, _CROSSED)
        near = e.where(is_steep, ratio, 0.0)
        self.sine = e.where(is_steep, e.arcsin(near), e.arctan2(u, adjacent))
        self.cosine = e.where(is_steep, e.arccos(near), e.arctan2(adjacent, u))
        self.height = self._height(u, v, total, beside, gap, is_inside)
        self.sine = e.where(is_far, e.arctan2(x, y), self.sine)
        self.cosine = e.where(is_far, e.arctan2(y, x), self.cosine)
        self.height = e.where(is_far, math.log(2) + log_of_size(x, y), self.height)

    @staticmethod
    def _adjacent(u: Any, v: Any, total: Any, beside: Any, gap: Any, is_inside: Any) -> Any:
        """The root of total^2 - u^2."""
        inside = e.sqrt(0.5 * (total + u) * (v * (v / beside) + gap))
        safe = e.where(is_inside, 1.0, gap)
        outside = v * e.sqrt(0.5 * ((total + u) / beside + (total + u) / safe))
        return e.where(is_inside, inside, outside)

    @staticmethod
    def _height(u: Any, v: Any, total: Any, beside: Any, gap: Any, is_inside: Any) -> Any:
        """log(total + sqrt(total^2 - 1)); the excess of the total over 1 has v^2 as a factor if u is below 1."""
        is_below = e.less(u, 1)
        slope = 0.5 * (e.divide(1.0, beside) + e.divide(1.0, e.where(is_below, gap, 1.0)))
        outside = v * (v / beside) + e.where(is_below, 0.0, gap)
        excess = e.where(is_below, v * (v * slope), 0.5 * outside)
        root = e.where(is_below, v * e.sqrt(slope * (total + 1)), e.sqrt(outside * (0.5 * (total + 1))))
        return e.where(
            e.less_equal(total, _NEAR),
            e.log1p(e.where(e.less_equal(total, _NEAR), excess + root, 0.0)),
            e.log_of(total + e.sqrt((total - 1) * (total + 1))),
        )


def _first_quadrant(z: Complex) -> _Arc:
    return _Arc(e.absolute(z.real), e.absolute(z.imag))


def arcsin(z: Complex) -> Complex:
    return _turned_back(arcsinh(Complex(e.negative(z.imag), z.real)))


def _turned_back(z: Complex) -> Complex:
    return Complex(z.imag, e.negative(z.real))


def arcsinh(z: Complex) -> Complex:
    """By the arc sine of i z, whose axes are exchanged."""
    a, b = z.real, z.imag
    arc = _Arc(e.absolute(b), e.absolute(a))
    real, imag = arc.height, arc.sine
    is_lost = either(e.isnan(a), e.isnan(b))
    real = e.where(is_lost, e.where(either(e.isinf(a), e.isinf(b)), math.inf, math.nan), real)
    imag = e.where(is_lost, math.nan, imag)
    imag = e.where(both(e.isinf(a), e.isfinite(b)), 0.0, imag)
    imag = e.where(both(e.isnan(a), e.equal(b, 0)), 0.0, imag)
    return Complex(e.copysign(real, a), e.copysign(imag, b))


def arccos(z: Complex) -> Complex:
    a, b = z.real, z.imag
    arc = _first_quadrant(z)
    real = e.where(e.less(e.copysign(e.ones_like(a), a), 0), _supplement(arc), arc.cosine)
    is_lost = either(e.isnan(a), e.isnan(b))
    is_far = either(e.isinf(a), e.isinf(b))
    real = e.where(is_lost, e.where(both(e.equal(a, 0), e.isnan(b)), math.pi / 2, math.nan), real)
    imag = e.where(is_lost, e.where(is_far, math.inf, math.nan), arc.height)
    return Complex(real, e.negative(e.copysign(imag, b)))


def _supplement(arc: _Arc) -> Any:
    """pi less the arc cosine, which is pi / 2 and the arc sine."""
    return e.where(e.less(arc.cosine, 0.75), math.pi - arc.cosine, math.pi / 2 + arc.sine)


def arccosh(z: Complex) -> Complex:
    """The arc cosine turned to the right half-plane."""
    found = arccos(z)
    real = e.absolute(found.imag)
    imag = e.copysign(found.real, z.imag)
    return Complex(real, imag)


def arctanh(z: Complex) -> Complex:
    """log1p(4 a / ((1 - a)^2 + b^2)) / 4, and half of the angle of (1 - a)(1 + a) - b^2 and 2 b."""
    a, b = z.real, z.imag
    x, y = e.absolute(a), e.absolute(b)
    limit = 2.0 ** int(numpy.finfo(x.dtype).nmant + 3)
    is_far = e.greater(e.maximum(x, y), limit)
    u, v = e.where(is_far, 0.5, x), e.where(is_far, 0.5, y)
    gap = 1 - u
    is_at_pole = both(e.equal(gap, 0), e.less(v, 1 / limit))
    below = e.where(is_at_pole, 1.0, gap * gap + v * v)
    real = 0.25 * e.log1p(4 * u / below)
    real = e.where(is_at_pole, 0.5 * (math.log(2) - e.log_of(v)), real)
    imag = 0.5 * e.arctan2(2 * v, gap * (1 + u) - v * v)
    size = e.hypot(e.where(is_far, x, 1.0), y)
    real = e.where(is_far, e.where(e.isinf(size), 0.0, x / size / size), real)
    imag = e.where(is_far, math.pi / 2, imag)
    real, imag = _lost(a, b, real, imag)
    return Complex(e.copysign(real, a), e.copysign(imag, b))


def _lost(a: Any, b: Any, real: Any, imag: Any) -> tuple[Any, Any]:
    """What the arc tangent is where a part is NaN."""
    is_real_lost, is_imag_lost = e.isnan(a), e.isnan(b)
    stays = either(e.equal(a, 0), e.isinf(a))
    real = e.where(is_imag_lost, e.where(stays, 0.0, math.nan), real)
    real = e.where(is_real_lost, e.where(e.isinf(b), 0.0, math.nan), real)
    imag = e.where(is_imag_lost, math.nan, imag)
    return real, e.where(is_real_lost, e.where(e.isinf(b), math.pi / 2, math.nan), imag)


def arctan(z: Complex) -> Complex:
    return _turned_back(arctanh(Complex(e.negative(z.imag), z.real)))
