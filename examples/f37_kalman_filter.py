"""Kalman's filter: how noisy the Nile is and how fast it changes, from the gradient of the likelihood through a scan.

The level of the Nile walks at random and is measured with noise. Both variances make the flows of 1871-1970 most
probable: the filter is a scan, its likelihood is differentiated and maximised in one compiled program, and the second
derivatives there say how well the variances are known. The optimum and the likelihood are beside the published ones,
the filter beside the joint normal density of all flows. Then a ship whose course is known shows, over many simulated
voyages fitted at once under `vmap`, that the estimates are right and as uncertain as they say.

Source: J. Durbin and S. J. Koopman, "Time Series Analysis by State Space Methods" (2nd edition, 2012), sections 2.2,
2.10 and 4.3; the flows, in 1e8 cubic metres at Aswan, are theirs.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy
from scipy.stats import multivariate_normal
from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert.scipy.optimize import minimize

NILE = [
    *[1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140],
    *[1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969],
    *[831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759],
    *[781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890],
    *[744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740],
]


class Model(NamedTuple):
    """x' = transition x + normal noise of covariance `process`; y = observe x + normal noise of variance `noise`."""

    transition: Any
    process: Any
    observe: Any
    noise: Any


def likelihood(model: Model, mean: Any, covariance: Any, measured: Any) -> Any:
    """The logarithm of the density of what was measured, one step after the other, from a normal state before."""

    def step(carry: Any, y: Any) -> tuple[Any, Any]:
        mean, covariance = carry
        mean = model.transition @ mean
        covariance = model.transition @ covariance @ model.transition.T + model.process
        error, variance = y - model.observe @ mean, model.observe @ covariance @ model.observe + model.noise
        gain = covariance @ model.observe / variance
        after = (mean + gain * error, covariance - variance * np.outer(gain, gain))
        return after, -(np.log(2 * numpy.pi * variance) + error**2 / variance) / 2

    _, terms = wg.scan(step, (mean, covariance), measured)
    return np.sum(terms)


# -- the Nile: a level that walks at random ----------------------------------------------------------


def of_nile(logarithms: Any, flows: Any) -> Any:
    """The likelihood of all flows but the first, which tells where the level begins."""
    noise, change = np.exp(logarithms)
    model = Model(np.eye(1), change * np.eye(1), np.ones(1), noise)
    return likelihood(model, flows[:1], noise * np.eye(1), flows[1:])


def of_joint_density(noise: float, change: float, flows: numpy.ndarray) -> float:
    years = numpy.arange(1, len(flows))
    covariance = noise * (1 + numpy.eye(len(years))) + change * numpy.minimum.outer(years, years)
    return float(multivariate_normal(numpy.full(len(years), flows[0]), covariance).logpdf(flows[1:]))


def smoothed(logarithms: Any, flows: Any) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Means and deviations of the level by Tweedie's formula: what noise has hidden is a gradient in the data."""
    noise = np.exp(logarithms[0])
    slopes = wg.grad(of_nile, argnums=1)(logarithms, flows)
    curvatures = np.diagonal(wg.hessian(of_nile, argnums=1)(logarithms, flows))
    return (flows + noise * slopes).numpy(), np.sqrt(noise + noise**2 * curvatures).numpy()


def smoothed_by_least_squares(noise: float, change: float, flows: numpy.ndarray) -> numpy.ndarray:
    differences = numpy.diff(numpy.eye(len(flows)), axis=0)
    return numpy.linalg.solve(numpy.eye(len(flows)) / noise + differences.T @ differences / change, flows / noise)


# -- a ship: place and speed, of which the place is measured ------------------------------------------

SHIP = numpy.array([0.05, 0.5])
"""Deviations of its acceleration and of a measured place."""


def ship(logarithms: Any) -> Model:
    acceleration, noise = np.exp(2 * logarithms)
    process = acceleration * np.array([[0.25, 0.5], [0.5, 1.0]])
    return Model(np.array([[1.0, 1.0], [0.0, 1.0]]), process, np.array([1.0, 0.0]), noise)


