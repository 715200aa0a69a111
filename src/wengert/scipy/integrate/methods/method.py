"""What a method of integration is: how it steps, how large an error it made, and what is between the ends of a step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy

import wengert as wg

from ..leaves import Leaves, at_least, at_most
from ..system import System
from ..tolerances import Tolerances


class Counts(NamedTuple):
    """How often the right-hand side was evaluated, its Jacobian, and how often a matrix was factorised."""

    evaluations: Any
    jacobians: Any
    factorisations: Any

    def plus(self, other: Counts) -> Counts:
        return Counts(*(mine + others for mine, others in zip(self, other, strict=True)))


class Attempt(NamedTuple):
    """A step that is taken if its error is small enough.

    Attributes:
        y: the state at its end.
        own: what the method hands on to the next step.
        error: the square of its norm, in units of what is allowed; ``None`` for methods of fixed steps.
        slopes: as many as `Method.kept`.
        counts: what it cost.
        size: of the next step, where the method knows it better than a controller does from the error of this one.
        shorter: that of the next attempt if this one is not taken, likewise.
        kept_own: what it hands on to that attempt, if that is not what it was given.
    """

    y: Leaves
    own: Any
    error: Any
    slopes: Sequence[Leaves]
    counts: Counts
    size: Any = None
    shorter: Any = None
    kept_own: Any = None


class Done(NamedTuple):
    """The last attempt: from t and y with the signed size h, and what the states between its ends are made of."""

    t: Any
    y: Leaves
    h: Any
    slopes: Sequence[Leaves]


@dataclass(frozen=True)
class Controller:
    """The size of the next step: ``0.9 * error**-(exponent / k) * previous_error**(previous / k)`` times that of this.

    k is one more than the order of the error estimate. With ``previous=0`` it is the classical controller, which SciPy
    has; with (0.7, 0.4) it is proportional-integral: K. Gustafsson, "Control theoretic techniques for stepsize
    selection in explicit Runge-Kutta methods" (1991), in the form of E. Hairer and G. Wanner (1996), section IV.2.
    """

    exponent: float
    previous: float = 0.0
    safety: float = 0.9
    least: float = 0.2
    most: float = 10.0

    def factor(self, order: int, log_square: Any, before: Any) -> Any:
        """By how much the next step is longer, from the logarithms of the squares of this error and the one before."""
        known = math.log(self.safety)
        if self.previous:
            known = known + before * (self.previous / (2 * (order + 1)))
        factor = numpy.exp(log_square * (-self.exponent / (2 * (order + 1))) + known)
        return at_most(at_least(factor, self.least), self.most)


class Method(Protocol):
    """A method of integration.

    Attributes:
        order: of its estimate of the error.
        kept: how many slopes of a step the states between its ends are made of.
        has_fixed_steps: whether there is no estimate of the error.
        is_implicit: whether it solves equations with the Jacobian.
    """

    @property
    def order(self) -> int: ...

    @property
    def kept(self) -> int: ...

    @property
    def has_fixed_steps(self) -> bool: ...

    @property
    def is_implicit(self) -> bool: ...

    @property
    def controller(self) -> Controller: ...

    def begin(self, system: System, t: Any, y: Leaves, slope: Leaves) -> Any:
        """What it hands on to the first step."""
        ...

    def attempt(self, system: System, tolerances: Tolerances, t: Any, y: Leaves, own: Any, h: Any) -> Attempt:
        """A step of size h from (t, y)."""
        ...

    def between(self, system: System, done: Done, part: Any) -> list[wg.Tensor]:
        """The states at parts (between 0 and 1) of a step, which are last axes."""
        ...
