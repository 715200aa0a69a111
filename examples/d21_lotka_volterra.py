"""Hares and lynxes: the parameters of an ordinary differential equation, fitted through its solver, and sampled.

The Hudson's Bay Company counted pelts of hares and lynxes from 1900 to 1920. Lotka and Volterra's equations are fitted
to them with errors of a constant ratio: the most probable parameters by BFGS, their covariance by second derivatives
through the adaptive solver, and the posterior by four chains of Hamiltonian Monte Carlo, in steps that are of the size
of that covariance. All chains are one compiled loop, in which each of them integrates with steps of its own.

Sources: B. Carpenter, "Predator-prey population dynamics" (Stan case study, 2018), for the model, the pelts (in
thousands; from E. Odum, "Fundamentals of Ecology", 1953) and the reference; R. Neal, "MCMC using Hamiltonian dynamics"
(2011).
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any

import numpy
from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp
from wengert.scipy.optimize import minimize

HARES = [
    *[30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4],
    *[27.1, 40.3, 57.0, 76.6, 52.3, 19.5, 11.2, 7.6, 14.6, 16.2, 24.7],
]
LYNXES = [
    *[4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1],
    *[7.4, 8.0, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6],
]
PELTS = numpy.log([HARES, LYNXES])
YEARS = numpy.arange(21.0)

# Name, first guess, and the published posterior: mean and standard deviation
PARAMETERS = {
    "births of hares": (0.5, 0.55, 0.06),
    "hares eaten": (0.03, 0.028, 0.004),
    "deaths of lynxes": (0.8, 0.80, 0.09),
    "lynxes fed": (0.03, 0.024, 0.004),
    "hares in 1900": (30.0, 33.96, 2.86),
    "lynxes in 1900": (4.0, 5.95, 0.53),
    "error of hares": (0.3, 0.25, 0.04),
    "error of lynxes": (0.3, 0.25, 0.04),
}
GUESS, MEANS, DEVIATIONS = numpy.array(list(PARAMETERS.values())).T
PRIOR_RATES, PRIOR_DEVIATIONS = numpy.array([1.0, 0.05, 1.0, 0.05]), numpy.array([0.5, 0.05, 0.5, 0.05])


def slope(t: Any, y: Any, rates: Any) -> Any:
    """Of the logarithms of both populations."""
    births, eaten, deaths, fed = rates
    hares, lynxes = np.exp(y)
    return np.stack([births - eaten * lynxes, fed * hares - deaths])


def populations(logarithms: Any, years: Any = YEARS) -> Any:
    """The logarithms of both populations in these years, of shape (2, years)."""
    rates = np.exp(logarithms[:4])
    return solve_ivp(slope, (0.0, 20.0), logarithms[4:6], t_eval=years, args=(rates,), rtol=1e-6, atol=1e-6).y


def surprise(logarithms: Any) -> Any:
    """The negative logarithm of the posterior density of the logarithms of all parameters, up to a constant."""
    rates, start, errors = np.exp(logarithms[:4]), logarithms[4:6], logarithms[6:]
    likelihood = np.sum(square((PELTS - populations(logarithms)).T / np.exp(errors)) + errors)
    of_rates = np.sum(square((rates - PRIOR_RATES) / PRIOR_DEVIATIONS) - logarithms[:4])
    return likelihood + of_rates + np.sum(square(start - math.log(10))) + np.sum(square(errors + 1))


def square(x: Any) -> Any:
    """The negative logarithm of a normal density."""
    return x * x / 2


def most_probable() -> tuple[numpy.ndarray, numpy.ndarray]:
    """The logarithms of the parameters, and a square root of their covariance there."""
    mode = minimize(surprise, numpy.log(GUESS), options={"gtol": 1e-3}).x
    return mode.numpy(), numpy.linalg.cholesky(numpy.linalg.inv(wg.hessian(surprise)(mode).numpy()))


# -- sampling --------------------------------------------------------------------------------------


def hamiltonian_step(energy: Any, state: Any, draws: Any, turns: int) -> tuple[Any, Any]:
    """Leapfrog from a random momentum, kept with the probability that the energy allows; and whether it was kept."""
    momentum, size, chance = draws

    def leap(carry: Any, _: Any) -> tuple[Any, None]:
        (place, _, force), momentum = carry
        momentum = momentum - size / 2 * force
        place = place + size * momentum
        value, force = energy(place)
        return ((place, value, force), momentum - size / 2 * force), None

    (moved, last), _ = wg.scan(leap, (state, momentum), length=turns)
    gain = state[1] - moved[1] + square(momentum).sum() - square(last).sum()
    kept = np.log(chance) < gain
    return tuple(np.where(kept, new, old) for new, old in zip(moved, state, strict=True)), kept


def sampled(mode: Any, scale: Any, count: int, seed: int, part: int = 50) -> tuple[numpy.ndarray, float]:
    """Draws of the logarithms of the parameters, of shape (count, 4, 8), and the share of proposals that were kept."""
    rng = numpy.random.default_rng(seed)
    energy = wg.value_and_grad(lambda z: surprise(mode + scale @ z))
    step = wg.vmap(lambda state, draws: hamiltonian_step(energy, state, draws, turns=8))

    @wg.jit
    def run(state: Any, draws: Any) -> Any:
        def turn(state: Any, draws: Any) -> Any:
            state, kept = step(state, draws)
            return state, (state[0], kept)

        return wg.scan(turn, state, draws)

    places = np.asarray(rng.normal(size=(4, 8)))
    state, found = (places, *wg.jit(wg.vmap(energy))(places)), []
    for _ in trange(count // part, desc="sampling", mininterval=1.0):
        momenta, sizes = rng.normal(size=(part, 4, 8)), rng.uniform(0.2, 0.6, size=(part, 4))
        state, draws = run(state, (momenta, sizes, rng.uniform(size=(part, 4))))
        found.append([x.numpy() for x in draws])
    places, kept = (numpy.concatenate(x) for x in zip(*found, strict=True))
    return mode + places @ scale.T, kept.mean()


def disagreement(draws: numpy.ndarray) -> numpy.ndarray:
    """Gelman and Rubin's R of halves of chains: near 1 where they tell the same."""
    halves = numpy.concatenate(numpy.split(draws, 2), axis=1)
    within, between = halves.var(axis=0, ddof=1).mean(axis=0), halves.mean(axis=0).var(axis=0, ddof=1)
    return numpy.sqrt(1 + between / within)


