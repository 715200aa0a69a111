"""The no-U-turn sampler in 120 lines, on eight schools: the whole of four chains, warm-up included, is one program.

How much do courses help pupils of eight schools, each of which has measured it with an error of its own? The effects
come from a normal distribution whose mean and deviation are asked for. The sampler doubles a trajectory forward or back
in time until it turns round; step size and scales are found in the warm-up. Random numbers, trees of any depth and
gradients are ordinary code under `jit` and `vmap`. The draws are summarised as ArviZ does, beside the published ones.

Sources: M. Hoffman and A. Gelman, "The No-U-Turn Sampler" (JMLR 15, 2014), with the multinomial choice of M.
Betancourt, "A Conceptual Introduction to Hamiltonian Monte Carlo" (2017), without recursion as in D. Phan, N. Pradhan
and M. Jankowiak, "Composable Effects for Flexible and Accelerated Probabilistic Programming in NumPyro" (2019); windows
of the warm-up as in Stan. Data: D. Rubin (1981); model: A. Gelman et al., "Bayesian Data Analysis", section 5.5, in the
parametrisation of M. Betancourt and M. Girolami (2013). Summaries: A. Vehtari et al., "Rank-normalization, folding, and
localization: an improved R-hat" (2021).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy
from scipy.stats import norm, rankdata

import wengert as wg
import wengert.numpy as np
from wengert.random import HalfCauchy, Normal

EFFECTS = numpy.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERRORS = numpy.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])
PUBLISHED = {"mu": (4.4, 3.3), "tau": (3.6, 3.2)}
"""Means and deviations of the reference draws of posteriordb, eight_schools_noncentered."""


def log_density(z: Any) -> Any:
    """Of the mean, the logarithm of the deviation, and how many deviations each school is off the mean."""
    mu, log_tau, off = z[0], z[1], z[2:]
    tau = np.exp(log_tau)
    prior = Normal(0.0, 5.0).log_prob(mu) + HalfCauchy(5.0).log_prob(tau) + log_tau
    return prior + np.sum(Normal(0.0, 1.0).log_prob(off) + Normal(mu + tau * off, ERRORS).log_prob(EFFECTS))


# -- the sampler -----------------------------------------------------------------------------------

DEEPEST = 10
SIZES = 2 ** numpy.arange(1, DEEPEST + 1)
TARGET, SHRINKAGE, DELAY, FORGETTING = 0.8, 0.05, 10.0, 0.75
"""What the mean acceptance is to be, and Nesterov's averages of step sizes, as in Hoffman and Gelman."""


class Point(NamedTuple):
    """On a trajectory: place and momentum, log density and slope."""

    place: Any
    momentum: Any
    value: Any
    slope: Any


class Subtree(NamedTuple):
    """The points in one direction so far: the last, one that was chosen, their weight, momenta and acceptance."""

    last: Point
    chosen: Point
    weight: Any
    total: Any
    begun: Any
    count: Any
    acceptance: Any
    goes_on: Any


class Tree(NamedTuple):
    """A whole trajectory: both ends, the point that was chosen, and the logarithm of the weight of all."""

    ends: tuple[Point, Point]
    chosen: Point
    weight: Any
    total: Any
    depth: Any
    count: Any
    acceptance: Any
    goes_on: Any


def where(condition: Any, new: Any, old: Any) -> Any:
    return wg.trees.map(lambda a, b: np.where(condition, a, b), new, old)


def is_turning(scales: Any, first: Any, last: Any, total: Any) -> Any:
    """Whether the ends of trajectories approach one another, by their momenta and the sum of all."""
    way = scales * (total - (first + last) / 2)
    return (np.sum(way * first, axis=-1) <= 0) | (np.sum(way * last, axis=-1) <= 0)


