"""A variational autoencoder of handwritten digits, by reparameterisation.

The encoder gives a normal distribution over 10 hidden numbers, mean + scale * noise, through which the evidence lower
bound (ELBO) differentiates; the decoder gives the probability that each of the 8 x 8 pixels is black, and grey counts
as black with that probability (D. Kingma and M. Welling, "Auto-encoding variational Bayes", 2014). On images that it
has not seen, the bound is compared with the likelihood of independent pixels, and with the tighter bound of many draws
(Y. Burda et al., "Importance weighted autoencoders", 2016).
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
from wengert.nn.functional import binary_cross_entropy_with_logits
from wengert.scipy.special import logsumexp

HIDDEN = 10


class Autoencoder(wg.nn.Module):
    def __init__(self, width: int = 256) -> None:
        self.encoder = Sequential(Linear(64, width), SiLU(), Linear(width, 2 * HIDDEN))
        self.decoder = Sequential(Linear(HIDDEN, width), SiLU(), Linear(width, width), SiLU(), Linear(width, 64))

    def forward(self, images: Any, rng: Any) -> tuple[Any, Any]:
        """Of each image, with one draw: log p(image | hidden), and log p(hidden) - log q(hidden | image)."""
        mean, log_scale = np.split(self.encoder(images), 2, axis=-1)
        noise = rng.normal(size=mean.shape, dtype="float32")
        hidden = mean + np.exp(log_scale) * noise
        fit = -binary_cross_entropy_with_logits(self.decoder(hidden), images, reduction="none").sum(-1)
        return fit, (0.5 * (noise**2 - hidden**2) + log_scale).sum(-1)

    def sample(self, count: int, rng: Any) -> Any:
        """New images."""
        return 1 / (1 + np.exp(-self.decoder(rng.normal(size=(count, HIDDEN), dtype="float32"))))


def train(model: Autoencoder, images: Any, epochs: int, rng: Any, seed: int) -> None:
    loader = wg.data.DataLoader(wg.data.TensorDataset(images), batch_size=128, shuffle=True, drop_last=True, seed=seed)
    optimizer = wg.optim.Adam(model.parameters(), lr=2e-3)
    scheduler = wg.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)

    @wg.jit
    def step(batch: Any) -> Any:
        fit, prior = model(batch, rng)
        loss = -np.mean(fit + prior)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    for _ in (bar := trange(epochs, unit="epoch")):
        losses = [step(batch) for (batch,) in loader]
        scheduler.step()
        bar.set_postfix(loss=f"{np.mean(np.stack(losses)):.3f}")


def bounds(model: Autoencoder, images: Any, draws: int, rng: Any) -> tuple[float, float]:
    """The evidence lower bound, and that of many draws, in nats an image."""

    @wg.jit
    def weights() -> Any:
        return sum(model(images, rng))

    with wg.no_grad():
        log_weights = np.stack([weights() for _ in range(draws)])
    return log_weights.mean().item(), (logsumexp(log_weights, axis=0) - np.log(draws)).mean().item()


def independent_pixels(train: Any, test: Any) -> float:
    """The mean log-likelihood of images by the mean of each pixel, in nats an image."""
    p = numpy.clip(train.mean(axis=0), 1e-3, 1 - 1e-3)
    return float((test * numpy.log(p) + (1 - test) * numpy.log(1 - p)).sum(axis=1).mean())


def save_picture(path: Path, samples: Any) -> None:
    """The images in rows of 16."""
    from matplotlib.image import imsave

    framed = numpy.pad(samples.reshape(-1, 16, 8, 8), [(0, 0), (0, 0), (1, 1), (1, 1)])
    grid = framed.transpose(0, 2, 1, 3).reshape(-1, 16 * 10)
    imsave(path, grid.repeat(3, axis=0).repeat(3, axis=1), cmap="gray_r", vmin=0, vmax=1)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    rng = wg.random.default_rng(seed)
    train_images, test_images = (
        part.images.reshape(-1, 64).astype("float32") / 16 for part in load_digits().split(360)
    )
    model = Autoencoder()
    train(model, train_images, 400 if size == "full" else 30, rng, seed)
    elbo, many = bounds(model, test_images, 100 if size == "full" else 10, rng)
    alone = independent_pixels(train_images, test_images)
    print("log-likelihood of 360 unseen images, in nats an image:")
    print(f"  independent pixels           {alone:8.2f}")
    print(f"  ELBO                         {elbo:8.2f}")
    print(f"  importance-weighted bound    {many:8.2f}")
    with wg.no_grad():
        samples = model.sample(96, rng).numpy()
    picture = folder / "c15_variational_autoencoder.png"
    save_picture(picture, samples)
    print(f"saved {picture}")
    return {"independent": alone, "elbo": elbo, "many": many, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
