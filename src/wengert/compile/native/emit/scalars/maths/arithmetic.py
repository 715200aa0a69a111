"""What the families of functions share: formats, polynomials, and sums of two floats that act as one number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy

from ....ir.scalar import Scalar
from .constants import LN2, pieces


class Format:
    """What of a floating-point format the formulas need to know.

    Attributes:
        precision: how many bits a result has; polynomials are exact to that many.
        rounder: a number that rounds another to an integer when added, and leaves it in the low bits.
        ln2: ln 2 in three pieces, the first so short that its product with an exponent is exact.
    """

    def __init__(self, name: str, precision: int | None = None) -> None:
        self.dtype: numpy.dtype[Any] = numpy.dtype(name)
        info = numpy.finfo(self.dtype)
        self.mantissa: int = int(info.nmant)
        self.bias: int = int(info.maxexp) - 1
        self.tiny: float = float(info.tiny)
        self.precision: int = precision or self.mantissa + 1
        self.rounder: float = 1.5 * 2.0**self.mantissa
        is_double = name == "float64"
        bits = self.mantissa + 1
        self.ln2: list[float] = pieces(LN2, 33 if is_double else 12, bits, bits)
        self.exp_low, self.exp_high = (-745.2, 709.8) if is_double else (-103.98, 88.73)

    @classmethod
    def of(cls, x: Scalar) -> Format:
        return _FORMATS[x.dtype.name]


_FORMATS = {name: Format(name) for name in ("float32", "float64")}
DOUBLE_FORMAT = _FORMATS["float64"]
WIDE = Format("float64", precision=32)
"""float64 as an intermediate format of float32: polynomials need not be exact to all its bits."""


# -- polynomials -----------------------------------------------------------------------------------


def polynomial(x: Scalar, coefficients: Sequence[float]) -> Scalar:
    """The polynomial with these coefficients, the constant first, by G. Estrin's scheme (1960).

    Neighbours are paired, then pairs of pairs: the multiplications of one round do not wait for each other.
    """
    terms = [x.constant(c) for c in coefficients]
    while len(terms) > 1:
        pairs = [high.fma(x, low) for low, high in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*pairs, *terms[2 * len(pairs) :]]
        x = x * x
    return terms[0]


def economised(
    series: Callable[[int], Any], radius: float, tolerance: float, *, symmetric: bool = False
) -> list[float]:
    """Coefficients of the shortest polynomial within the tolerance of a power series on an interval.

    The interval is [0, radius], or [-radius, radius] if symmetric. From a long Taylor polynomial the last
    term is taken away as long as that is harmless, not by cutting it off but with the multiple of the Chebyshev
    polynomial that has the same leading coefficient: C. Lanczos, "Applied Analysis" (1956), section 7.5.
    """
    exact = [Fraction(series(0))]
    while len(exact) < 12 or abs(exact[-1]) * Fraction(radius) ** len(exact) > tolerance / 64:
        exact.append(Fraction(series(len(exact))))
    size = [float(c) * radius**i for i, c in enumerate(exact)]
    change = [0.0] * len(exact)
    chebyshev = _chebyshev_polynomials(len(exact), shifted=not symmetric)
    error = 0.0
    for degree in range(len(exact) - 1, 0, -1):
        share = (size[degree] + change[degree]) / chebyshev[degree][-1]
        error += abs(share)
        if error > tolerance:
            break
        change = [c - share * t for c, t in zip(change[:degree], chebyshev[degree], strict=False)]
    return [float(c + Fraction(d) / Fraction(radius) ** i) for i, (c, d) in enumerate(zip(exact, change, strict=False))]


def _chebyshev_polynomials(count: int, shifted: bool) -> list[list[int]]:
    """Coefficients of T_n(v), or of T_n(2v - 1) if shifted."""
    start, slope = (-1, 2) if shifted else (0, 1)
    result = [[1], [start, slope]]
    while len(result) < count:
        last, before = result[-1], result[-2]
        result.append(
            [
                2 * (start * at + slope * below) - earlier
                for at, below, earlier in zip([*last, 0], [0, *last], [*before, 0, 0], strict=True)
            ]
        )
    return result


# -- choices ---------------------------------------------------------------------------------------


def at_most(x: Scalar, high: float) -> Scalar:
    """The smaller of two; NaN stays."""
    return x.constant(high).where(x.compare(">", high), x)


def clamp(x: Scalar, low: float, high: float) -> Scalar:
    """x within bounds; NaN stays."""
    x = at_most(x, high)
    return x.constant(low).where(x.compare("<", low), x)


def nearest_integer(x: Scalar) -> tuple[Scalar, Scalar]:
    """As a float and as an integer, by the rounding of a sum; for numbers that are small beside the rounder."""
    form = Format.of(x)
    shifted = x + form.rounder
    return shifted - form.rounder, shifted.bits() - x.constant(form.rounder).bits()


def power_of_two(exponent: Scalar, form: Format) -> Scalar:
    """2 to an integer within the normal range."""
    return ((exponent + form.bias) << form.mantissa).as_float()


def scaled(x: Scalar, exponent: Scalar) -> Scalar:
    """x times 2 to an integer, in two steps, so that neither factor overflows."""
    form = Format.of(x)
    half = exponent >> 1
    return x * power_of_two(half, form) * power_of_two(exponent - half, form)


# -- double-double numbers -------------------------------------------------------------------------


class Pair:
    """The exact sum of two floats, the second of the size of the rounding of the first.

    T. J. Dekker, "A floating-point technique for extending the available precision" (1971); with
    fused multiplication: J.-M. Muller et al., "Handbook of Floating-Point Arithmetic" (2018), chapters 4 and 14.
    """

    __slots__ = ("high", "low")

    def __init__(self, high: Scalar, low: Scalar) -> None:
        self.high: Scalar = high
        self.low: Scalar = low

    @classmethod
    def of(cls, x: Scalar) -> Pair:
        """A float; minus zero is what may be added without a trace."""
        return cls(x, x.constant(-0.0))

    @classmethod
    def constant(cls, like: Scalar, number: Fraction) -> Pair:
        bits = Format.of(like).mantissa + 1
        high, low = pieces(number, bits, bits)
        return cls(like.constant(high), like.constant(low))

    @classmethod
    def sum(cls, x: Scalar, y: Scalar) -> Pair:
        total = x + y
        part = total - x
        return cls(total, (x - (total - part)) + (y - part))

    @classmethod
    def ordered_sum(cls, large: Scalar, small: Scalar) -> Pair:
        """The sum, if the first is 0 or not less than the second in size."""
        total = large + small
        return cls(total, small - (total - large))

    @classmethod
    def product(cls, x: Scalar, y: Scalar) -> Pair:
        product = x * y
        return cls(product, x.fma(y, -product))

    @property
    def value(self) -> Scalar:
        return self.high + self.low

    def plus(self, low: Scalar) -> Pair:
        """With something small added, and the two parts apart again."""
        return Pair.ordered_sum(self.high, self.low + low)

    def __mul__(self, other: Pair) -> Pair:
        product = Pair.product(self.high, other.high)
        return Pair(product.high, self.high.fma(other.low, self.low.fma(other.high, product.low)))

    def __truediv__(self, other: Pair) -> Pair:
        """By one division: of 1; the rest is multiplied back."""
        inverse = 1.0 / other.high
        quotient = self.high * inverse
        rest = (-quotient).fma(other.high, self.high) + (-quotient).fma(other.low, self.low)
        return Pair(quotient, rest * inverse)
