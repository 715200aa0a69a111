"""Which pixels a convolutional network reads a digit by: activations, saliency, integrated gradients, Grad-CAM.

Integrated gradients share the score of a digit, over that of an empty image, among the pixels, and leave nothing over
(M. Sundararajan et al., "Axiomatic attribution for deep networks", 2017). Whether pixels matter is tried by erasing
them: those that a method names should cost the network more than as many others that are as black.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy
from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert.datasets import Digits, load_digits
from wengert.nn import Conv2d, Linear, MaxPool2d, Module, ReLU, Sequential
from wengert.nn.functional import cross_entropy, softmax

ERASED = 8


class Network(Module):
    """From images of shape (n, 1, 8, 8) to a score for each digit."""

    def __init__(self) -> None:
        self.edges = Sequential(Conv2d(1, 32, 3, padding=1), ReLU(), MaxPool2d(2))
        self.strokes = Sequential(Conv2d(32, 64, 3, padding=1), ReLU())
        self.parts = Sequential(Conv2d(64, 64, 3, padding=1), ReLU())
        self.scores = Linear(64, 10)

    def forward(self, images: Any) -> Any:
        return self.scores(np.mean(self.parts(self.strokes(self.edges(images))), axis=(2, 3)))


def pixels(digits: Digits) -> Any:
    return digits.images[:, None].astype("float32") / 16


def train(model: Network, digits: Digits, epochs: int, seed: int) -> None:
    dataset = wg.data.TensorDataset(pixels(digits), digits.labels)
    loader = wg.data.DataLoader(dataset, batch_size=64, shuffle=True, drop_last=True, seed=seed)
    optimizer = wg.optim.Adam(model.parameters(), lr=2e-3)

    @wg.jit
    def step(images: Any, labels: Any) -> None:
        optimizer.zero_grad()
        cross_entropy(model(images), labels).backward()
        optimizer.step()

    for _ in trange(epochs, unit="epoch"):
        for batch in loader:
            step(*batch)


def confidence_without(model: Network, images: Any, labels: Any, importance: Any) -> float:
    """The mean probability of the labels when the black pixels of most importance are erased."""
    flat = images.reshape(len(images), -1).copy()
    places = numpy.argsort(numpy.where(flat > 0.5, -importance.reshape(flat.shape), numpy.inf), axis=1)[:, :ERASED]
    numpy.put_along_axis(flat, places, 0, axis=1)
    with wg.no_grad():
        probabilities = softmax(model(flat.reshape(images.shape)), -1)
    return probabilities[numpy.arange(len(labels)), labels].mean().item()


def save_picture(path: Path, rows: dict[str, Any]) -> None:
    """A row of pictures of each kind."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.2), layout="constrained")
    for line, (name, pictures) in zip(figure.subplots(len(rows), 10), rows.items(), strict=True):
        colours = "gray_r" if name == "image" else "RdBu_r" if pictures.min() < 0 else "magma"
        line[0].set_ylabel(name, fontsize=8)
        for axes, picture in zip(line, pictures, strict=True):
            top = abs(picture).max()
            axes.imshow(picture, cmap=colours, vmin=-top if colours == "RdBu_r" else 0, vmax=top)
            axes.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    known, unseen = load_digits().split(360)
    images, labels = pixels(unseen), unseen.labels
    model = Network()
    train(model, known, 30 if size == "full" else 4, seed)

    captured = wg.nn.capture(model, images, names=["edges", "strokes", "parts", "scores"])
    shapes = {name: activations.shape for name, activations in captured.items()}
    print("activations:", ", ".join(f"{name} {shape}" for name, shape in shapes.items()))

    compiled = wg.jit(model)
    saliency = wg.nn.saliency(compiled, images, labels).numpy()
    shares = wg.nn.integrated_gradients(compiled, images, target=labels, steps=64).numpy()
    smooth = wg.nn.smooth_grad(compiled, images, labels, rng=wg.random.default_rng(seed)).numpy()
    maps = wg.nn.grad_cam(model, "parts", images, labels).numpy().repeat(2, axis=1).repeat(2, axis=2)
    with wg.no_grad():
        gained = (model(images) - model(np.zeros_like(images[:1]))).numpy()[numpy.arange(len(labels)), labels]
    missing = float(abs(shares.sum((1, 2, 3)) - gained).max() / abs(gained).max())
    print(f"integrated gradients add up to the difference of the scores, but for {missing:.0e} of the largest")

    by = {"saliency": saliency, "integrated gradients": shares, "Grad-CAM": maps}
    by["others at random"] = numpy.random.default_rng(seed).random(images.shape)
    confidence = {name: confidence_without(model, images, labels, importance) for name, importance in by.items()}
    whole = softmax(captured["scores"], -1)[numpy.arange(len(labels)), labels].mean().item()
    print(f"probability of the right digit: {whole:.3f}")
    for name, value in confidence.items():
        print(f"  without the {ERASED} black pixels named by {name:21} {value:.3f}")

    first = [int(numpy.flatnonzero(labels == digit)[0]) for digit in range(10)]
    rows = {
        "image": images,
        "saliency": saliency,
        "SmoothGrad": smooth,
        "integrated": shares,
        "Grad-CAM": maps[:, None],
    }
    picture = folder / "c19_interpretation.png"
    save_picture(picture, {name: pictures[first, 0] for name, pictures in rows.items()})
    print(f"saved {picture}")
    return {"shapes": shapes, "missing": missing, "whole": whole, "confidence": confidence, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
