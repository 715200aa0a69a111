"""Distributions of one real number. Each draws what PyTorch draws, from the same random numbers."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, pi
from typing import Any, Final

import wengert as wg
from wengert.fronts.face import behind
from wengert.random import keeping_its_share
from wengert.scipy import special

from ..creation import empty
from ..dtypes import finfo
from ..functions.shapes import stack
from ..size import Size
from ..tensor import Tensor, of
from .discrete import WithLogits
from .distribution import Family
from .draws import clamped, gamma, standard_exponential, standard_normal, uniform

__all__ = [
    "Beta", "Cauchy", "Chi2", "ContinuousBernoulli", "Exponential", "FisherSnedecor", "Gamma", "Gumbel", "HalfCauchy",
    "HalfNormal", "InverseGamma", "Kumaraswamy", "Laplace", "LogNormal", "Normal", "Pareto", "RelaxedBernoulli",
    "StudentT", "Uniform", "VonMises", "Weibull",
]  # fmt: skip


class Pathwise(Family):
    """One whose draws differentiate."""

    has_rsample = True


class Located(Pathwise):
    """One that is moved and stretched."""

    parameters: tuple[str, ...] = ("loc", "scale")

    @property
    def mode(self) -> Tensor:
        """Where the density is greatest."""
        return self.loc


class Normal(Located):
    """The normal distribution.

    >>> from wengert import torch
    >>> torch.distributions.Normal(0.0, 1.0).log_prob(torch.tensor(0.0))
    tensor(-0.9189)
    """

    below: Callable[..., Any] = wg.random.Normal

    def _draw(self, shape: Size) -> Tensor:
        return self.loc + standard_normal(shape, self.loc) * self.scale

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        return self.loc + self.scale * of(special.ndtri(behind(value)))


class Laplace(Located):
    """The Laplace distribution."""

    below: Callable[..., Any] = wg.random.Laplace

    def _draw(self, shape: Size) -> Tensor:
        u = empty(shape, dtype=self.loc.dtype).uniform_(finfo(self.loc.dtype).eps - 1, 1)
        return self.loc - self.scale * u.sign() * (-u.abs()).log1p()

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        away = value - 0.5
        return self.loc - self.scale * away.sign() * (-2 * away.abs()).log1p()


class Cauchy(Located):
    """The Cauchy distribution."""

    below: Callable[..., Any] = wg.random.Cauchy

    def _draw(self, shape: Size) -> Tensor:
        return self.loc + empty(shape, dtype=self.loc.dtype).cauchy_() * self.scale

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        return self.loc + self.scale * (pi * (value - 0.5)).tan()

    @property
    def variance(self) -> Tensor:
        """Infinite."""
        return self.scale * inf


class Gumbel(Located):
    """The Gumbel distribution."""

    below: Callable[..., Any] = wg.random.Gumbel

    def _draw(self, shape: Size) -> Tensor:
        limits = finfo(self.loc.dtype)
        return self.icdf(uniform(shape, self.loc) * (1 - limits.eps - limits.tiny) + limits.tiny)

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        return self.loc - self.scale * (-value.log()).log()


class LogNormal(Located):
    """The distribution of exponentials of normal numbers."""

    below: Callable[..., Any] = wg.random.LogNormal

    def _draw(self, shape: Size) -> Tensor:
        return (self.loc + standard_normal(shape, self.loc) * self.scale).exp()

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        return (self.loc + self.scale * of(special.ndtri(behind(value)))).exp()

    @property
    def mode(self) -> Tensor:
        """Where the density is greatest."""
        return (self.loc - self.scale**2).exp()


class HalfNormal(Pathwise):
    """The distribution of sizes of normal numbers."""

    parameters: tuple[str, ...] = ("scale",)
    below: Callable[..., Any] = wg.random.HalfNormal

    def _draw(self, shape: Size) -> Tensor:
        return (standard_normal(shape, self.scale) * self.scale).abs()

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        return self.scale * of(special.ndtri(behind((value + 1) / 2)))


class HalfCauchy(Pathwise):
    """The distribution of sizes of Cauchy numbers."""

    parameters: tuple[str, ...] = ("scale",)
    below: Callable[..., Any] = wg.random.HalfCauchy

    def _draw(self, shape: Size) -> Tensor:
        return (empty(shape, dtype=self.scale.dtype).cauchy_() * self.scale).abs()

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        return self.scale * (pi / 2 * value).tan()


class Uniform(Pathwise):
    """The uniform distribution."""

    parameters: tuple[str, ...] = ("low", "high")
    below: Callable[..., Any] = wg.random.Uniform

    def _draw(self, shape: Size) -> Tensor:
        return self.low + uniform(shape, self.low) * (self.high - self.low)

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        return self.low + value * (self.high - self.low)


class Exponential(Pathwise):
    """The exponential distribution."""

    parameters: tuple[str, ...] = ("rate",)

    @staticmethod
    def below(rate: Any) -> Any:
        """Of the scale, 1 / rate."""
        return wg.random.Exponential(1 / rate)

    def _draw(self, shape: Size) -> Tensor:
        return standard_exponential(shape, self.rate) / self.rate

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        return -(-value).log1p() / self.rate


class Weibull(Pathwise):
    """The Weibull distribution."""

    parameters: tuple[str, ...] = ("scale", "concentration")

    @staticmethod
    def below(scale: Any, concentration: Any) -> Any:
        """The engine names the shape first."""
        return wg.random.Weibull(concentration, scale)

    def _draw(self, shape: Size) -> Tensor:
        return self.scale * standard_exponential(shape, self.scale) ** (1 / self.concentration)

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        return self.scale * (-(-value).log1p()) ** (1 / self.concentration)


class Pareto(Pathwise):
    """The Pareto distribution, from `scale` on."""

    parameters: tuple[str, ...] = ("scale", "alpha")

    @staticmethod
    def below(scale: Any, alpha: Any) -> Any:
        """The engine names the shape first."""
        return wg.random.Pareto(alpha, scale)

    def _draw(self, shape: Size) -> Tensor:
        return self.scale * (standard_exponential(shape, self.alpha) / self.alpha).exp()

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        return self.scale * (1 - value) ** (-1 / self.alpha)


class Kumaraswamy(Pathwise):
    """Kumaraswamy's distribution."""

    parameters: tuple[str, ...] = ("concentration1", "concentration0")
    below: Callable[..., Any] = wg.random.Kumaraswamy

    def _draw(self, shape: Size) -> Tensor:
        u = uniform(shape, self.concentration1)
        return (1 - u ** (1 / self.concentration0)) ** (1 / self.concentration1)


