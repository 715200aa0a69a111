"""Backward differentiation formulas for stiff systems, of orders 1 to 5, with steps that stay the same for a while.

The last states are kept as backward differences at equal distances; where the size changes, the polynomial through them
is read at other places. A step solves one system of equations of the size of the state, with a Jacobian and a
factorisation that are kept as long as its iterations converge.

Source: L. F. Shampine and M. W. Reichelt, "The MATLAB ODE suite" (1997), sections 2.1 to 2.3: the numerical
differentiation formulas, and the choice of order and size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from ..leaves import Leaves, chosen, combined
from ..system import System
from ..tolerances import Tolerances
from ..values import branched, settled
from .method import Attempt, Controller, Counts, Done
from .newton import Newton, Slopes, iterated

MOST = 5
"""The highest order."""

ROWS = MOST + 3
"""How many differences are kept: those of the formula, and two by which orders are compared."""

ORDERS = numpy.arange(MOST + 1)

KAPPA = numpy.array([0.0, -0.1850, -1 / 9, -0.0823, -0.0415, 0.0])
"""What makes the differentiation formula of an order more accurate, for a slightly smaller domain of stability."""

GAMMA = numpy.cumsum([0.0, *(1 / ORDERS[1:])])

ALPHA = (1 - KAPPA) * GAMMA

ERROR = KAPPA * GAMMA + 1 / (ORDERS + 1)
"""The error of a step of each order, in units of the difference of the next order."""

COMPARED = numpy.stack([numpy.roll(ERROR, 1), ERROR, numpy.roll(ERROR, -1)], axis=1)
"""Of shape (orders, 3): that of the order below, of the order itself, and of the one above."""

IS_USED = numpy.arange(ROWS) <= ORDERS[:, None]
"""Of shape (orders, rows): which differences a formula is made of."""

PREDICTION = IS_USED.astype(float)

HISTORY = numpy.where(IS_USED, numpy.pad(GAMMA, (0, ROWS - MOST - 1)), 0.0) / numpy.maximum(ALPHA, 1.0)[:, None]
"""What weighs the differences in the formula's sum over the past."""

EXISTS = numpy.stack([ORDERS > 1, ORDERS > 0, ORDERS < MOST], axis=1)
"""Whether there are these three orders."""

LEAST_ERROR = 1e-200
"""What is taken for no error at all."""

MOST_ITERATIONS = 4

LEAST_FACTOR, MOST_FACTOR = 0.2, 10.0


def _updates() -> tuple[numpy.ndarray, numpy.ndarray]:
    """What the differences after a step are of those before it, and of the correction, for each order."""
    kept, added = numpy.zeros((MOST + 1, ROWS, ROWS)), numpy.zeros((MOST + 1, ROWS))
    for order in ORDERS[1:]:
        kept[order, : order + 1, : order + 1] = numpy.triu(numpy.ones((order + 1, order + 1)))
        kept[order, order + 2, order + 1] = -1.0
        added[order, : order + 3] = 1.0
    return kept, added


KEPT, ADDED = _updates()

DEGREES = numpy.arange(1, ROWS)[:, None]


def _basis_at(factor: Any) -> Any:
    """The polynomials that differences weigh (rows), at the places ``0, -factor, -2 factor, ...`` (columns)."""
    parts = (DEGREES - 1 - factor * numpy.arange(ROWS)) / DEGREES
    return numpy.cumprod(numpy.concatenate([numpy.ones((1, ROWS)), parts]), axis=0)


TO_DIFFERENCES = _basis_at(1.0)
"""Of values at equal distances, one after the other back in time."""


def rescaled(differences: Any, order: Any, factor: Any) -> Any:
    """The differences at distances that are longer by a factor; those beyond the order stay as they are."""
    if type(factor) is not wg.Tensor and factor == 1:
        return differences
    is_used = at(IS_USED, order)
    change = numpy.where(is_used[:, None] & is_used, (_basis_at(factor) @ TO_DIFFERENCES).T, numpy.eye(ROWS))
    return change @ differences


