"""Distributions of whole numbers. What is drawn has no derivative: see `wengert.random.expectation`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special, stats

from .base import Distribution, dtype_of


class Counted(Distribution):
    """A distribution of whole numbers."""

    is_pathwise = False
    is_discrete = True

    def _number(self, x: Any) -> Tensor:
        """Whole numbers in the dtype of the parameters."""
        x = np.asarray(x)
        return x.astype(dtype_of(*self._parameters)) if x.dtype.kind in "biu" else x


class WithLogits(Counted):
    """One whose parameter is either a probability `p`, or its `logits`."""

    p: Any
    logits: Any

    def __post_init__(self) -> None:
        """Raise if not exactly one of the two was given.

        Raises:
            TypeError: both were, or none.
        """
        super().__post_init__()
        if (self.p is None) == (self.logits is None):
            name = type(self).__name__
            raise TypeError(
                f"[{name}] p={self.p} and logits={self.logits} were given, wanted one of them; write {name}(p) or "
                f"{name}(logits=logits)"
            )


@dataclass(frozen=True, eq=False)
class Bernoulli(WithLogits):
    """One with probability `p`, else zero; or with probability 1 / (1 + exp(-logits)).

    >>> import wengert as wg
    >>> wg.random.Bernoulli(0.25).log_prob([0, 1]).round(4)
    tensor([-0.2877, -1.3863])
    """

    p: Any = None
    logits: Any = None

    @property
    def mean(self) -> Tensor:
        """p."""
        return np.asarray(self.p) if self.logits is None else special.expit(self.logits)

    @property
    def variance(self) -> Tensor:
        """p (1 - p)."""
        return self.mean * (1 - self.mean)

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.bernoulli(self.mean, size).astype(numpy.int64)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the probability of `x`: from the logits without loss far from 0."""
        if self.logits is None:
            return stats.bernoulli.logpmf(self._number(x), self.p)
        sign = 2 * self._number(x) - 1
        return np.where(np.abs(sign) == 1, special.log_expit(sign * np.asarray(self.logits)), -math.inf)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.bernoulli.cdf(self._number(x), self.mean)

    def entropy(self) -> Tensor:
        """-p log(p) - (1 - p) log(1 - p)."""
        return special.entr(self.mean) + special.entr(1 - self.mean)

    def support(self) -> Tensor:
        """0 and 1."""
        return _each(numpy.arange(2), self.batch_shape)


@dataclass(frozen=True, eq=False)
class Categorical(WithLogits):
    """The number k with a probability that is in proportion to `p[..., k]`; or with ``softmax(logits)[..., k]``.

    >>> import wengert as wg
    >>> d = wg.random.Categorical([0.1, 0.2, 0.7])
    >>> d.sample(1000, rng=wg.random.key(0)).max(), d.prob(2).round(4)
    (tensor(2), tensor(0.7))
    """

    p: Any = None
    logits: Any = None

    @property
    def _weights(self) -> Tensor:
        if self.logits is not None:
            return special.softmax(self.logits, axis=-1)
        p = np.asarray(self.p)
        return p / p.sum(axis=-1, keepdims=True)

    @property
    def log_p(self) -> Tensor:
        """The logarithms of the probabilities, along the last axis."""
        if self.logits is not None:
            return special.log_softmax(self.logits, axis=-1)
        p = self._weights
        return np.where(p > 0, np.log(np.where(p > 0, p, 1)), -math.inf)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the parameters without their last axis."""
        return numpy.shape(self.logits if self.p is None else self.p)[:-1]

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        bounds = np.cumsum(self._weights, axis=-1)
        u = rng.random(size, dtype_of(bounds))
        return (u[..., None] * bounds[..., -1:] >= bounds[..., :-1]).sum(axis=-1)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the probability of `x`."""
        x, count = np.asarray(x), self.log_p.shape[-1]
        is_there = (x >= 0) & (x < count) & (x == np.rint(x))
        index = np.where(is_there, x, 0).astype(numpy.int64)
        shape = numpy.broadcast_shapes(x.shape, self.batch_shape)
        table = np.broadcast_to(self.log_p, (*shape, count))
        found = np.take_along_axis(table, np.broadcast_to(index, shape)[..., None], axis=-1)[..., 0]
        return np.where(is_there, found, -math.inf)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        numbers = numpy.arange(self._weights.shape[-1])
        return np.where(numbers <= np.asarray(x)[..., None], self._weights, 0).sum(axis=-1)

    def entropy(self) -> Tensor:
        """The sum of -p log(p)."""
        return special.entr(self._weights).sum(axis=-1)

    @property
    def mean(self) -> Tensor:
        """The mean of the numbers."""
        return self._weights @ numpy.arange(float(self._weights.shape[-1]))

    @property
    def variance(self) -> Tensor:
        """The variance of the numbers."""
        away = numpy.arange(float(self._weights.shape[-1])) - self.mean[..., None]
        return (self._weights * away**2).sum(axis=-1)

    def support(self) -> Tensor:
        """The numbers of the probabilities."""
        return _each(numpy.arange(self._weights.shape[-1]), self.batch_shape)


