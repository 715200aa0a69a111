"""The derivatives of a right-hand side at a point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from scipy import sparse

import wengert as wg
import wengert.numpy as np

from ..leaves import Leaves
from ..system import System
from ..values import known


class Derivatives(NamedTuple):
    """The right-hand side at a point as a vector.

    Attributes:
        slope: of shape (n,).
        matrices, jacobian: how the Jacobian is kept, and itself.
        in_time: its derivative in time, of shape (n,).
    """

    slope: Any
    matrices: Any
    jacobian: Any
    in_time: Any


def derivatives(system: System, t: Any, y: Leaves) -> Derivatives:
    """All of them."""
    state = system.vector(y)
    slope, in_time = wg.jvp(lambda time: slope_of_vector(system, time)(state), (t,), (np.ones(()),))
    matrices = system.matrices.differentiable(known(slope))
    return Derivatives(known(slope), matrices, matrices.at(t, y), known(in_time))


def jacobian(system: System, t: Any, y: Leaves) -> Any:
    """The Jacobian of the slopes in the state, both as vectors, of shape (n, n).

    Raises:
        ValueError: the one that was given has another shape.
    """
    if system.jac is None:
        return known(wg.jacfwd(slope_of_vector(system, t))(system.vector(y)))
    given: Any = given_jacobian(system, t, y)
    return given.toarray() if sparse.issparse(given) else known(np.asarray(given))


def given_jacobian(system: System, t: Any, y: Leaves) -> Any:
    """The Jacobian that was given: an array, or a sparse matrix.

    Raises:
        ValueError: it has another shape.
    """
    given = system.jac(np.asarray(t), system.whole(y), *system.args) if callable(system.jac) else system.jac
    matrix: Any = given if sparse.issparse(given) else np.asarray(given)
    if matrix.shape != (system.size, system.size):
        raise ValueError(
            f"[{system.op}] jac is of shape {matrix.shape}, wanted {(system.size, system.size)}: a row for each slope, "
            "a column for each number of the state; without jac= it is computed"
        )
    return matrix


def slope_of_vector(system: System, t: Any) -> Callable[[Any], Any]:
    """The slopes at a time as a function of the state, both as vectors."""
    return lambda state: system.vector(system(t, system.parts(state)))
