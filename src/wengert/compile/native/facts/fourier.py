"""Discrete Fourier transforms of planes: the real and the imaginary part in an array each.

Stockham's algorithm: every pass takes a factor off the length, and leaves its results where the next one reads in
order. Sources: W. T. Cochran et al., "What is the fast Fourier transform?" (1967), where T. G. Stockham's form is
described; C. Van Loan, "Computational Frameworks for the Fast Fourier Transform" (1992), sections 1.7 and 2.3.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy

from ....core.abstract import Abstract
from ....core.primitive import Primitive
from ....core.recording import general

LARGEST_FACTOR = 31
"""Lengths with a larger prime factor are done as a convolution."""

EXPANDED = 16
"""Passes over fewer neighbours have a factor for each of them, so that a vector of factors is one load."""


class Pass(NamedTuple):
    """One pass: `count` transforms of `radix` numbers, each beside `stride` others that are alike.

    Attributes:
        start: where its factors are in the table.
    """

    radix: int
    count: int
    stride: int
    start: int

    @property
    def is_expanded(self) -> bool:
        return self.stride < EXPANDED

    @property
    def width(self) -> int:
        """How many factors there are for each output of a transform but the first."""
        return self.count * (self.stride if self.is_expanded else 1)

    @property
    def size(self) -> int:
        """The numbers that it has in the table; the last pass has none."""
        return 2 * (self.radix - 1) * self.width if self.count > 1 else 0


def factors(length: int) -> list[int]:
    """The factors of a length, in the order of the passes: powers of two first, as large as vectors like them."""
    twos = (length & -length).bit_length() - 1
    odd, found = length >> twos, _powers_of_two(twos)
    factor = 3
    while odd > 1:
        while odd % factor:
            factor += 2
        found.append(factor)
        odd //= factor
    return found


def _powers_of_two(twos: int) -> list[int]:
    eights, left = divmod(twos, 3)
    if left == 1 and eights:
        return [8] * (eights - 1) + [4, 4]
    return [8] * eights + ([2**left] if left else [])


def is_smooth(length: int) -> bool:
    """Whether a length has small factors only."""
    return max(factors(length), default=1) <= LARGEST_FACTOR


def passes(length: int, inner: int) -> list[Pass]:
    """The passes over an axis of a length, behind which there are `inner` numbers."""
    found, left, stride, start = [], length, inner, 0
    for radix in factors(length):
        left //= radix
        found.append(Pass(radix, left, stride, start))
        stride, start = stride * radix, start + found[-1].size
    return found


def twiddles(length: int, inner: int, dtype: numpy.dtype) -> Any:
    """The table of factors: for each pass and output the cosines, and the negative sines."""
    parts: list[Any] = [numpy.zeros(1)]
    for one in passes(length, inner):
        if one.size:
            for output in range(1, one.radix):
                powers = output * numpy.arange(one.count)
                roots = unit_roots(powers, one.radix * one.count)
                parts += [numpy.repeat(part, one.stride if one.is_expanded else 1) for part in roots]
    return numpy.concatenate([*parts[1:], parts[0]]).astype(dtype)


def unit_roots(powers: Any, order: int) -> tuple[Any, Any]:
    """The cosine and the sine of -2 pi k / order, by angles of an eighth of a turn at most."""
    eighths = 8 * (powers % order)
    octant, rest = eighths // order, eighths % order
    angle = numpy.where(octant % 2 == 0, rest, order - rest).astype(numpy.longdouble) / (4 * order)
    angle = angle * (4 * numpy.arctan(numpy.longdouble(1)))
    near, far = numpy.cos(angle), numpy.sin(angle)
    is_steep = numpy.isin(octant, (1, 2, 5, 6))
    cosine, sine = numpy.where(is_steep, far, near), numpy.where(is_steep, near, far)
    cosine = numpy.where(numpy.isin(octant, (2, 3, 4, 5)), -cosine, cosine)
    return cosine.astype(float), numpy.where(octant < 4, -sine, sine).astype(float)


def _evaluate(real: Any, imag: Any, table: Any, axis: int) -> tuple[Any, Any]:
    found = numpy.fft.fft(real + numpy.result_type(real, numpy.complex64).type(1j) * imag, axis=axis)
    return numpy.ascontiguousarray(found.real), numpy.ascontiguousarray(found.imag)


def _forms(real: Abstract, imag: Abstract, table: Abstract, axis: int) -> tuple[Abstract, Abstract]:
    return Abstract(real.shape, real.dtype), Abstract(real.shape, real.dtype)


FOURIER = Primitive("fourier", _evaluate, ("real", "imag", "table"), _forms, many=True)
fourier: Final = general(FOURIER)
FOURIER.operation = fourier
"""``fourier(real, imag, table, axis=)``: both parts of the transform along an axis, without a factor."""
