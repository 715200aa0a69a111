"""Explicit Runge-Kutta methods: one step function over the tableaux."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

import wengert as wg

from ..leaves import Leaves, ahead, begun, combined, moved, with_one_more
from ..system import System
from ..tolerances import Tolerances
from .method import Attempt, Controller, Counts, Done
from .polynomials import weights_at
from .tableaux import DOP853, RK4, RK23, RK45, TSIT5, Tableau


@dataclass(frozen=True)
class RungeKutta:
    """An explicit Runge-Kutta method; what it hands on from step to step is the slope where it is."""

    tableau: Tableau
    controller: Controller
    is_implicit: bool = False

    @property
    def order(self) -> int:
        return self.tableau.error_order

    @property
    def kept(self) -> int:
        return len(self.tableau.times) + 1

    @property
    def has_fixed_steps(self) -> bool:
        return self.tableau.error is None

    def begin(self, system: System, t: Any, y: Leaves, slope: Leaves) -> Any:
        return slope

    def attempt(self, system: System, tolerances: Tolerances, t: Any, y: Leaves, own: Any, h: Any) -> Attempt:
        """A step of size h from (t, y)."""
        tableau = self.tableau
        slopes = begun(own, self.kept)
        for time, row in zip(tableau.times[1:], tableau.stages, strict=True):
            slopes = with_one_more(slopes, system(t + time * h, ahead(y, h, row, slopes)))
        end = moved(y, h, tableau.weights, slopes)
        slopes = with_one_more(slopes, system(t + h, end))
        counts = Counts(len(slopes) - 1, 0, 0)
        return Attempt(end, slopes[-1], self._error(tolerances, y, end, h, slopes), slopes, counts)

    def between(self, system: System, done: Done, part: Any) -> list[wg.Tensor]:
        """The states at parts (between 0 and 1) of a step, which are last axes."""
        tableau, slopes = self.tableau, list(done.slopes)
        for time, row in zip(tableau.later_times, tableau.later_stages, strict=True):
            slopes.append(system(done.t + time * done.h, moved(done.y, done.h, row, slopes)))
        weights = weights_at(tableau.interpolant, part)
        axes = (..., *(None,) * numpy.ndim(part))
        return moved([leaf[axes] for leaf in done.y], done.h, weights, [[k[axes] for k in each] for each in slopes])

    def _error(self, tolerances: Tolerances, y: Leaves, end: Leaves, h: Any, slopes: Any) -> Any:
        """The square of the norm of the estimated error, in units of what is allowed.

        Where there are two estimates: E. Hairer, S. P. Norsett and G. Wanner (1993), equation (10.17).
        """
        if self.tableau.error is None:
            return None
        first = tolerances.mean_square(combined(self.tableau.error, slopes), y, end, size=h)
        if self.tableau.second_error is None:
            return first
        second = tolerances.mean_square(combined(self.tableau.second_error, slopes), y, end, size=h)
        total = first + 0.01 * second
        return first * (first / numpy.where(total == 0, 1.0, total))


OF_SCIPY = Controller(exponent=1.0)
OF_HAIRER = Controller(exponent=0.7, previous=0.4)

EXPLICIT = {
    "RK23": RungeKutta(RK23, OF_SCIPY),
    "RK45": RungeKutta(RK45, OF_SCIPY),
    "Tsit5": RungeKutta(TSIT5, OF_HAIRER),
    "DOP853": RungeKutta(DOP853, OF_SCIPY),
    "RK4": RungeKutta(RK4, OF_SCIPY),
}
