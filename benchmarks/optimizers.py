"""Steps of optimizers over many small parameters, beside PyTorch's fused and foreach ones."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy

import wengert as wg

from .report import OURS

rng = numpy.random.default_rng(0)


def arrays(count: int) -> list[Any]:
    """Parameters and gradients of a small network: matrices of 16 x 16."""
    return [rng.normal(size=(16, 16)).astype("float32") for _ in range(count)]


def steps(name: str, count: int, **hyperparameters: Any) -> dict[str, Callable[[], Any]]:
    """One step, with the gradients there, in each library."""
    values, gradients = arrays(count), arrays(count)
    params = [wg.tensor(value, requires_grad=True) for value in values]
    for p, gradient in zip(params, gradients, strict=True):
        p.grad = wg.tensor(gradient)
    made = {OURS: getattr(wg.optim, name)(params, **hyperparameters).step}
    if find_spec("torch") is not None:
        for how in ("fused", "foreach"):
            made[f"torch {how}"] = _of_torch(name, values, gradients, {**hyperparameters, how: True})
    return made


def _of_torch(name: str, values: list[Any], gradients: list[Any], hyperparameters: dict[str, Any]) -> Callable[[], Any]:
    import torch

    params = [torch.tensor(value, requires_grad=True) for value in values]
    for p, gradient in zip(params, gradients, strict=True):
        p.grad = torch.tensor(gradient)
    return getattr(torch.optim, name)(params, **hyperparameters).step
