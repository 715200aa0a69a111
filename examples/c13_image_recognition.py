"""A convolutional network learns 1,437 handwritten digits, and recognises those that it has not seen.

Each image is shown shifted by up to a pixel, another way in each epoch; one compiled call makes a whole training step,
with the running averages of the normalisation and the masks of dropout in it.
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
from wengert.nn import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential
from wengert.nn.functional import cross_entropy


def block(inputs: int, outputs: int) -> Sequential:
    return Sequential(Conv2d(inputs, outputs, 3, padding=1), BatchNorm2d(outputs), ReLU())


def network() -> Sequential:
    """From images of shape (n, 1, 8, 8) to a score for each digit."""
    convolutions = Sequential(block(1, 32), block(32, 32), MaxPool2d(2), block(32, 64), MaxPool2d(2))
    return Sequential(convolutions, Flatten(), Dropout(0.3), Linear(256, 10))


def pixels(digits: Digits) -> Any:
    """Numbers from 0 to 1, of shape (n, 1, 8, 8)."""
    return digits.images[:, None].astype("float32") / 16


def train(model: Sequential, digits: Digits, epochs: int, seed: int) -> list[float]:
    """The mean loss of each epoch."""
    dataset = wg.data.TensorDataset(pixels(digits), digits.labels)
    shifted = wg.data.on_inputs(wg.data.random_shift(1))
    loader = wg.data.DataLoader(dataset, batch_size=64, shuffle=True, drop_last=True, transform=shifted, seed=seed)
    optimizer = wg.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    scheduler = wg.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)

    @wg.jit
    def step(images: Any, labels: Any) -> Any:
        loss = cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    history = []
    for _ in (bar := trange(epochs, unit="epoch")):
        history.append(np.mean(np.stack([step(*batch) for batch in loader])).item())
        scheduler.step()
        bar.set_postfix(loss=f"{history[-1]:.4f}")
    return history


def save_picture(path: Path, history: list[float], images: Any, labels: Any, guesses: Any) -> None:
    """The loss, and the first digits that were not recognised."""
    from matplotlib.figure import Figure

    wrong = numpy.flatnonzero(guesses != labels)[:4]
    figure = Figure(figsize=(3.5 + 1.3 * len(wrong), 2.2), layout="constrained")
    loss, *others = figure.subplots(1, 1 + len(wrong), width_ratios=[2.2] + [1] * len(wrong), squeeze=False)[0]
    loss.semilogy(history, color="#2f855a")
    loss.set(xlabel="epoch", title="loss")
    for axes, place in zip(others, wrong, strict=True):
        axes.imshow(images[place, 0], cmap="gray_r")
        axes.set_title(f"a {labels[place]}, read as {guesses[place]}", fontsize=9)
        axes.axis("off")
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    known, unseen = load_digits().split(360)
    model = network()
    print(wg.nn.summary(model, pixels(unseen)[:1]))
    history = train(model, known, 40 if size == "full" else 6, seed)
    model.eval()
    with wg.no_grad():
        guesses = np.argmax(model(pixels(unseen)), axis=1).numpy()
    accuracy = float((guesses == unseen.labels).mean())
    print(f"{accuracy:.2%} of {len(guesses)} unseen digits recognised (wanted: at least 98.5 %)")
    picture = folder / "c13_image_recognition.png"
    save_picture(picture, history, pixels(unseen), unseen.labels, guesses)
    print(f"saved {picture}")
    return {"history": history, "accuracy": accuracy, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