def at(table: Any, order: Any) -> Any:
    """The entry of a table for an order."""
    return np.take(table, order, axis=0) if type(order) is wg.Tensor else table[order]


class Memory(NamedTuple):
    """What is handed on from step to step.

    Attributes:
        differences: of shape (8, n).
        size: the signed distance between the states that they are made of.
        order: of the next step.
        steps: how many there were of this order and size.
        jacobian, factors: a matrix, and ``1 - scale * jacobian`` in factors.
        scale: 0 if there is none yet.
        needs_jacobian: whether it is to be computed anew.
    """

    differences: Any
    size: Any
    order: Any
    steps: Any
    jacobian: Any
    factors: Any
    scale: Any
    needs_jacobian: Any


@dataclass(frozen=True)
class Bdf:
    """The method; what is between the ends of a step is the polynomial through the last states."""

    controller: Controller
    order: int = 1
    kept: int = MOST
    has_fixed_steps: bool = False
    is_implicit: bool = True

    def begin(self, system: System, t: Any, y: Leaves, slope: Leaves) -> Any:
        start, slope = system.vector(y), system.vector(slope)
        rest = numpy.zeros((ROWS - 2, system.size))
        nothing = system.matrices.nothing
        return Memory(
            differences=numpy.concatenate([numpy.stack([start, slope]), rest]),
            size=numpy.float64(1.0),
            order=numpy.int64(1),
            steps=numpy.int64(0),
            jacobian=nothing,
            factors=system.matrices.factorised(nothing, 1.0),
            scale=numpy.float64(0.0),
            needs_jacobian=numpy.bool_(True),
        )

    def attempt(self, system: System, tolerances: Tolerances, t: Any, y: Leaves, own: Any, h: Any) -> Attempt:
        """A step of size h from (t, y)."""
        return _Step(system, tolerances, t, own, h).attempt()

    def between(self, system: System, done: Done, part: Any) -> list[Any]:
        """The states at parts (between 0 and 1) of a step, which are last axes."""
        axes = (..., *(None,) * numpy.ndim(part))
        weight, weights = 1.0, []
        for k in range(MOST):
            weight = weight * ((part - 1 + k) / (1 + k))
            weights.append(weight)
        weights[0] = weights[0] + 1.0
        changes = combined(weights, [[leaf[axes] for leaf in each] for each in done.slopes])
        return [leaf[axes] + change for leaf, change in zip(done.y, changes, strict=True)]


BDF = Bdf(Controller(exponent=1.0))


