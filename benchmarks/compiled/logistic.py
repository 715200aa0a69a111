"""The Hessian of logistic regression, 10,000 examples of 100 features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .awaited import awaited
from .workload import Call, Workload, Wrap

EXAMPLES, FEATURES = 10_000, 100

rng = numpy.random.default_rng(0)
DATA = rng.standard_normal((EXAMPLES, FEATURES))
LABELS = numpy.sign(rng.standard_normal(EXAMPLES))
WEIGHTS = rng.standard_normal(FEATURES) / 10


def loss(w: Any, x: Any, y: Any, m: Any) -> Any:
    """The mean negative log likelihood of labels in {-1, 1}."""
    return m.mean(m.log1p(m.exp(-y * (x @ w))))


def wengert() -> Call:
    hessian = wg.jit(wg.hessian(lambda w, x, y: loss(w, x, y, np)))
    args = [wg.tensor(a) for a in (WEIGHTS, DATA, LABELS)]
    return lambda: hessian(*args)


def jax() -> Call:
    import jax

    return awaited(jax.hessian(lambda w, x, y: loss(w, x, y, jax.numpy)), WEIGHTS, DATA, LABELS)


def torch(wrap: Wrap) -> Call:
    import torch

    hessian = wrap(torch.func.hessian(lambda w, x, y: loss(w, x, y, torch)))
    args = [torch.tensor(a) for a in (WEIGHTS, DATA, LABELS)]
    return lambda: hessian(*args)


def workloads() -> Iterator[Workload]:
    yield Workload("Hessian of logistic regression, 10,000 x 100", 0.7, wengert, jax, torch, 1e-10)
