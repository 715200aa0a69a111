"""log(sum(exp(x))) of a million numbers, and its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

import wengert as wg
from wengert.scipy.special import logsumexp

from .awaited import awaited
from .workload import Call, Workload, Wrap

POINT = numpy.random.default_rng(0).standard_normal(1_000_000)


def wengert() -> Call:
    gradient, x = wg.jit(wg.value_and_grad(lambda x: logsumexp(x))), wg.tensor(POINT)
    return lambda: gradient(x)


def jax() -> Call:
    import jax

    return awaited(jax.value_and_grad(jax.nn.logsumexp), POINT)


def torch(wrap: Wrap) -> Call:
    import torch

    value, x = wrap(lambda x: torch.logsumexp(x, 0)), torch.tensor(POINT, requires_grad=True)

    def run() -> Any:
        result = value(x)
        return result, *torch.autograd.grad(result, x)

    return run


def workloads() -> Iterator[Workload]:
    yield Workload("log-sum-exp of 1,000,000, and gradient", 0.5, wengert, jax, torch, 1e-12)
