"""A training step of a 784-512-256-10 network with Adam: compiled, and run line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy.special import log_softmax

from .workload import Call, Workload, Wrap, as_it_is

SIZES, BATCH = (784, 512, 256, 10), 128
RATE, FIRST, SECOND, EPSILON = 1e-3, 0.9, 0.999, 1e-8
TOLERANCE = 1e-4

rng = numpy.random.default_rng(0)
IMAGES = rng.standard_normal((BATCH, SIZES[0])).astype(numpy.float32)
LABELS = rng.integers(0, SIZES[-1], BATCH)
TARGETS = numpy.eye(SIZES[-1], dtype=numpy.float32)[LABELS]
LAYERS = [
    ((rng.standard_normal((a, b)) / a**0.5).astype(numpy.float32), numpy.zeros(b, numpy.float32))
    for a, b in pairwise(SIZES)
]


class Network:
    """Dense layers with relu between them."""

    def __init__(self) -> None:
        self.layers = [
            (wg.tensor(w.copy(), requires_grad=True), wg.tensor(b.copy(), requires_grad=True)) for w, b in LAYERS
        ]
        self.parameters = [p for layer in self.layers for p in layer]

    def __call__(self, x: Any) -> Any:
        *hidden, (w, b) = self.layers
        for v, c in hidden:
            x = np.maximum(x @ v + c, 0)
        return x @ w + b


class Adam:
    """Kingma and Ba (2015), algorithm 1; everything is overwritten in place."""

    def __init__(self, parameters: Sequence[Any]) -> None:
        self.parameters = parameters
        self.means = [np.zeros_like(p.detach()) for p in parameters]
        self.squares = [np.zeros_like(p.detach()) for p in parameters]
        self.count = wg.tensor(numpy.float32(0))

    def zero_grad(self) -> None:
        for p in self.parameters:
            p.grad = None

    def step(self) -> None:
        with wg.no_grad():
            self.count += 1
            rate = RATE / (1 - FIRST**self.count)
            correction = np.sqrt(1 - SECOND**self.count)
            for p, mean, square in zip(self.parameters, self.means, self.squares, strict=True):
                mean *= FIRST
                mean += (1 - FIRST) * p.grad
                square *= SECOND
                square += (1 - SECOND) * p.grad**2
                p -= rate * mean / (np.sqrt(square) / correction + EPSILON)


def wengert_step(wrap: Wrap) -> Any:
    """A training step, not compiled; the update of the weights is wrapped."""
    model = Network()
    optimizer = Adam(model.parameters)
    update = wrap(optimizer.step)

    def step(images: Any, targets: Any) -> Any:
        loss = -np.mean(np.sum(targets * log_softmax(model(images), axis=1), axis=1))
        optimizer.zero_grad()
        loss.backward()
        update()
        return loss

    return step


def wengert() -> Call:
    step = wg.jit(wengert_step(as_it_is))
    images, targets = wg.tensor(IMAGES), wg.tensor(TARGETS)
    return lambda: step(images, targets)


def wengert_eager(wrap: Wrap) -> Call:
    step = wengert_step(wrap)
    images, targets = wg.tensor(IMAGES), wg.tensor(TARGETS)
    return lambda: step(images, targets)


def jax() -> Call:
    import jax
    import jax.numpy as jnp

    def loss(layers: Any, images: Any, targets: Any) -> Any:
        x = images
        *hidden, (w, b) = layers
        for v, c in hidden:
            x = jax.nn.relu(x @ v + c)
        return -jnp.mean(jnp.sum(targets * jax.nn.log_softmax(x @ w + b), axis=1))

    def step(layers: Any, means: Any, squares: Any, count: Any, images: Any, targets: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(layers, images, targets)
        count = count + 1
        rate, correction = RATE / (1 - FIRST**count), jnp.sqrt(1 - SECOND**count)
        over = jax.tree_util.tree_map
        means = over(lambda m, g: FIRST * m + (1 - FIRST) * g, means, gradients)
        squares = over(lambda s, g: SECOND * s + (1 - SECOND) * g**2, squares, gradients)
        layers = over(lambda p, m, s: p - rate * m / (jnp.sqrt(s) / correction + EPSILON), layers, means, squares)
        return value, (layers, means, squares, count)

    compiled = jax.jit(step, donate_argnums=(0, 1, 2, 3))
    layers = jax.tree_util.tree_map(jnp.array, LAYERS)
    means, squares = (jax.tree_util.tree_map(jnp.zeros_like, layers) for _ in range(2))
    state: Any = (layers, means, squares, jnp.float32(0))
    images, targets = jnp.asarray(IMAGES), jnp.asarray(TARGETS)

    def run() -> Any:
        nonlocal state
        value, state = compiled(*state, images, targets)
        jax.block_until_ready(state)
        return value

    return run


def torch(wrap: Wrap) -> Call:
    import torch
    from torch.nn.functional import cross_entropy

    linear = [torch.nn.Linear(a, b) for a, b in pairwise(SIZES)]
    with torch.no_grad():
        for layer, (w, b) in zip(linear, LAYERS, strict=True):
            layer.weight.copy_(torch.tensor(w.T))
            layer.bias.copy_(torch.tensor(b))
    first, second, last = linear
    model = torch.nn.Sequential(first, torch.nn.ReLU(), second, torch.nn.ReLU(), last)
    optimizer = torch.optim.Adam(model.parameters(), RATE, (FIRST, SECOND), EPSILON, fused=True)
    images, labels = torch.tensor(IMAGES), torch.tensor(LABELS)
    loss = wrap(lambda images, labels: cross_entropy(model(images), labels))

    def run() -> Any:
        value = loss(images, labels)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.detach()

    return run


def workloads() -> Iterator[Workload]:
    yield Workload("training step 784-512-256-10, Adam, batch 128", 0.95, wengert, jax, torch, TOLERANCE)
    fused, plain = partial(wengert_eager, wg.jit), partial(wengert_eager, as_it_is)
    yield Workload("the same, eager (Adam in one kernel on both sides)", 0.8, fused, None, torch, TOLERANCE)
    yield Workload("the same, eager, Adam line by line too", 0.8, plain, None, torch, TOLERANCE)


# -- in a process of its own -----------------------------------------------------------------------

STEPS = 20


def _memory(call: Call) -> None:
    for _ in range(STEPS):
        call()


def wengert_memory() -> Iterator[None]:
    """The memory of training: see `timing.peak_bytes`."""
    wg.jit(lambda x: x + 1)(0.0)
    yield
    _memory(wengert())


def jax_memory() -> Iterator[None]:
    import jax.numpy as library

    assert library.zeros(1).shape
    yield
    _memory(jax())


def torch_memory() -> Iterator[None]:
    import torch as library

    assert library.zeros(1).shape
    yield
    _memory(torch(lambda f: f))
