"""The log likelihood of a mixture of Gaussians, and its gradient.

The inverse of each covariance is Q^T Q, with Q lower triangular and the logarithms of its diagonal as parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy.special import logsumexp

from .awaited import awaited
from .workload import Call, Workload, Wrap

POINTS = 1_000
SIZES = [(10, 10), (20, 50), (64, 100)]
"""Dimensions and components."""


def data(d: int, k: int) -> tuple[Any, ...]:
    """Weights, means, log diagonals, lower triangles, and the points."""
    rng = numpy.random.default_rng(0)
    shapes = (k,), (k, d), (k, d), (k, d, d)
    parameters = [rng.standard_normal(shape) * size for shape, size in zip(shapes, (1, 1, 0.1, 0.1), strict=True)]
    return parameters, rng.standard_normal((POINTS, d))


def log_likelihood(parameters: Any, x: Any, m: Any, logsumexp: Any) -> Any:
    """Of points (n, d), without the constant; the products for all components are one."""
    weights, means, logs, lower = parameters
    k, d = means.shape
    factors = m.tril(lower, -1) + m.exp(logs)[:, :, None] * m.eye(d)
    whitened = (x @ factors.reshape(k * d, d).T).reshape(-1, k, d) - m.einsum("kij,kj->ki", factors, means)
    terms = weights + m.sum(logs, axis=1) - 0.5 * m.sum(whitened**2, axis=2)
    return m.sum(logsumexp(terms, axis=1)) - len(x) * logsumexp(weights, axis=0)


def wengert(d: int, k: int) -> Call:
    gradient = wg.jit(wg.value_and_grad(lambda p, x: log_likelihood(p, x, np, logsumexp)))
    parameters, x = data(d, k)
    parameters, x = [wg.tensor(p) for p in parameters], wg.tensor(x)
    return lambda: gradient(parameters, x)


def jax(d: int, k: int) -> Call:
    import jax

    gradient = jax.value_and_grad(lambda p, x: log_likelihood(p, x, jax.numpy, jax.nn.logsumexp))
    return awaited(gradient, *data(d, k))


def torch(d: int, k: int, wrap: Wrap) -> Call:
    import torch

    parameters, x = data(d, k)
    parameters, x = [torch.tensor(p, requires_grad=True) for p in parameters], torch.tensor(x)
    identity = torch.eye(d, dtype=torch.float64)

    def value(parameters: Any, x: Any) -> Any:
        weights, means, logs, lower = parameters
        factors = torch.tril(lower, -1) + torch.exp(logs)[:, :, None] * identity
        whitened = (x @ factors.reshape(k * d, d).T).reshape(-1, k, d) - (factors @ means[:, :, None])[:, :, 0]
        terms = weights + logs.sum(1) - 0.5 * (whitened**2).sum(2)
        return torch.logsumexp(terms, 1).sum() - len(x) * torch.logsumexp(weights, 0)

    compiled = wrap(value)

    def run() -> Any:
        result = compiled(parameters, x)
        return result, torch.autograd.grad(result, parameters)

    return run


def workloads() -> Iterator[Workload]:
    for size in SIZES:
        name = "Gaussian mixture and gradient, d = {}, K = {}".format(*size)
        yield Workload(name, 0.7, partial(wengert, *size), partial(jax, *size), partial(torch, *size), 1e-9)
