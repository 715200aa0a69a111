"""The gradients of a loss of sorted numbers, and of quantiles, of 100,000 numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .awaited import awaited
from .workload import Call, Workload, Wrap

NUMBERS = numpy.random.default_rng(0).standard_normal(100_000)
TARGETS = numpy.linspace(-3, 3, 100_000)
LEVELS = 0.1, 0.5, 0.9


def distance(x: Any, targets: Any, m: Any) -> Any:
    """Of two distributions on a line, by the transport that costs least."""
    return ((_sorted(x, m) - targets) ** 2).mean()


def _sorted(x: Any, m: Any) -> Any:
    found = m.sort(x)
    return found.values if hasattr(found, "values") else found


def quantiles(x: Any, targets: Any, m: Any) -> Any:
    return sum(m.quantile(x, level) for level in LEVELS)


def wengert(loss: Callable[..., Any]) -> Call:
    gradient = wg.jit(wg.grad(lambda x, targets: loss(x, targets, np)))
    args = wg.tensor(NUMBERS), wg.tensor(TARGETS)
    return lambda: gradient(*args)


def jax(loss: Callable[..., Any]) -> Call:
    import jax

    return awaited(jax.grad(lambda x, targets: loss(x, targets, jax.numpy)), NUMBERS, TARGETS)


def torch(loss: Callable[..., Any], wrap: Wrap) -> Call:
    import torch

    gradient = wrap(torch.func.grad(lambda x, targets: loss(x, targets, torch)))
    args = torch.tensor(NUMBERS), torch.tensor(TARGETS)
    return lambda: gradient(*args)


def workloads() -> Iterator[Workload]:
    for name, loss in (("sorted numbers", distance), ("three quantiles", quantiles)):
        yield Workload(
            f"gradient of {name}, 100,000",
            0.6,
            lambda loss=loss: wengert(loss),
            lambda loss=loss: jax(loss),
            lambda wrap, loss=loss: torch(loss, wrap),
            1e-10,
        )
