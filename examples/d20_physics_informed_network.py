"""Physics-informed networks: a function is found by what its derivatives obey, at points, without any data.

A small network is fitted so that the residuals of a differential equation are small at points inside; what it has to be
at the boundary it is by its form. The derivatives are taken in Taylor mode: y'' by `wg.derivative`, u_xx + u_yy by
`wg.laplacian`, one walk for both axes. As the residuals are a vector, they are fitted by least squares, for which each
step takes the Jacobian of the residuals by all weights: derivatives of derivatives.

Source: M. Raissi, P. Perdikaris and G. E. Karniadakis, "Physics-informed neural networks" (2019).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

Params = list[dict[str, Any]]


def drawn(rng: numpy.random.Generator, *widths: int) -> Params:
    """Weights of a network with these numbers of units."""
    return [
        {"weight": np.asarray(rng.normal(size=(n, m)) / n**0.5), "bias": np.asarray(rng.normal(size=m) / 2)}
        for n, m in pairwise(widths)
    ]


def network(params: Params, x: Any) -> Any:
    """A number for a point."""
    *hidden, last = params
    for layer in hidden:
        x = np.tanh(x @ layer["weight"] + layer["bias"])
    return (x @ last["weight"] + last["bias"])[0]


# -- y'' + y = 0, y(0) = 0, y(1) = sin 1 -----------------------------------------------------------


def oscillator(params: Params, t: Any) -> Any:
    """It has the values of the boundary whatever the weights are."""
    return t * numpy.sin(1.0) + t * (1 - t) * network(params, np.reshape(t, (1,)))


def of_oscillator(params: Params, t: Any) -> Any:
    """The residual of the equation."""
    return wg.derivative(lambda t: oscillator(params, t), 2)(t) + oscillator(params, t)


# -- u_xx + u_yy = -2 pi^2 sin(pi x) sin(pi y) on the unit square, u = 0 around it -------------------


def membrane(params: Params, p: Any) -> Any:
    return np.prod(p * (1 - p)) * network(params, p)


def exact_membrane(p: Any) -> Any:
    return np.prod(np.sin(numpy.pi * p))


def of_membrane(params: Params, p: Any) -> Any:
    return wg.laplacian(membrane_of(params))(p) + 2 * numpy.pi**2 * exact_membrane(p)


def membrane_of(params: Params) -> Callable[[Any], Any]:
    return lambda p: membrane(params, p)


# -- fitting ---------------------------------------------------------------------------------------


def fitted(residual: Callable[..., Any], params: Params, points: Any, steps: int) -> tuple[Params, list[float]]:
    """The weights after so many steps of Levenberg and Marquardt's method, and the residuals' mean squares."""
    rule = wg.optim.levenberg_marquardt()

    def residuals(params: Params) -> Any:
        return wg.vmap(lambda point: residual(params, point))(points)

    @wg.jit
    def step(state: Any, params: Params) -> Any:
        params, state = rule.step(residuals, state, params)
        return params, state, np.mean(residuals(params) ** 2)

    state, history = rule.init(params), []
    for _ in range(steps):
        params, state, loss = step(state, params)
        history.append(float(loss))
    return params, history


def save_picture(path: Path, times: Any, errors: Any, grid: Any, heights: Any, histories: Any) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.8), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    left.plot(times, errors, color="#2b6cb0")
    left.set(title="error of y'' + y = 0", xlabel="t")
    middle.contourf(*grid, heights, levels=12, cmap="viridis")
    middle.set(title="the membrane", aspect="equal")
    for name, history in histories.items():
        right.semilogy(history, label=name)
    right.set(title="mean square of the residuals", xlabel="step")
    right.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    rng = numpy.random.default_rng(seed)
    steps, side, width = (80, 10, 12) if size == "full" else (20, 7, 8)
    start = time.perf_counter()
    inside = np.linspace(0.0, 1.0, 20)
    curve, of_curve = fitted(of_oscillator, drawn(rng, 1, width, 1), inside, steps)
    times = np.linspace(0.0, 1.0, 201)
    errors = wg.vmap(lambda t: oscillator(curve, t) - np.sin(t))(times)
    worst = float(np.max(np.abs(errors)))
    print(f"y'' + y = 0: {steps} steps, largest error {worst:.1e} on [0, 1]")

    axis = (numpy.arange(side) + 0.5) / side
    points = np.asarray(numpy.stack(numpy.meshgrid(axis, axis), axis=-1).reshape(-1, 2))
    surface, of_surface = fitted(of_membrane, drawn(rng, 2, width, width, 1), points, steps)
    fine = numpy.linspace(0.0, 1.0, 41)
    grid = numpy.meshgrid(fine, fine)
    places = np.asarray(numpy.stack(grid, axis=-1).reshape(-1, 2))
    heights, exact = (wg.vmap(f)(places) for f in (membrane_of(surface), exact_membrane))
    worst_height = float(np.max(np.abs(heights - exact)))
    print(f"Poisson's equation: {steps} steps, largest error {worst_height:.1e} of a height of 1")
    print(f"{time.perf_counter() - start:.0f} s")
    picture = folder / "d20_physics_informed_network.png"
    histories = {"y'' + y": of_curve, "Poisson": of_surface}
    save_picture(picture, times.numpy(), errors.numpy(), grid, heights.numpy().reshape(41, 41), histories)
    print(f"saved {picture}")
    return {"oscillator": worst, "membrane": worst_height, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
