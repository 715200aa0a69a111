"""Gradient descent against closed forms, on 442 patients: how far their diabetes got, from ten measurements.

A linear model by gradient descent with momentum ends at the least-squares solution. Rate and momentum are the best for
the eigenvalues of the Hessian (B. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964).
Then the gradients of a network with two layers, against those worked out by hand. The data come with scikit-learn
(B. Efron et al., "Least angle regression", 2004).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy
from sklearn.datasets import load_diabetes

import wengert as wg
import wengert.numpy as np
from wengert.nn import Linear, Sequential, Tanh
from wengert.nn.functional import mse_loss


def best_rates(features: Any) -> tuple[float, float]:
    """The learning rate and the momentum for the mean of squares of a linear model."""
    hessian = wg.hessian(lambda weights: np.mean((features @ weights) ** 2))(np.zeros(features.shape[1]))
    eigenvalues = numpy.linalg.eigvalsh(hessian.numpy())
    low, high = numpy.sqrt(eigenvalues[[0, -1]])
    return 4 / (low + high) ** 2, ((high - low) / (high + low)) ** 2


def fit_linear(features: Any, targets: Any, steps: int) -> tuple[Any, list[float]]:
    """The weights with the bias at their end, and the loss at each step."""
    model = Linear(features.shape[1], 1, dtype="float64")
    rate, momentum = best_rates(numpy.column_stack([features, numpy.ones(len(features))]))
    optimizer = wg.optim.SGD(model.parameters(), lr=rate, momentum=momentum)

    @wg.jit
    def step() -> Any:
        loss = mse_loss(model(features), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    losses = [step().item() for _ in range(steps)]
    return numpy.append(model.weight.detach().numpy()[0], model.bias.detach().numpy()), losses


def gradients_by_hand(model: Sequential, x: Any, y: Any) -> list[Any]:
    """Of the mean squared error of ``tanh(x W' + b) V' + c`` in W, b, V and c."""
    W, b, V, c = (p.detach().numpy() for p in model.parameters())
    hidden = numpy.tanh(x @ W.T + b)
    errors = 2 * (hidden @ V.T + c - y) / len(x)
    below = (errors @ V) * (1 - hidden**2)
    return [below.T @ x, below.sum(axis=0), errors.T @ hidden, errors.sum(axis=0)]


def save_picture(path: Path, excess: Any) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 3), layout="constrained")
    axes = figure.subplots()
    axes.semilogy(excess.clip(1e-16), color="#2f855a")
    axes.set(xlabel="step", title="loss above that of the closed form, relative to it")
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    inputs, progress = load_diabetes(return_X_y=True)
    x = wg.data.Standardizer(inputs)(inputs).numpy()
    y = wg.data.Standardizer(progress)(progress).numpy()[:, None]

    closed = numpy.linalg.lstsq(numpy.column_stack([x, numpy.ones(len(x))]), y[:, 0])[0]
    least = float(((x @ closed[:-1] + closed[-1] - y[:, 0]) ** 2).mean())
    weights, losses = fit_linear(x, y, 400 if size == "full" else 300)
    distance = float(abs(weights - closed).max())
    print(f"by the closed form the mean squared error is {least:.12f}")
    print(f"by gradient descent it is                    {losses[-1]:.12f}, and the weights differ by {distance:.1e}")

    model = Sequential(Linear(10, 20, dtype="float64"), Tanh(), Linear(20, 1, dtype="float64"))
    mse_loss(model(x), y).backward()
    pairs = zip(model.parameters(), gradients_by_hand(model, x, y), strict=True)
    error = max(float(abs(p.grad.numpy() - hand).max()) for p, hand in pairs)
    print(f"the gradients of a network with two layers differ from those by hand by {error:.1e}")

    picture = folder / "b11_against_closed_forms.png"
    save_picture(picture, numpy.array(losses) / least - 1)
    print(f"saved {picture}")
    return {"distance": distance, "excess": losses[-1] / least - 1, "error": error, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
