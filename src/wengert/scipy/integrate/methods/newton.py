"""Simplified Newton iterations, which keep one matrix and are given up as soon as they will not converge in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

import wengert as wg

from ..leaves import chosen
from ..system import System
from ..values import known, repeated, settled

BEFORE_ANY = 1e300
"""The last change where there was none."""


class Newton(NamedTuple):
    """Where the iterations are.

    Attributes:
        count: how many there were.
        point: the unknowns.
        change: the norm of their last change, in units of what is allowed in a step.
        rate: by how much that was smaller than the one before.
        has_converged, has_failed: whether it is over.
    """

    count: Any
    point: Any
    change: Any
    rate: Any
    has_converged: Any
    has_failed: Any


def iterated(
    step: Callable[[Any], Any],
    norm: Callable[[Any], Any],
    guess: Any,
    allowed: Any,
    most: int,
    captured: Any,
) -> Newton:
    """At most so many changes of a guess, until the error is below what is allowed.

    Args:
        step: gives the change of the unknowns.
        norm: of a change.
        captured: what `step` reads from outside, which tells whether a recording knows its values.

    Source: E. Hairer and G. Wanner, "Solving Ordinary Differential Equations II" (1996), equation (8.10).
    """
    never = numpy.bool_(False)
    first = Newton(numpy.int64(0), guess, numpy.float64(BEFORE_ANY), numpy.float64(0.0), never, never)

    def goes_on(newton: Newton) -> Any:
        return (newton.count < most) & ~newton.has_converged & ~newton.has_failed

    def iterate(newton: Newton) -> Newton:
        change = step(newton.point)
        return _judged(newton, newton.point + change, norm(change), allowed, most)

    return repeated(goes_on, iterate, first, captured)


def _judged(newton: Newton, point: Any, change: Any, allowed: Any, most: int) -> Newton:
    """Whether the iterations have converged, or will not in time."""
    is_first = newton.count == 0
    rate = change / newton.change
    left = rate / chosen(rate < 1, 1 - rate, 1.0) * change
    has_converged = (change == 0) | (~is_first & (rate < 1) & (left < allowed))
    at_the_end = left * rate ** (most - 1 - newton.count)
    has_failed = ~numpy.isfinite(change) | (~is_first & ((rate >= 1) | (at_the_end > allowed)))
    return Newton(newton.count + 1, point, change, rate, has_converged, has_failed & ~has_converged)


class Slopes:
    """The slopes of a system at vectors, as constants for the search of a solution.

    Attributes:
        is_watched: whether a derivative or a recording follows what the equations are made of.
    """

    def __init__(self, system: System, *given: Any):
        self.system = system
        self.is_watched = any(type(value) is wg.Tensor for value in given)

    def __call__(self, t: Any, vector: Any) -> Any:
        slope = self.system.vector(self.system(t, self.system.parts(vector)))
        self.is_watched |= type(slope) is wg.Tensor
        return settled(slope)

    def defined(self, found: Any, residual: Callable[[Any], Any]) -> Any:
        """What was found as a function of all that its equations are made of."""
        return known(wg.implicit(lambda: found, residual, derivative_tolerance=None)()) if self.is_watched else found
