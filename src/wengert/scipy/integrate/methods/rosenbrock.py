"""A Rosenbrock method for stiff systems: each stage solves linear equations with one matrix, made of the Jacobian.

Sources: E. Hairer and G. Wanner, "Solving Ordinary Differential Equations II" (1996), section IV.7; G. Steinebach,
"Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks within the Julia differential equations
package" (2023), for the coefficients, in the form in which no product with the Jacobian is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

from ..leaves import Leaves, combined
from ..system import System
from ..tolerances import Tolerances
from .jacobians import derivatives
from .method import Attempt, Controller, Counts, Done
from .polynomials import weights_at
from .tableaux import Row


@dataclass(frozen=True)
class Rosenbrock:
    """A linearly implicit method.

    A step is ``y + sum(b_i u_i)``, where ``(I / (gamma h) - J) u_i`` is
    ``f(t + c_i h, y + sum(a_ij u_j)) + sum(s_ij u_j) / h + g_i h f_t``.

    Attributes:
        order: of the method that it is compared with.
        gamma: the diagonal.
        times: c.
        stages: a, the rows after the first stage.
        sums: s, likewise.
        in_time: g.
        weights: b.
        error: weights of the estimate of the error.
        interpolant: of shape (stages, powers): what weighs the increments u between the ends.
    """

    order: int
    gamma: float
    times: Row
    stages: tuple[Row, ...]
    sums: tuple[Row, ...]
    in_time: Row
    weights: Row
    error: Row
    interpolant: numpy.ndarray
    controller: Controller
    has_fixed_steps: bool = False
    is_implicit: bool = True

    @property
    def kept(self) -> int:
        return len(self.times)

    def begin(self, system: System, t: Any, y: Leaves, slope: Leaves) -> Any:
        return ()

    def attempt(self, system: System, tolerances: Tolerances, t: Any, y: Leaves, own: Any, h: Any) -> Attempt:
        """A step of size h from (t, y)."""
        point = derivatives(system, t, y)
        solve = point.matrices.solver(point.jacobian, 1 / (self.gamma * h))
        increments = [solve(point.slope + self.in_time[0] * h * point.in_time)]
        for time, row, sums, rate in zip(self.times[1:], self.stages, self.sums, self.in_time[1:], strict=True):
            state = _added(y, system, row, increments)
            right = system.vector(system(t + time * h, state)) + _sum(sums, increments) / h
            increments.append(solve(right + rate * h * point.in_time))
        end = _added(y, system, self.weights, increments)
        error = tolerances.mean_square(system.parts(_sum(self.error, increments)), y, end)
        slopes = [system.parts(increment) for increment in increments]
        return Attempt(end, (), error, slopes, Counts(len(self.times), 1, 1))

    def between(self, system: System, done: Done, part: Any) -> list[Any]:
        """The states at parts (between 0 and 1) of a step, which are last axes."""
        axes = (..., *(None,) * numpy.ndim(part))
        increments = [[leaf[axes] for leaf in each] for each in done.slopes]
        changes = combined(weights_at(self.interpolant, part), increments)
        return [leaf[axes] + change for leaf, change in zip(done.y, changes, strict=True)]


def _sum(weights: Row, increments: list[Any]) -> Any:
    return combined(weights, [[increment] for increment in increments])[0]


def _added(y: Leaves, system: System, weights: Row, increments: list[Any]) -> list[Any]:
    changes = system.parts(_sum(weights, increments))
    return [leaf + change for leaf, change in zip(y, changes, strict=True)]


def from_details(weights: Row, details: tuple[Row, ...]) -> numpy.ndarray:
    """The interpolant ``x y1 + (1 - x) y0 + x (1 - x) (D1 + x D2 + x^2 D3)`` as powers of x."""
    rows = numpy.zeros((len(weights), len(details) + 1))
    rows[:, 0] = weights
    rows[:, :-1] += numpy.transpose(details)
    rows[:, 1:] -= numpy.transpose(details)
    return rows


LAST_STAGE = (-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946)

WEIGHTS = (*LAST_STAGE, 1.0, 1.0, 1.0)

RODAS5P = Rosenbrock(
    order=4,
    gamma=0.21193756319429014,
    times=(0.0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716, 0.4288403609558664, 1.0, 1.0, 1.0),
    stages=(
        (3.0,),
        (2.849394379747939, 0.45842242204463923),
        (-6.954028509809101, 2.489845061869568, -10.358996098473584),
        (2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641),
        LAST_STAGE,
        (*LAST_STAGE, 1.0),
        (*LAST_STAGE, 1.0, 1.0),
    ),
    sums=(
        (-14.155112264123755,),
        (-17.97296035885952, -2.859693295451294),
        (147.12150275711716, -1.41221402718213, 71.68940251302358),
        (165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306),
        (24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471),
        (30.91273214028599, -3.1208243349937974, 77.79954646070892, 34.28646028294783, -19.097331116725623,
         -28.087943162872662),
        (37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047, -40.06618937091002,
         -54.66780262877968, -9.48861652309627),
    ),
    in_time=(0.21193756319429014, -0.42387512638858027, -0.3384627126235924, 1.8046452872882734, 2.325825639765069,
             0.0, 0.0, 0.0),
    weights=WEIGHTS,
    error=(0, 0, 0, 0, 0, 0, 0, 1.0),
    interpolant=from_details(WEIGHTS, (
        (25.948786856663858, -2.5579724845846235, 10.433815404888879, -2.3679251022685204, 0.524948541321073,
         1.1241088310450404, 0.4272876194431874, -0.17202221070155493),
        (-9.91568850695171, -0.9689944594115154, 3.0438037242978453, -24.495224566215796, 20.176138334709044,
         15.98066361424651, -6.789040303419874, -6.710236069923372),
        (11.419903575922262, 2.8879645146136994, 72.92137995996029, 80.12511834622643, -52.072871366152654,
         -59.78993625266729, -0.15582684282751913, 4.883087185713722),
    )),
    controller=Controller(exponent=0.7, previous=0.4),
)  # fmt: skip
"""Eight stages, order 5, stiffly accurate: also for differential-algebraic and parabolic problems."""
