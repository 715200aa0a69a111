"""Short floats: 16 bits in memory, converted to and from single precision by operations on integers.

So it needs no instruction that a processor may lack, and is done in vectors. Numbers below the least normal one are
made by a product, or a sum, of floats. Those of bfloat16 are the upper halves of floats of single precision.

Source: F. Giesen, "Half to float done quickly" (2012), and its counterpart that rounds to even.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from .scalar import Scalar

MANTISSA, SINGLE_BIAS, HALF_BIAS = 23, 127, 15
SHIFT = MANTISSA - 10
"""By how many bits the mantissa of single precision is longer."""

INFINITE = 255 << MANTISSA
"""The bits of infinity in single precision; those of NaN are above."""


def _single_of_half(bits: Scalar) -> Scalar:
    """The float of half precision that 16 bits stand for, in the low half of an integer of 32 bits."""
    magnitude = (bits & 0x7FFF) << SHIFT
    value = magnitude.as_float() * 2.0 ** (SINGLE_BIAS - HALF_BIAS)
    is_finite = value.compare("<", 2.0 ** (HALF_BIAS + 1))
    found = value.bits().where(is_finite, value.bits() | INFINITE)
    return (found | ((bits & 0x8000) << 16)).as_float()


def _half_of_single(single: Scalar) -> Scalar:
    """The bits of a float of single precision rounded to half precision, in the low half of an integer."""
    word = single.bits()
    magnitude = word & 0x7FFFFFFF
    half_way = (1 << (SHIFT - 1)) - 1
    usual = (magnitude + (((HALF_BIAS - SINGLE_BIAS) << MANTISSA) + half_way) + ((magnitude >> SHIFT) & 1)) >> SHIFT
    small = (magnitude.as_float() + 0.5).bits() - single.constant(0.5).bits()
    large = magnitude.constant(0x7E00).where(magnitude.compare(">", INFINITE), 0x7C00)
    is_small = magnitude.compare("<", (SINGLE_BIAS - HALF_BIAS + 1) << MANTISSA)
    is_large = magnitude.compare(">=", (SINGLE_BIAS + HALF_BIAS + 1) << MANTISSA)
    return large.where(is_large, small.where(is_small, usual)) | (word >> 16 & 0x8000)


LOWER = 16
"""The bits of a float that bfloat16 leaves out."""


def _single_of_bfloat(bits: Scalar) -> Scalar:
    return (bits << LOWER).as_float()


def _bfloat_of_single(single: Scalar) -> Scalar:
    """To nearest, even of two; of NaN only the sign is left, as `ml_dtypes` has it."""
    word = single.bits()
    nearest = (word + (1 << (LOWER - 1)) - 1 + (word >> LOWER & 1)) >> LOWER
    nothing = word >> LOWER & 0x8000 | 0x7FC0
    return nothing.where(single.is_nan(), nearest)


class Conversions(NamedTuple):
    """Between a short float and single precision; the bits are those of a word of 32."""

    single_of: Callable[[Scalar], Scalar]
    bits_of: Callable[[Scalar], Scalar]


SHORT_FLOATS = {
    "float16": Conversions(_single_of_half, _half_of_single),
    "bfloat16": Conversions(_single_of_bfloat, _bfloat_of_single),
}
"""The conversions of each short float."""