def trajectory(target: Callable[..., Any], key: Any, start: Point, size: Any, scales: Any) -> Tree:
    """The next draw is `chosen`."""
    energy = lambda point: point.value - np.sum(scales * point.momentum**2) / 2
    initial, (key, of_choices) = energy(start), wg.random.split(key)
    directions, choices = wg.random.random((2, DEEPEST), key=of_choices)

    def leapfrog(point: Point, step: Any) -> Point:
        momentum = point.momentum + step / 2 * point.slope
        place = point.place + step * scales * momentum
        value, slope = target(place)
        return Point(place, momentum + step / 2 * slope, value, slope)

    def further(tree: Subtree, step: Any, before: Any) -> Subtree:
        """One more point; `begun` has the momenta where the trees of each size begin, and the sums before."""
        point, number = leapfrog(tree.last, step), tree.count
        gain = energy(point) - initial
        gain = np.where(np.isnan(gain), -np.inf, gain)
        weight = np.logaddexp(tree.weight, gain)
        chosen = where(
            np.log(wg.random.random(key=wg.random.fold_in(key, before + number))) < gain - weight, point, tree.chosen
        )
        begun = where((number % SIZES == 0)[:, None], (point.momentum, tree.total), tree.begun)
        total, is_whole = tree.total + point.momentum, (number + 1) % SIZES == 0
        turns = np.any(is_whole & is_turning(scales, begun[0], point.momentum, total - begun[1]))
        acceptance = tree.acceptance + np.minimum(np.exp(gain), 1.0)
        return Subtree(point, chosen, weight, total, begun, number + 1, acceptance, ~turns & (gain > -1000))

    def doubled(tree: Tree) -> Tree:
        is_forward = directions[tree.depth] < 0.5
        step = np.where(is_forward, size, -size)
        end = where(is_forward, tree.ends[1], tree.ends[0])
        nothing = np.zeros((DEEPEST, len(start.place)))
        part = Subtree(end, end, -np.inf, nothing[0], (nothing, nothing), 0, tree.acceptance, True)
        part = wg.while_loop(
            lambda s: s.goes_on & (s.count < 1 << tree.depth), lambda s: further(s, step, tree.count), part
        )
        is_kept = part.goes_on & (np.log(choices[tree.depth]) < part.weight - tree.weight)
        total = tree.total + part.total
        ends = where(is_forward, (tree.ends[0], part.last), (part.last, tree.ends[1]))
        goes_on = part.goes_on & ~is_turning(scales, ends[0].momentum, ends[1].momentum, total)
        weight, chosen = np.logaddexp(tree.weight, part.weight), where(is_kept, part.chosen, tree.chosen)
        return Tree(ends, chosen, weight, total, tree.depth + 1, tree.count + part.count, part.acceptance, goes_on)

    seed = Tree((start, start), start, 0.0, start.momentum, 0, 0, 0.0, True)
    return wg.while_loop(lambda t: t.goes_on & (t.depth < DEEPEST), doubled, seed)


class Steps(NamedTuple):
    """The logarithm of the step size, its average and its mean error over so many turns, around a `centre`."""

    centre: Any
    size: Any
    average: Any
    error: Any
    turns: Any

    @classmethod
    def around(cls, size: Any) -> Steps:
        return cls(size + np.log(10.0), size, size, 0.0, 0.0)

    def after(self, acceptance: Any) -> Steps:
        turns = self.turns + 1
        error = self.error + (TARGET - acceptance - self.error) / (turns + DELAY)
        size = self.centre - np.sqrt(turns) / SHRINKAGE * error
        return Steps(self.centre, size, self.average + (size - self.average) / turns**FORGETTING, error, turns)


class Spread(NamedTuple):
    """Means and squared deviations of so many places (B. Welford, 1962)."""

    count: Any
    mean: Any
    squares: Any

    def with_place(self, place: Any) -> Spread:
        mean = self.mean + (place - self.mean) / (self.count + 1)
        return Spread(self.count + 1, mean, self.squares + (place - self.mean) * (place - mean))

    def scales(self) -> Any:
        """Variances, shrunk towards small ones as Stan does."""
        return (self.squares * self.count / np.maximum(self.count - 1, 1) + 5e-3) / (self.count + 5)


