"""The embedded functions as expressions of CasADi, and the C that it generates of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy

from .embedded import LENGTHS, MASSES, REACH, F, H


class Generated(NamedTuple):
    """A function of C that CasADi has generated.

    Attributes:
        source: the text of its file, in which the function is called ``f``.
        shapes: those of the results, which are column by column.
        integers, numbers: how many words of memory of each kind it works in.
    """

    source: str
    shapes: list[tuple[int, ...]]
    integers: int
    numbers: int


def lorenz(ca: Any, state: Any, parameters: Any) -> Any:
    h = 0.01

    def slope(s: Any) -> Any:
        sigma, rho, beta = parameters[0], parameters[1], parameters[2]
        return ca.vertcat(sigma * (s[1] - s[0]), s[0] * (rho - s[2]) - s[1], s[0] * s[1] - beta * s[2])

    k1 = slope(state)
    k2 = slope(state + h / 2 * k1)
    k3 = slope(state + h / 2 * k2)
    k4 = slope(state + h * k3)
    return [state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)]


def kalman(ca: Any, x: Any, P: Any, z: Any) -> Any:
    transition, seen = ca.DM(F), ca.DM(H)
    x = transition @ x
    P = transition @ P @ transition.T + 0.01 * ca.DM.eye(4)
    S = seen @ P @ seen.T + 0.1 * ca.DM.eye(2)
    K = ca.solve(S, seen @ P).T
    return [x + K @ (z - seen @ x), (ca.DM.eye(4) - K @ seen) @ P]


def arm(ca: Any, q: Any, speed: Any, torque: Any) -> Any:
    angles = ca.cumsum(q)
    reach, masses = ca.DM(REACH), ca.DM(MASSES)

    def from_behind(x: Any) -> Any:
        columns = [ca.sum2(x[:, j:]) for j in range(len(LENGTHS))]
        return ca.horzcat(*columns)

    across = from_behind(reach * ca.repmat(ca.sin(angles).T, 6, 1))
    along = from_behind(reach * ca.repmat(ca.cos(angles).T, 6, 1))
    weighed = lambda x: ca.repmat(masses, 1, 6) * x
    inertia = across.T @ weighed(across) + along.T @ weighed(along) + 0.05 * ca.DM.eye(6)
    force = torque - 9.81 * (masses.T @ along).T - 0.1 * speed
    factor = ca.chol(inertia)
    return [ca.solve(factor, ca.solve(factor.T, force))]


def control(ca: Any, controls: Any, start: Any) -> Any:
    angle, speed, cost = start[0], start[1], 0.0
    for i in range(controls.shape[0]):
        speed = speed + 0.1 * (controls[i] - ca.sin(angle))
        angle = angle + 0.1 * speed
        cost = cost + angle**2 + 0.1 * speed**2 + 0.01 * controls[i] ** 2
    return [cost + 10 * (angle**2 + speed**2)]


BUILD: dict[str, Callable[..., Any]] = {"lorenz": lorenz, "kalman": kalman, "arm": arm, "control": control}


def generated(name: str, kind: str, args: tuple[Any, ...]) -> Generated:
    """The C of a function, or of its derivative by the first argument."""
    import casadi as ca  # pyright: ignore[reportMissingImports]

    symbols = [ca.SX.sym(f"x{i}", *numpy.shape(x)) for i, x in enumerate(args)]
    results = BUILD[name](ca, *symbols)
    if kind != "value":
        derive = ca.jacobian if kind == "jacobian" else ca.gradient
        results = [ca.densify(derive(results[0], symbols[0]))]
    function = ca.Function("f", symbols, [ca.densify(r) for r in results])
    with TemporaryDirectory() as folder:
        generator = ca.CodeGenerator("f", {"with_header": False})
        generator.add(function)
        generator.generate(f"{folder}/")
        source = Path(folder, "f.c").read_text()
    return Generated(source, [r.shape for r in results], function.sz_iw(), function.sz_w())
