"""Mixtures of distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special

from .base import Distribution, keeping_its_share
from .counts import Categorical


@dataclass(frozen=True, eq=False)
class Mixture(Distribution):
    """One of several distributions, each with its probability.

    What is drawn differentiates in the weights and in the parameters of the components, if those are densities of one
    number: M. Figurnov, S. Mohamed and A. Mnih, "Implicit reparameterization gradients" (NeurIPS 2018), section 3.

    Args:
        weights: a `Categorical` of batch shape (...).
        components: a distribution of batch shape (..., k).

    >>> import wengert as wg
    >>> d = wg.random.Mixture(wg.random.Categorical([0.5, 0.5]), wg.random.Normal([-3.0, 3.0], 1.0))
    >>> d.mean, d.variance
    (tensor(0.), tensor(10.))
    """

    weights: Categorical
    components: Distribution

    @property
    def is_pathwise(self) -> bool:  # type: ignore[override]
        """Whether the components are densities of one number, whose draws differentiate."""
        return self.components.is_pathwise and self.components.event_shape == ()

    @property
    def is_discrete(self) -> bool:  # type: ignore[override]
        """Whether the components are of whole numbers."""
        return self.components.is_discrete

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """That of the components, without their last axis."""
        return self.components.batch_shape[:-1]

    @property
    def event_shape(self) -> tuple[int, ...]:
        """That of the components."""
        return self.components.event_shape

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        lead = size[: len(size) - len(self.batch_shape)]
        choice = np.broadcast_to(self.weights.sample(lead, rng), size)
        each = self.components.sample(lead, rng)
        index = choice.reshape(*size, 1, *(1,) * len(self.event_shape))
        drawn = np.take_along_axis(each, index, axis=len(size)).reshape(*size, *self.event_shape)
        return keeping_its_share(drawn, self) if self.is_pathwise else drawn

    def _beside(self, x: Any) -> Tensor:
        """Points, with an axis for the components."""
        return np.expand_dims(np.asarray(x), -1 - len(self.event_shape))

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density (or probability) at `x`."""
        return special.logsumexp(self.weights.log_p + self.components.log_prob(self._beside(x)), axis=-1)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return (np.exp(self.weights.log_p) * self.components.cdf(self._beside(x))).sum(axis=-1)

    def _average(self, of_components: Tensor) -> Tensor:
        axis = -1 - len(self.event_shape)
        weights = np.exp(self.weights.log_p)
        return (weights.reshape(*weights.shape, *(1,) * len(self.event_shape)) * of_components).sum(axis=axis)

    @property
    def mean(self) -> Tensor:
        """The mean of the means."""
        return self._average(self.components.mean)

    @property
    def variance(self) -> Tensor:
        """The mean of the variances, and the variance of the means."""
        away = self.components.mean - self._beside(self.mean)
        return self._average(self.components.variance + away**2)
