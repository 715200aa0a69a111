"""The derivatives of a right-hand side at a point."""

from __future__ import annotations

from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np

from ..leaves import Leaves
from ..system import System
from ..values import known


class Derivatives(NamedTuple):
    """The right-hand side at a point as a vector.

    Attributes:
        slope: of shape (n,).
        jacobian: of shape (n, n).
        in_time: its derivative in time, of shape (n,).
    """

    slope: Any
    jacobian: Any
    in_time: Any


def derivatives(system: System, t: Any, y: Leaves) -> Derivatives:
    """All of them."""
    state = system.vector(y)
    slope, in_time = wg.jvp(lambda time: _slope(system, time, state), (t,), (np.ones(()),))
    return Derivatives(known(slope), jacobian(system, t, y), known(in_time))


def jacobian(system: System, t: Any, y: Leaves) -> Any:
    """The Jacobian of the slopes in the state, both as vectors.

    Raises:
        ValueError: the one that was given has another shape.
    """
    if system.jac is None:
        return known(wg.jacfwd(lambda state: _slope(system, t, state))(system.vector(y)))
    given = system.jac(np.asarray(t), system.whole(y), *system.args) if callable(system.jac) else system.jac
    matrix = known(np.asarray(given))
    if matrix.shape != (system.size, system.size):
        raise ValueError(
            f"[{system.op}] jac is of shape {matrix.shape}, wanted {(system.size, system.size)}: a row for each slope, "
            "a column for each number of the state; without jac= it is computed"
        )
    return matrix


def _slope(system: System, t: Any, state: Any) -> Any:
    return system.vector(system(t, system.parts(state)))