@dataclass(frozen=True, eq=False)
class Binomial(Counted):
    """The number of successes among `n` trials of probability `p`.

    >>> import wengert as wg
    >>> d = wg.random.Binomial(10, 0.5)
    >>> d.mean, d.variance
    (tensor(5.), tensor(2.5))
    """

    n: Any
    p: Any

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.binomial(self.n, self.p, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the probability of `x`."""
        return stats.binom.logpmf(self._number(x), self._number(self.n), self.p)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.binom.cdf(self._number(x), self._number(self.n), self.p)

    def entropy(self) -> Tensor:
        """The sum of -p log(p) over the support, if `n` is a Python number."""
        values = self.support()
        return super().entropy() if values is None else special.entr(self.prob(values)).sum(axis=0)

    @property
    def mean(self) -> Tensor:
        """n p."""
        return self.n * np.asarray(self.p)

    @property
    def variance(self) -> Tensor:
        """n p (1 - p)."""
        return self.mean * (1 - np.asarray(self.p))

    def support(self) -> Tensor | None:
        """From 0 to `n`, if that is a Python number."""
        return _each(numpy.arange(self.n + 1), self.batch_shape) if isinstance(self.n, int) else None


@dataclass(frozen=True, eq=False)
class Poisson(Counted):
    """The number of events where `lam` are expected.

    >>> import wengert as wg
    >>> wg.random.Poisson(2.0).log_prob(0)
    tensor(-2.)
    """

    lam: Any

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.poisson(self.lam, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the probability of `x`."""
        return stats.poisson.logpmf(self._number(x), self.lam)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.poisson.cdf(self._number(x), self.lam)

    @property
    def mean(self) -> Tensor:
        """lam."""
        return np.asarray(self.lam)

    @property
    def variance(self) -> Tensor:
        """lam."""
        return self.mean


@dataclass(frozen=True, eq=False)
class Geometric(Counted):
    """The number of trials of probability `p` up to the first success: 1, 2, ...

    >>> import wengert as wg
    >>> wg.random.Geometric(0.5).mean
    tensor(2.)
    """

    p: Any

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.geometric(self.p, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the probability of `x`."""
        return stats.geom.logpmf(self._number(x), self.p)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.geom.cdf(self._number(x), self.p)

    def entropy(self) -> Tensor:
        """(-p log(p) - (1 - p) log(1 - p)) / p."""
        p = np.asarray(self.p)
        return (special.entr(p) + special.entr(1 - p)) / p

    @property
    def mean(self) -> Tensor:
        """1 / p."""
        return 1 / np.asarray(self.p)

    @property
    def variance(self) -> Tensor:
        """(1 - p) / p^2."""
        return (1 - np.asarray(self.p)) / np.asarray(self.p) ** 2


@dataclass(frozen=True, eq=False)
class Multinomial(Counted):
    """How often each of several kinds is among `n` draws, where they have probabilities `p` (..., k).

    >>> import wengert as wg
    >>> wg.random.Multinomial(10, [0.2, 0.8]).mean
    tensor([2., 8.])
    """

    n: Any
    p: Any

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of `n` and of `p` without its last axis, together."""
        return numpy.broadcast_shapes(numpy.shape(self.n), numpy.shape(self.p)[:-1])

    @property
    def event_shape(self) -> tuple[int, ...]:
        """As many numbers as there are kinds."""
        return numpy.shape(self.p)[-1:]

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.multinomial(self.n, self.p, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the probability of the counts `x`."""
        return stats.multinomial.logpmf(self._number(x), self._number(self.n), self.p)

    @property
    def mean(self) -> Tensor:
        """n p."""
        return np.asarray(self.n)[..., None] * self.p

    @property
    def variance(self) -> Tensor:
        """n p (1 - p)."""
        return self.mean * (1 - np.asarray(self.p))


def _each(values: Any, batch_shape: tuple[int, ...]) -> Tensor:
    """Values along a first axis, the same for a whole batch."""
    return np.broadcast_to(values.reshape(-1, *(1,) * len(batch_shape)), (len(values), *batch_shape))
