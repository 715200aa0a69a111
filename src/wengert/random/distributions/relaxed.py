"""Relaxed distributions: smooth draws near those of a discrete one, that differentiate.

C. J. Maddison, A. Mnih and Y. W. Teh, "The concrete distribution" (ICLR 2017); E. Jang, S. Gu and B. Poole,
"Categorical reparameterization with Gumbel-softmax" (ICLR 2017).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special, stats

from .base import Distribution, dtype_of


def straight_through(hard: Tensor, soft: Tensor) -> Tensor:
    """The first, with the derivatives of the second: Y. Bengio, N. Léonard and A. Courville, "Estimating or propagating
    gradients through stochastic neurons for conditional computation" (2013).
    """
    rule = lambda primals, out, tangents: tangents[1]
    return wg.custom_derivative(lambda hard, soft: hard, jvp=rule)(wg.stop_gradient(hard), soft)


@dataclass(frozen=True, eq=False)
class RelaxedBernoulli(Distribution):
    """Numbers in (0, 1), that go to those of ``Bernoulli(logits=logits)`` as the temperature goes to 0.

    >>> import wengert as wg
    >>> d = wg.random.RelaxedBernoulli(0.5, 1.0)
    >>> wg.grad(lambda d: d.straight_through(100, rng=wg.random.key(0)).mean())(d).logits > 0
    tensor(True)
    """

    temperature: Any
    logits: Any

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return special.expit(rng.logistic(self.logits, 1.0, size) / self.temperature)

    def straight_through(self, shape: Any = (), rng: Any = None) -> Tensor:
        """Zeros and ones, with the derivatives of the relaxed draws; biased, for the two are not the same."""
        soft = self.sample(shape, rng)
        return straight_through((soft > 0.5).astype(soft.dtype), soft)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        x = np.asarray(x)
        is_inside = (x > 0) & (x < 1)
        safe = np.where(is_inside, x, 0.5)
        inner = stats.logistic.logpdf(self.temperature * special.logit(safe), self.logits)
        return np.where(is_inside, inner + np.log(self.temperature) - np.log(safe) - np.log1p(-safe), -numpy.inf)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.logistic.cdf(self.temperature * special.logit(x), self.logits)


@dataclass(frozen=True, eq=False)
class RelaxedCategorical(Distribution):
    """Shares, (..., n), that go to the one-hot vectors of ``Categorical(logits=logits)`` as the temperature goes to 0.

    The temperature has no axes, or those of the batch.

    >>> import wengert as wg
    >>> wg.random.RelaxedCategorical(0.5, [0.0, 1.0, 2.0]).sample(5, rng=wg.random.key(0)).sum(axis=-1)
    tensor([1., 1., 1., 1., 1.])
    """

    temperature: Any
    logits: Any

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the logits without their last axis."""
        return numpy.shape(self.logits)[:-1]

    @property
    def event_shape(self) -> tuple[int, ...]:
        """As many shares as there are logits."""
        return numpy.shape(self.logits)[-1:]

    @property
    def _temperature(self) -> Tensor:
        return np.asarray(self.temperature, dtype_of(self.logits))[..., None]

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        noisy = rng.gumbel(self.logits, 1.0, (*size, *self.event_shape))
        return special.softmax(noisy / self._temperature, axis=-1)

    def straight_through(self, shape: Any = (), rng: Any = None) -> Tensor:
        """One-hot vectors, with the derivatives of the relaxed draws; biased, for the two are not the same."""
        soft = self.sample(shape, rng)
        hard = np.equal(np.argmax(soft, axis=-1)[..., None], numpy.arange(soft.shape[-1]))
        return straight_through(hard.astype(soft.dtype), soft)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at the shares `x`."""
        log_x, logits, count = np.log(x), np.asarray(self.logits), self.event_shape[0]
        temperature = self._temperature
        weights = logits - temperature * log_x
        total = (weights - log_x).sum(axis=-1) - count * special.logsumexp(weights, axis=-1)
        return math.lgamma(count) + (count - 1) * np.log(temperature[..., 0]) + total
