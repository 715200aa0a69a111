"""Constants to 1280 bits from their series, and pieces of them that are floats."""

from __future__ import annotations

import math
from fractions import Fraction

BITS = 1280
_UNIT = 1 << BITS


def _inverse(n: int, sign: int) -> Fraction:
    """arctan(1/n) for sign -1, artanh(1/n) for sign 1, by their power series."""
    power, total, i = _UNIT // n, 0, 0
    while power:
        total += sign**i * (power // (2 * i + 1))
        power //= n * n
        i += 1
    return Fraction(total, _UNIT)


PI = 16 * _inverse(5, -1) - 4 * _inverse(239, -1)
"""By J. Machin's formula of 1706."""
LN2 = 2 * _inverse(3, 1)
LN10 = 3 * LN2 + 2 * _inverse(9, 1)
TWO_OVER_ROOT_PI = Fraction(math.isqrt(int(4 / PI * _UNIT) * _UNIT), _UNIT)


def pieces(number: Fraction, *bits: int) -> list[float]:
    """Floats of so many significant bits each whose sum is the number, nearly."""
    result = []
    for count in bits:
        scale = Fraction(2) ** (count - math.frexp(float(number))[1])
        piece = Fraction(round(number * scale)) / scale
        result.append(float(piece))
        number -= piece
    return result
