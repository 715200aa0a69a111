"""Pruning: numbers of weights, or whole rows of them, that are 0 and stay 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

import wengert as wg
import wengert.numpy as np

from ..errors import wrong
from ..module import Module
from ..utils.parametrize import is_parametrized, register_parametrization, remove_parametrizations

__all__ = ["prune", "prune_remove", "prune_rows", "sparsity", "sparsity_at"]


class Mask(Module):
    """A weight times 0 or 1.

    Attributes:
        mask: where the weight stays.
    """

    mask: wg.Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.register_buffer("mask", np.ones(shape, bool))

    def forward(self, weight: wg.Tensor) -> wg.Tensor:
        return np.where(self.mask, weight, 0)


def _mask_of(module: Module, name: str) -> Mask:
    """The mask of a parameter, which it gets if it has none."""
    if is_parametrized(module, name):
        for part in module.parametrizations[name]:
            if isinstance(part, Mask):
                return part
    mask = Mask(getattr(module, name).shape)
    register_parametrization(module, name, mask)
    return mask


def _check_amount(amount: float, op: str) -> None:
    if not 0 <= amount <= 1:
        raise wrong(op, f"amount={amount}", "the part that is to be 0, from 0 to 1", f"write {op}(layer, amount=0.5)")


def prune(layers: Module | Sequence[Module], amount: float, name: str = "weight") -> None:
    """Let the numbers of least magnitude of weights be 0 from now on, in all layers together.

    Args:
        layers: a layer, or several, among which the numbers are compared.
        amount: the part of all numbers that is 0 afterwards, with those that were already.
        name: the parameter.

    >>> import wengert as wg
    >>> layer = wg.nn.Linear(10, 10)
    >>> wg.nn.prune(layer, amount=0.75)
    >>> wg.nn.sparsity(layer)
    0.75

    Source: S. Han et al., "Learning both weights and connections for efficient neural networks" (2015).
    """
    _check_amount(amount, "prune")
    listed = [layers] if isinstance(layers, Module) else list(layers)
    masks = [_mask_of(layer, name) for layer in listed]
    sizes = [numpy.where(m.mask, numpy.abs(_now(layer, name)), -1.0) for m, layer in zip(masks, listed, strict=True)]
    everything = numpy.concatenate([size.ravel() for size in sizes])
    kept = numpy.ones(everything.size, bool)
    kept[numpy.argsort(everything, kind="stable")[: round(amount * everything.size)]] = False
    for mask, part in zip(masks, numpy.split(kept, numpy.cumsum([s.size for s in sizes])[:-1]), strict=True):
        mask.mask.copy_(part.reshape(mask.mask.shape))


def _now(layer: Module, name: str) -> numpy.ndarray:
    return getattr(layer, name).detach().numpy()


def prune_rows(layer: Module, amount: float, name: str = "weight", n: float = 2.0, dim: int = 0) -> None:
    """Let whole rows of a weight be 0 from now on: those of least norm.

    Args:
        layer: the layer.
        amount: the part of the rows that is 0 afterwards.
        name: the parameter.
        n: the order of the norm.
        dim: the axis of the rows: 0 for the features or channels of the result.

    Source: H. Li et al., "Pruning filters for efficient ConvNets" (2017).
    """
    _check_amount(amount, "prune_rows")
    mask = _mask_of(layer, name)
    rows = numpy.moveaxis(_now(layer, name), dim, 0)
    norms = numpy.linalg.norm(rows.reshape(len(rows), -1), ord=n, axis=1)
    kept = numpy.ones(len(rows), bool)
    kept[numpy.argsort(norms, kind="stable")[: round(amount * len(rows))]] = False
    shape = [1] * rows.ndim
    shape[dim] = -1
    mask.mask.copy_(mask.mask & kept.reshape(shape))


def prune_remove(layer: Module, name: str = "weight") -> Module:
    """Let the parameter be what is left of it, without a mask; the layer itself."""
    return remove_parametrizations(layer, name)


def sparsity(module: Module, name: str = "weight") -> float:
    """The part of the numbers of a parameter that is 0."""
    return float(numpy.mean(_now(module, name) == 0))


def sparsity_at(step: int, begin: int, end: int, final: float, initial: float = 0.0) -> float:
    """How much to have pruned at a step: from `initial` to `final` by a cubic curve.

    >>> import wengert as wg
    >>> [wg.nn.sparsity_at(step, 0, 100, 0.8) for step in (0, 50, 100, 200)]
    [0.0, 0.7000000000000001, 0.8, 0.8]

    Source: M. Zhu, S. Gupta, "To prune, or not to prune" (2018), eq. 1.
    """
    gone = min(max((step - begin) / (end - begin), 0.0), 1.0)
    return final + (initial - final) * (1 - gone) ** 3
