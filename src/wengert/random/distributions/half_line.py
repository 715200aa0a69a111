"""Distributions on the positive numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special, stats

from ..implicit import wald_cdf
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
        a, scale = together(self.a, self.scale)
        return a * scale

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


@dataclass(frozen=True, eq=False)
class Chi2(Distribution):
    """The chi-squared distribution: of the sum of the squares of `df` normal numbers.

    >>> import wengert as wg
    >>> d = wg.random.Chi2(3.0)
    >>> d.mean, d.variance
    (tensor(3.), tensor(6.))
    """

    df: Any

    @property
    def _gamma(self) -> Gamma:
        return Gamma(0.5 * np.asarray(self.df, dtype_of(self.df)), 2.0)

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.chisquare(self.df, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.chi2.logpdf(x, self.df)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.chi2.cdf(x, self.df)

    def entropy(self) -> Tensor:
        """That of a gamma number of shape df / 2 and scale 2."""
        return self._gamma.entropy()

    @property
    def mean(self) -> Tensor:
        """df."""
        return self._gamma.mean

    @property
    def variance(self) -> Tensor:
        """2 df."""
        return self._gamma.variance


@dataclass(frozen=True, eq=False)
class InverseGamma(Distribution):
    """The distribution of ``scale / g`` for gamma numbers g of shape `a`.

    >>> import wengert as wg
    >>> wg.random.InverseGamma(3.0, 2.0).mean
    tensor(1.)
    """

    a: Any
    scale: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return self.scale / rng.standard_gamma(np.asarray(self.a, dtype_of(self.a, self.scale)), size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.invgamma.logpdf(x, self.a, 0, self.scale)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.invgamma.cdf(x, self.a, 0, self.scale)

    def entropy(self) -> Tensor:
        """a + log(scale) + log Gamma(a) - (1 + a) psi(a)."""
        a, scale = together(self.a, self.scale)
        return a + np.log(scale) + special.gammaln(a) - (1 + a) * special.digamma(a)

    @property
    def mean(self) -> Tensor:
        """scale / (a - 1), infinite for a <= 1."""
        a, scale = together(self.a, self.scale)
        return _if(a > 1, scale, a - 1)

    @property
    def variance(self) -> Tensor:
        """mean^2 / (a - 2), infinite for a <= 2."""
        a, scale = together(self.a, self.scale)
        return _if(a > 2, scale**2, (a - 1) ** 2 * (a - 2))


def _if(exists: Tensor, over: Tensor, under: Tensor) -> Tensor:
    """A ratio where a moment exists, and infinity where it does not."""
    return np.where(exists, over / np.where(exists, under, 1), math.inf)


@dataclass(frozen=True, eq=False)
class Pareto(Distribution):
    """The Pareto distribution on numbers from `scale` on: density proportional to x^(-a - 1).

    (That of `wengert.random.pareto`, as in NumPy, is from 0 on: of ``x - 1`` for a scale of 1.)

    >>> import wengert as wg
    >>> wg.random.Pareto(3.0, 2.0).mean
    tensor(3.)
    """

    a: Any
    scale: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return self.scale * (1 + rng.pareto(np.asarray(self.a, dtype_of(self.a, self.scale)), size))

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.pareto.logpdf(x, self.a, 0, self.scale)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.pareto.cdf(x, self.a, 0, self.scale)

    def entropy(self) -> Tensor:
        """log(scale / a) + 1 + 1 / a."""
        a, scale = together(self.a, self.scale)
        return np.log(scale / a) + 1 + 1 / a

    @property
    def mean(self) -> Tensor:
        """a scale / (a - 1), infinite for a <= 1."""
        a, scale = together(self.a, self.scale)
        return _if(a > 1, a * scale, a - 1)

    @property
    def variance(self) -> Tensor:
        """scale^2 a / ((a - 1)^2 (a - 2)), infinite for a <= 2."""
        a, scale = together(self.a, self.scale)
        return _if(a > 2, a * scale**2, (a - 1) ** 2 * (a - 2))


@dataclass(frozen=True, eq=False)
class HalfCauchy(Distribution):
    """The distribution of the size of a Cauchy number around 0 of the given scale; it has no mean.

    >>> import wengert as wg
    >>> wg.random.HalfCauchy(2.0).cdf(2.0)
    tensor(0.5)
    """

    scale: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return np.abs(self.scale * rng.standard_cauchy(size, dtype_of(self.scale)))

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        x = np.asarray(x)
        return np.where(x >= 0, math.log(2) + stats.cauchy.logpdf(x, 0, self.scale), -math.inf)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return 2 / math.pi * np.arctan(np.maximum(np.asarray(x), 0) / self.scale)

    def entropy(self) -> Tensor:
        """log(2 pi scale)."""
        return np.log(2 * math.pi * np.asarray(self.scale))

    @property
    def mean(self) -> Tensor:
        """Infinite."""
        return np.full_like(np.asarray(self.scale, dtype_of(self.scale)), math.inf)

    @property
    def variance(self) -> Tensor:
        """Infinite."""
        return self.mean


@dataclass(frozen=True, eq=False)
class FisherSnedecor(Distribution):
    """The F distribution: of the ratio of two means of squares, of `dfnum` and `dfden` normal numbers.

    >>> import wengert as wg
    >>> wg.random.FisherSnedecor(3.0, 4.0).mean
    tensor(2.)
    """

    dfnum: Any
    dfden: Any

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.f(self.dfnum, self.dfden, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        x, above, below = together(x, self.dfnum, self.dfden)
        is_inside = x > 0
        x = np.where(is_inside, x, 1)
        sizes = 0.5 * above * np.log(above / below) - special.betaln(0.5 * above, 0.5 * below)
        inside = sizes + (0.5 * above - 1) * np.log(x) - 0.5 * (above + below) * np.log1p(above / below * x)
        return np.where(is_inside, inside, -math.inf)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        x, above, below = together(np.maximum(np.asarray(x), 0), self.dfnum, self.dfden)
        return special.betainc(0.5 * above, 0.5 * below, above * x / (above * x + below))

    def entropy(self) -> Tensor:
        """That of the logarithm of a beta number of half the degrees of freedom, moved by the mean of log x."""
        a, b = (0.5 * each for each in together(self.dfnum, self.dfden))
        spread = (1 - a) * special.digamma(a) - (1 + b) * special.digamma(b) + (a + b) * special.digamma(a + b)
        return np.log(b / a) + special.betaln(a, b) + spread

    @property
    def mean(self) -> Tensor:
        """dfden / (dfden - 2), infinite for dfden <= 2."""
        _, below = together(self.dfnum, self.dfden)
        return _if(below > 2, below, below - 2)

    @property
    def variance(self) -> Tensor:
        """2 dfden^2 (dfnum + dfden - 2) / (dfnum (dfden - 2)^2 (dfden - 4)), infinite for dfden <= 4."""
        above, below = together(self.dfnum, self.dfden)
        return _if(below > 4, 2 * below**2 * (above + below - 2), above * (below - 2) ** 2 * (below - 4))


@dataclass(frozen=True, eq=False)
class InverseGaussian(Distribution):
    """Wald's distribution of mean `mu`: of the time at which a moving Brownian particle first meets a line.

    The density is sqrt(lam / (2 pi x^3)) exp(-lam (x - mu)^2 / (2 mu^2 x)).

    >>> import wengert as wg
    >>> d = wg.random.InverseGaussian(2.0, 4.0)
    >>> d.mean, d.variance
    (tensor(2.), tensor(2.))
    """

    mu: Any
    lam: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.wald(self.mu, self.lam, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        x, mu, lam = together(x, self.mu, self.lam)
        is_inside = x > 0
        safe = np.where(is_inside, x, 1)
        inside = 0.5 * np.log(lam / (2 * math.pi * safe**3)) - 0.5 * lam * (safe - mu) ** 2 / (mu**2 * safe)
        return np.where(is_inside, inside, -math.inf)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        x, mu, lam = together(x, self.mu, self.lam)
        is_inside = x > 0
        share = wald_cdf(np.where(is_inside, x, mu) / mu, lam / mu)
        return np.where(is_inside, share, 0)

    @property
    def mean(self) -> Tensor:
        """mu."""
        return together(self.mu, self.lam)[0]

    @property
    def variance(self) -> Tensor:
        """mu^3 / lam."""
        mu, lam = together(self.mu, self.lam)
        return mu**3 / lam
