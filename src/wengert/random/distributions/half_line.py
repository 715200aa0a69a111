"""Distributions on the positive numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special, stats

from .base import Distribution, dtype_of, together


@dataclass(frozen=True, eq=False)
class LogNormal(Distribution):
    """The distribution of the exponential of a normal number of mean `loc` and deviation `scale`.

    >>> import wengert as wg
    >>> wg.random.LogNormal(0.0, 1.0).cdf(1.0)
    tensor(0.5)
    """

    loc: Any = 0.0
    scale: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.lognormal(self.loc, self.scale, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.lognorm.logpdf(x, self.scale, 0, np.exp(self.loc))

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.lognorm.cdf(x, self.scale, 0, np.exp(self.loc))

    def entropy(self) -> Tensor:
        """loc + log(scale) + log(2 pi e) / 2."""
        mean, scale = together(self.loc, self.scale)
        return mean + np.log(scale) + 0.5 * math.log(2 * math.pi * math.e)

    @property
    def mean(self) -> Tensor:
        """exp(loc + scale^2 / 2)."""
        mean, scale = together(self.loc, self.scale)
        return np.exp(mean + 0.5 * scale**2)

    @property
    def variance(self) -> Tensor:
        """(exp(scale^2) - 1) mean^2."""
        return np.expm1(together(self.loc, self.scale)[1] ** 2) * self.mean**2


@dataclass(frozen=True, eq=False)
class Exponential(Distribution):
    """The exponential distribution of mean `scale`.

    >>> import wengert as wg
    >>> wg.random.Exponential(2.0).log_prob(0.0).round(4)
    tensor(-0.6931)
    """

    scale: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.exponential(self.scale, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.expon.logpdf(x, 0, self.scale)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.expon.cdf(x, 0, self.scale)

    def entropy(self) -> Tensor:
        """1 + log(scale)."""
        return 1 + np.log(self.scale)

    @property
    def mean(self) -> Tensor:
        """scale."""
        return np.asarray(self.scale)

    @property
    def variance(self) -> Tensor:
        """scale^2."""
        return self.mean**2


@dataclass(frozen=True, eq=False)
class Gamma(Distribution):
    """The gamma distribution of shape `a`: density proportional to x^(a - 1) exp(-x / scale).

    >>> import wengert as wg
    >>> d = wg.random.Gamma(3.0, 2.0)
    >>> d.mean, d.variance
    (tensor(6.), tensor(12.))
    """

    a: Any
    scale: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.gamma(self.a, self.scale, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.gamma.logpdf(x, self.a, 0, self.scale)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.gamma.cdf(x, self.a, 0, self.scale)

    def entropy(self) -> Tensor:
        """a + log(scale) + log Gamma(a) + (1 - a) psi(a)."""
        a, scale = together(self.a, self.scale)
        return a + np.log(scale) + special.gammaln(a) + (1 - a) * special.digamma(a)

    @property
    def mean(self) -> Tensor:
        """a scale."""
        return np.asarray(self.a * np.asarray(self.scale))

    @property
    def variance(self) -> Tensor:
        """a scale^2."""
        return self.mean * self.scale


@dataclass(frozen=True, eq=False)
class HalfNormal(Distribution):
    """The distribution of the size of a normal number of mean 0 and standard deviation `scale`.

    >>> import wengert as wg
    >>> wg.random.HalfNormal(1.0).mean.round(4)
    tensor(0.7979)
    """

    scale: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return np.abs(rng.normal(0.0, self.scale, size))

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.halfnorm.logpdf(x, 0, self.scale)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.halfnorm.cdf(x, 0, self.scale)

    def entropy(self) -> Tensor:
        """log(scale) + log(pi e / 2) / 2."""
        return np.log(self.scale) + 0.5 * math.log(0.5 * math.pi * math.e)

    @property
    def mean(self) -> Tensor:
        """scale sqrt(2 / pi)."""
        return np.asarray(self.scale) * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        """scale^2 (1 - 2 / pi)."""
        return np.asarray(self.scale) ** 2 * (1 - 2 / math.pi)


@dataclass(frozen=True, eq=False)
class Weibull(Distribution):
    """The Weibull distribution of shape `a`: of ``scale * e ** (1 / a)`` for exponential numbers e.

    >>> import wengert as wg
    >>> wg.random.Weibull(2.0).variance.round(4)
    tensor(0.2146)
    """

    a: Any
    scale: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return self.scale * rng.weibull(np.asarray(self.a, dtype_of(self.a, self.scale)), size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.weibull_min.logpdf(x, self.a, 0, self.scale)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.weibull_min.cdf(x, self.a, 0, self.scale)

    def entropy(self) -> Tensor:
        """Euler's constant times 1 - 1 / a, and log(scale / a) + 1."""
        a, scale = together(self.a, self.scale)
        return numpy.euler_gamma * (1 - 1 / a) + np.log(scale / a) + 1

    @property
    def mean(self) -> Tensor:
        """scale Gamma(1 + 1 / a)."""
        a, scale = together(self.a, self.scale)
        return scale * special.gamma(1 + 1 / a)

    @property
    def variance(self) -> Tensor:
        """scale^2 (Gamma(1 + 2 / a) - Gamma(1 + 1 / a)^2)."""
        a, scale = together(self.a, self.scale)
        return scale**2 * (special.gamma(1 + 2 / a) - special.gamma(1 + 1 / a) ** 2)
