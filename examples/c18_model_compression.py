"""A classifier of handwritten digits made smaller: pruned, quantised, and adapted to another task by thin matrices.

- pruning: 95 % of the weights become 0, little by little while training goes on; or three quarters of the hidden units
  go as a whole, after which the network is not only smaller, but faster;
- quantisation: weights of 8 bits need no training; of three values (0 and +-1 times a scale) they do, with rounding
  whose derivative is taken to be 1 (the straight-through estimator);
- low-rank adapters: the same network learns to read mirrored digits by changes of rank 4, which are small to keep.

Sizes are those of files after lossless compression; times are of one compiled call for all test images.
"""

from __future__ import annotations

import argparse
import copy
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import nn, optim, training
from wengert.data import DataLoader, TensorDataset
from wengert.datasets import load_digits
from wengert.nn.functional import cross_entropy
from wengert.nn.utils.parametrize import register_parametrization, remove_parametrizations

HIDDEN = 256


class Images(NamedTuple):
    """Images as vectors of numbers from 0 to 1, and their digits."""

    pixels: Any
    labels: Any


class Row(NamedTuple):
    """What is measured of a network."""

    kilobytes: float
    microseconds: float
    accuracy: float


def digits(mirrored: bool = False) -> list[Images]:
    """The images to learn from, and those to test with."""
    step = -1 if mirrored else 1
    parts = load_digits().split(360)
    return [Images(part.images[:, :, ::step].reshape(-1, 64).astype("float32") / 16, part.labels) for part in parts]


def network(hidden: int = HIDDEN) -> nn.Sequential:
    return nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def linears(net: nn.Module) -> list[nn.Module]:
    return [part for part in net.modules() if isinstance(part, nn.Linear)]


def train(net: nn.Module, images: Images, epochs: int, seed: int, *callbacks: training.Callback) -> nn.Module:
    """The network, after it has learned all of its parameters that are not frozen."""
    loader = DataLoader(TensorDataset(*images), batch_size=64, shuffle=True, drop_last=True, seed=seed)
    optimizer = optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=2e-3)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    training.fit(
        lambda batch: cross_entropy(net(batch[0]), batch[1]),
        optimizer,
        loader,
        epochs=epochs,
        scheduler=schedule,
        callbacks=callbacks,
    )
    return net


# -- what is measured ------------------------------------------------------------------------------


def kilobytes(state: dict[str, Any]) -> float:
    """The size of a file of tensors after lossless compression."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.safetensors"
        nn.save(state, path)
        return len(zlib.compress(path.read_bytes(), 9)) / 1000


def microseconds(f: Callable[[], Any], calls: int = 100) -> float:
    """The best time of a call."""
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return min(times) * 1e6


def measured(net: nn.Module, images: Images, state: dict[str, Any] | None = None) -> Row:
    """The size of a network (or of a part of it that is kept), its speed and its accuracy."""
    with wg.no_grad():
        run = wg.jit(lambda pixels: np.argmax(net(pixels), axis=1))
        accuracy = np.mean(run(images.pixels) == images.labels).item()
        return Row(kilobytes(state or net.state_dict()), microseconds(lambda: run(images.pixels)), accuracy)


# -- pruning ---------------------------------------------------------------------------------------


class Pruning(training.Callback):
    """After each epoch more of the least weights are 0, up to a part of all in the middle of the training."""

    def __init__(self, layers: list[nn.Module], amount: float) -> None:
        self.layers, self.amount = layers, amount

    def on_epoch(self, training: training.Training) -> None:
        nn.prune(self.layers, nn.sparsity_at(training.epoch, 0, training.epochs // 2, self.amount))


def pruned(net: nn.Module, images: Images, epochs: int, seed: int) -> nn.Module:
    train(net, images, epochs, seed, Pruning(linears(net), 0.95))
    for layer in linears(net):
        nn.prune_remove(layer)
    return net


def narrowed(net: nn.Sequential, images: Images, epochs: int, seed: int) -> nn.Module:
    """A network of the quarter of the hidden units whose weights are largest, trained on."""
    result, inputs = network(HIDDEN // 4), numpy.arange(64)
    with wg.no_grad():
        for old, new in zip(linears(net), linears(result), strict=True):
            nn.prune_rows(old, 1 - new.weight.shape[0] / old.weight.shape[0])
            outputs = numpy.flatnonzero(old.weight.numpy().any(axis=1))
            new.weight.copy_(old.weight[numpy.ix_(outputs, inputs)])
            new.bias.copy_(old.bias[outputs])
            inputs = outputs
    return train(result, images, epochs, seed)


# -- quantisation ----------------------------------------------------------------------------------


class Ternary(nn.Module):
    """Weights of three values, 0 and one magnitude a row (after F. Li et al., "Ternary weight networks", 2016)."""

    def forward(self, weight: Any) -> Any:
        size = np.abs(weight)
        large = size > 0.7 * np.mean(size, axis=1, keepdims=True)
        scale = np.mean(size, axis=1, keepdims=True, where=large)
        rounded = np.where(large, scale * np.sign(weight), 0)
        return weight + wg.stop_gradient(rounded - weight)  # straight through: the value of one, the slope of the other


def ternary(net: nn.Module, images: Images, epochs: int, seed: int) -> nn.Module:
    for layer in linears(net):
        register_parametrization(layer, "weight", Ternary())
    if epochs:
        train(net, images, epochs, seed)
    for layer in linears(net):
        remove_parametrizations(layer, "weight")
    return net


# -- side by side ----------------------------------------------------------------------------------


def compressed(base: nn.Sequential, epochs: int, seed: int) -> dict[str, Row]:
    """The network and what is made of it."""
    train_images, test_images = digits()

    def of(make: Callable[..., nn.Module], *arguments: Any) -> Row:
        return measured(make(copy.deepcopy(base), *arguments), test_images)

    return {
        "as it was trained": measured(base, test_images),
        "95 % of weights pruned": of(pruned, train_images, epochs, seed),
        "75 % of units pruned": of(narrowed, train_images, epochs, seed),
        "8 bits": of(nn.to_int8),
        "three values, rounded": of(ternary, train_images, 0, seed),
        "three values, trained": of(ternary, train_images, epochs, seed),
    }


def adapted(base: nn.Sequential, epochs: int, seed: int) -> dict[str, Row]:
    """The network at mirrored digits, before and after it has learned changes of low rank."""
    train_images, test_images = digits(mirrored=True)
    before = measured(base, test_images)
    net = train(nn.lora(copy.deepcopy(base), rank=4), train_images, epochs, seed)
    kept = nn.lora_state(net)
    return {"mirrored digits": before, "with adapters": measured(nn.merge_lora(net), test_images, kept)}


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Row]:
    wg.random.seed(seed)
    epochs = 40 if size == "full" else 6
    base = network()
    train(base, digits()[0], epochs, seed)
    rows = {**compressed(base, epochs, seed), **adapted(base, epochs, seed)}
    print(f"{'':24}{'kilobytes':>10}{'time':>10}{'accuracy':>11}")
    for name, row in rows.items():
        print(f"{name:24}{row.kilobytes:10.1f}{row.microseconds:7.0f} us{row.accuracy:11.1%}")
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("full", "quick"), default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
