"""The equations of collocation on one mesh, solved where they are recorded: a loop of Newton's damped steps.

Source: U. M. Ascher, R. M. M. Mattheij and R. D. Russell, "Numerical solution of boundary value problems for ordinary
differential equations" (1995), section 8.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from .methods.linear import Factors

MOST_STEPS = 50

MOST_HALVINGS = 10

MOST_MESHES = 10

SMALLEST_CHANGE = 1e-12
"""A step of Newton's that is smaller, beside the largest unknown, is the last one."""

LOBATTO = ((0.5, 32 / 45), (0.5 - (3 / 28) ** 0.5, 49 / 90), (0.5 + (3 / 28) ** 0.5, 49 / 90))
"""Places in an interval, and weights, of the rule with five nodes; at the ends, its others, the equations hold."""


class Damped(NamedTuple):
    """A step of Newton's, shortened until the unknowns are nearer to a solution.

    Attributes:
        size: the part of it that is tried.
        count: how often it was halved.
        unknowns, residual: after it.
        distance: the norm of what a step with the same matrix would be there.
    """

    size: Any
    count: Any
    unknowns: Any
    residual: Any
    distance: Any


class Iteration(NamedTuple):
    """Where Newton's iterations are.

    Attributes:
        count: how many there were.
        unknowns, residual: the point.
        is_solved, has_failed: whether it is over.
    """

    count: Any
    unknowns: Any
    residual: Any
    is_solved: Any
    has_failed: Any


def solved(equations: Callable[[Any], Any], guess: Any) -> Iteration:
    """The zero of equations of a vector, from a guess."""
    start = Iteration(np.asarray(0), guess, equations(guess), np.asarray(False), np.asarray(False))
    goes_on = lambda now: (now.count < MOST_STEPS) & ~now.is_solved & ~now.has_failed
    return wg.while_loop(goes_on, lambda now: _advanced(equations, now), start)


def _advanced(equations: Callable[[Any], Any], now: Iteration) -> Iteration:
    factors = Factors.of(wg.jacfwd(equations)(now.unknowns))
    step = -factors.solve(now.residual)
    distance = np.linalg.norm(step)

    def tried(size: Any, count: Any) -> Damped:
        unknowns = now.unknowns + size * step
        residual = equations(unknowns)
        return Damped(size, count, unknowns, residual, np.linalg.norm(factors.solve(residual)))

    def is_too_long(damped: Damped) -> Any:
        return ~(damped.distance <= (1 - damped.size / 4) * distance) & (damped.count < MOST_HALVINGS)

    found = wg.while_loop(is_too_long, lambda d: tried(d.size / 2, d.count + 1), tried(np.asarray(1.0), np.asarray(0)))
    is_solved = distance <= SMALLEST_CHANGE * (1 + np.max(np.abs(now.unknowns)))
    has_failed = ~is_solved & ((found.count == MOST_HALVINGS) | ~np.isfinite(distance))
    return Iteration(now.count + 1, found.unknowns, found.residual, is_solved, has_failed)


def rms_residuals(slopes: Callable[[Any, Any], Any], x: Any, solution: Callable[..., Any]) -> Any:
    """For each interval the root of the mean square of what is between the slope of a solution and what it should be,
    relative to this.

    Source: J. Kierzenka and L. F. Shampine (2001), section 4.
    """
    h, total = numpy.diff(x), 0.0
    for place, weight in LOBATTO:
        at = x[:-1] + place * h
        wanted = slopes(at, solution(at))
        relative = (solution(at, 1) - wanted) / (1 + np.abs(wanted))
        total = total + weight / 2 * np.sum(relative**2, axis=0)
    return np.sqrt(total)


SHARE_AT_LEAST = 0.1
"""Of the largest one: an interval without residuals counts as if it had so much of an error."""


def equidistributed(x: Any, residuals: Any) -> Any:
    """As many nodes, between which the errors are alike: they grow as the fourth power of an interval's length.

    Source: C. de Boor, "Good approximation by splines with variable knots" (1974).
    """
    errors = residuals**0.25
    shares = np.maximum(errors, SHARE_AT_LEAST * np.max(errors))
    upto = np.concatenate([np.zeros(1), np.cumsum(shares)])
    moved = np.interp(upto[-1] * numpy.linspace(0.0, 1.0, x.size), upto, x)
    return np.concatenate([x[:1], moved[1:-1], x[-1:]])
