"""Forward mode by dual numbers: x^2 + 3x + 2 at 4.

A dual number carries a value and its derivative through every operation. `wengert.jvp` does the same for any
function, without a class of its own: it walks up the list of operations with a tangent.
"""

from __future__ import annotations

from typing import Any

import wengert as wg


class Dual:
    """A value with its derivative, enough of it for polynomials."""

    def __init__(self, value: float, slope: float = 0.0) -> None:
        self.value = value
        self.slope = slope

    def __add__(self, other: Any) -> Dual:
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Any) -> Dual:
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    __radd__ = __add__
    __rmul__ = __mul__


def polynomial(x: Any) -> Any:
    return x * x + 3 * x + 2


def main() -> dict[str, float]:
    by_hand = polynomial(Dual(4.0, 1.0))
    print(f"by a dual number:  value {by_hand.value:g}, derivative {by_hand.slope:g}")
    value, slope = wg.jvp(polynomial, (4.0,), (1.0,))
    print(f"by wengert.jvp:    value {value:g}, derivative {slope:g}")
    return {
        "dual value": by_hand.value,
        "dual slope": by_hand.slope,
        "value": value.item(),
        "slope": slope.item(),
    }


if __name__ == "__main__":
    main()