def stages(warm_up: int, count: int) -> tuple[numpy.ndarray, ...]:
    """Whether a turn belongs to the warm-up, to a window of it in which scales are found, and is the last of one."""
    turn, windows, length = numpy.arange(warm_up + count), [warm_up * 3 // 40], warm_up // 40
    while windows[-1] + 3 * length <= warm_up * 19 // 20:
        windows.append(windows[-1] + length)
        length *= 2
    windows.append(warm_up * 19 // 20)
    return turn < warm_up, (turn >= windows[0]) & (turn < windows[-1]), numpy.isin(turn + 1, windows[1:])


def sampler(log_density: Callable[[Any], Any], warm_up: int, count: int) -> Callable[[Any, Any], Any]:
    """The program: from a key and a place of each chain to its draws, and how many gradients each of them took."""
    target = wg.value_and_grad(log_density)

    def turn(carry: Any, stage: Any) -> Any:
        key, (place, value, slope), steps, spread, scales = carry
        is_warming, is_collected, is_last = stage
        size = np.exp(np.where(is_warming, steps.size, steps.average))
        key, of_momentum, of_tree = wg.random.split(key, 3)
        start = Point(place, wg.random.normal(size=len(place), key=of_momentum) / np.sqrt(scales), value, slope)
        tree = trajectory(target, of_tree, start, size, scales)
        place, _, value, slope = tree.chosen
        steps = where(is_warming, steps.after(tree.acceptance / tree.count), steps)
        spread = where(is_collected, spread.with_place(place), spread)
        nothing = np.zeros_like(place)
        fresh = Steps.around(steps.average), Spread(0.0, nothing, nothing), spread.scales()
        return (key, (place, value, slope), *where(is_last, fresh, (steps, spread, scales))), (place, tree.count)

    @wg.jit
    @wg.vmap
    def chains(key: Any, place: Any) -> Any:
        nothing = np.zeros_like(place)
        start = key, (place, *target(place)), Steps.around(np.log(0.1)), Spread(0.0, nothing, nothing), nothing + 1
        draws, gradients = wg.scan(turn, start, stages(warm_up, count))[1]
        return draws[warm_up:], gradients[warm_up:]

    return chains


# -- summaries -------------------------------------------------------------------------------------


def halves(draws: numpy.ndarray) -> numpy.ndarray:
    """Chains of shape (chain, draw) in two each."""
    return numpy.concatenate(numpy.array_split(draws[:, : draws.shape[1] // 2 * 2], 2, axis=1))


def ranked(draws: numpy.ndarray) -> numpy.ndarray:
    """Normal scores of the ranks."""
    return norm.ppf((rankdata(draws).reshape(draws.shape) - 0.375) / (draws.size + 0.25))


def mixing(draws: numpy.ndarray) -> float:
    """Gelman and Rubin's R."""
    within, between = draws.var(axis=1, ddof=1).mean(), draws.mean(axis=1).var(ddof=1)
    return float(numpy.sqrt(between / within + 1 - 1 / draws.shape[1]))


def effective(draws: numpy.ndarray) -> float:
    """So many independent draws would tell the mean as well: by autocorrelations, as long as pairs are positive."""
    chains, count = draws.shape
    spectrum = numpy.fft.rfft(draws - draws.mean(axis=1, keepdims=True), 2 * count)
    covariances = numpy.fft.irfft(abs(spectrum) ** 2)[:, :count].mean(axis=0) / count
    whole = covariances[0] + draws.mean(axis=1).var(ddof=1)
    correlations = 1 - (covariances[0] * count / (count - 1) - covariances * count / (count - 1)) / whole
    pairs = correlations[: count // 2 * 2].reshape(-1, 2).sum(axis=1)
    end = numpy.argmax(numpy.append(pairs, -1.0) < 0)
    time = 2 * numpy.minimum.accumulate(pairs[:end]).sum() - 1 + max(correlations[min(2 * end, count - 1)], 0.0)
    return chains * count / time


def summary(draws: numpy.ndarray) -> dict[str, float]:
    """As ArviZ has it, of draws of a number of shape (chain, draw)."""
    flat, width = numpy.sort(draws, axis=None), int(0.94 * draws.size)
    lowest = numpy.argmin(flat[width:] - flat[: draws.size - width])
    tails = [effective(halves((draws <= numpy.quantile(draws, q)).astype(float))) for q in (0.05, 0.95)]
    folded = abs(draws - numpy.median(draws))
    return {
        "mean": draws.mean(),
        "sd": draws.std(ddof=1),
        "hdi_3%": flat[lowest],
        "hdi_97%": flat[lowest + width],
        "ess_bulk": effective(ranked(halves(draws))),
        "ess_tail": min(tails),
        "r_hat": max(mixing(ranked(halves(draws))), mixing(ranked(halves(folded)))),
    }


def save_picture(path: Path, mu: numpy.ndarray, tau: numpy.ndarray, schools: numpy.ndarray) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(mu.ravel(), numpy.log(tau.ravel()), ".", markersize=1.5, alpha=0.4, color="#2b6cb0")
    left.set(title="posterior", xlabel="mean effect", ylabel="log of the deviation among schools", ylim=(-5, 4))
    places = numpy.arange(len(EFFECTS))
    right.errorbar(places - 0.1, EFFECTS, ERRORS, fmt="o", color="#c05621", label="measured, and its error")
    means, deviations = schools.mean(axis=(0, 1)), schools.std(axis=(0, 1))
    right.errorbar(places + 0.1, means, deviations, fmt="o", color="#2b6cb0", label="posterior")
    right.set(title="effects", xticks=places, xticklabels="ABCDEFGH")
    right.legend(loc="upper center")
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    key, of_places = wg.random.split(wg.random.key(seed))
    places = wg.random.uniform(-2.0, 2.0, (4, 2 + len(EFFECTS)), key=of_places)
    count = 5000 if size == "full" else 500
    start = time.perf_counter()
    draws, gradients = (x.numpy() for x in sampler(log_density, 1000, count)(wg.random.split(key, 4), places))
    spent = time.perf_counter() - start
    mu, tau = draws[..., 0], numpy.exp(draws[..., 1])
    schools = mu[..., None] + tau[..., None] * draws[..., 2:]
    values = {"mu": mu, "tau": tau} | {f"school {name}": schools[..., i] for i, name in enumerate("ABCDEFGH")}
    rows = {name: summary(x) for name, x in values.items()}
    print(f"{'':10}" + "".join(f"{name:>10}" for name in rows["mu"]) + "   published")
    for name, row in rows.items():
        known = " {:5.1f} +- {:.1f}".format(*PUBLISHED[name]) if name in PUBLISHED else ""
        numbers = (f"{x:10.0f}" if "ess" in what else f"{x:10.3f}" for what, x in row.items())
        print(f"{name:10}" + "".join(numbers) + known)
    least = min(row["ess_bulk"] for row in rows.values())
    print(f"{draws[..., 0].size} draws, {gradients.mean():.1f} gradients each, in {spent:.2f} s with compilation:")
    print(f"  {least / spent:.0f} effective draws a second, of the number that mixes worst")
    picture = folder / "f39_eight_schools.png"
    save_picture(picture, mu, tau, schools)
    print(f"saved {picture}")
    return {"rows": rows, "gradients": gradients.mean(), "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
