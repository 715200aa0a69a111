"""Distributions on the whole line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special, stats

from .base import Distribution, dtype_of, together


class Located(Distribution):
    """A family that is moved by `loc` and stretched by `scale`: a function of ``wengert.scipy.stats`` and a draw."""

    loc: Any
    scale: Any
    family: Any = None

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return self.family.logpdf(x, self.loc, self.scale)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return self.family.cdf(x, self.loc, self.scale)

    @property
    def mean(self) -> Tensor:
        """The expectation."""
        return together(self.loc, self.scale)[0]


@dataclass(frozen=True, eq=False)
class Normal(Located):
    """The normal distribution.

    Args:
        loc: the mean.
        scale: the standard deviation.

    >>> import wengert as wg
    >>> d = wg.random.Normal(1.0, 2.0)
    >>> d.cdf(1.0), d.variance, d.sample(3, rng=wg.random.key(0)).shape
    (tensor(0.5), tensor(4.), (3,))
    """

    loc: Any = 0.0
    scale: Any = 1.0
    family = stats.norm

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.normal(self.loc, self.scale, size)

    def entropy(self) -> Tensor:
        """log(scale) + log(2 pi e) / 2."""
        return np.log(together(self.loc, self.scale)[1]) + 0.5 * math.log(2 * math.pi * math.e)

    @property
    def variance(self) -> Tensor:
        """scale^2."""
        return together(self.loc, self.scale)[1] ** 2


@dataclass(frozen=True, eq=False)
class Laplace(Located):
    """The Laplace (double exponential) distribution: density exp(-abs(x - loc) / scale) / (2 scale).

    >>> import wengert as wg
    >>> wg.random.Laplace(0.0, 2.0).variance
    tensor(8.)
    """

    loc: Any = 0.0
    scale: Any = 1.0
    family = stats.laplace

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.laplace(self.loc, self.scale, size)

    def entropy(self) -> Tensor:
        """1 + log(2 scale)."""
        return 1 + np.log(2 * together(self.loc, self.scale)[1])

    @property
    def variance(self) -> Tensor:
        """2 scale^2."""
        return 2 * together(self.loc, self.scale)[1] ** 2


@dataclass(frozen=True, eq=False)
class Logistic(Located):
    """The logistic distribution: that of the logits of uniform numbers.

    >>> import wengert as wg
    >>> wg.random.Logistic().entropy()
    tensor(2.)
    """

    loc: Any = 0.0
    scale: Any = 1.0
    family = stats.logistic

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.logistic(self.loc, self.scale, size)

    def entropy(self) -> Tensor:
        """2 + log(scale)."""
        return 2 + np.log(together(self.loc, self.scale)[1])

    @property
    def variance(self) -> Tensor:
        """(pi scale)^2 / 3."""
        return (math.pi * together(self.loc, self.scale)[1]) ** 2 / 3


@dataclass(frozen=True, eq=False)
class Gumbel(Located):
    """The Gumbel distribution: what the greatest of many is like.

    >>> import wengert as wg
    >>> wg.random.Gumbel().mean.round(4)                # Euler's constant
    tensor(0.5772)
    """

    loc: Any = 0.0
    scale: Any = 1.0
    family = stats.gumbel_r

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.gumbel(self.loc, self.scale, size)

    def entropy(self) -> Tensor:
        """log(scale) + Euler's constant + 1."""
        return np.log(together(self.loc, self.scale)[1]) + numpy.euler_gamma + 1

    @property
    def mean(self) -> Tensor:
        """loc + scale times Euler's constant."""
        return np.asarray(self.loc + numpy.euler_gamma * self.scale)

    @property
    def variance(self) -> Tensor:
        """(pi scale)^2 / 6."""
        return (math.pi * together(self.loc, self.scale)[1]) ** 2 / 6


@dataclass(frozen=True, eq=False)
class Cauchy(Located):
    """The Cauchy distribution, which has no mean.

    >>> import wengert as wg
    >>> wg.random.Cauchy(1.0, 2.0).cdf(3.0)
    tensor(0.75)
    """

    loc: Any = 0.0
    scale: Any = 1.0
    family = stats.cauchy

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return self.loc + self.scale * rng.standard_cauchy(size, dtype_of(self.loc, self.scale))

    def entropy(self) -> Tensor:
        """log(4 pi scale)."""
        return np.log(4 * math.pi * together(self.loc, self.scale)[1])

    @property
    def mean(self) -> Tensor:
        """NaN."""
        return math.nan * together(self.loc, self.scale)[1]

    @property
    def variance(self) -> Tensor:
        """NaN."""
        return self.mean


@dataclass(frozen=True, eq=False)
class StudentT(Distribution):
    """Student's t distribution with `df` degrees of freedom.

    >>> import wengert as wg
    >>> wg.random.StudentT(4.0).variance
    tensor(2.)
    """

    df: Any
    loc: Any = 0.0
    scale: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return self.loc + self.scale * rng.standard_t(np.asarray(self.df, dtype_of(*self._parameters)), size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.t.logpdf(x, self.df, self.loc, self.scale)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.t.cdf(x, self.df, self.loc, self.scale)

    def entropy(self) -> Tensor:
        """log(scale) + (df + 1) / 2 (psi((df + 1) / 2) - psi(df / 2)) + log(sqrt(df) B(df / 2, 1 / 2))."""
        df, _, scale = together(self.df, self.loc, self.scale)
        spread = 0.5 * (df + 1) * (special.digamma(0.5 * (df + 1)) - special.digamma(0.5 * df))
        return np.log(scale) + spread + 0.5 * np.log(df) + special.betaln(0.5 * df, 0.5)

    @property
    def mean(self) -> Tensor:
        """loc, if df > 1."""
        df, loc, _ = together(self.df, self.loc, self.scale)
        return np.where(df > 1, loc, math.nan)

    @property
    def variance(self) -> Tensor:
        """scale^2 df / (df - 2), infinite down to df = 1, and then NaN."""
        df, _, scale = together(self.df, self.loc, self.scale)
        finite = scale**2 * df / np.where(df > 2, df - 2, 1)
        return np.where(df > 1, np.where(df > 2, finite, math.inf), math.nan)


@dataclass(frozen=True, eq=False)
class VonMises(Distribution):
    """The von Mises distribution on the circle, around `mu`, of concentration `kappa`; draws are from -pi to pi.

    `mean` and `variance` are those of directions: mu, and 1 - I1(kappa) / I0(kappa).

    >>> import wengert as wg
    >>> wg.random.VonMises(0.0, 2.0).cdf(0.0)
    tensor(0.5)
    """

    mu: Any
    kappa: Any

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.vonmises(self.mu, self.kappa, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.vonmises.logpdf(x, self.kappa, self.mu)

    def cdf(self, x: Any) -> Tensor:
        """The share of the angles from mu - pi to `x`."""
        return stats.vonmises.cdf(x, self.kappa, self.mu)

    def entropy(self) -> Tensor:
        """log(2 pi I0(kappa)) - kappa I1(kappa) / I0(kappa)."""
        kappa = together(self.mu, self.kappa)[1]
        return np.log(2 * math.pi * special.i0e(kappa)) + kappa * self.variance

    @property
    def mean(self) -> Tensor:
        """mu."""
        return together(self.mu, self.kappa)[0]

    @property
    def variance(self) -> Tensor:
        """1 - I1(kappa) / I0(kappa), from 0 to 1."""
        kappa = together(self.mu, self.kappa)[1]
        return 1 - special.i1e(kappa) / special.i0e(kappa)
