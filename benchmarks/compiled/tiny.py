"""The call of a compiled function of ten numbers: nothing but overhead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .awaited import awaited
from .workload import Call, Workload, Wrap

POINT = numpy.linspace(0.1, 1, 10, dtype=numpy.float32)


def f(x: Any, m: Any) -> Any:
    return m.sin(x) * x + x


def wengert() -> Call:
    compiled, x = wg.jit(lambda x: f(x, np)), wg.tensor(POINT)
    return lambda: compiled(x)


def jax() -> Call:
    import jax.numpy as jnp

    return awaited(lambda x: f(x, jnp), POINT)


def torch(wrap: Wrap) -> Call:
    import torch

    compiled, x = wrap(lambda x: f(x, torch)), torch.tensor(POINT)
    return lambda: compiled(x)


def workloads() -> Iterator[Workload]:
    yield Workload("call of sin(x) x + x, 10 elements", 0.6, wengert, jax, torch, 1e-6)
