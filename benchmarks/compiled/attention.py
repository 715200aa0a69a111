"""A block of attention, forward and backward, in single precision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy.special import softmax

from .awaited import awaited
from .workload import Call, Workload, Wrap

BATCH, LENGTH, WIDTH, HEADS = 8, 128, 256, 8

rng = numpy.random.default_rng(0)
INPUT = rng.standard_normal((BATCH, LENGTH, WIDTH)).astype(numpy.float32)
TARGET = rng.standard_normal((BATCH, LENGTH, WIDTH)).astype(numpy.float32)
WEIGHTS = [(rng.standard_normal((WIDTH, WIDTH)) / WIDTH**0.5).astype(numpy.float32) for _ in range(4)]


def heads(x: Any, w: Any) -> Any:
    """What each head sees: (batch, heads, length, width of a head)."""
    return (x @ w).reshape(BATCH, LENGTH, HEADS, WIDTH // HEADS).swapaxes(1, 2)


def loss(weights: Any, x: Any, target: Any, m: Any, softmax: Any) -> Any:
    """The mean squared difference between the block's output and a target."""
    query, key, value = (heads(x, w) for w in weights[:3])
    shares = softmax(query @ key.swapaxes(2, 3) / (WIDTH // HEADS) ** 0.5, axis=-1)
    mixed = (shares @ value).swapaxes(1, 2).reshape(BATCH, LENGTH, WIDTH)
    return m.mean((x + mixed @ weights[3] - target) ** 2)


def wengert() -> Call:
    gradient = wg.jit(wg.value_and_grad(lambda w, x, y: loss(w, x, y, np, softmax), argnums=(0, 1)))
    weights, x, target = [wg.tensor(w) for w in WEIGHTS], wg.tensor(INPUT), wg.tensor(TARGET)
    return lambda: gradient(weights, x, target)


def jax() -> Call:
    import jax

    gradient = jax.value_and_grad(lambda w, x, y: loss(w, x, y, jax.numpy, jax.nn.softmax), argnums=(0, 1))
    return awaited(gradient, WEIGHTS, INPUT, TARGET)


def torch(wrap: Wrap) -> Call:
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    weights = [torch.tensor(w, requires_grad=True) for w in WEIGHTS]
    x, target = torch.tensor(INPUT, requires_grad=True), torch.tensor(TARGET)

    def value(weights: Any, x: Any, target: Any) -> Any:
        mixed = scaled_dot_product_attention(*(heads(x, w) for w in weights[:3]))
        output = x + mixed.transpose(1, 2).reshape(BATCH, LENGTH, WIDTH) @ weights[3]
        return torch.nn.functional.mse_loss(output, target)

    compiled = wrap(value)

    def run() -> Any:
        result = compiled(weights, x, target)
        *gradients, along = torch.autograd.grad(result, [*weights, x])
        return result, (gradients, along)

    return run


def workloads() -> Iterator[Workload]:
    yield Workload("attention block, forward and backward", 0.9, wengert, jax, torch, 1e-4)
