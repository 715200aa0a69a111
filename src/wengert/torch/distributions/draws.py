"""The standard numbers that draws are made of, in PyTorch's order."""

from __future__ import annotations

from typing import Any

import wengert as wg
from wengert.random import keeping_its_share

from ..creation import empty
from ..dtypes import finfo
from ..random.drawing import _standard_gamma, rand, randn
from ..tensor import Tensor, of

__all__ = ["clamped", "gamma", "standard_exponential", "standard_normal", "uniform"]


def standard_normal(shape: Any, like: Tensor) -> Tensor:
    """Normal numbers of a shape, in the dtype of a parameter."""
    return randn(shape, dtype=like.dtype)


def uniform(shape: Any, like: Tensor) -> Tensor:
    """Uniform numbers of a shape, in the dtype of a parameter."""
    return rand(shape, dtype=like.dtype)


def standard_exponential(shape: Any, like: Tensor) -> Tensor:
    """Exponential numbers of a shape, in the dtype of a parameter."""
    return empty(shape, dtype=like.dtype).exponential_()


def gamma(shape: Any, concentration: Tensor, rate: Any = 1) -> Tensor:
    """Gamma numbers, no smaller than a number of their dtype can be."""
    drawn = _standard_gamma(concentration.expand(shape)).clamp(min=finfo(concentration.dtype).tiny)
    return of(keeping_its_share(drawn._tensor, wg.random.Gamma(concentration._tensor))) / rate


def clamped(probability: Tensor) -> Tensor:
    """Probabilities that are neither 0 nor 1, but by the precision of their dtype."""
    eps = finfo(probability.dtype).eps
    return probability.clamp(eps, 1 - eps)