class Gamma(Pathwise):
    """The gamma distribution."""

    parameters: tuple[str, ...] = ("concentration", "rate")

    @staticmethod
    def below(concentration: Any, rate: Any) -> Any:
        """Of the scale, 1 / rate."""
        return wg.random.Gamma(concentration, 1 / rate)

    def _draw(self, shape: Size) -> Tensor:
        return gamma(shape, self.concentration, self.rate)

    @property
    def mode(self) -> Tensor:
        """Where the density is greatest."""
        return ((self.concentration - 1) / self.rate).clamp(min=0)


class Chi2(Pathwise):
    """The distribution of sums of squares of normal numbers."""

    parameters: tuple[str, ...] = ("df",)
    below: Callable[..., Any] = wg.random.Chi2

    def _draw(self, shape: Size) -> Tensor:
        return gamma(shape, self.df / 2, 0.5)


class InverseGamma(Pathwise):
    """The distribution of reciprocals of gamma numbers."""

    parameters: tuple[str, ...] = ("concentration", "rate")
    below: Callable[..., Any] = wg.random.InverseGamma

    def _draw(self, shape: Size) -> Tensor:
        return 1 / gamma(shape, self.concentration, self.rate)


class StudentT(Pathwise):
    """Student's distribution."""

    parameters: tuple[str, ...] = ("df", "loc", "scale")
    defaults: Final = {"loc": 0.0, "scale": 1.0}
    below: Callable[..., Any] = wg.random.StudentT

    def _draw(self, shape: Size) -> Tensor:
        normal = standard_normal(shape, self.df)
        return self.loc + self.scale * normal * (gamma(shape, self.df / 2, 0.5) / self.df).rsqrt()


class FisherSnedecor(Pathwise):
    """Fisher's distribution of ratios."""

    parameters: tuple[str, ...] = ("df1", "df2")
    below: Callable[..., Any] = wg.random.FisherSnedecor

    def _draw(self, shape: Size) -> Tensor:
        over = gamma(shape, self.df1 / 2, self.df1)
        return over / gamma(shape, self.df2 / 2, self.df2).clamp(min=finfo(self.df2.dtype).tiny)


