"""Powers: from x y' = p x' y for y = x^p."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy

from ...core.tensor import Tensor
from ..elementwise import equal, reciprocal, where
from ..factors import multiply, scale
from .line import Line
from .products import squared
from .series import Series, times, total, unless_still


def power_of(line: Line) -> Callable[[int], Any] | None:
    """By a number that is known. (The derivative serves others: its factor is a power of an exponent less by one.)

    So it serves whole numbers, for which that comes to an end, and which may be taken of 0.
    """
    x, exponent = line.operands
    if type(x) is not Series or not _is_number(exponent):
        return None
    p = numpy.asarray(exponent).item()
    if p == 2:
        return squared(line, x)
    return None if p == int(p.real) and p.real >= 0 else _of_number(line, x, p)


def _is_number(exponent: Any) -> bool:
    """Whether an exponent is one finite real number, and its value is there."""
    if type(exponent) in (Series, Tensor) or numpy.ndim(exponent) != 0:
        return False
    return numpy.asarray(exponent).dtype.kind in "iuf" and bool(numpy.isfinite(exponent))


def _of_number(line: Line, x: Series, p: float) -> Callable[[int], Any]:
    """k x_0 y_k is the sum over j of ((p + 1) j - k) x_j y_(k-j)."""

    @cache
    def over_x() -> Any:
        return reciprocal(x[0])

    @cache
    def ratio() -> Any:
        return multiply(line.out[0], over_x())

    def term(k: int, j: int) -> Any:
        if x[j] is None or line.out[k - j] is None:
            return None
        return multiply(multiply(x[j], line.out[k - j]), (p + 1) * j / k - 1)

    def coefficient(k: int) -> Any:
        terms = total([term(k, j) for j in range(1, k)])
        inner = None if terms is None else unless_still(multiply(terms, over_x()), x.moved, k - 1)
        edge = None if x[k] is None else scale(times(p, x[k]), ratio())
        found = total([edge], line.gather(k, inner))
        return found if found is None or k > p else where(equal(x[0], 0), 0, found)

    return coefficient
