"""A complex number as its parts, with the arithmetic of NumPy.

Both parts are tensors of a recording, nodes of a graph or constants. Multiplication is the plain formula, and division
that of R. L. Smith, "Algorithm 116: complex division" (1962), as in NumPy; so infinities and NaN are where NumPy has
them.
"""

from __future__ import annotations

from typing import Any

import numpy

from .....core.graph import GraphNode
from .....ops import elementwise as e

COMPLEX_DTYPES = {numpy.dtype("complex64"): numpy.dtype("float32"), numpy.dtype("complex128"): numpy.dtype("float64")}
"""The complex dtypes that are done in parts, and the dtype of the parts."""


class Complex:
    """A complex value.

    Attributes:
        real, imag: its parts, of one real dtype.
        whole: an array with the parts side by side along a last axis of length 2, if there is one.
    """

    __slots__ = ("imag", "real", "whole")

    def __init__(self, real: Any, imag: Any, whole: GraphNode | None = None) -> None:
        self.real: Any = real
        self.imag: Any = imag
        self.whole: GraphNode | None = whole

    def __neg__(self) -> Complex:
        return Complex(e.negative(self.real), e.negative(self.imag))

    def __add__(self, other: Any) -> Complex:
        other = as_complex(other)
        return Complex(e.add(self.real, other.real), e.add(self.imag, other.imag))

    def __sub__(self, other: Any) -> Complex:
        other = as_complex(other)
        return Complex(e.subtract(self.real, other.real), e.subtract(self.imag, other.imag))

    def __mul__(self, other: Any) -> Complex:
        other = as_complex(other)
        a, b, c, d = self.real, self.imag, other.real, other.imag
        real = e.subtract(e.multiply(a, c), e.multiply(b, d))
        return Complex(real, e.add(e.multiply(a, d), e.multiply(b, c)))

    def __truediv__(self, other: Any) -> Complex:
        return _quotient(self, as_complex(other))

    def __radd__(self, other: Any) -> Complex:
        return as_complex(other) + self

    def __rsub__(self, other: Any) -> Complex:
        return as_complex(other) - self

    def __rmul__(self, other: Any) -> Complex:
        return as_complex(other) * self

    def __rtruediv__(self, other: Any) -> Complex:
        return as_complex(other) / self

    @property
    def conjugate(self) -> Complex:
        return Complex(self.real, e.negative(self.imag))

    @property
    def size(self) -> Any:
        """The absolute value."""
        return e.hypot(self.real, self.imag)

    def where(self, condition: Any, other: Any) -> Complex:
        """This number where the condition holds, else the other."""
        other = as_complex(other)
        return Complex(e.where(condition, self.real, other.real), e.where(condition, self.imag, other.imag))

    def times(self, factor: Any) -> Complex:
        """Each part times a real factor."""
        return Complex(e.multiply(self.real, factor), e.multiply(self.imag, factor))


def as_complex(value: Any) -> Complex:
    """A Python number or a real value as a complex one; `Complex` as it is."""
    if isinstance(value, Complex):
        return value
    if isinstance(value, (int, float)):
        return Complex(value, 0.0)
    return Complex(value, e.zeros_like(value))


def filled(like: Any, number: float) -> Any:
    """A number in every place of a real value."""
    return e.add(e.zeros_like(like), number)


def either(*conditions: Any) -> Any:
    """Whether one of the conditions holds."""
    found, *others = conditions
    for condition in others:
        found = e.logical_or(found, condition)
    return found


def both(*conditions: Any) -> Any:
    """Whether all conditions hold."""
    found, *others = conditions
    for condition in others:
        found = e.logical_and(found, condition)
    return found


def _quotient(x: Complex, y: Complex) -> Complex:
    """With the smaller part of the divisor divided by the larger."""
    a, b, c, d = x.real, x.imag, y.real, y.imag
    is_flat = e.greater_equal(e.absolute(c), e.absolute(d))
    larger, smaller = e.where(is_flat, c, d), e.where(is_flat, d, c)
    ratio = smaller / larger
    scale = e.divide(1.0, larger + smaller * ratio)
    real = e.where(is_flat, a + b * ratio, a * ratio + b) * scale
    imag = e.where(is_flat, b - a * ratio, b * ratio - a) * scale
    is_zero = both(e.equal(c, 0), e.equal(d, 0))
    size = e.absolute(c)
    return Complex(e.where(is_zero, e.divide(a, size), real), e.where(is_zero, e.divide(b, size), imag))


def reciprocal(y: Complex) -> Complex:
    """1 / y, as NumPy does it."""
    c, d = y.real, y.imag
    is_steep = e.less_equal(e.absolute(c), e.absolute(d))
    larger, smaller = e.where(is_steep, d, c), e.where(is_steep, c, d)
    ratio = smaller / larger
    divisor = larger + smaller * ratio
    whole, rest = e.divide(1.0, divisor), ratio / divisor
    return Complex(e.where(is_steep, rest, whole), e.negative(e.where(is_steep, whole, rest)))
