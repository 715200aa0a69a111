"""A small network for handwritten digits, trained in both styles of the library, and compiled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from ..datasets import Digits
from .figures import AtLeast, AtMost, Figure

PIXELS, HIDDEN, CLASSES = 64, 64, 10
EPOCHS, BATCH = 40, 64
RATE, MOMENTUM = 0.1, 0.9
SEED = 1964

Batch = tuple[numpy.ndarray, numpy.ndarray]


class Network(NamedTuple):
    """The parameters of ``tanh(images @ into + shift) @ out + bias``."""

    into: Any
    shift: Any
    out: Any
    bias: Any


def initial_network(seed: int = SEED) -> Network:
    """Random weights of variance 1 / inputs (LeCun et al., "Efficient BackProp", 1998), zero biases."""
    random = numpy.random.default_rng(seed)
    into = random.normal(size=(PIXELS, HIDDEN)) / PIXELS**0.5
    out = random.normal(size=(HIDDEN, CLASSES)) / HIDDEN**0.5
    return Network(into, numpy.zeros(HIDDEN), out, numpy.zeros(CLASSES))


def scores(network: Network, images: Any) -> Any:
    """The score of each class, for images of shape (n, 64): shape (n, 10)."""
    return np.tanh(images @ network.into + network.shift) @ network.out + network.bias


def loss(network: Network, images: Any, labels: Any) -> Any:
    """The mean of -log(probability of the label), where probabilities are the softmax of the scores."""
    of_classes = scores(network, images)
    shifted = of_classes - wg.stop_gradient(np.max(of_classes, axis=1, keepdims=True))
    of_labels = shifted[numpy.arange(len(labels)), labels]
    return np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - of_labels)


def accuracy(network: Network, digits: Digits) -> float:
    """The share of images whose label has the highest score."""
    guesses = np.argmax(scores(network, pixels(digits)), axis=1)
    return float(numpy.mean(numpy.asarray(guesses) == digits.labels))


def pixels(digits: Digits) -> numpy.ndarray:
    """The images as rows of 64 numbers from 0 to 1."""
    return digits.images.reshape(-1, PIXELS) / 16.0


def batches(digits: Digits, epochs: int = EPOCHS, seed: int = SEED) -> list[Batch]:
    """Every image once an epoch, shuffled, 64 at a time."""
    random = numpy.random.default_rng(seed)
    images = pixels(digits)

    def epoch() -> Iterator[Batch]:
        order = random.permutation(len(images))
        for start in range(0, len(order), BATCH):
            taken = order[start : start + BATCH]
            yield images[taken], digits.labels[taken]

    return [batch for _ in range(epochs) for batch in epoch()]


def fit_by_backward(start: Network, batches: Iterable[Batch]) -> Network:
    """Gradient descent with momentum on parameters that change in place, with ``backward()``."""
    network = Network(*(wg.tensor(parameter, requires_grad=True) for parameter in start))
    velocities = [numpy.zeros_like(parameter) for parameter in start]
    for images, labels in batches:
        loss(network, images, labels).backward()
        with wg.no_grad():
            for parameter, velocity in zip(network, velocities, strict=True):
                velocity *= MOMENTUM
                velocity += parameter.grad.numpy()
                parameter -= RATE * velocity
                parameter.grad = None
    return Network(*(parameter.detach().numpy() for parameter in network))


def fit_by_value_and_grad(start: Network, batches: Iterable[Batch]) -> Network:
    """The same descent on values that never change, with ``value_and_grad``."""
    network = start
    velocity = Network(*(numpy.zeros_like(parameter) for parameter in start))
    for images, labels in batches:
        _, gradient = wg.value_and_grad(loss)(network, images, labels)
        velocity = Network(*(MOMENTUM * v + g for v, g in zip(velocity, gradient, strict=True)))
        network = Network(*(p - RATE * v for p, v in zip(network, velocity, strict=True)))
    return Network(*(numpy.asarray(parameter) for parameter in network))


def fit_compiled(start: Network, batches: Iterable[Batch]) -> Network:
    """The descent of `fit_by_backward`, each step one compiled call that changes the parameters in place."""
    network = Network(*(wg.tensor(parameter, requires_grad=True) for parameter in start))
    velocities = [wg.tensor(numpy.zeros_like(parameter)) for parameter in start]

    @wg.jit
    def step(images: Any, labels: Any) -> None:
        loss(network, images, labels).backward()
        with wg.no_grad():
            for parameter, velocity in zip(network, velocities, strict=True):
                velocity *= MOMENTUM
                velocity += parameter.grad
                parameter -= RATE * velocity
                parameter.grad = None

    for images, labels in batches:
        step(images, labels)
    return Network(*(parameter.detach().numpy() for parameter in network))


def figures(first: Network, second: Network, third: Network, train: Digits, test: Digits) -> list[Figure]:
    """What is claimed of networks that were trained in the two styles, and compiled."""
    images, labels = pixels(train)[:BATCH], train.labels[:BATCH]
    report = wg.check(lambda network: loss(network, images, labels), first, order=1)
    return [
        Figure("difference of the parameters of both styles", largest_difference(first, second), 0.0),
        AtMost("difference to those of the compiled step", largest_difference(first, third), 1e-9),
        AtLeast("training images recognised, in percent", 100 * accuracy(first, train), 99),
        AtLeast("test images recognised, in percent", 100 * accuracy(first, test), 95),
        AtMost("gradient check: error as a part of its tolerance", report.worst, 1.0),
    ]


def largest_difference(first: Network, second: Network) -> float:
    return max(float(abs(p - q).max()) for p, q in zip(first, second, strict=True))