def voyages(count: int, steps: int, seed: int) -> numpy.ndarray:
    """Measured places, of shape (count, steps)."""
    rng = numpy.random.default_rng(seed)
    place, speed, measured = *rng.normal(size=(2, count)), []
    for _ in range(steps):
        acceleration = SHIP[0] * rng.normal(size=count)
        place, speed = place + speed + acceleration / 2, speed + acceleration
        measured.append(place + SHIP[1] * rng.normal(size=count))
    return numpy.stack(measured, axis=1)


@wg.jit
@wg.vmap
def estimated(measured: Any) -> tuple[Any, Any]:
    """Logarithms of both deviations, and how uncertain they are."""

    def surprise(logarithms: Any) -> Any:
        return -likelihood(ship(logarithms), np.zeros(2), np.eye(2), measured)

    found = minimize(surprise, np.array([-2.0, 0.0]), method="native-bfgs", tol=1e-4).x
    return found, np.sqrt(np.diagonal(np.linalg.inv(wg.hessian(surprise)(found))))


def estimates(count: int, seed: int, part: int = 50) -> tuple[numpy.ndarray, numpy.ndarray]:
    measured = voyages(count, 200, seed)
    parts = [estimated(measured[k : k + part]) for k in trange(0, count, part, desc="voyages", mininterval=1.0)]
    found, deviations = (numpy.concatenate([x.numpy() for x in column]) for column in zip(*parts, strict=True))
    return found, deviations


def save_picture(path: Path, flows: Any, level: Any, deviation: Any, found: Any) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[2, 1])
    years = numpy.arange(1871, 1971)
    left.plot(years, flows, ".", color="#718096")
    left.plot(years, level, color="#2b6cb0")
    left.fill_between(years, level - 2 * deviation, level + 2 * deviation, alpha=0.2)
    left.set(title="the Nile and its level")
    right.plot(*numpy.exp(found).T, ".", color="#2f855a", markersize=3)
    right.plot(*SHIP, "k+", markersize=14)
    right.set(title="voyages of a ship", xlabel="deviation of acceleration", ylabel="of a place")
    figure.savefig(path, dpi=80)


def of_the_nile(flows: numpy.ndarray) -> tuple[dict[str, Any], Any, Any]:
    """Figures, and the level with its deviations."""
    best = minimize(lambda p: -of_nile(p, flows), numpy.log([1e4, 1e4]), tol=1e-6).x
    noise, change = numpy.exp(best.numpy())
    factors = numpy.exp(numpy.sqrt(numpy.diag(numpy.linalg.inv(-wg.hessian(of_nile)(best, flows).numpy()))))
    print(f"the Nile: variances {noise:.0f} and {change:.1f} (published: 15099 and 1469.1)")
    print("  known up to factors of {:.2f} and {:.2f}, by second derivatives".format(*factors))
    value, joint = of_nile(best, flows).item(), of_joint_density(noise, change, flows)
    print(f"  log-likelihood {value:.6f}, by the joint density {joint:.6f} (published: -632.5)")
    level, deviation = smoothed(best, flows)
    off = abs(level - smoothed_by_least_squares(noise, change, flows)).max()
    print(f"  levels by derivatives of the likelihood in the flows; off from least squares by {off:.0e}")
    figures = {"variances": (noise, change), "likelihood": value, "off": (abs(value - joint), off)}
    return figures, level, deviation


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    flows = numpy.array(NILE, float)
    figures, level, deviation = of_the_nile(flows)
    start = time.perf_counter()
    found, uncertain = estimates(500 if size == "full" else 100, seed)
    print(f"{len(found)} voyages of a ship, fitted in {time.perf_counter() - start:.1f} s:")
    middle = numpy.exp(numpy.median(found, axis=0))
    spread = ((found - numpy.log(SHIP)) / uncertain).std(axis=0)
    for row in zip(("acceleration", "a place"), middle, SHIP, spread, strict=True):
        print("  deviation of {}: {:.4f}, truly {}; off by {:.2f} of what second derivatives say".format(*row))
    picture = folder / "f37_kalman_filter.png"
    save_picture(picture, flows, level, deviation, found)
    print(f"saved {picture}")
    return {**figures, "ship": middle / SHIP, "spread": spread, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
