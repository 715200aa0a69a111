"""Radau IIA of order 5 for stiff systems: collocation at three times, solved by simplified Newton iterations.

Source: E. Hairer and G. Wanner, "Solving Ordinary Differential Equations II" (1996), section IV.8; the coefficients are
computed here from the times of collocation. Stages are defined by equations, and their derivatives by them too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy

from ..leaves import Leaves, at_least, chosen, combined
from ..system import System
from ..tolerances import Tolerances
from ..values import branched, settled
from .method import Attempt, Controller, Counts, Done
from .newton import Newton, Slopes, iterated
from .polynomials import weights_at

TIMES = numpy.array([(4 - 6**0.5) / 10, (4 + 6**0.5) / 10, 1.0])

POWERS = TIMES[:, None] ** numpy.arange(4)

COLLOCATION = POWERS[:, 1:] / numpy.arange(1, 4) @ numpy.linalg.inv(POWERS[:, :3])
"""The matrix A: the stages, as differences from the state, are ``h A F`` with their slopes F."""

INTERPOLANT = numpy.linalg.inv(POWERS[:, 1:]).T
"""Of shape (stages, powers): what weighs the stages between the ends."""

MOST_ITERATIONS = 6

SLOW = 1e-3
"""Where changes get smaller by no more than this in an iteration, the next step has a new Jacobian."""


def _diagonalised() -> tuple[float, complex, numpy.ndarray]:
    """A real and a complex eigenvalue of the inverse of A, and the real basis in which it is in blocks."""
    eigen: Any = numpy.linalg.eig(numpy.linalg.inv(COLLOCATION))
    values, vectors = eigen
    real, pair = numpy.argmin(abs(values.imag)), numpy.argmax(values.imag)
    basis = [vectors[:, real].real, vectors[:, pair].real, -vectors[:, pair].imag]
    return float(values[real].real), complex(values[pair]), numpy.stack(basis, axis=1)


REAL, COMPLEX, BASIS = _diagonalised()

TO_BASIS = numpy.linalg.inv(BASIS)


def _error_weights() -> numpy.ndarray:
    """What weighs the stages in the difference from the formula of order 3 that weighs the start with ``1 / REAL``."""
    compared = numpy.linalg.solve(POWERS[:, :3].T, [1 - 1 / REAL, 1 / 2, 1 / 3])
    return REAL * (compared - COLLOCATION[-1]) @ numpy.linalg.inv(COLLOCATION)


ERROR = _error_weights()


class Memory(NamedTuple):
    """What is handed on from step to step.

    Attributes:
        slope: where the step begins.
        stages, size: of the last step, from which the first guess is made.
        jacobian: a matrix.
        needs_jacobian: whether it is to be computed anew.
    """

    slope: Leaves
    stages: Any
    size: Any
    jacobian: Any
    needs_jacobian: Any


@dataclass(frozen=True)
class Radau:
    """The method; a Jacobian is kept for as long as the iterations converge fast."""

    controller: Controller
    order: int = 3
    kept: int = 3
    has_fixed_steps: bool = False
    is_implicit: bool = True

    def begin(self, system: System, t: Any, y: Leaves, slope: Leaves) -> Any:
        nothing = system.matrices.nothing
        return Memory(slope, numpy.zeros((3, system.size)), numpy.float64(1.0), nothing, numpy.bool_(True))

    def attempt(self, system: System, tolerances: Tolerances, t: Any, y: Leaves, own: Any, h: Any) -> Attempt:
        """A step of size h from (t, y)."""
        equations = _Equations(system, tolerances, t, y, h, own)
        guess = _extrapolated(settled(own.stages), settled(h) / settled(own.size))
        found = equations.solved(guess)
        stages, is_new = found.point, own.needs_jacobian
        end = equations.state(stages[2])
        error, more = equations.error(own.slope, stages, end)
        error = chosen(found.has_converged, error, numpy.float64(numpy.inf))
        may_change = not system.has_constant_jacobian
        kept = own._replace(jacobian=equations.jacobian, needs_jacobian=~found.has_converged & ~is_new & may_change)
        is_slow = (found.count > 2) & (found.rate > SLOW) & may_change
        after = Memory(system(t + h, end), stages, h, equations.jacobian, is_slow)
        counts = Counts(3 * found.count + 1 + more, 1 * is_new, 2)
        slopes = [system.parts(stages[i]) for i in range(3)]
        shorter = self._shorter(found, error, kept)
        return Attempt(end, after, error**2, slopes, counts, shorter=settled(abs(h)) * shorter, kept_own=kept)

    def _shorter(self, found: Newton, error: Any, kept: Memory) -> Any:
        """By how much the next attempt is shorter if this one is not taken: not at all if the Jacobian was old."""
        by_error = self.controller.factor(self.order, numpy.log(at_least(error, 1.0)), 0.0)
        return chosen(found.has_converged, by_error, chosen(kept.needs_jacobian, 1.0, 0.5))

    def between(self, system: System, done: Done, part: Any) -> list[Any]:
        """The states at parts (between 0 and 1) of a step, which are last axes."""
        axes = (..., *(None,) * numpy.ndim(part))
        stages = [[leaf[axes] for leaf in each] for each in done.slopes]
        changes = combined(weights_at(INTERPOLANT, part), stages)
        return [leaf[axes] + change for leaf, change in zip(done.y, changes, strict=True)]


RADAU = Radau(Controller(exponent=1.0))


def _extrapolated(stages: Any, ratio: Any) -> Any:
    """A first guess: what the polynomial of the last step is beyond its end, relative to the end."""
    guesses = [combined(weights_at(INTERPOLANT, 1 + float(time) * ratio), [[s] for s in stages])[0] for time in TIMES]
    return numpy.stack(guesses) - stages[2]


class _Equations:
    """The equations of the stages of one step: ``Z = h A F(Z)``."""

    def __init__(self, system: System, tolerances: Tolerances, t: Any, y: Leaves, h: Any, memory: Memory):
        self.system = system
        self.tolerances = tolerances
        self.t, self.y, self.h = t, y, h
        self.vector = system.vector(y)
        self.rates = Slopes(system, t, h, self.vector)
        self.settled = settled((t, h, self.vector))
        double = numpy.float64(1.0)  # a Jacobian is kept in double precision, whatever the state is in
        new = lambda: settled(system.matrices.at(*settled((t, list(y))))) * double
        self.jacobian = branched(memory.needs_jacobian, new, lambda: memory.jacobian)
        self.solve_real = system.matrices.solver(self.jacobian, REAL / self.settled[1])

    def state(self, stage: Any) -> list[Any]:
        return self.system.parts(self.vector + stage)

    def slopes(self, stages: Any) -> Any:
        """The slopes at the stages, of shape (3, n)."""
        times = [self.t + float(time) * self.h for time in TIMES]
        every = [self.system(time, self.state(stages[i])) for i, time in enumerate(times)]
        return numpy.stack([self.system.vector(slope) for slope in every])

    def forces(self, stages: Any) -> Any:
        """The same as constants."""
        t, h, vector = self.settled
        return numpy.stack([self.rates(t + float(time) * h, vector + stages[i]) for i, time in enumerate(TIMES)])

    def solved(self, guess: Any) -> Newton:
        """The iterations from a guess, whose stages differentiate by their equations."""
        given = self.settled, self.jacobian
        found = iterated(self._step(), self._norm, guess, self.tolerances.newton, MOST_ITERATIONS, given)
        stages = self.rates.defined(found.point, lambda stages: stages - self.h * (COLLOCATION @ self.slopes(stages)))
        return found._replace(point=stages)

    def error(self, slope: Leaves, stages: Any, end: Leaves) -> tuple[Any, Any]:
        """The norm of the error, filtered a second time where it is too large, and how many evaluations it took."""
        stages, h = settled((stages, self.h))
        change = sum(float(weight) * stages[i] for i, weight in enumerate(ERROR)) / h
        error = self.system.parts(self.solve_real(self.system.vector(settled(list(slope))) + change))
        y, end = settled(list(self.y)), settled(list(end))
        norm = self.tolerances.norm(error, y, end)

        def filtered() -> tuple[Any, Any]:
            moved = [leaf + part for leaf, part in zip(y, error, strict=True)]
            again = self.solve_real(self.system.vector(settled(self.system(self.settled[0], moved))) + change)
            return self.tolerances.norm(self.system.parts(again), y, end), numpy.int64(1)

        return branched(norm < 1, lambda: (norm, numpy.int64(0)), filtered)

    # -- Newton's iterations -----------------------------------------------------------------------

    def _step(self) -> Callable[[Any], Any]:
        """The change of the stages by an iteration, which is solved for in the basis of eigenvectors."""
        h = self.settled[1]
        alpha, beta = COMPLEX.real / h, COMPLEX.imag / h
        solve_pair = self.system.matrices.pair_solver(self.jacobian, alpha, beta)

        def change(stages: Any) -> Any:
            weights, forces = TO_BASIS @ stages, TO_BASIS @ self.forces(stages)
            real = self.solve_real(forces[0] - REAL / h * weights[0])
            turned = [alpha * weights[1] - beta * weights[2], beta * weights[1] + alpha * weights[2]]
            return BASIS @ numpy.stack([real, *solve_pair(forces[1] - turned[0], forces[2] - turned[1])])

        return change

    def _norm(self, change: Any) -> Any:
        y = self.system.parts(self.settled[2])
        squares = [self.tolerances.norm(self.system.parts(change[i]), y) ** 2 for i in range(3)]
        return numpy.sqrt(sum(squares[1:], squares[0]) / 3)
