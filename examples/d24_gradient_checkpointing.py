"""Gradient checkpointing: the measured peak of memory falls as promised, and the gradients are the same to the bit.

A chain of n layers keeps n activations for its backward pass. Checkpointed in segments of k, it keeps the n / k inputs
of the segments, and the k activations of the one that is being walked: at best 2 sqrt(n) (T. Chen et al., "Training
deep nets with sublinear memory cost", 2016), for one more forward pass. Halved again and again it keeps an input and a
cotangent at each halving, 2 log2(n), for log2(n) / 2 forward passes (A. Griewank, "Achieving logarithmic growth of
temporal and spatial complexity in reverse automatic differentiation", 1992). A loop is told how many it may keep, and
finds the best places itself (A. Griewank and A. Walther, "Algorithm 799: revolve", 2000).

A budget in bytes needs no thought at all: `wg.checkpoint(f, memory="20MB")` cuts f where little crosses, says
beforehand what will be held, and computes no more again than it has to, line by line as well as compiled.
"""

from __future__ import annotations

import argparse
import gc
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np


def layer(x: Any) -> Any:
    """One activation is kept of each: the sine's operand."""
    return np.sin(x)


def chain(x: Any, length: int) -> Any:
    for _ in range(length):
        x = layer(x)
    return x


def in_segments(x: Any, length: int, segment: int) -> Any:
    """Keep the inputs of segments alone."""
    for _ in range(length // segment):
        x = wg.checkpoint(chain)(x, segment)
    return x


def halved(x: Any, length: int) -> Any:
    """Keep the middle, and do the same with both halves."""
    if length == 1:
        return layer(x)
    return halved(wg.checkpoint(halved)(x, length // 2), length // 2)


def remembering(x: Any, length: int, memory: int) -> Any:
    """A loop that keeps no more than it is told to."""
    return wg.scan(lambda x, _: (layer(x), None), x, length=length, memory=memory)[0]


def measured(f: Callable[[Any], Any], width: int) -> tuple[float, float, Any]:
    """The peak of memory in arrays of the width, the seconds, and the gradient."""
    x = wg.tensor(numpy.linspace(0, 1, width), requires_grad=True)
    gc.collect()
    tracemalloc.start()
    start = time.process_time()
    np.sum(f(x)).backward()
    seconds = time.process_time() - start
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / (8 * width), seconds, x.grad.numpy()


def network(weights: Any, x: Any) -> Any:
    """Twelve layers: of each what goes into tanh and what comes out is kept."""
    for w in weights:
        x = np.tanh(x @ w)
    return np.sum(x * x)


def within_budgets(rows: int, seed: int) -> list[tuple[float, float, float, float]]:
    """For some shares of the memory of everything: the share, the MB planned and needed, and the time beside it."""
    rng = wg.random.default_rng(seed)
    weights, x = [rng.normal(size=(64, 64)) * 0.15 for _ in range(12)], rng.normal(size=(rows, 64))
    plain = wg.jit(wg.grad(network))
    everything, expected, base = plain.lower(weights, x).memory, plain(weights, x), best_time(plain, weights, x)
    found = []
    for share in (1.0, 0.75, 0.5, 0.4):
        budget = int(share * everything) + 1
        gradient = wg.jit(wg.grad(wg.checkpoint(network, memory=budget)))
        assert all(np.allclose(a, b) for a, b in zip(gradient(weights, x), expected, strict=True))
        needed = gradient.lower(weights, x).memory
        found.append((share, budget / 1e6, needed / 1e6, best_time(gradient, weights, x) / base))
    return found


def best_time(f: Callable[..., Any], *args: Any) -> float:
    def once() -> float:
        start = time.process_time()
        f(*args)
        return time.process_time() - start

    return min(once() for _ in range(7))


def save_picture(path: Path, rows: dict[str, tuple[float, float]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.2), layout="constrained")
    axes = figure.subplots()
    names, places = list(rows), numpy.arange(len(rows))
    measured, promised = zip(*rows.values(), strict=True)
    axes.barh(places, measured, color="#2f855a", label="measured")
    axes.plot(promised, places, "|", color="#1a202c", markersize=18, label="promised")
    axes.set(yticks=places, yticklabels=names, xscale="log", xlabel="activations held at the peak")
    axes.invert_yaxis()
    axes.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    n, width = (1024, 20_000) if size == "full" else (256, 5_000)
    ways = {
        "plain": (lambda x: chain(x, n), n),
        **{f"segments of {k}": (lambda x, k=k: in_segments(x, n, k), n // k + k) for k in (4, 16, 64)},
        "halved again and again": (lambda x: halved(x, n), 2 * (n.bit_length() - 1)),
        "a loop with memory=20": (lambda x: remembering(x, n, 20), 20),
    }
    print(f"{n} layers, {width:,} numbers each; activations held at the peak, as measured and as promised, and time:")
    rows, gradients, times = {}, [], []
    for name, (f, promised) in ways.items():
        peak, seconds, gradient = measured(f, width)
        rows[name] = peak, promised
        gradients.append(gradient)
        times.append(seconds)
        print(f"{name:24} {peak:8.1f} {promised:6}  {seconds / times[0]:5.1f}")
    same = all((gradient == gradients[0]).all() for gradient in gradients)
    print(f"the gradients are {'the same to the bit' if same else 'NOT the same'}")
    budgets = within_budgets(4096 if size == "full" else 512, seed)
    print("a compiled gradient of 12 layers within budgets of memory:")
    for share, budget, needed, took in budgets:
        print(f"{share:4.0%} of everything: {budget:6.2f} MB given, {needed:6.2f} MB needed, {took:4.2f} of the time")
    picture = folder / "d24_gradient_checkpointing.png"
    save_picture(picture, rows)
    print(f"saved {picture}")
    return {"rows": rows, "same": same, "budgets": budgets, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
