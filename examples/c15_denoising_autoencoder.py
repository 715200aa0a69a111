"""A denoising autoencoder of handwritten digits: the ratio of signal to noise before and after, on unseen images.

A convolutional network learns to give back the image that noise was added to (P. Vincent et al., "Extracting and
composing robust features with denoising autoencoders", 2008). It has to beat the best linear filter, which is Wiener's:
the conditional mean if images were normal with their covariance.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
from wengert.datasets import load_digits
from wengert.nn import Conv2d, ConvTranspose2d, Sequential, SiLU

NOISE = 0.4


def network(width: int = 32) -> Sequential:
    """From images of shape (n, 1, 8, 8) to such images, through 4 x 4 and 2 x 2 pixels of more channels."""
    return Sequential(
        Conv2d(1, width, 3, padding=1), SiLU(),
        Conv2d(width, 2 * width, 3, stride=2, padding=1), SiLU(),
        Conv2d(2 * width, 4 * width, 3, stride=2, padding=1), SiLU(),
        ConvTranspose2d(4 * width, 2 * width, 4, stride=2, padding=1), SiLU(),
        ConvTranspose2d(2 * width, width, 4, stride=2, padding=1), SiLU(),
        Conv2d(width, 1, 3, padding=1),
    )  # fmt: skip


def train(model: Sequential, images: Any, epochs: int, seed: int) -> None:
    rng = wg.random.default_rng(seed)
    loader = wg.data.DataLoader(wg.data.TensorDataset(images), batch_size=64, shuffle=True, drop_last=True, seed=seed)
    optimizer = wg.optim.AdamW(model.parameters(), lr=2e-3)

    def loss(batch: Any) -> Any:
        (clean,) = batch
        noisy = clean + NOISE * rng.normal(size=clean.shape, dtype="float32")
        return wg.nn.functional.mse_loss(model(noisy), clean)

    scheduler = wg.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    wg.training.fit(loss, optimizer, loader, epochs=epochs, scheduler=scheduler, progress=True)


def wiener(images: Any) -> Any:
    """The best linear filter, by the mean and the covariance of images."""
    pixels = images.reshape(len(images), -1).astype(float)
    mean, covariance = pixels.mean(axis=0), numpy.cov(pixels.T)
    gain = covariance @ numpy.linalg.inv(covariance + NOISE**2 * numpy.eye(64))
    return lambda noisy: (mean + (noisy.reshape(-1, 64) - mean) @ gain.T).reshape(noisy.shape)


def decibels(clean: Any, found: Any) -> float:
    """The ratio of the variance of images to the mean squared error, 10 log10 of it."""
    return float(10 * numpy.log10(clean.var() / ((found - clean) ** 2).mean()))


def save_picture(path: Path, *rows: Any) -> None:
    """The first images in each row."""
    from matplotlib.image import imsave

    framed = numpy.pad(numpy.stack([row[:16, 0] for row in rows]), [(0, 0), (0, 0), (1, 1), (1, 1)])
    grid = framed.transpose(0, 2, 1, 3).reshape(len(rows) * 10, -1)
    imsave(path, grid.repeat(3, axis=0).repeat(3, axis=1), cmap="gray_r", vmin=0, vmax=1)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    images, clean = (part.images[:, None].astype("float32") / 16 for part in load_digits().split(360))
    model = network()
    train(model, images, 60 if size == "full" else 4, seed)

    noisy = clean + NOISE * wg.random.default_rng(seed + 1).normal(size=clean.shape, dtype="float32").numpy()
    with wg.no_grad():
        denoised = model(noisy).numpy()
    filtered = wiener(images)(noisy)
    before, linear, after = (decibels(clean, found) for found in (noisy, filtered, denoised))
    print("signal to noise of 360 unseen images:")
    print(f"  noisy               {before:5.2f} dB")
    print(f"  best linear filter  {linear:5.2f} dB")
    print(f"  autoencoder         {after:5.2f} dB")
    picture = folder / "c15_denoising_autoencoder.png"
    save_picture(picture, clean, noisy, filtered, denoised)
    print(f"saved {picture}: clean, noisy, by the linear filter, by the autoencoder")
    return {"before": before, "linear": linear, "after": after, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
