"""Taylor's method: a step is the series of the solution, whose order follows from the tolerance.

Source: A. Jorba and M. Zou, "A software package for the numerical integration of ODEs by means of high-order Taylor
methods" (2005), section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from math import ceil, exp, log
from typing import Any

import numpy

import wengert as wg

from ..leaves import Leaves, combined
from ..system import System
from ..tolerances import Tolerances
from .method import Attempt, Controller, Counts, Done

PER_STEP = exp(-2.0)
"""A step is this part of the radius of convergence, so that each term is so much smaller than the one before it."""

SAFETY = 0.7

USUAL_DEGREE = 12


@dataclass(frozen=True)
class Taylor:
    """Taylor's method; what it hands on from step to step are the coefficients of the series where it is, from 1 on.

    They are the slopes of the step that begins there, so what is between its ends is as exact as these; and they tell
    its size before it is taken.
    """

    degree: int = USUAL_DEGREE
    controller: Controller = field(default_factory=lambda: Controller(exponent=1.0))
    has_fixed_steps: bool = False
    is_implicit: bool = False

    @property
    def order(self) -> int:
        return self.degree - 1

    @property
    def kept(self) -> int:
        return self.degree

    def begin(self, system: System, t: Any, y: Leaves, slope: Leaves) -> Any:
        series = wg.taylor_solution(system, self.degree)(t, list(y))
        return [[leaf[k] for leaf in series] for k in range(1, self.degree + 1)]

    def attempt(self, system: System, tolerances: Tolerances, t: Any, y: Leaves, own: Any, h: Any) -> Attempt:
        """A step of size h from (t, y)."""
        end = _along(y, own, h)
        norms = [_norm(tolerances, own[k - 1], y) for k in (self.degree - 1, self.degree)]
        following = self.begin(system, t + h, end, own[0])
        sizes = abs(h) ** (self.degree - 1), abs(h) ** self.degree
        error = numpy.maximum(PER_STEP * sizes[0] * norms[0], sizes[1] * norms[1])
        return Attempt(end, following, error**2, own, Counts(1, 0, 0), self._size(tolerances, end, following))

    def _size(self, tolerances: Tolerances, y: Leaves, own: Any) -> Any:
        """The size with which the last terms are of the size of what is allowed, or below (Jorba and Zou, 3.2.1)."""
        degree = self.degree
        before, last = (_norm(tolerances, own[k - 1], y) for k in (degree - 1, degree))
        radius = numpy.minimum(_root(before, degree - 1), _root(last / PER_STEP, degree))
        return exp(-SAFETY / (degree - 1)) * radius

    def between(self, system: System, done: Done, part: Any) -> list[wg.Tensor]:
        """The states at parts (between 0 and 1) of a step, which are last axes."""
        axes = (..., *(None,) * numpy.ndim(part))
        slopes = [[leaf[axes] for leaf in each] for each in done.slopes]
        return _along([leaf[axes] for leaf in done.y], slopes, part * done.h)


def _along(y: Leaves, slopes: Sequence[Leaves], h: Any) -> list[Any]:
    """The sum of the series at h, by Horner's rule."""
    total = list(slopes[-1])
    for each in (*reversed(slopes[:-1]), y):
        total = [a + b for a, b in zip(each, combined((h,), [total]), strict=True)]
    return total


def _norm(tolerances: Tolerances, errors: Leaves, y: Leaves) -> Any:
    """The largest error, each in units of what is allowed at the largest number of its array."""
    units = [a + r * numpy.max(abs(leaf)) for a, r, leaf in zip(tolerances.atol, tolerances.rtol, y, strict=True)]
    first, *others = [numpy.max(abs(error) / unit) for error, unit in zip(errors, units, strict=True)]
    return reduce(numpy.maximum, others, first)


def _root(size: Any, k: int) -> Any:
    """``size**(-1 / k)``; a number that is large enough where the size is 0."""
    return numpy.where(size == 0, numpy.inf, numpy.where(size == 0, 1.0, size) ** (-1 / k))


def suited(method: Any, tolerances: Tolerances) -> Any:
    """Taylor's method with the degree that takes the fewest operations for a time, and any other as it is.

    A tolerance without a value (an argument of a compiled function) leaves it the usual degree.
    """
    if type(method) is not Taylor or any(type(rtol) is wg.Tensor for rtol in tolerances.rtol):
        return method
    least = min(float(numpy.min(rtol)) for rtol in tolerances.rtol)
    return replace(method, degree=max(3, ceil(1 - log(least) / 2)))
