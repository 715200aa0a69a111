"""A Gaussian process whose hyperparameters maximise the evidence, beside scikit-learn's, and what one datum does to it.

How diabetes goes on within a year is regressed on ten measurements. Each has a length over which it matters, a long one
if it matters little. These, the amplitude and the noise maximise the marginal likelihood. The maximum is a function of
the data: the derivative of a prediction by a measured value goes through the fit of all hyperparameters, by the
implicit-function theorem, and says which patient a prediction rests on.

Source: C. Rasmussen and C. Williams, "Gaussian Processes for Machine Learning" (2006), equations 2.23-2.30 and 5.1.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy
from sklearn.datasets import load_diabetes
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

import wengert as wg
import wengert.numpy as np
from wengert.scipy.linalg import cho_factor, cho_solve
from wengert.scipy.optimize import minimize

NAMES = ["age", "sex", "body mass", "pressure", "cholesterol", "LDL", "HDL", "ratio", "triglycerides", "sugar"]
BOUNDS = [(1e-2, 1e2), *[(0.1, 20.0)] * 10, (1e-3, 10.0)]


def kernel(amplitude: Any, lengths: Any, x: Any, z: Any) -> Any:
    x, z = x / lengths, z / lengths
    squares = np.sum(x * x, axis=1)[:, None] + np.sum(z * z, axis=1) - 2 * x @ z.T
    return amplitude * np.exp(-squares / 2)


def factor(logarithms: Any, x: Any) -> tuple[Any, bool]:
    """Cholesky's of the covariance of what is measured."""
    amplitude, lengths, noise = np.exp(logarithms[0]), np.exp(logarithms[1:-1]), np.exp(logarithms[-1])
    return cho_factor(kernel(amplitude, lengths, x, x) + noise * np.eye(len(x)), lower=True)


def surprise(logarithms: Any, x: Any, y: Any) -> Any:
    """The negative logarithm of the marginal likelihood."""
    root = factor(logarithms, x)
    return y @ cho_solve(root, y) / 2 + np.sum(np.log(np.diagonal(root[0]))) + len(x) / 2 * numpy.log(2 * numpy.pi)


def fitted(x: Any, y: Any, start: Any = None) -> Any:
    """The logarithms of amplitude, lengths and noise that make the measurements most probable."""
    options = {"ftol": 1e-15, "gtol": 1e-7, "maxiter": 1000}
    start = numpy.zeros(12) if start is None else start
    bounds = numpy.log(BOUNDS)
    return minimize(surprise, start, args=(x, y), method="L-BFGS-B", bounds=bounds, options=options).x


def predicted(logarithms: Any, x: Any, y: Any, new: Any) -> tuple[Any, Any]:
    """Means and standard deviations of measurements at new places."""
    amplitude, lengths, noise = np.exp(logarithms[0]), np.exp(logarithms[1:-1]), np.exp(logarithms[-1])
    across, root = kernel(amplitude, lengths, x, new), factor(logarithms, x)
    variance = amplitude + noise - np.sum(across * cho_solve(root, across), axis=0)
    return across.T @ cho_solve(root, y), np.sqrt(variance)


def of_scikit_learn(x: Any, y: Any) -> GaussianProcessRegressor:
    amplitude, length, noise = BOUNDS[0], BOUNDS[1], BOUNDS[-1]
    model = ConstantKernel(1.0, amplitude) * RBF(numpy.ones(10), length) + WhiteKernel(1.0, noise)
    with warnings.catch_warnings(action="ignore"):  # it warns of lengths at their bounds
        return GaussianProcessRegressor(model, alpha=0.0).fit(x, y)


def influences(logarithms: Any, x: Any, y: Any, new: Any) -> numpy.ndarray:
    """How the prediction for one new patient moves with each measured value, all fitted anew."""

    def prediction(y: Any) -> Any:
        return predicted(fitted(x, y, logarithms), x, y, new[None])[0][0]

    slopes = wg.grad(prediction)(y).numpy()
    most = numpy.argmax(abs(slopes))
    step = 0.01 * numpy.eye(len(y))[most]
    difference = (prediction(y + step) - prediction(y - step)).item() / 0.02
    print(f"the prediction rests most on patient {most}: {slopes[most]:.6f} by the derivative through the fit,")
    print(f"  {difference:.6f} by two more fits")
    return numpy.array([slopes[most], difference])


def save_picture(path: Path, lengths: Any, mean: Any, deviation: Any, truth: Any) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.barh(NAMES, 1 / lengths, color="#2b6cb0")
    left.set(title="what matters: 1 / length")
    left.invert_yaxis()
    order = numpy.argsort(mean)
    right.fill_between(range(len(mean)), *(mean[order] + k * deviation[order] for k in (-2, 2)), alpha=0.2)
    right.plot(mean[order], color="#2b6cb0", label="predicted, and twice its deviation")
    right.plot(truth[order], ".", color="#c05621", label="measured")
    right.set(title="how diabetes goes on", xlabel="unseen patients, by prediction")
    right.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    patients, progression = load_diabetes(return_X_y=True, scaled=False)
    order = numpy.random.default_rng(seed).permutation(len(patients))
    count = 300 if size == "full" else 100
    x, y = (((a - a.mean(axis=0)) / a.std(axis=0))[order] for a in (patients, progression))
    (x, new), (y, truth) = (numpy.split(a, [count]) for a in (x, y))

    start = time.perf_counter()
    found = fitted(x, y).numpy()
    ours, start = time.perf_counter() - start, time.perf_counter()
    theirs = of_scikit_learn(x, y)
    print(f"fitted to {count} patients in {ours:.1f} s; scikit-learn in {time.perf_counter() - start:.1f} s")
    evidence = -surprise(found, x, y).item()
    print(f"log marginal likelihood {evidence:.6f}, scikit-learn {theirs.log_marginal_likelihood_value_:.6f}")
    mean, deviation = (a.numpy() for a in predicted(found, x, y, new))
    off = max(abs(a - b).max() for a, b in zip((mean, deviation), theirs.predict(new, return_std=True), strict=True))
    within = numpy.mean(abs(truth - mean) < 1.96 * deviation)
    explained = 1 - numpy.mean((truth - mean) ** 2) / truth.var()
    print(
        f"predictions differ by {off:.0e}; {explained:.1%} of the variance explained, {within:.1%} within 95 % bounds"
    )
    slopes = influences(found, x, y, new[0])
    picture = folder / "f36_gaussian_process.png"
    save_picture(picture, numpy.exp(found[1:-1]), mean, deviation, truth)
    print(f"saved {picture}")
    gain = evidence - theirs.log_marginal_likelihood_value_
    return {"gain": gain, "off": off, "within": within, "slopes": slopes, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