def save_picture(path: Path, draws: numpy.ndarray) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[2, 1])
    fine = numpy.linspace(0.0, 20.0, 201)
    solve = wg.jit(wg.vmap(lambda logarithms: populations(logarithms, fine)))
    curves = numpy.exp(solve(draws[-100:, 0]).numpy())
    for k, (name, color) in enumerate({"hares": "#2b6cb0", "lynxes": "#c05621"}.items()):
        left.plot(1900 + fine, curves[:, k].T, color=color, alpha=0.06)
        left.plot(1900 + YEARS, numpy.exp(PELTS[k]), "o", color=color, label=name)
    left.set(title="pelts, in thousands", xticks=[1900, 1905, 1910, 1915, 1920])
    left.legend()
    births, _, deaths, *_ = numpy.exp(draws.reshape(-1, 8)).T
    right.plot(births, deaths, ".", markersize=2, alpha=0.5, color="#2f855a")
    right.set(title="posterior", xlabel="births of hares", ylabel="deaths of lynxes")
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    mode, scale = most_probable()
    start = time.perf_counter()
    draws, kept = sampled(mode, scale, 2000 if size == "full" else 100, seed)
    spent = time.perf_counter() - start
    values = numpy.exp(draws[len(draws) // 10 :])
    means, deviations = values.mean(axis=(0, 1)), values.std(axis=(0, 1))
    print("                    most probable  posterior          published")
    for row in zip(PARAMETERS, numpy.exp(mode), means, deviations, MEANS, DEVIATIONS, strict=True):
        print("{:18}  {:13.4f}  {:7.4f} +- {:.4f}  {:7.4g} +- {:.3g}".format(*row))
    worst = disagreement(numpy.log(values)).max()
    print(f"{draws.shape[0] * 4} draws in {spent:.0f} s, {kept:.0%} of the proposals kept, R at most {worst:.3f}")
    picture = folder / "d21_lotka_volterra.png"
    save_picture(picture, draws)
    print(f"saved {picture}")
    off = abs(means - MEANS) / DEVIATIONS
    return {"off": off, "spread": deviations / DEVIATIONS, "kept": kept, "R": worst, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
