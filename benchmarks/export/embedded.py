"""Functions that are run on small machines: a step of an equation, a filter, a robot's arm, a plan of controls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy.linalg import solve_triangular


class Embedded(NamedTuple):
    """A function, the arguments at which it is tried, and the derivatives that are made of it."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    derivatives: tuple[str, ...]


def _lorenz(state: Any, parameters: Any) -> Any:
    sigma, rho, beta = parameters
    x, y, z = state
    return np.stack([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])


def lorenz_step(state: Any, parameters: Any, h: float = 0.01) -> Any:
    """A step of the classical Runge-Kutta method along Lorenz' equations."""
    k1 = _lorenz(state, parameters)
    k2 = _lorenz(state + h / 2 * k1, parameters)
    k3 = _lorenz(state + h / 2 * k2, parameters)
    k4 = _lorenz(state + h * k3, parameters)
    return state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


F = numpy.eye(4) + 0.1 * numpy.eye(4, k=2)
H = numpy.eye(2, 4)


def kalman_update(x: Any, P: Any, z: Any) -> Any:
    """Predict a state of place and speed in the plane, and correct it by a measured place."""
    x = F @ x
    P = F @ P @ F.T + 0.01 * np.eye(4)
    S = H @ P @ H.T + 0.1 * np.eye(2)
    K = np.linalg.solve(S, H @ P).T
    return x + K @ (z - H @ x), (np.eye(4) - K @ H) @ P


LENGTHS = numpy.array([0.3, 0.4, 0.35, 0.1, 0.1, 0.08])
MASSES = numpy.array([5.0, 4.0, 3.0, 1.0, 0.8, 0.3])
REACH = numpy.tril(numpy.tile(LENGTHS, (6, 1))) - 0.5 * numpy.diag(LENGTHS)
"""How far the middle of each link (a row) is moved by the direction of each (a column)."""


def arm_acceleration(q: Any, speed: Any, torque: Any) -> Any:
    """The accelerations of the six joints of an arm in the plane, with gravity and friction."""
    angles = np.cumsum(q)
    across = np.flip(np.cumsum(np.flip(REACH * np.sin(angles), 1), 1), 1)
    along = np.flip(np.cumsum(np.flip(REACH * np.cos(angles), 1), 1), 1)
    inertia = across.T @ (MASSES[:, None] * across) + along.T @ (MASSES[:, None] * along)
    force = torque - 9.81 * (MASSES @ along) - 0.1 * speed
    L = np.linalg.cholesky(inertia + 0.05 * np.eye(6))
    return solve_triangular(L.T, solve_triangular(L, force, lower=True), lower=False)


def control_cost(controls: Any, start: Any) -> Any:
    """What a sequence of pushes costs that brings a pendulum to rest."""

    def turn(carry: Any, push: Any) -> Any:
        angle, speed, cost = carry
        speed = speed + 0.1 * (push - np.sin(angle))
        angle = angle + 0.1 * speed
        return (angle, speed, cost + angle**2 + 0.1 * speed**2 + 0.01 * push**2), None

    (angle, speed, cost), _ = wg.scan(turn, (start[0], start[1], 0.0), controls)
    return cost + 10 * (angle**2 + speed**2)


_RNG = numpy.random.default_rng(0)

EMBEDDED = {
    "lorenz": Embedded(lorenz_step, (_RNG.random(3), numpy.array([10.0, 28.0, 8 / 3])), ("value", "jacobian")),
    "kalman": Embedded(kalman_update, (_RNG.random(4), numpy.eye(4) + 0.1, _RNG.random(2)), ("value",)),
    "arm": Embedded(arm_acceleration, tuple(_RNG.standard_normal((3, 6))), ("value", "jacobian")),
    "control": Embedded(
        control_cost, (_RNG.random(12), numpy.array([1.0, 0.5])), ("value", "gradient", "hvp", "sparse_hessian")
    ),
}
