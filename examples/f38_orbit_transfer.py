"""Optimal control: a ship with little thrust leaves the orbit of the Earth for the widest orbit it can reach.

Where the thrust points is free at each time; after 193 days the ship has to be on a circle around the sun. Direct
collocation makes this a finite problem: states and angles on a grid, and equations between neighbours. A coarse grid is
solved by SLSQP with exact Jacobians, and the optimum differentiates in the thrust. From there Newton's method solves
the conditions of Lagrange on a fine grid: their matrix is the Hessian of the Lagrangian in states, angles and
multipliers at once, sparse and coloured, from one function. The last radius is beside the published one.

Sources: A. E. Bryson and Y.-C. Ho, "Applied Optimal Control" (1975), section 2.5, for the problem and its optimum,
1.525 radii of the Earth's orbit; C. Hargraves and S. Paris, "Direct trajectory optimization using nonlinear programming
and collocation" (1987), for the equations, of Hermite and Simpson.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any

import numpy
from scipy.sparse.linalg import lsqr, spsolve

import wengert as wg
import wengert.numpy as np
from wengert.scipy.optimize import minimize

THRUST, BURNT, DURATION = 0.1405, 0.07487, 3.32
"""In units of the sun's mass, the Earth's distance, and the ship's mass; a year is 2 pi."""


def slope(t: Any, state: Any, angle: Any, thrust: Any) -> Any:
    """Of radius, and speeds away from the sun and around it."""
    radius, out, around = state
    push = thrust / (1 - BURNT * t)
    return np.stack(
        [
            out,
            around**2 / radius - 1 / radius**2 + push * np.sin(angle),
            -out * around / radius + push * np.cos(angle),
        ]
    )


def parts(x: Any) -> tuple[Any, Any]:
    """States, of shape (3, n + 1), and angles at the same times and between, of shape (2 n + 1,)."""
    count = (len(x) - 4) // 5
    return np.reshape(x[: 3 * count + 3], (3, count + 1)), x[3 * count + 3 :]


def equations(x: Any, thrust: Any = THRUST) -> Any:
    """Zero where neighbours fit the dynamics, the ship begins with the Earth, and ends on a circle."""
    states, angles = parts(x)
    count = states.shape[1] - 1
    times, step = numpy.linspace(0.0, DURATION, 2 * count + 1), DURATION / count
    slopes = slope(times[::2], states, angles[::2], thrust)
    before, after = states[:, :-1], states[:, 1:]
    middle = (before + after) / 2 + step / 8 * (slopes[:, :-1] - slopes[:, 1:])
    between = slope(times[1::2], middle, angles[1::2], thrust)
    gaps = after - before - step / 6 * (slopes[:, :-1] + 4 * between + slopes[:, 1:])
    radius, out, around = states[:, -1]
    start = states[:, 0] - numpy.array([1.0, 0.0, 1.0])
    return np.concatenate([np.ravel(gaps), start, np.stack([out, around**2 * radius - 1])])


def last_radius(x: Any) -> Any:
    return parts(x)[0][0, -1]


def guess(count: int) -> numpy.ndarray:
    """The Earth's own orbit, and thrust outwards, then inwards."""
    states = numpy.repeat([[1.0], [0.0], [1.0]], count + 1, axis=1)
    return numpy.concatenate([states.ravel(), numpy.linspace(0.5, 2 * math.pi - 0.5, 2 * count + 1)])


def optimum(thrust: Any, count: int) -> Any:
    return minimize(
        lambda x, thrust: -last_radius(x),
        guess(count),
        args=(thrust,),
        method="SLSQP",
        constraints={"type": "eq", "fun": equations, "args": (thrust,)},
        options={"maxiter": 500, "ftol": 1e-12},
    )


# -- a fine grid -----------------------------------------------------------------------------------


