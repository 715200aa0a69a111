"""Calls of compiled functions of a few numbers that are nested, named, static, or state: nothing but overhead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .awaited import awaited
from .workload import Call, Workload, Wrap

POINT = numpy.linspace(0.1, 1, 10, dtype=numpy.float32)


def line(p: Any, x: Any) -> Any:
    return p["slope"] * x + p["start"]


def power(x: Any, n: int) -> Any:
    for _ in range(n - 1):
        x = x * x
    return x


def _params(array: Callable[[Any], Any]) -> dict[str, Any]:
    return {"slope": array(POINT), "start": array(POINT)}


def nested() -> Call:
    compiled, params, x = wg.jit(line), _params(wg.tensor), wg.tensor(POINT)
    return lambda: compiled(params, x=x)


def nested_in_jax() -> Call:
    import jax.numpy as jnp

    return awaited(line, _params(jnp.asarray), POINT)


def nested_in_torch(wrap: Wrap) -> Call:
    import torch

    compiled, params, x = wrap(line), _params(torch.tensor), torch.tensor(POINT)
    return lambda: compiled(params, x=x)


def static() -> Call:
    compiled, x = wg.jit(power, static_argnames="n"), wg.tensor(POINT)
    return lambda: compiled(x, n=3)


def static_in_jax() -> Call:
    import jax

    compiled, x = jax.jit(power, static_argnames="n"), jax.numpy.asarray(POINT)
    return lambda: compiled(x, n=3).block_until_ready()


def static_in_torch(wrap: Wrap) -> Call:
    import torch

    compiled, x = wrap(power), torch.tensor(POINT)
    return lambda: compiled(x, n=3)


def moving_average() -> Call:
    """State that is written in place."""
    mean, x = wg.tensor(np.zeros(10, "float32")), wg.tensor(POINT)

    @wg.jit
    def update(x: Any) -> Any:
        mean.__imul__(0.5)
        mean.__iadd__(x)
        return mean * 2

    return lambda: update(x)


def moving_average_in_jax() -> Call:
    import jax

    update, x = jax.jit(lambda mean, x: (mean * 0.5 + x, (mean * 0.5 + x) * 2)), jax.numpy.asarray(POINT)
    mean = jax.numpy.zeros(10, "float32")

    def call() -> Any:
        nonlocal mean
        mean, result = update(mean, x)
        return result.block_until_ready()

    return call


def moving_average_in_torch(wrap: Wrap) -> Call:
    import torch

    mean, x = torch.zeros(10), torch.tensor(POINT)

    def update(x: Any) -> Any:
        mean.mul_(0.5).add_(x)
        return mean * 2

    compiled = wrap(update)
    return lambda: compiled(x)


def workloads() -> Iterator[Workload]:
    yield Workload("call with a dict and a keyword", 0.3, nested, nested_in_jax, nested_in_torch, 1e-6)
    yield Workload("call with a static argument", 0.3, static, static_in_jax, static_in_torch, 1e-6)
    peers = moving_average_in_jax, moving_average_in_torch
    yield Workload("call that writes state", 0.3, moving_average, *peers, 1e-6)
