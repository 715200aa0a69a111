"""Sorting that differentiates: a soft permutation tends to the hard sort, and its gradient checks.

The places that `argsort` gives are whole numbers: their derivative is zero wherever it exists, and nothing can be
learned through them. SoftSort (S. Prillo and J. Eisenschlos, ICML 2020, equation 3) puts a softmax in place of the
permutation: row i of the matrix below says how much each element is the i-th smallest. The colder it is, the harder.

With it a linear model of the progress of diabetes (442 patients, B. Efron et al. 2004) learns the *order* of the
patients, by Spearman's rank correlation itself, which has no gradient otherwise.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy
from sklearn.datasets import load_diabetes

import wengert as wg
import wengert.numpy as np
from wengert.scipy.special import softmax

SCORES = numpy.array([0.3, -1.2, 2.5, 0.9, -0.4, 1.7])


def soft_permutation(x: Any, temperature: Any) -> Any:
    """Rows of weights that add up to 1: of shape (n, n) for n numbers."""
    distances = np.abs(np.sort(x)[:, None] - x)
    return softmax(-distances / temperature, axis=1)


def soft_sort(x: Any, temperature: Any) -> Any:
    """The numbers, nearly in ascending order."""
    return soft_permutation(x, temperature) @ x


def soft_ranks(x: Any, temperature: Any) -> Any:
    """The place of each number in the order, nearly: from 0 to n - 1."""
    weights = soft_permutation(x, temperature)
    return np.arange(x.shape[0]) @ (weights / np.sum(weights, axis=0))


def correlation(x: Any, y: Any) -> Any:
    return np.corrcoef(x, y)[0, 1]


def spearman(x: Any, y: Any) -> float:
    """The correlation of the places, by the hard sort."""
    return correlation(numpy.argsort(numpy.argsort(x)), numpy.argsort(numpy.argsort(y))).item()


def learn_order(inputs: Any, targets: Any, steps: int, seed: int) -> Any:
    """Weights whose scores are in the order of the targets."""
    weights = wg.random.default_rng(seed).normal(size=inputs.shape[1])
    weights.requires_grad_()
    optimizer = wg.optim.Adam([weights], lr=0.1)
    places = numpy.argsort(numpy.argsort(targets))

    @wg.jit
    def step() -> Any:
        scores = inputs @ weights
        loss = 1 - correlation(soft_ranks(scores / np.std(scores), 0.3), places)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(steps):
        step()
    return weights.detach().numpy()


def save_picture(path: Path, errors: dict[float, float]) -> None:
    """The soft permutation at three temperatures, and the distance from the hard sort."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 2.7), layout="constrained")
    *matrices, last = figure.subplots(1, 4)
    for axes, temperature in zip(matrices, (1.0, 0.3, 0.01), strict=True):
        axes.imshow(soft_permutation(SCORES, temperature).numpy(), cmap="Blues", vmin=0, vmax=1)
        axes.set(title=f"temperature {temperature:g}", xticks=[], yticks=[])
    last.loglog(list(errors), list(errors.values()), ".-", color="#2f855a")
    last.set(title="distance from the hard sort", xlabel="temperature")
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    temperatures = [2.0**-k for k in range(8)]
    errors = {t: float(abs(soft_sort(SCORES, t).numpy() - numpy.sort(SCORES)).max()) for t in temperatures}
    for temperature, error in errors.items():
        print(f"temperature {temperature:<9g} largest distance from the hard sort {error:.1e}")

    report = wg.check(lambda x: soft_sort(x, 0.5), SCORES)
    slopes = wg.jacobian(soft_sort)(SCORES, 0.002).numpy()
    hard = wg.jacobian(np.sort)(SCORES).numpy()
    print(
        f"the gradient checks in all modes; at temperature 0.002 the Jacobian is within "
        f"{abs(slopes - hard).max():.0e} of the permutation of the hard sort"
    )

    inputs, targets = load_diabetes(return_X_y=True)
    train, test = slice(0, None, 2), slice(1, None, 2)
    weights = learn_order(inputs[train], targets[train], 400 if size == "full" else 200, seed)
    least_squares = numpy.linalg.lstsq(inputs[train], targets[train] - targets[train].mean())[0]
    learned = {name: spearman(inputs[s] @ weights, targets[s]) for name, s in (("train", train), ("test", test))}
    fitted = {name: spearman(inputs[s] @ least_squares, targets[s]) for name, s in (("train", train), ("test", test))}
    print(
        f"Spearman's correlation, learned through the soft sort: {learned['train']:.4f} on the patients that were "
        f"learned from, {learned['test']:.4f} on others"
    )
    print(f"                        by least squares:               {fitted['train']:.4f} and {fitted['test']:.4f}")

    picture = folder / "d23_soft_sort.png"
    save_picture(picture, errors)
    print(f"saved {picture}")
    return {
        "errors": list(errors.values()),
        "worst": report.worst,
        "jacobian": float(abs(slopes - hard).max()),
        "learned": learned,
        "fitted": fitted,
        "picture": picture,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
