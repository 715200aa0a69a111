"""What a row of a table of exact numbers is, and points where floating point is hard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

TINY = [1e-300, -1e-300, 1e-20, -1e-20, 1e-8, 1e-3, -1e-3]
MIDDLE = [0.3, -0.3, 0.9, 1.0, -1.0, 1.5, -2.5, 3.0]
TAILS = [10.0, -10.0, 20.0, -20.0, 36.7, -36.7, 40.0, -40.0, 300.0, -300.0]
HUGE = [1e5, -1e5, 1e10, -1e10, 1e100, -1e100, 1e155, 1e200, -1e200, 1e300, -1e300]
ROUNDED = (1e-13, 1e-13, 1e-13)
"""Where the operand is multiplied by a constant before an exponential."""

USUAL = TINY + MIDDLE + TAILS
EVERY = USUAL + HUGE
POSITIVE = [x for x in EVERY if x > 0]
UNIT = [x for x in EVERY if abs(x) < 1] + [1 - 1e-10, -1 + 1e-15]


@dataclass(frozen=True)
class Row:
    """A function of one number.

    Attributes:
        ours: the function under test.
        exact: the same in mpmath.
        points: where it is tried.
        digits: how many digits mpmath computes with; few where the function is dear.
        tolerance: relative tolerances of value, first and second derivative.
        compiled: whether it is also tried as machine code.
    """

    ours: Callable[[Any], Any]
    exact: Callable[[Any], Any]
    points: Sequence[float]
    digits: int = 900
    tolerance: tuple[float, float, float] = (1e-14, 1e-14, 2e-14)
    compiled: bool = True