def refined(x: numpy.ndarray, count: int) -> numpy.ndarray:
    """States and angles between those of a coarser grid."""
    states, angles = (part.numpy() for part in parts(np.asarray(x)))
    fine = numpy.linspace(0.0, 1.0, 2 * count + 1)
    rows = [*states, angles]
    grids = [fine[::2]] * 3 + [fine]
    return numpy.concatenate(
        [numpy.interp(at, numpy.linspace(0.0, 1.0, len(row)), row) for at, row in zip(grids, rows, strict=True)]
    )


def newton(x: numpy.ndarray) -> tuple[numpy.ndarray, list[float]]:
    """The optimum near x by Newton's method on Lagrange's conditions, and how far off they are at each step."""

    def lagrangian(both: Any) -> Any:
        return both[len(x) :] @ equations(both[: len(x)]) - last_radius(both[: len(x)])

    jacobian = wg.sparse.plan_jacobian(equations, x)(x)
    multipliers = lsqr(jacobian.T, wg.grad(last_radius)(x).numpy())[0]
    both = numpy.concatenate([x, multipliers])
    plan = wg.sparse.plan_hessian(lagrangian, both)
    print(f"  {plan}")
    residuals: list[float] = []
    for _ in range(30):
        _, gradient, matrix = plan.value_and(both)
        residuals.append(abs(gradient.numpy()).max())
        if residuals[-1] < 1e-11:
            break
        both = both - spsolve(matrix.tocsc(), gradient.numpy())
    return both[: len(x)], residuals


def save_picture(path: Path, x: numpy.ndarray) -> None:
    from matplotlib.figure import Figure

    states, angles = (part.numpy() for part in parts(np.asarray(x)))
    radius, _, around = states
    speed = around / radius
    travelled = numpy.concatenate([[0.0], numpy.cumsum((speed[1:] + speed[:-1]) / 2)]) * DURATION / (len(radius) - 1)
    across, along = radius * numpy.cos(travelled), radius * numpy.sin(travelled)
    heading = travelled + math.pi / 2 - angles[::2]
    figure = Figure(figsize=(4.2, 4), layout="constrained")
    axes = figure.subplots()
    circle = numpy.linspace(0.0, 2 * math.pi, 200)
    for r in (1.0, radius[-1]):
        axes.plot(r * numpy.cos(circle), r * numpy.sin(circle), color="#cbd5e0")
    axes.plot(across, along, color="#2b6cb0")
    each = slice(None, None, max(1, len(radius) // 20))
    axes.quiver(
        across[each], along[each], numpy.cos(heading)[each], numpy.sin(heading)[each], color="#c05621", width=4e-3
    )
    axes.plot(0, 0, "o", color="#d69e2e")
    axes.set(aspect="equal", title="from the Earth outwards, and the thrust")
    figure.savefig(path, dpi=80)


def main(size: str = "full", folder: Path = Path()) -> dict[str, Any]:
    coarse, fine = (20, 400) if size == "full" else (10, 50)
    start = time.perf_counter()
    found = optimum(THRUST, coarse)
    off = abs(equations(found.x).numpy()).max()
    print(f"SLSQP, {coarse} intervals: radius {-found.fun.item():.6f}, equations off by {off:.0e}, {found.nit} steps")
    slope_in_thrust = -wg.grad(lambda thrust: optimum(thrust, coarse).fun)(THRUST).item()
    more, less = (-optimum(THRUST + change, coarse).fun.item() for change in (1e-4, -1e-4))
    difference = (more - less) / 2e-4
    print(f"  it grows by {slope_in_thrust:.5f} with the thrust; by two more optima {difference:.5f}")
    best, residuals = newton(refined(found.x.numpy(), fine))
    radius = last_radius(best).item()
    print(f"  Newton, {fine} intervals: radius {radius:.8f} (published 1.525), {len(residuals)} steps")
    print(f"{time.perf_counter() - start:.0f} s")
    picture = folder / "f38_orbit_transfer.png"
    save_picture(picture, best)
    print(f"saved {picture}")
    slopes = (slope_in_thrust, difference)
    return {"coarse": -found.fun.item(), "fine": radius, "slopes": slopes, "residuals": residuals, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    main(**vars(parser.parse_args()))
