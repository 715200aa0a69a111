"""Learning to learn sinusoids: MAML with true second derivatives, against its first-order approximation and nothing.

A task is a sine wave of some amplitude and phase, of which ten points are shown. MAML looks for a network that fits any
of them after a few steps of gradient descent; its gradient goes through these steps, whose gradients are so
differentiated again. The first-order approximation leaves the second derivatives out.

After C. Finn, P. Abbeel, S. Levine, "Model-agnostic meta-learning for fast adaptation of deep networks" (2017), 5.1.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy
from tqdm import tqdm

import wengert as wg
import wengert.numpy as np
from wengert import nn, optim

SHOWN, STEPS, RATE = 10, 5, 0.02
TASKS = 25
ADAPTED = (0, 1, STEPS, 10, 500)


def tasks(rng: numpy.random.Generator, count: int) -> tuple[Any, Any]:
    """Inputs and values of sine waves, of shape (count, 2, SHOWN, 1): points that are shown, and others."""
    amplitude = rng.uniform(0.1, 5.0, (count, 1, 1, 1))
    phase = rng.uniform(0.0, math.pi, (count, 1, 1, 1))
    x = rng.uniform(-5.0, 5.0, (count, 2, SHOWN, 1))
    return x.astype("float32"), (amplitude * numpy.sin(x + phase)).astype("float32")


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(1, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1))


def error(net: nn.Module, x: Any, y: Any) -> Any:
    return nn.functional.mse_loss(net(x), y)


def adapted(net: nn.Module, x: Any, y: Any, steps: int = STEPS, first_order: bool = False) -> nn.Module:
    """The network after some steps of gradient descent on the points that are shown."""

    def descend(step: Any, net: nn.Module) -> nn.Module:
        gradients = wg.grad(error)(net, x, y)
        if first_order:
            gradients = wg.stop_gradient(gradients)
        return wg.trees.map(lambda p, g: p - RATE * g, net, gradients)

    return wg.fori_loop(0, steps, descend, net)


def meta_loss(net: nn.Module, x: Any, y: Any, steps: int = STEPS, first_order: bool = False) -> Any:
    """The mean error of adapted networks at points that they were not shown, over tasks."""

    def of_task(x: Any, y: Any) -> Any:
        return error(adapted(net, x[0], y[0], steps, first_order), x[1], y[1])

    return np.mean(wg.vmap(of_task)(x, y))


def meta_trained(steps: int, seed: int, first_order: bool) -> nn.Module:
    """A network from which tasks are soon learned."""
    wg.random.seed(seed)
    rng = numpy.random.default_rng(seed)
    net = network()
    rule = optim.scheduled(optim.adam, lr=optim.schedules.cosine(3e-3, steps))
    state = rule.init(net)

    @wg.jit
    def step(net: nn.Module, state: Any, x: Any, y: Any) -> Any:
        gradients = wg.grad(meta_loss)(net, x, y, STEPS, first_order)
        return rule.step(gradients, state, net)

    for _ in tqdm(range(steps), desc="first-order MAML" if first_order else "MAML", leave=False):
        net, state = step(net, state, *tasks(rng, TASKS))
    return net


def save_picture(path: Path, nets: dict[str, nn.Module], x: Any, y: Any) -> None:
    """One task: the points that are shown, and each network before and after it has adapted to them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3), layout="constrained")
    grid = numpy.linspace(-5, 5, 200, dtype="float32")[:, None]
    for axes, (name, net) in zip(figure.subplots(1, 3, sharey=True), nets.items(), strict=True):
        axes.plot(grid, net(grid).detach(), "--", color="#a0aec0", label="before")
        axes.plot(grid, adapted(net, x[0], y[0])(grid).detach(), color="#2f855a", label=f"after {STEPS} steps")
        axes.plot(x[0], y[0], "o", color="#b7410e", markersize=4, label="shown")
        axes.plot(x[1], y[1], "x", color="#1a202c", markersize=4, label="not shown")
        axes.set_title(name)
    axes.legend(loc="upper right", fontsize=7)
    figure.savefig(path, dpi=90)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    steps, count = (2000, 1000) if size == "full" else (150, 100)
    unseen = tasks(numpy.random.default_rng(seed + 1), count)
    nets = {
        "MAML": meta_trained(steps, seed, first_order=False),
        "first-order MAML": meta_trained(steps, seed, first_order=True),
        "from scratch": network(),
    }
    test_error = wg.jit(meta_loss)
    figures: dict[str, Any] = {}
    print(f"mean squared error over {count} unseen sine waves, of which {SHOWN} points each are shown")
    print(f"{'steps of adaptation':20}" + "".join(f"{after:>8}" for after in ADAPTED))
    for name, net in nets.items():
        figures[name] = {after: test_error(net, *unseen, after).item() for after in ADAPTED}
        print(f"{name:20}" + "".join(f"{figure:8.3f}" for figure in figures[name].values()))
    picture = folder / "c17_maml.png"
    save_picture(picture, nets, unseen[0][0], unseen[1][0])
    print(f"saved {picture}")
    return {**figures, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("full", "quick"), default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
