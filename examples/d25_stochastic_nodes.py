"""Stochastic nodes: two estimators of the gradient of one expectation, both unbiased, and their variances.

The derivative of E f(x) for x ~ Normal(m, s) can be taken through the draw, x = m + s e (reparameterised, or pathwise),
or through the density, f(x) d log p(x), which asks nothing of f (score function, or REINFORCE); see S. Mohamed et al.,
"Monte Carlo gradient estimation in machine learning" (2020). Both are written here by hand, for f(x) = x^2, whose
expectation m^2 + s^2 is known. `wg.random.expectation` chooses the estimator itself: for a draw that differentiates the
first; for a count or a coin, where that is not there, differences of two draws or the sum over all values.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.random import Bernoulli, Normal, Poisson, expectation

MEAN, SCALE = 1.5, 0.5
EXACT = numpy.array([2 * MEAN, 2 * SCALE])


def f(x: Any) -> Any:
    return x**2


def reparameterised(parameters: Any, noise: Any) -> Any:
    mean, scale = parameters
    return f(mean + scale * noise)


def score(parameters: Any, noise: Any) -> Any:
    """Its value is of no use, and its derivative is f(x) times that of log p(x)."""
    mean, scale = parameters
    x = wg.stop_gradient(mean + scale * noise)
    return f(x) * Normal(mean, scale).log_prob(x)


@wg.jit
def each_gradient(noise: Any) -> tuple[Any, Any]:
    """The gradient in mean and scale by each draw, of both estimators: of shape (draws, 2)."""
    at = np.array([MEAN, SCALE])
    return tuple(wg.vmap(wg.grad(way), in_axes=(None, 0))(at, noise) for way in (reparameterised, score))


def save_picture(path: Path, gradients: dict[str, Any]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.2), layout="constrained")
    axes = figure.subplots()
    for (name, each), colour in zip(gradients.items(), ("#2f855a", "#d98324"), strict=True):
        axes.hist(each[:, 0], bins=numpy.linspace(-5, 20, 126), density=True, alpha=0.6, color=colour, label=name)
    axes.axvline(EXACT[0], color="#1a202c", linewidth=1, label="exact")
    axes.set(xlabel="d/dm by one draw", ylabel="density", title=f"E x², x ~ Normal({MEAN}, {SCALE})")
    axes.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    draws = 1_000_000 if size == "full" else 50_000
    noise = wg.random.default_rng(seed).normal(size=draws)
    gradients = dict(zip(("reparameterised", "score function"), map(np.asarray, each_gradient(noise)), strict=True))
    figures: dict[str, Any] = {}
    print(f"d/dm and d/ds of E x^2, exactly {EXACT}; the mean of {draws:,} draws:")
    for name, each in gradients.items():
        means, variances = each.mean(axis=0).numpy(), each.var(axis=0).numpy()
        off = abs(means - EXACT) / numpy.sqrt(variances / draws)
        print(f"  {name:16} {means}, which is off by {off.round(1)} standard errors; variances {variances.round(2)}")
        figures[name] = {"off": off, "variances": variances}

    print("wg.random.expectation, with its choice of estimator:")
    cases = {
        "Normal": (lambda p: Normal(p, SCALE), MEAN, 2 * MEAN),
        "Poisson": (lambda p: Poisson(p), 3.0, 2 * 3.0 + 1),
        "Bernoulli": (lambda p: Bernoulli(p), 0.3, 1.0),
    }
    for name, (make, at, exact) in cases.items():
        report = expectation(f, make(at), 10, return_report=True)[1]
        slope = wg.grad(lambda p, make=make: expectation(f, make(p), draws, wg.random.key(seed)))(at).item()
        print(f"  {name:10} {report.methods[0]:10} derivative {slope:.3f}, exactly {exact:g}")
        figures[name] = {"method": report.methods[0], "error": abs(slope / exact - 1)}
    picture = folder / "d25_stochastic_nodes.png"
    save_picture(picture, {name: each.numpy() for name, each in gradients.items()})
    print(f"saved {picture}")
    return {**figures, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
