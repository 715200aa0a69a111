"""sum(exp(-x^2) tanh(x) + sin(x)) and its gradient, in single precision."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .awaited import awaited
from .workload import Call, Workload, Wrap


def f(x: Any, m: Any) -> Any:
    return m.sum(m.exp(-(x**2)) * m.tanh(x) + m.sin(x))


def point(size: int) -> Any:
    return numpy.random.default_rng(0).standard_normal(size).astype(numpy.float32)


def wengert_value(size: int) -> Call:
    value, x = wg.jit(lambda x: f(x, np)), wg.tensor(point(size))
    return lambda: value(x)


def wengert_gradient(size: int) -> Call:
    gradient, x = wg.jit(wg.value_and_grad(lambda x: f(x, np))), wg.tensor(point(size))
    return lambda: gradient(x)


def jax_value(size: int) -> Call:
    import jax.numpy as jnp

    return awaited(lambda x: f(x, jnp), point(size))


def jax_gradient(size: int) -> Call:
    import jax

    return awaited(jax.value_and_grad(lambda x: f(x, jax.numpy)), point(size))


def torch_value(size: int, wrap: Wrap) -> Call:
    import torch

    value, x = wrap(lambda x: f(x, torch)), torch.tensor(point(size))
    return lambda: value(x)


def torch_gradient(size: int, wrap: Wrap) -> Call:
    import torch

    value, x = wrap(lambda x: f(x, torch)), torch.tensor(point(size), requires_grad=True)

    def run() -> Any:
        result = value(x)
        return result, *torch.autograd.grad(result, x)

    return run


def workloads() -> Iterator[Workload]:
    for size in (10_000, 1_000_000):
        name = f"sum(exp(-x^2) tanh(x) + sin(x)), {size:,} float32"
        value, peers = partial(wengert_value, size), (partial(jax_value, size), partial(torch_value, size))
        yield Workload(name, 0.3, value, *peers, 1e-4)
        gradient, peers = partial(wengert_gradient, size), (partial(jax_gradient, size), partial(torch_gradient, size))
        yield Workload(f"{name}, and gradient", 0.3, gradient, *peers, 1e-4)
