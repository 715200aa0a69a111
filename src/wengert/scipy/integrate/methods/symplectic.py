"""Symplectic methods of fixed steps for places and momenta: their energy does not drift over long times.

Sources: L. Verlet, "Computer experiments on classical fluids" (1967); H. Yoshida, "Construction of higher order
symplectic integrators" (1990); E. Hairer, C. Lubich and G. Wanner, "Geometric numerical integration" (2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

from ..leaves import Leaves, in_precision, moved
from ..system import System
from ..tolerances import Tolerances
from .method import Attempt, Controller, Counts, Done
from .polynomials import weights_at

FROM_ENDS = numpy.array([[0.0, 3.0, -2.0], [1.0, -2.0, 1.0], [0.0, -1.0, 1.0]])
"""The cubic Hermite interpolant: powers for the mean slope of a step, and for those at its ends."""


@dataclass(frozen=True)
class Symplectic:
    """Steps of velocity Verlet of different sizes, one after the other, that make one of higher order.

    Attributes:
        parts: the sizes of the steps, of a sum of 1.
    """

    parts: tuple[float, ...]
    order: int
    controller: Controller = Controller(exponent=1.0)  # noqa: RUF009 - it is frozen
    kept: int = 3
    has_fixed_steps: bool = True
    is_implicit: bool = False

    def begin(self, system: System, t: Any, y: Leaves, slope: Leaves) -> Any:
        check_halves(system)
        return slope

    def attempt(self, system: System, tolerances: Tolerances, t: Any, y: Leaves, own: Any, h: Any) -> Attempt:
        """A step of size h from (t, y)."""
        end, slope, time = y, own, t
        for part in self.parts:
            end, slope = _verlet(system, time, end, slope, part * h)
            time = time + part * h
        mean = [(last - first) / in_precision(h, first) for first, last in zip(y, end, strict=True)]
        return Attempt(end, slope, None, [mean, own, slope], Counts(3 * len(self.parts), 0, 0))

    def between(self, system: System, done: Done, part: Any) -> list[Any]:
        """The states at parts (between 0 and 1) of a step, which are last axes."""
        axes = (..., *(None,) * numpy.ndim(part))
        slopes = [[leaf[axes] for leaf in each] for each in done.slopes]
        return moved([leaf[axes] for leaf in done.y], done.h, weights_at(FROM_ENDS, part), slopes)


def _verlet(system: System, t: Any, y: Leaves, slope: Leaves, h: Any) -> tuple[Leaves, Leaves]:
    """Half a kick, a drift, and half a kick; and the slope at the end."""
    (places, momenta), (_, force) = _halves(system, y), _halves(system, slope)
    momenta = moved(momenta, h, (0.5,), [force])
    speed, _ = _halves(system, system(t, _whole(system, places, momenta)))
    places = moved(places, h, (1.0,), [speed])
    _, force = _halves(system, system(t + h, _whole(system, places, momenta)))
    end = _whole(system, places, moved(momenta, h, (0.5,), [force]))
    return end, system(t + h, end)


def _halves(system: System, leaves: Leaves) -> tuple[Leaves, Leaves]:
    if len(leaves) == 1:
        middle = system.forms[0][0][0] // 2
        return [leaves[0][:middle]], [leaves[0][middle:]]
    middle = len(leaves) // 2
    return leaves[:middle], leaves[middle:]


def _whole(system: System, places: Leaves, momenta: Leaves) -> Leaves:
    if len(system.forms) == 1:
        return [numpy.concatenate([places[0], momenta[0]])]
    return [*places, *momenta]


def check_halves(system: System) -> None:
    """Refuse a state that has not as many momenta as places.

    Raises:
        ValueError: it is so.
    """
    forms = system.forms
    if len(forms) == 1:
        is_pair = len(forms[0][0]) > 0 and forms[0][0][0] % 2 == 0
    else:
        middle = len(forms) // 2
        is_pair = len(forms) % 2 == 0 and forms[:middle] == forms[middle:]
    if not is_pair:
        raise ValueError(
            f"[{system.op}] a symplectic method was given arrays of shapes {', '.join(str(s) for s, _ in forms)}, "
            "wanted places and momenta of the same shapes; write y0 = (q, p), or one array with the momenta after the "
            "places"
        )


_OUTER = 1 / (2 - 2 ** (1 / 3))

SYMPLECTIC = {
    "Leapfrog": Symplectic((1.0,), 2),
    "Yoshida4": Symplectic((_OUTER, 1 - 2 * _OUTER, _OUTER), 4),
}
