"""Gradient checkpointing: the measured peak of memory falls as promised, and the gradients are the same to the bit.

A chain of n layers keeps n activations for its backward pass. Checkpointed in segments of k, it keeps the n / k inputs
of the segments, and the k activations of the one that is being walked: at best 2 sqrt(n) (T. Chen et al., "Training
deep nets with sublinear memory cost", 2016), for one more forward pass. Halved again and again it keeps an input and a
cotangent at each halving, 2 log2(n), for log2(n) / 2 forward passes (A. Griewank, "Achieving logarithmic growth of
temporal and spatial complexity in reverse automatic differentiation", 1992).
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


def save_picture(path: Path, segments: dict[int, float], length: int, ends: tuple[float, float]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.loglog(list(segments), list(segments.values()), "o", color="#2f855a", label="measured")
    axes.loglog(list(segments), [length / k + k for k in segments], color="#90cdf4", label="n / k + k", zorder=0)
    axes.axhline(ends[0], color="#b7410e", linestyle="--", label="without checkpoints")
    axes.axhline(ends[1], color="#553c9a", linestyle=":", label="halved again and again")
    axes.set(
        xlabel="layers in a segment, k",
        ylabel="activations held at the peak",
        title=f"Backward through {length} layers",
    )
    axes.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    length, width = (1024, 20_000) if size == "full" else (256, 5_000)
    plain, seconds, gradient = measured(lambda x: chain(x, length), width)
    print(f"{length} layers, {width:,} numbers each; activations held at the peak, and time:")
    print(f"{'plain':28} {plain:8.1f}   1.0")
    peaks, same = {}, True
    for segment in (4**k for k in range(1, 5)):
        peaks[segment], taken, found = measured(lambda x, k=segment: in_segments(x, length, k), width)
        same = same and bool((found == gradient).all())
        print(
            f"{f'segments of {segment}':28} {peaks[segment]:8.1f}  {taken / seconds:4.1f}   "
            f"promised {length // segment + segment}"
        )
    deep, taken, found = measured(lambda x: halved(x, length), width)
    same = same and bool((found == gradient).all())
    print(
        f"{'halved again and again':28} {deep:8.1f}  {taken / seconds:4.1f}   promised {2 * (length.bit_length() - 1)}"
    )
    print(f"the gradients are {'the same to the bit' if same else 'NOT the same'}")
    picture = folder / "d24_gradient_checkpointing.png"
    save_picture(picture, peaks, length, (plain, deep))
    print(f"saved {picture}")
    return {"length": length, "plain": plain, "segments": peaks, "halved": deep, "same": same, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
