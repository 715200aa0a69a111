"""An optimizer in five lines, beside two that are there: its loss on handwritten digits.

A rule says what is remembered of a parameter, and what a gradient does to both. `wg.optim.Optimizer` makes of it what
every optimizer is: groups with rates of their own, schedules, states that are saved, steps that are compiled.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert.datasets import load_digits
from wengert.nn import Flatten, Linear, ReLU, Sequential
from wengert.nn.functional import cross_entropy


def signum(lr: float = 1e-3, momentum: float = 0.9) -> wg.optim.Rule:
    """Steps of one length, by the sign of the mean gradient (J. Bernstein et al., "signSGD", 2018, algorithm 2)."""

    def update(gradient: Any, state: dict[str, Any], parameter: Any) -> tuple[Any, dict[str, Any]]:
        mean = momentum * state["mean"] + (1 - momentum) * gradient
        return -lr * np.sign(mean), {"mean": mean}

    return wg.optim.per_parameter(lambda parameter: {"mean": np.zeros_like(parameter)}, update)


OPTIMIZERS: dict[str, Callable[[Any], wg.optim.Optimizer]] = {
    "of one's own": lambda parameters: wg.optim.Optimizer(parameters, signum, lr=1e-3),
    "SGD with momentum": lambda parameters: wg.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "Adam": lambda parameters: wg.optim.Adam(parameters, lr=5e-3),
}


def losses_of(make: Callable[[Any], wg.optim.Optimizer], epochs: int, seed: int) -> list[float]:
    """The mean loss of each epoch of the same network on the same batches."""
    wg.random.seed(seed)
    digits = load_digits()
    dataset = wg.data.TensorDataset(digits.images.astype("float32") / 16, digits.labels)
    loader = wg.data.DataLoader(dataset, batch_size=64, shuffle=True, drop_last=True, seed=seed)
    model = Sequential(Flatten(), Linear(64, 64), ReLU(), Linear(64, 10))
    optimizer = make(model.parameters())

    @wg.jit
    def step(images: Any, labels: Any) -> Any:
        loss = cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    bar = trange(epochs, unit="epoch")
    return [np.mean(np.stack([step(*batch) for batch in loader])).item() for _ in bar]


def save_picture(path: Path, curves: dict[str, list[float]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 3), layout="constrained")
    axes = figure.subplots()
    for name, losses in curves.items():
        axes.semilogy(range(1, len(losses) + 1), losses, label=name)
    axes.set(xlabel="epoch", title="loss on handwritten digits")
    axes.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    curves = {name: losses_of(make, 30 if size == "full" else 5, seed) for name, make in OPTIMIZERS.items()}
    for name, losses in curves.items():
        print(f"{name:20} loss {losses[0]:.4f} in the first epoch, {losses[-1]:.4f} in the last")
    picture = folder / "b12_an_optimizer_of_ones_own.png"
    save_picture(picture, curves)
    print(f"saved {picture}")
    return {"curves": curves, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
