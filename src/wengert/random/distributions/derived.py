"""Distributions made of others: several side by side as one, and functions of what is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import Tensor

from .base import Distribution


@dataclass(frozen=True, eq=False)
class Independent(Distribution):
    """A distribution of arrays whose elements are drawn by themselves: the last axes of a batch as those of one draw.

    Args:
        base: the distribution.
        ndim: how many of its last axes, an int.

    >>> import wengert as wg
    >>> d = wg.random.Independent(wg.random.Normal([0.0, 1.0, 2.0], 1.0))
    >>> d.event_shape, d.log_prob([0.0, 1.0, 2.0]).round(4)
    ((3,), tensor(-2.7568))
    """

    base: Distribution
    ndim: int = 1

    @property
    def is_pathwise(self) -> bool:  # type: ignore[override]
        """Whether draws of the base differentiate."""
        return self.base.is_pathwise

    @property
    def is_discrete(self) -> bool:  # type: ignore[override]
        """Whether draws of the base are whole numbers."""
        return self.base.is_discrete

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """That of the base, without the last axes."""
        return self.base.batch_shape[: len(self.base.batch_shape) - self.ndim]

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The last axes of the batch, and those of a draw of the base."""
        return (*self.base.batch_shape[len(self.batch_shape) :], *self.base.event_shape)

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return self.base.sample(size[: len(size) - len(self.batch_shape)], rng)

    def _sum(self, of_each: Tensor) -> Tensor:
        return of_each.sum(axis=tuple(range(-self.ndim, 0)))

    def log_prob(self, x: Any) -> Tensor:
        """The sum of the logarithms of the densities of the elements."""
        return self._sum(self.base.log_prob(x))

    def entropy(self) -> Tensor:
        """The sum of those of the elements."""
        return self._sum(np.broadcast_to(self.base.entropy(), self.base.batch_shape))

    @property
    def mean(self) -> Tensor:
        """That of the base."""
        return self.base.mean

    @property
    def variance(self) -> Tensor:
        """That of the base."""
        return self.base.variance


@dataclass(frozen=True, eq=False)
class Transformed(Distribution):
    """The distribution of ``forward(x)``, with x from another one.

    The density follows from the derivative of `forward`, which nobody writes.

    Args:
        base: a distribution of numbers.
        forward: a function of each number by itself, which only rises or only falls, as `np.exp`.
        inverse: the function that leads back.

    >>> import wengert as wg, wengert.numpy as np
    >>> d = wg.random.Transformed(wg.random.Normal(0.0, 1.0), np.exp, np.log)
    >>> d.log_prob(2.0).round(6) == wg.random.LogNormal(0.0, 1.0).log_prob(2.0).round(6)
    tensor(True)
    """

    base: Distribution
    forward: Callable[[Any], Any]
    inverse: Callable[[Any], Any]

    @property
    def is_pathwise(self) -> bool:  # type: ignore[override]
        """Whether draws of the base differentiate."""
        return self.base.is_pathwise

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """That of the base."""
        return self.base.batch_shape

    @property
    def event_shape(self) -> tuple[int, ...]:
        """That of the base."""
        return self.base.event_shape

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return self.forward(self.base.sample(size[: len(size) - len(self.batch_shape)], rng))

    def _back(self, x: Any) -> Tensor:
        """What became `x`; NaN if nothing does."""
        with numpy.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.inverse(np.asarray(x)))

    def _slope(self, x: Tensor) -> Tensor:
        return wg.jvp(self.forward, (x,), (np.ones_like(x),))[1]

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`: that of the base, less the logarithm of the slope."""
        inner = self._back(x)
        stretch = np.log(np.abs(self._slope(inner)))
        over_event = tuple(range(-len(self.event_shape), 0))
        inside = self.base.log_prob(inner) - stretch.sum(axis=over_event)
        return np.where(np.any(np.isnan(inner), axis=over_event), -math.inf, inside)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`; NaN where `inverse` is."""
        inner = self._back(x)
        below = self.base.cdf(inner)
        return np.where(self._slope(inner) > 0, below, 1 - below)


wg.trees.register(
    Independent, lambda d: ([d.base], d.ndim, ("base",)), lambda ndim, children: Independent(children[0], ndim)
)
wg.trees.register(
    Transformed,
    lambda d: ([d.base], (d.forward, d.inverse), ("base",)),
    lambda functions, children: Transformed(children[0], *functions),
)