class Beta(Pathwise):
    """The beta distribution."""

    parameters: tuple[str, ...] = ("concentration1", "concentration0")
    below: Callable[..., Any] = wg.random.Beta

    def _draw(self, shape: Size) -> Tensor:
        with wg.no_grad():
            both = _pairs(shape, self.concentration1, self.concentration0)
            drawn = both[..., 0] / both.sum(-1)
        return of(keeping_its_share(drawn._tensor, self._engine))


def _pairs(shape: Size, one: Tensor, other: Tensor) -> Tensor:
    """Two gamma numbers for each place, one after the other."""
    return gamma((*shape, 2), stack([one, other], -1))


class VonMises(Family):
    """The von Mises distribution on the circle."""

    parameters: tuple[str, ...] = ("loc", "concentration")
    below: Callable[..., Any] = wg.random.VonMises

    def _draw(self, shape: Size) -> Tensor:
        r = _spread(self.concentration.double()).expand(shape)
        x = empty(shape, dtype=r.dtype).zero_()
        accepted = x.bool()
        while not bool(accepted.all()):
            u1, u2, u3 = uniform((3, *shape), r)
            z = (pi * u1).cos()
            f = (1 + r * z) / (r + z)
            c = self.concentration.double() * (r - f)
            taken = ((c * (2 - c) - u2) > 0) | ((c / u2).log() + 1 - c >= 0)
            x = x.where(~taken, (u3 - 0.5).sign() * f.acos())
            accepted = accepted | taken
        return ((x + pi + self.loc.double()) % (2 * pi) - pi).to(self.loc.dtype)


def _spread(concentration: Tensor) -> Tensor:
    """The parameter of the wrapped Cauchy distribution that proposes (D. Best, N. Fisher, 1979)."""
    tau = 1 + (1 + 4 * concentration**2).sqrt()
    rho = (tau - (2 * tau).sqrt()) / (2 * concentration)
    return (1 + rho**2) / (2 * rho)


class ContinuousBernoulli(WithLogits):
    """Numbers from 0 to 1 of density proportional to p^x (1 - p)^(1 - x).

    Source: G. Loaiza-Ganem, J. Cunningham, "The continuous Bernoulli: fixing a pervasive error in variational
    autoencoders" (2019).
    """

    has_rsample = True

    def _draw(self, shape: Size) -> Tensor:
        return self.icdf(uniform(shape, self.logits))

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is."""
        safe, is_even = self._away_from_even()
        return value.where(is_even, (1 + value * safe.expm1()).log() / safe)

    def cdf(self, value: Tensor) -> Tensor:
        """The distribution function."""
        safe, is_even = self._away_from_even()
        return value.where(is_even, (safe * value).expm1() / safe.expm1()).clamp(0, 1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return value * self.logits - self._log_norm()

    def entropy(self) -> Tensor:
        """The entropy."""
        return self._log_norm() - self.mean * self.logits

    @property
    def mean(self) -> Tensor:
        """The expectation."""
        safe, is_even = self._away_from_even()
        slope = 0.5 + safe / 12
        return slope.where(is_even, 1 / (1 - (-safe).exp()) - 1 / safe)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        safe, is_even = self._away_from_even()
        return (1 / 12 - safe**2 / 240).where(is_even, 1 / safe**2 - 1 / (4 * (safe / 2).sinh() ** 2))

    def _log_norm(self) -> Tensor:
        """log of the integral of exp(logits x)."""
        safe, is_even = self._away_from_even()
        return (safe / 2 + safe**2 / 24).where(is_even, (safe.expm1() / safe).log())

    def _away_from_even(self) -> tuple[Tensor, Tensor]:
        """The logits, and where they are so near to 0 that a series is more precise; they are small there."""
        is_even = self.logits.abs() < 1e-3
        return self.logits.where(~is_even | (self.logits != 0), self.logits + 1e-6), is_even


class RelaxedBernoulli(WithLogits):
    """Numbers in (0, 1) that go to those of `Bernoulli` as the temperature goes to 0."""

    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None:
        super().__init__(probs, logits, validate_args)
        self.temperature = temperature

    @property
    def _engine(self) -> Any:
        return wg.random.RelaxedBernoulli(behind(self.temperature), self.logits._tensor)

    def _draw(self, shape: Size) -> Tensor:
        u = clamped(uniform(shape, self.logits))
        return ((u.log() - (-u).log1p() + self.logits) / self.temperature).sigmoid()
