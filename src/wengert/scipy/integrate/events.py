"""Events of an integration: where a function of time and state becomes zero.

An event is found on the interpolant of the step in which the sign changes. Its time is defined by an equation, and so
it differentiates, by the implicit function theorem, and the state at this time too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from .leaves import Leaves
from .methods import Done
from .stepping import EPSILON, Problem
from .values import known, settled

MOST_ITERATIONS = 100


@dataclass(frozen=True)
class Event:
    """A function whose zeros are looked for.

    Attributes:
        function: of time, state and the further arguments, as the right-hand side.
        direction: negative for zeros where it falls, positive for those where it rises, 0 for both.
        ends_after: how often it occurs until it ends the integration; 0 for never.
    """

    function: Callable[..., Any]
    direction: float
    ends_after: int

    def value(self, problem: Problem, t: Any, y: Leaves) -> Any:
        """The function at a point.

        Raises:
            ValueError: it is no scalar.
        """
        system = problem.system
        value = np.asarray(self.function(np.asarray(t), system.whole(y), *system.args))
        if value.size != 1:
            raise ValueError(
                f"[{system.op}] an event gave shape {value.shape}, wanted a number; write a list of functions for "
                "several events"
            )
        return known(value.reshape(()))

    def is_crossed(self, before: Any, after: Any) -> Any:
        """Whether it occurs in a step, by the values at its ends."""
        rises, falls = (before <= 0) & (after >= 0), (before >= 0) & (after <= 0)
        return (rises | falls) if self.direction == 0 else rises if self.direction > 0 else falls

    def found(self, problem: Problem, done: Done) -> Any:
        """The time in a step at which it occurs."""

        def value(time: Any) -> Any:
            return self.value(problem, time, state_at(problem, done, time))

        def solver() -> Any:
            t, h = settled((done.t, done.h))
            return t + zero_between(lambda part: settled(value(t + part * h))) * h

        return known(wg.implicit(solver, value, derivative_tolerance=None)())


def events_of(given: Any) -> list[Event]:
    """What SciPy's attributes ``terminal`` and ``direction`` of functions say."""
    functions = [] if given is None else [given] if callable(given) else list(given)
    for function in functions:
        if not callable(function):
            raise TypeError(
                f"[solve_ivp] an event is of type {type(function).__name__}, wanted a function of (t, y) that is zero "
                "where the event occurs"
            )
    return [
        Event(function, getattr(function, "direction", 0), _ends_after(getattr(function, "terminal", None)))
        for function in functions
    ]


def _ends_after(terminal: Any) -> int:
    if terminal is None or isinstance(terminal, bool):
        return int(terminal or 0)
    if not isinstance(terminal, int) or terminal <= 0:
        raise ValueError(f"[solve_ivp] terminal of an event is {terminal}, wanted True, False or a number from 1 on")
    return terminal


def state_at(problem: Problem, done: Done, time: Any) -> Leaves:
    """The state at a time within a step."""
    return problem.method.between(problem.system, done, (time - done.t) / done.h)


# -- the zero of a function ------------------------------------------------------------------------


class Bracket(NamedTuple):
    """Two places between which there is a zero (the first two), and the one before, with their values."""

    x: tuple[Any, Any, Any]
    f: tuple[Any, Any, Any]
    part: Any
    count: Any


def zero_between(f: Callable[[Any], Any]) -> Any:
    """The zero of a function that changes its sign between 0 and 1, to rounding.

    Source: T. R. Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function
    without using derivatives" (1997).
    """
    low, high = numpy.float64(0.0), numpy.float64(1.0)
    start = Bracket((high, low, low), (f(high), f(low), f(low)), numpy.float64(0.5), numpy.int64(0))
    end = wg.while_loop(_is_open, lambda bracket: _narrowed(bracket, f), start)
    return known(numpy.where(abs(end.f[0]) < abs(end.f[1]), end.x[0], end.x[1]))


def _is_open(bracket: Bracket) -> Any:
    (first, second, _), (at_first, at_second, _) = bracket.x, bracket.f
    is_wide = abs(second - first) > 4 * EPSILON
    return is_wide & (at_first != 0) & (at_second != 0) & (bracket.count < MOST_ITERATIONS)


def _narrowed(bracket: Bracket, f: Callable[[Any], Any]) -> Bracket:
    """The bracket with one more place, at a part of the way from the first to the second."""
    (first, second, _), (at_first, at_second, _) = bracket.x, bracket.f
    new = first + bracket.part * (second - first)
    at_new = f(new)
    is_beyond = numpy.sign(at_new) == numpy.sign(at_first)
    x = new, numpy.where(is_beyond, second, first), numpy.where(is_beyond, first, second)
    values = at_new, numpy.where(is_beyond, at_second, at_first), numpy.where(is_beyond, at_first, at_second)
    return Bracket(x, values, _next_part(x, values), bracket.count + 1)


def _next_part(x: Sequence[Any], f: Sequence[Any]) -> Any:
    """Where the inverse parabola through the places is zero, if that can be trusted, or the middle."""
    ratio = (x[0] - x[1]) / (x[2] - x[1])
    share = (f[0] - f[1]) / _nonzero(f[2] - f[1])
    is_trusted = (share**2 < ratio) & ((1 - share) ** 2 < 1 - ratio)
    straight = f[0] / _nonzero(f[1] - f[0]) * f[2] / _nonzero(f[1] - f[2])
    bent = (x[2] - x[0]) / (x[1] - x[0]) * f[0] / _nonzero(f[2] - f[0]) * f[1] / _nonzero(f[2] - f[1])
    least = 2 * EPSILON / abs(x[1] - x[0])
    return numpy.clip(numpy.where(is_trusted, straight + bent, 0.5), least, 1 - least)


def _nonzero(x: Any) -> Any:
    return numpy.where(x == 0, 1.0, x)
