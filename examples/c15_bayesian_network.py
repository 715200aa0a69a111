"""A Bayesian neural network by variational inference, and how far its probabilities can be trusted.

Every weight has a normal distribution of its own (mean field), learned by the reparameterised evidence lower bound
(C. Blundell et al., "Weight uncertainty in neural networks", 2015), at a low temperature, since with 9,000 weights and
200 images the prior would have its way (F. Wenzel et al., "How good is the Bayes posterior in deep neural networks
really?", 2020). A prediction is the mean over many networks that are drawn at once: `wg.vmap` over their weights.

It learns from 200 handwritten digits. On the 1,597 others it is compared with the same network with one value for each
weight, which is too sure of itself: the calibration error is the mean distance between confidence and accuracy
(C. Guo et al., "On calibration of modern neural networks", 2017).
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
from wengert.nn import Linear, Parameter, ReLU, Sequential, functional_call
from wengert.nn.functional import cross_entropy
from wengert.random import Normal, kl
from wengert.scipy.special import softmax

PRIOR = Normal(0.0, 0.3)
TEMPERATURE = 0.02
LEARNED_FROM = 200


def network() -> Sequential:
    return Sequential(Linear(64, 64), ReLU(), Linear(64, 64), ReLU(), Linear(64, 10))


def point_estimate(images: Any, labels: Any, steps: int) -> Any:
    """One value for each weight; from images to probabilities."""
    net = network()
    optimizer = wg.optim.Adam(net.parameters(), lr=1e-3)

    @wg.jit
    def step() -> None:
        optimizer.zero_grad()
        cross_entropy(net(images), labels).backward()
        optimizer.step()

    for _ in trange(steps, unit="step", desc="one network"):
        step()
    return lambda images: softmax(net(images), axis=-1)


def bayesian(images: Any, labels: Any, steps: int, seed: int, draws: int = 64) -> Any:
    """A distribution for each weight; from images to probabilities."""
    net, rng = network(), wg.random.default_rng(seed)
    means = {name: Parameter(p.detach()) for name, p in net.named_parameters()}
    log_scales = {name: Parameter(np.full_like(p, -4.0)) for name, p in means.items()}
    optimizer = wg.optim.Adam([*means.values(), *log_scales.values()], lr=3e-3)

    def posterior() -> dict[str, Normal]:
        return {name: Normal(means[name], np.exp(log_scales[name])) for name in means}

    @wg.jit
    def step() -> None:
        weights = {name: distribution.sample(rng=rng) for name, distribution in posterior().items()}
        fit = -cross_entropy(functional_call(net, weights, images), labels, reduction="sum")
        divergence = sum(np.sum(kl(distribution, PRIOR)) for distribution in posterior().values())
        optimizer.zero_grad()
        (TEMPERATURE * divergence - fit).backward()
        optimizer.step()

    for _ in trange(steps, unit="step", desc="Bayesian"):
        step()

    def predict(images: Any) -> Any:
        weights = {name: distribution.sample(draws, rng=rng) for name, distribution in posterior().items()}
        return np.mean(softmax(wg.vmap(lambda w: functional_call(net, w, images))(weights), axis=-1), axis=0)

    return predict


def calibration(probabilities: Any, labels: Any) -> list[tuple[float, float, float]]:
    """In ten bins of confidence: the share of images, their mean confidence and their accuracy."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = numpy.minimum((confidence * 10).astype(int), 9)
    bins = ((place == i) for i in range(10))
    return [(float(b.mean()), float(confidence[b].mean()), float(right[b].mean())) for b in bins if b.any()]


def judged(probabilities: Any, labels: Any) -> dict[str, Any]:
    """Accuracy, nats an image, and the expected calibration error."""
    bins = calibration(probabilities, labels)
    return {
        "accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
        "nats": float(-numpy.log(numpy.take_along_axis(probabilities, labels[:, None], 1)).mean()),
        "calibration error": sum(share * abs(confidence - accuracy) for share, confidence, accuracy in bins),
        "bins": bins,
    }


def save_picture(path: Path, found: dict[str, Any]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#a0aec0", linestyle="--", linewidth=1, label="perfectly calibrated")
    for (name, each), colour in zip(found.items(), ("#d98324", "#2f855a"), strict=True):
        shares, confidence, accuracy = numpy.array(each["bins"]).T
        axes.plot(confidence, accuracy, color=colour, label=f"{name}: error {each['calibration error']:.1%}")
        axes.scatter(confidence, accuracy, 300 * shares + 8, color=colour)
    axes.set(xlabel="confidence", ylabel="accuracy", title=f"Digits, learned from {LEARNED_FROM}")
    axes.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    digits = load_digits()
    learned, unseen = digits.split(len(digits.labels) - LEARNED_FROM, seed)
    images, others = (part.images.reshape(-1, 64).astype("float32") / 16 for part in (learned, unseen))
    steps = 3000 if size == "full" else 2000
    found = {}
    for name, predict in (
        ("one network", point_estimate(images, learned.labels, steps)),
        ("Bayesian", bayesian(images, learned.labels, steps, seed)),
    ):
        with wg.no_grad():
            found[name] = judged(predict(others).numpy(), unseen.labels)
        print(
            "{:12} accuracy {accuracy:.1%}, {nats:.3f} nats an image, calibration error {calibration error:.2%}".format(
                name, **found[name]
            )
        )
    picture = folder / "c15_bayesian_network.png"
    save_picture(picture, found)
    print(f"saved {picture}")
    return {**found, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
