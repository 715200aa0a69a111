"""Radau IIA of order 5 for stiff systems: collocation at three times, solved by simplified Newton iterations.

Source: E. Hairer and G. Wanner, "Solving Ordinary Differential Equations II" (1996), section IV.8; the coefficients are
computed here from the times of collocation. Stages are defined by equations, and their derivatives by them too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

from ..leaves import Leaves, combined
from ..system import System
from ..tolerances import Tolerances
from ..values import settled
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


@dataclass(frozen=True)
class Radau:
    """The method; it hands on the slope, and the last stages and step size, from which the first guess is made."""

    controller: Controller
    order: int = 3
    kept: int = 3
    has_fixed_steps: bool = False
    is_implicit: bool = True

    def begin(self, system: System, t: Any, y: Leaves, slope: Leaves) -> Any:
        return slope, numpy.zeros((3, system.size)), numpy.float64(1.0)

    def attempt(self, system: System, tolerances: Tolerances, t: Any, y: Leaves, own: Any, h: Any) -> Attempt:
        """A step of size h from (t, y)."""
        slope, before, size = own
        equations = _Equations(system, tolerances, t, y, h)
        guess = _extrapolated(settled(before), settled(h) / settled(size))
        found = equations.solved(guess)
        stages = found.point
        end = equations.state(stages[2])
        error, more = equations.error(slope, stages, end)
        error = numpy.where(found.has_converged, error, numpy.inf)
        counts = Counts(3 * found.count + 1 + more, 1, 2)
        slopes = [system.parts(stages[i]) for i in range(3)]
        return Attempt(end, (system(t + h, end), stages, h), error**2, slopes, counts)

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

    def __init__(self, system: System, tolerances: Tolerances, t: Any, y: Leaves, h: Any):
        self.system = system
        self.tolerances = tolerances
        self.t, self.y, self.h = t, y, h
        self.vector = system.vector(y)
        self.rates = Slopes(system, t, h, self.vector)
        self.settled = settled((t, h, self.vector))
        self.jacobian = settled(system.matrices.at(*settled((t, list(y)))))
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

    def error(self, slope: Leaves, stages: Any, end: Leaves) -> tuple[Any, int]:
        """The norm of the error, filtered a second time where it is too large, and how many evaluations it took."""
        stages, h = settled((stages, self.h))
        change = sum(float(weight) * stages[i] for i, weight in enumerate(ERROR)) / h
        error = self.system.parts(self.solve_real(self.system.vector(settled(list(slope))) + change))
        norm = self.tolerances.norm(error, self.y, end)
        moved = [leaf + part for leaf, part in zip(self.y, error, strict=True)]
        again = self.solve_real(self.system.vector(settled(self.system(self.t, moved))) + change)
        return numpy.where(norm < 1, norm, self.tolerances.norm(self.system.parts(again), self.y, end)), 1

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
