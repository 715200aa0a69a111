"""Distributions on an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special, stats

from .base import Distribution, dtype_of, together


@dataclass(frozen=True, eq=False)
class Uniform(Distribution):
    """The uniform distribution from `low` to `high`.

    >>> import wengert as wg
    >>> wg.random.Uniform(1.0, 3.0).log_prob([0.0, 2.0]).round(4)
    tensor([   -inf, -0.6931])
    """

    low: Any = 0.0
    high: Any = 1.0

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.uniform(self.low, self.high, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.uniform.logpdf(x, self.low, self.high - np.asarray(self.low))

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.uniform.cdf(x, self.low, self.high - np.asarray(self.low))

    def entropy(self) -> Tensor:
        """log(high - low)."""
        return np.log(self.high - np.asarray(self.low))

    @property
    def mean(self) -> Tensor:
        """(low + high) / 2."""
        return 0.5 * (self.low + np.asarray(self.high))

    @property
    def variance(self) -> Tensor:
        """(high - low)^2 / 12."""
        return (self.high - np.asarray(self.low)) ** 2 / 12


@dataclass(frozen=True, eq=False)
class Beta(Distribution):
    """The beta distribution on [0, 1]: density proportional to x^(a - 1) (1 - x)^(b - 1).

    >>> import wengert as wg
    >>> d = wg.random.Beta(1.0, 3.0)
    >>> d.mean, d.variance
    (tensor(0.25), tensor(0.0375))
    """

    a: Any
    b: Any

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.beta(self.a, self.b, size)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.beta.logpdf(x, self.a, self.b)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.beta.cdf(x, self.a, self.b)

    def entropy(self) -> Tensor:
        """log B(a, b) - (a - 1) psi(a) - (b - 1) psi(b) + (a + b - 2) psi(a + b)."""
        a, b = together(self.a, self.b)
        spread = (a - 1) * special.digamma(a) + (b - 1) * special.digamma(b)
        return special.betaln(a, b) - spread + (a + b - 2) * special.digamma(a + b)

    @property
    def mean(self) -> Tensor:
        """a / (a + b)."""
        a, b = together(self.a, self.b)
        return a / (a + b)

    @property
    def variance(self) -> Tensor:
        """a b / ((a + b)^2 (a + b + 1))."""
        a, b = together(self.a, self.b)
        return a * b / ((a + b) ** 2 * (a + b + 1))


@dataclass(frozen=True, eq=False)
class TruncatedNormal(Distribution):
    """The normal distribution of mean `loc` and deviation `scale`, given that it is from `low` to `high`.

    >>> import wengert as wg
    >>> d = wg.random.TruncatedNormal(-1.0, 1.0)
    >>> d.mean, d.cdf(0.0)
    (tensor(0.), tensor(0.5))
    """

    low: Any
    high: Any
    loc: Any = 0.0
    scale: Any = 1.0

    @property
    def _standard(self) -> tuple[Tensor, Tensor]:
        """The bounds, of the standard normal distribution."""
        low, high, loc, scale = together(*self._parameters)
        return (low - loc) / scale, (high - loc) / scale

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        u = rng.random(size, dtype_of(*self._parameters))
        drawn = stats.truncnorm.ppf(u, *self._standard, self.loc, self.scale)
        return np.minimum(np.maximum(drawn, self.low), self.high)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        return stats.truncnorm.logpdf(x, *self._standard, self.loc, self.scale)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        return stats.truncnorm.cdf(x, *self._standard, self.loc, self.scale)

    @property
    def _at_bounds(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The standard bounds, 0 where infinite, and the truncated density at each."""
        low, high = self._standard
        at_low, at_high = (stats.truncnorm.pdf(bound, low, high) for bound in (low, high))
        return np.where(np.isfinite(low), low, 0), np.where(np.isfinite(high), high, 0), at_low, at_high

    def entropy(self) -> Tensor:
        """log(sqrt(2 pi) scale mass), with the mass between the bounds, plus half the standard second moment."""
        low, high, at_low, at_high = self._at_bounds
        inner = np.clip(np.zeros((), low.dtype), *self._standard)
        log_mass = stats.norm.logpdf(inner) - stats.truncnorm.logpdf(inner, *self._standard)
        return (
            np.log(math.sqrt(2 * math.pi) * together(*self._parameters)[-1])
            + log_mass
            + 0.5 * (1 + low * at_low - high * at_high)
        )

    @property
    def mean(self) -> Tensor:
        """loc + scale times the difference of the densities at the bounds."""
        _, _, at_low, at_high = self._at_bounds
        return self.loc + self.scale * (at_low - at_high)

    @property
    def variance(self) -> Tensor:
        """scale^2 (1 + low d(low) - high d(high) - (d(low) - d(high))^2), with d the density, all standard."""
        low, high, at_low, at_high = self._at_bounds
        return together(*self._parameters)[-1] ** 2 * (1 + low * at_low - high * at_high - (at_low - at_high) ** 2)


@dataclass(frozen=True, eq=False)
class Kumaraswamy(Distribution):
    """Kumaraswamy's distribution on [0, 1], near that of beta numbers: its cdf is 1 - (1 - x^a)^b.

    >>> import wengert as wg
    >>> wg.random.Kumaraswamy(2.0, 3.0).cdf(0.5).round(4)
    tensor(0.5781)
    """

    a: Any
    b: Any

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        left = np.log1p(-rng.random(size, dtype_of(self.a, self.b))) / self.b
        return (-np.expm1(left)) ** (1 / np.asarray(self.a, dtype_of(self.a, self.b)))

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at `x`."""
        x, a, b = together(x, self.a, self.b)
        is_inside = (x >= 0) & (x <= 1)
        safe = np.where(is_inside, x, 0.5)
        inside = np.log(a * b) + special.xlogy(a - 1, safe) + special.xlog1py(b - 1, -(safe**a))
        return np.where(is_inside, inside, -math.inf)

    def cdf(self, x: Any) -> Tensor:
        """The probability of at most `x`."""
        x, a, b = together(np.clip(np.asarray(x), 0, 1), self.a, self.b)
        return 1 - (1 - x**a) ** b

    def entropy(self) -> Tensor:
        """(1 - 1 / b) + (1 - 1 / a) (psi(b + 1) + gamma) - log(a b), with Euler's constant gamma."""
        a, b = together(self.a, self.b)
        return (1 - 1 / b) + (1 - 1 / a) * (special.digamma(b + 1) + np.euler_gamma) - np.log(a * b)

    def _moment(self, n: int) -> Tensor:
        a, b = together(self.a, self.b)
        return b * special.beta(1 + n / a, b)

    @property
    def mean(self) -> Tensor:
        """b B(1 + 1 / a, b)."""
        return self._moment(1)

    @property
    def variance(self) -> Tensor:
        """b B(1 + 2 / a, b) less the square of the mean."""
        return self._moment(2) - self.mean**2
