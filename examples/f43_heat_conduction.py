"""What a rod is made of: its conductivity from temperatures at a few places, and how well these tell it.

One end of a rod is heated and cooled, and thermometers along it are read now and then. The conductivity at each place
is asked for, of which it is only known that it varies smoothly. The most probable one is found by gradients through the
heat equation, and second derivatives say how uncertain it is. Whether they say so truly is tried on many rods drawn at
random, all of which are fitted in one compiled program: errors are as large as they were said to be.

Sources: J. Crank and P. Nicolson (1947), for the equation; A. Stuart, "Inverse problems: a Bayesian perspective", Acta
Numerica 19 (2010), sections 2.3 and 6.1, for the posterior and its normal approximation.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any

import numpy
from scipy.stats import chi2
from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert.scipy.linalg import solve_banded
from wengert.scipy.optimize import minimize

CELLS, STEPS, NOISE = 50, 100, 0.01
FACES = numpy.linspace(0.0, 1.0, CELLS + 1)
PLACES, TIMES = numpy.arange(5, CELLS, 5), numpy.arange(4, STEPS, 5)
"""The cells with a thermometer, and the steps after which it is read."""
MODES = 12


def modes() -> numpy.ndarray:
    """Of shape (faces, modes): with normal factors they make logarithms of conductivities that vary smoothly."""
    covariance = 0.5**2 * numpy.exp(-((FACES[:, None] - FACES) ** 2) / (2 * 0.15**2))
    values, vectors = numpy.linalg.eigh(covariance)
    return (vectors * numpy.sqrt(numpy.maximum(values, 0)))[:, : -MODES - 1 : -1]


BASIS = modes()


def conductivity(factors: Any) -> Any:
    return 0.3 * np.exp(BASIS @ factors)


def temperatures(conductivity: Any) -> Any:
    """Of all cells after each step, from 0 on; the left end is heated and cooled once, the right one is kept at 0."""
    rate = conductivity * CELLS**2 * np.where((FACES == 0) | (FACES == 1), 2.0, 1.0) / STEPS / 2
    loss = rate[1:] + rate[:-1]
    inner = rate[1:-1]
    band = np.stack([np.append(0.0, -inner), 1 + loss, np.append(-inner, 0.0)])
    ends = 1 - numpy.cos(2 * math.pi * numpy.arange(STEPS + 1) / STEPS)

    def step(u: Any, heated: Any) -> Any:
        flows = -loss * u + np.append(inner * u[1:], 0.0) + np.append(2 * rate[0] * heated, inner * u[:-1])
        u = solve_banded((1, 1), band, u + flows)
        return u, u

    return wg.scan(step, np.zeros(CELLS), (ends[1:] + ends[:-1]) / 2)[1]


def read(factors: Any) -> Any:
    """What the thermometers should show."""
    return temperatures(conductivity(factors))[TIMES][:, PLACES]


def most_probable(measured: Any) -> tuple[Any, Any]:
    """The factors of a rod, and their covariance by second derivatives."""

    def surprise(factors: Any) -> Any:
        return np.sum(((read(factors) - measured) / NOISE) ** 2) / 2 + factors @ factors / 2

    found = minimize(surprise, np.zeros(MODES), method="native-bfgs", tol=1e-3).x
    return found, np.linalg.inv(wg.hessian(surprise)(found))


@wg.jit
def fitted(measured: Any) -> tuple[Any, Any]:
    """That of one rod after the other."""
    return wg.map(most_probable, measured)


def of_constant(conductivity: float, place: Any, steps: int = 400) -> numpy.ndarray:
    """The temperatures of a uniform rod by Fourier's series, at the end of the time."""
    k, t = numpy.arange(1, steps)[:, None], 1.0
    decay, heat = conductivity * (k * math.pi) ** 2, 2 * math.pi
    # the sine of each mode is driven by the rate of the left end, 2 pi sin(2 pi t)
    driven = heat * (decay * math.sin(heat * t) - heat * math.cos(heat * t) + heat * numpy.exp(-decay * t))
    return -numpy.sum(2 / (k * math.pi) * driven / (decay**2 + heat**2) * numpy.sin(k * math.pi * place), axis=0)


def rods(count: int, seed: int, part: int = 20) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """True factors of random rods, and those that are found with their covariances."""
    rng = numpy.random.default_rng(seed)
    truth = rng.normal(size=(count, MODES))
    measured = wg.jit(wg.vmap(read))(truth).numpy() + NOISE * rng.normal(size=(count, len(TIMES), len(PLACES)))
    parts = [fitted(measured[k : k + part]) for k in trange(0, count, part, desc="rods", mininterval=1.0)]
    found, covariances = (numpy.concatenate([x.numpy() for x in column]) for column in zip(*parts, strict=True))
    return truth, found, covariances


def save_picture(path: Path, truth: Any, found: Any, covariance: Any, distances: numpy.ndarray) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    middle, deviation = BASIS @ found, numpy.sqrt(numpy.einsum("fi,ij,fj->f", BASIS, covariance, BASIS))
    left.fill_between(FACES, *(0.3 * numpy.exp(middle + k * deviation) for k in (-2, 2)), alpha=0.25, label="95 %")
    left.plot(FACES, 0.3 * numpy.exp(middle), color="#2b6cb0", label="found")
    left.plot(FACES, conductivity(truth), "--", color="#c05621", label="true")
    left.plot((PLACES + 0.5) / CELLS, numpy.zeros(len(PLACES)), "k^", clip_on=False, label="thermometers")
    left.set(title="conductivity of a rod", xlabel="place", ylim=(0, None))
    left.legend()
    right.hist(distances, 20, density=True, color="#2b6cb0", alpha=0.5, label="errors of all rods")
    grid = numpy.linspace(0, 40, 200)
    right.plot(grid, chi2(MODES).pdf(grid), color="#c05621", label="as they should be")
    right.set(title="squared errors", xlabel=f"of {MODES} factors, in units of what was said")
    right.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    start = time.perf_counter()
    centres = (numpy.arange(CELLS) + 0.5) / CELLS
    off = abs(temperatures(np.full(CELLS + 1, 0.3))[-1].numpy() - of_constant(0.3, centres)).max()
    print(f"a uniform rod: off from Fourier's series by {off:.1e}")
    truth, found, covariances = rods(200 if size == "full" else 20, seed)
    errors = truth - found
    distances = numpy.einsum("ri,rij,rj->r", errors, numpy.linalg.inv(covariances), errors)
    deviations = numpy.sqrt(numpy.einsum("fi,rij,fj->rf", BASIS, covariances, BASIS))
    within = numpy.mean(abs(errors @ BASIS.T) < 1.96 * deviations)
    print(
        f"{len(found)} rods in {time.perf_counter() - start:.1f} s; with 180 readings the deviation of a conductivity"
    )
    print(f"  falls from {numpy.linalg.norm(BASIS, axis=1).mean():.0%} to {deviations.mean():.0%}")
    print(f"  {within:.1%} of the conductivities are within bounds of 95 %")
    print(f"  squared errors are {distances.mean():.1f} on average, in units of what was said, of {MODES} factors")
    picture = folder / "f43_heat_conduction.png"
    save_picture(picture, truth[0], found[0], covariances[0], distances)
    print(f"saved {picture}")
    return {"off": off, "within": within, "distance": distances.mean() / MODES, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
