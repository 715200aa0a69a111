"""The second derivative of a network with respect to its input, as differential equations need it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .awaited import awaited
from .workload import Call, Workload, Wrap

BATCH, SIZES = 1_000, (1, 64, 64, 1)

rng = numpy.random.default_rng(0)
LAYERS = [
    ((rng.standard_normal((a, b)) / a**0.5).astype(numpy.float32), rng.standard_normal(b).astype(numpy.float32))
    for a, b in pairwise(SIZES)
]
POINTS = numpy.linspace(-1, 1, BATCH, dtype=numpy.float32)[:, None]


def network(layers: Any, x: Any, tanh: Any) -> Any:
    *hidden, (w, b) = layers
    for v, c in hidden:
        x = tanh(x @ v + c)
    return x @ w + b


def second_derivative(f: Any, x: Any, ones: Any, jvp: Any) -> Any:
    """Forward over forward: the input of each example is one number."""
    return jvp(lambda x: jvp(f, (x,), (ones,))[1], (x,), (ones,))[1]


def wengert() -> Call:
    compiled = wg.jit(
        lambda layers, x: second_derivative(lambda x: network(layers, x, np.tanh), x, np.ones_like(x), wg.jvp)
    )
    layers, x = [(wg.tensor(w), wg.tensor(b)) for w, b in LAYERS], wg.tensor(POINTS)
    return lambda: compiled(layers, x)


def jax() -> Call:
    import jax
    import jax.numpy as jnp

    def compiled(layers: Any, x: Any) -> Any:
        return second_derivative(lambda x: network(layers, x, jnp.tanh), x, jnp.ones_like(x), jax.jvp)

    return awaited(compiled, LAYERS, POINTS)


def torch(wrap: Wrap) -> Call:
    import torch

    layers, points = [(torch.tensor(w), torch.tensor(b)) for w, b in LAYERS], torch.tensor(POINTS)
    points.requires_grad_()
    compiled = wrap(lambda x: network(layers, x, torch.tanh))

    def run() -> Any:
        (slope,) = torch.autograd.grad(compiled(points).sum(), points, create_graph=True)
        return torch.autograd.grad(slope.sum(), points)[0]

    return run


def workloads() -> Iterator[Workload]:
    yield Workload("second derivative of a 3-layer network", 0.6, wengert, jax, torch, 1e-4)
