"""Flow matching: digits are drawn from noise by following a learned velocity, each of the class that is asked for.

On the straight line from noise x0 to an image x1 the velocity is x1 - x0; a network that predicts it from the point
(1 - t) x0 + t x1, the time and the class learns the mean velocity there, whose flow carries noise to images
(Y. Lipman et al., "Flow matching for generative modeling", 2023). To draw is one compiled loop over time.

How good the images are is judged by the nearest real image: does it show the digit that was asked for, and how far is
it, compared with the distance of real images that are not in the training set?
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy
from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert.datasets import load_digits
from wengert.nn import Linear, Sequential, SiLU


class Velocity(wg.nn.Module):
    def __init__(self, width: int = 384) -> None:
        layers = [Linear(64 + 10 + 8, width), SiLU(), Linear(width, width), SiLU(), Linear(width, width), SiLU()]
        self.layers = Sequential(*layers, Linear(width, 64))

    def forward(self, x: Any, time: Any, classes: Any) -> Any:
        """The velocities of points, of shape (n, 64), at times from 0 to 1, of shape (n, 1), by one-hot classes."""
        angles = time * 2.0 ** np.arange(4, dtype="float32") * np.pi
        return self.layers(np.concatenate([x, classes, np.sin(angles), np.cos(angles)], axis=-1))


def train(velocity: Velocity, images: Any, labels: Any, epochs: int, seed: int) -> None:
    rng = wg.random.default_rng(seed)
    dataset = wg.data.TensorDataset(images, wg.data.one_hot(labels, 10))
    loader = wg.data.DataLoader(dataset, batch_size=128, shuffle=True, drop_last=True, seed=seed)
    optimizer = wg.optim.Adam(velocity.parameters(), lr=1e-3)
    scheduler = wg.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)

    @wg.jit
    def step(images: Any, classes: Any) -> Any:
        noise = rng.normal(size=images.shape, dtype="float32")
        time = rng.uniform(size=(images.shape[0], 1), dtype="float32")
        points = (1 - time) * noise + time * images
        loss = np.mean((velocity(points, time, classes) - (images - noise)) ** 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    for _ in (bar := trange(epochs, unit="epoch")):
        losses = [step(*batch) for batch in loader]
        scheduler.step()
        bar.set_postfix(loss=f"{np.mean(np.stack(losses)):.4f}")


@wg.jit
def draw(velocity: Velocity, noise: Any, classes: Any, steps: int = 50) -> Any:
    """Follow the velocity from noise to images, by the midpoint rule."""

    def step(k: Any, x: Any) -> Any:
        time = np.full((x.shape[0], 1), k / steps, "float32")
        middle = x + velocity(x, time, classes) / (2 * steps)
        return x + velocity(middle, time + 0.5 / steps, classes) / steps

    return wg.fori_loop(0, steps, step, noise)


def nearest(images: Any, real: Any) -> tuple[Any, Any]:
    """For each image which real one is nearest, and how far it is."""
    squares = ((images[:, None] - real) ** 2).sum(axis=-1)
    return squares.argmin(axis=1), numpy.sqrt(squares.min(axis=1))


def save_picture(path: Path, images: Any) -> None:
    """A row for each digit."""
    from matplotlib.image import imsave

    framed = numpy.pad(images.reshape(10, -1, 8, 8), [(0, 0), (0, 0), (1, 1), (1, 1)], constant_values=-1)
    grid = framed.transpose(0, 2, 1, 3).reshape(100, -1)
    imsave(path, grid.repeat(3, axis=0).repeat(3, axis=1), cmap="gray_r", vmin=-1, vmax=1)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    learned, unseen = load_digits().split(360)
    images, others = (part.images.reshape(-1, 64).astype("float32") / 8 - 1 for part in (learned, unseen))
    velocity = Velocity()
    train(velocity, images, learned.labels, 600 if size == "full" else 40, seed)

    asked = numpy.arange(10).repeat(16)
    noise = wg.random.default_rng(seed + 1).normal(size=(160, 64), dtype="float32")
    with wg.no_grad():
        drawn = draw(velocity, noise, wg.data.one_hot(asked, 10)).numpy()
    found, distances = nearest(drawn, images)
    right = (learned.labels[found] == asked).mean()
    real = nearest(others, images)[1].mean()
    print(f"the nearest real image shows the digit that was asked for: {right:.1%} of 160 drawn images")
    print(f"its mean distance is {distances.mean():.2f}; of real images that are not learned from it is {real:.2f}")
    picture = folder / "c15_flow_matching.png"
    save_picture(picture, drawn)
    print(f"saved {picture}")
    return {"right": float(right), "distance": float(distances.mean()), "real": float(real), "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