class _Step:
    """A step of the order and with the Jacobian that are kept, to a state that solves
    ``scale * f(end, state) - history - correction = 0`` with ``state = predicted + correction``.
    """

    def __init__(self, system: System, tolerances: Tolerances, t: Any, memory: Memory, h: Any):
        self.system, self.tolerances, self.memory, self.h = system, tolerances, memory, h
        factor = h / memory.size
        self.steps = chosen(settled(factor) == 1, memory.steps, numpy.int64(0))
        self.differences = rescaled(memory.differences, memory.order, factor)
        self.end = t + h
        self.predicted = at(PREDICTION, memory.order) @ self.differences
        self.history = at(HISTORY, memory.order) @ self.differences
        self.scale = h / at(ALPHA, memory.order)
        self.settled = settled((self.end, self.predicted, self.history, self.scale))
        self.rates = Slopes(system, self.end, self.predicted, self.history)

    def attempt(self) -> Attempt:
        """The step, with the order and the size of the next one."""
        found, newton = self._searched()
        memory, order = self.memory, self.memory.order
        correction = self.rates.defined(newton.point, self._residual)
        differences = at(KEPT, order) @ self.differences + at(ADDED, order)[:, None] * correction
        end = self.system.parts(self.predicted + correction)
        safety = 0.9 * (2 * MOST_ITERATIONS + 1) / (2 * MOST_ITERATIONS + newton.count)
        error, (best, size, steps) = self._choice(settled(differences), settled(correction), settled(end), safety)
        shorter = numpy.maximum(LEAST_FACTOR, safety * error ** (-1 / (order + 1)))
        shorter = chosen(newton.has_converged, shorter, chosen(found.needs_jacobian, 1.0, 0.5))
        own = found._replace(
            differences=differences, size=self.h, order=best, steps=steps, needs_jacobian=numpy.bool_(False)
        )
        used = numpy.where(at(IS_USED, best)[1 : MOST + 1, None], differences[1 : MOST + 1], 0.0)
        slopes = [self.system.parts(used[k]) for k in range(MOST)]
        is_new, is_other = memory.needs_jacobian, found.scale != memory.scale
        counts = Counts(newton.count, 1 * is_new, 1 * (is_new | is_other))
        error = chosen(newton.has_converged, error, numpy.float64(numpy.inf))
        return Attempt(end, own, error**2, slopes, counts, size, settled(abs(self.h)) * shorter, found)

    def _residual(self, correction: Any) -> Any:
        slope = self.system(self.end, self.system.parts(self.predicted + correction))
        return self.scale * self.system.vector(slope) - self.history - correction

    def _searched(self) -> tuple[Memory, Newton]:
        """Iterations with the Jacobian that is there, and what is kept for another attempt.

        If they do not converge, that is one of the same size with the Jacobian of this step.
        """
        memory, matrices = self.memory, self.system.matrices
        end, predicted, history, scale = self.settled
        y = self.system.parts(predicted)
        is_new = memory.needs_jacobian
        matrix = branched(is_new, lambda: settled(matrices.at(end, y)), lambda: memory.jacobian)
        is_other = is_new | (scale != memory.scale)
        factors = branched(is_other, lambda: matrices.factorised(matrix, scale), lambda: memory.factors)

        def step(correction: Any) -> Any:
            return factors.solve(scale * self.rates(end, predicted + correction) - history - correction)

        def norm(change: Any) -> Any:
            return self.tolerances.norm(self.system.parts(change), y)

        guess = numpy.zeros(self.system.size)
        newton = iterated(step, norm, guess, self.tolerances.newton, MOST_ITERATIONS, (self.settled, matrix, factors))
        is_old = ~is_new & (not self.system.has_constant_jacobian)
        needs_jacobian = ~newton.has_converged & is_old
        kept = memory._replace(jacobian=matrix, factors=factors, scale=scale, needs_jacobian=needs_jacobian)
        return kept, newton

    # -- order and size ----------------------------------------------------------------------------

    def _choice(self, differences: Any, correction: Any, end: Leaves, safety: Any) -> tuple[Any, Any]:
        """The error, the order and the size of the next step, and how many there were of these.

        They change to the order with the longest step after as many equal steps as that takes.
        """
        order, steps, size = self.memory.order, self.steps + 1, settled(abs(self.h))
        weights = at(COMPARED, order)

        def norm(k: int, vector: Any) -> Any:
            return numpy.maximum(self.tolerances.norm(self.system.parts(weights[k] * vector), end), LEAST_ERROR)

        error = norm(1, correction)

        def changed() -> tuple[Any, Any, Any]:
            errors = norm(0, at(differences, order)), error, norm(2, at(differences, order + 2))
            factors = numpy.stack([error ** (-1 / (order + k)) for k, error in enumerate(errors)])
            factors = numpy.where(at(EXISTS, order), factors, 0.0)
            longest = numpy.minimum(MOST_FACTOR, safety * numpy.max(factors))
            return order - 1 + numpy.argmax(factors), size * longest, numpy.int64(0)

        return error, branched(steps > order, changed, lambda: (order, size, steps))
