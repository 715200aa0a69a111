"""The cost of k-means, its gradient, and the diagonal of its Hessian, which has nothing beside the diagonal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .awaited import awaited
from .workload import Call, Workload, Wrap

POINTS, FEATURES, CLUSTERS = 10_000, 16, 100

rng = numpy.random.default_rng(0)
DATA = rng.standard_normal((POINTS, FEATURES))
CENTRES = DATA[:CLUSTERS] + 0.1 * rng.standard_normal((CLUSTERS, FEATURES))
DIRECTION = numpy.ones_like(CENTRES)


def cost(centres: Any, data: Any, m: Any) -> Any:
    """The sum of squared distances to the nearest centre."""
    distances = m.sum(centres**2, axis=1) - 2 * data @ centres.T
    return m.sum(data**2) + m.sum(m.min(distances, axis=1))


def wengert() -> Call:
    def derivatives(centres: Any, data: Any, ones: Any) -> Any:
        both, along = wg.jvp(wg.value_and_grad(lambda c: cost(c, data, np)), (centres,), (ones,))
        return both, along[1]

    compiled = wg.jit(derivatives)
    args = [wg.tensor(a) for a in (CENTRES, DATA, DIRECTION)]
    return lambda: compiled(*args)


def jax() -> Call:
    import jax

    def derivatives(centres: Any, data: Any, ones: Any) -> Any:
        both, along = jax.jvp(jax.value_and_grad(lambda c: cost(c, data, jax.numpy)), (centres,), (ones,))
        return both, along[1]

    return awaited(derivatives, CENTRES, DATA, DIRECTION)


def torch(wrap: Wrap) -> Call:
    import torch

    centres, data, ones = (torch.tensor(a) for a in (CENTRES, DATA, DIRECTION))
    centres.requires_grad_()

    def value(centres: Any, data: Any) -> Any:
        distances = (centres**2).sum(1) - 2 * data @ centres.T
        return (data**2).sum() + distances.min(1).values.sum()

    compiled = wrap(value)

    def run() -> Any:
        result = compiled(centres, data)
        (gradient,) = torch.autograd.grad(result, centres, create_graph=True)
        return (result, gradient), *torch.autograd.grad(gradient, centres, ones)

    return run


def workloads() -> Iterator[Workload]:
    yield Workload("k-means cost, gradient, Hessian diagonal", 0.5, wengert, jax, torch, 1e-9)
