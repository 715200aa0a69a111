"""Distributions of whole numbers. What is drawn has no derivative: see `wengert.random.expectation`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special, stats

from .base import Distribution, dtype_of, together


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
    def _numbers(self) -> Tensor:
        """The numbers of the kinds, in the dtype of the probabilities."""
        return np.arange(self._weights.shape[-1], dtype=self._weights.dtype)

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
        return self._weights @ self._numbers

    @property
    def variance(self) -> Tensor:
        """The variance of the numbers."""
        away = self._numbers - self.mean[..., None]
        return (self._weights * away**2).sum(axis=-1)

    def support(self) -> Tensor:
        """The numbers of the probabilities."""
        return _each(numpy.arange(self._weights.shape[-1]), self.batch_shape)


@dataclass(frozen=True, eq=False)
class OneHotCategorical(Categorical):
    """A vector of zeros and a one at the place k, with a probability in proportion to ``p[..., k]``.

    >>> import wengert as wg
    >>> d = wg.random.OneHotCategorical([0.1, 0.2, 0.7])
    >>> d.mean, d.log_prob([0, 0, 1]).round(4)
    (tensor([0.1, 0.2, 0.7]), tensor(-0.3567))
    """

    @property
    def event_shape(self) -> tuple[int, ...]:
        """As many numbers as there are places."""
        return numpy.shape(self.logits if self.p is None else self.p)[-1:]

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return self._at(super()._sample(size, rng))

    def _at(self, places: Tensor) -> Tensor:
        """Vectors with a one at each place."""
        return np.equal(places[..., None], numpy.arange(self.event_shape[0])).astype(numpy.int64)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the probability of the vectors `x`; -inf for what has not one 1 and else 0."""
        x = np.asarray(x)
        is_there = np.all((x == 0) | (x == 1), axis=-1) & (x.sum(axis=-1) == 1)
        return np.where(is_there, super().log_prob(np.argmax(x, axis=-1)), -math.inf)

    def cdf(self, x: Any) -> Tensor:
        """Not defined for vectors."""
        return Distribution.cdf(self, x)

    @property
    def mean(self) -> Tensor:
        """The probabilities."""
        return self._weights

    @property
    def variance(self) -> Tensor:
        """p (1 - p)."""
        return self._weights * (1 - self._weights)

    def support(self) -> Tensor:
        """The vectors with a one, each for the whole batch."""
        return self._at(super().support())


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
class NegativeBinomial(Counted):
    """The number of failures before `n` successes, in trials of probability `p`.

    >>> import wengert as wg
    >>> d = wg.random.NegativeBinomial(3.0, 0.5)
    >>> d.mean, d.variance
    (tensor(3.), tensor(6.))
    """

    n: Any
    p: Any

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.negative_binomial(self.n, self.p, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the probability of `x`."""
        return stats.nbinom.logpmf(self._number(x), self._number(self.n), self.p)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.nbinom.cdf(self._number(x), self._number(self.n), self.p)

    @property
    def mean(self) -> Tensor:
        """n (1 - p) / p."""
        return self.n * (1 - np.asarray(self.p)) / self.p

    @property
    def variance(self) -> Tensor:
        """n (1 - p) / p^2."""
        return self.mean / self.p


@dataclass(frozen=True, eq=False)
class Hypergeometric(Counted):
    """How many of `count` that are taken without putting back are good, where there are `good` and `bad` ones.

    >>> import wengert as wg
    >>> wg.random.Hypergeometric(4, 6, 5).prob(2).round(4)
    tensor(0.4762)
    """

    good: Any
    bad: Any
    count: Any

    @property
    def _sizes(self) -> list[Tensor]:
        dtype = dtype_of(*self._parameters)
        return [np.asarray(each).astype(dtype) for each in together(self.good, self.bad, self.count)]

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.hypergeometric(self.good, self.bad, self.count, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the probability of `x`."""
        x, (good, bad, count) = self._number(x), self._sizes
        is_there = (x == np.rint(x)) & (x >= 0) & (x >= count - bad) & (x <= good) & (x <= count)
        x = np.where(is_there, x, np.maximum(count - bad, 0))
        ways = _log_ways(good, x) + _log_ways(bad, count - x) - _log_ways(good + bad, count)
        return np.where(is_there, ways, -math.inf)

    def support(self) -> Tensor | None:
        """From 0 to `count`, if that is a Python number."""
        return _each(numpy.arange(self.count + 1), self.batch_shape) if isinstance(self.count, int) else None

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`: a sum, if `count` is a Python number."""
        values = self.support()
        if values is None:
            return super().cdf(x)
        x = np.asarray(x)
        values = values.reshape(len(values), *(1,) * (x.ndim - len(self.batch_shape)), *self.batch_shape)
        return np.where(values <= x, self.prob(values), 0).sum(axis=0)

    def entropy(self) -> Tensor:
        """The sum of -p log(p) over the support, if `count` is a Python number."""
        values = self.support()
        return super().entropy() if values is None else special.entr(self.prob(values)).sum(axis=0)

    @property
    def mean(self) -> Tensor:
        """count good / (good + bad)."""
        good, bad, count = self._sizes
        return count * good / (good + bad)

    @property
    def variance(self) -> Tensor:
        """mean bad / (good + bad) times (good + bad - count) / (good + bad - 1)."""
        good, bad, count = self._sizes
        total = good + bad
        return self.mean * bad / total * (total - count) / np.maximum(total - 1, 1)


def _log_ways(n: Tensor, k: Tensor) -> Tensor:
    """The logarithm of the number of ways to choose k of n."""
    return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)


@dataclass(frozen=True, eq=False)
class Zipf(Counted):
    """The number k = 1, 2, ... with a probability in proportion to k^-a, for a > 1.

    >>> import wengert as wg
    >>> wg.random.Zipf(2.0).prob(1).round(4)
    tensor(0.6079)
    """

    a: Any

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.zipf(self.a, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the probability of `x`."""
        x, a = self._number(x), np.asarray(self.a)
        is_there = (x >= 1) & (x == np.rint(x))
        return np.where(is_there, -a * np.log(np.where(is_there, x, 1)) - np.log(special.zeta(a, 1.0)), -math.inf)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        k, a = np.maximum(np.floor(self._number(x)), 0), np.asarray(self.a)
        return 1 - special.zeta(a, k + 1) / special.zeta(a, 1.0)

    @property
    def mean(self) -> Tensor:
        """zeta(a - 1) / zeta(a), infinite for a <= 2."""
        return self._moment(1)

    @property
    def variance(self) -> Tensor:
        """zeta(a - 2) / zeta(a) less the square of the mean, infinite for a <= 3."""
        a = np.asarray(self.a)
        return np.where(a > 3, self._moment(2) - np.where(a > 3, self.mean, 0) ** 2, math.inf)

    def _moment(self, n: int) -> Tensor:
        a = np.asarray(self.a)
        exists = a > n + 1
        return np.where(exists, special.zeta(np.where(exists, a - n, 2), 1.0) / special.zeta(a, 1.0), math.inf)


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
        return np.asarray(self.n, dtype_of(self.n, self.p))[..., None] * self.p

    @property
    def variance(self) -> Tensor:
        """n p (1 - p)."""
        return self.mean * (1 - np.asarray(self.p))


def _each(values: Any, batch_shape: tuple[int, ...]) -> Tensor:
    """Values along a first axis, the same for a whole batch."""
    return np.broadcast_to(values.reshape(-1, *(1,) * len(batch_shape)), (len(values), *batch_shape))
