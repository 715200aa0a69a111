"""The Kullback-Leibler divergence of two distributions of one family, in closed form.

S. Kullback and R. A. Leibler, "On information and sufficiency", Annals of Mathematical Statistics 22 (1951).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import linalg, special

from .base import Distribution, together
from .counts import Bernoulli, Binomial, Categorical, Geometric, Multinomial, OneHotCategorical, Poisson
from .derived import Independent
from .half_line import (
    Chi2,
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    InverseGamma,
    LogNormal,
    Pareto,
    Weibull,
)
from .interval import Beta, Uniform
from .line import Cauchy, Gumbel, Laplace, Normal, VonMises
from .matrices import Wishart
from .several import Dirichlet, MultivariateNormal


def kl(p: Distribution, q: Distribution) -> Tensor:
    """The divergence of `q` from `p`: the expectation under `p` of ``log p(x) - log q(x)``, in nats.

    Raises:
        TypeError: there is no closed form for the two.

    >>> import wengert as wg
    >>> wg.random.kl(wg.random.Normal(1.0, 1.0), wg.random.Normal(0.0, 1.0))
    tensor(0.5)
    """
    if type(p) is not type(q) and type(p) in _GAMMAS and type(q) in _GAMMAS:
        p, q = _GAMMAS[type(p)](p), _GAMMAS[type(q)](q)
    rule = _RULES.get(type(p))
    if rule is None or type(p) is not type(q):
        raise TypeError(
            f"[kl] {type(p).__name__} and {type(q).__name__} were given, wanted two of one family that has a closed "
            "form; write wg.random.expectation(lambda x: p.log_prob(x) - q.log_prob(x), p)"
        )
    return rule(p, q)


def _normal(p: Normal, q: Normal) -> Tensor:
    return _of_normals(p.loc, p.scale, q.loc, q.scale)


def _of_normals(loc: Any, scale: Any, other_loc: Any, other_scale: Any) -> Tensor:
    loc, scale, other_loc, other_scale = together(loc, scale, other_loc, other_scale)
    ratio = scale / other_scale
    return 0.5 * (ratio**2 + ((loc - other_loc) / other_scale) ** 2 - 1) - np.log(ratio)


def _log_normal(p: LogNormal, q: LogNormal) -> Tensor:
    return _of_normals(p.loc, p.scale, q.loc, q.scale)


def _half_normal(p: HalfNormal, q: HalfNormal) -> Tensor:
    return _of_normals(0.0, p.scale, 0.0, q.scale)


def _multivariate_normal(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    log_ratio = q.half_log_det - p.half_log_det
    mixed = linalg.solve_triangular(q.factor, p.factor, lower=True)
    away = linalg.solve_triangular(q.factor, (p.mean - q.mean)[..., None], lower=True)[..., 0]
    squares = (mixed**2).sum(axis=(-1, -2)) + (away**2).sum(axis=-1)
    return log_ratio + 0.5 * (squares - p.event_shape[0])


def _laplace(p: Laplace, q: Laplace) -> Tensor:
    loc, scale, other_loc, other_scale = together(p.loc, p.scale, q.loc, q.scale)
    away = np.abs(loc - other_loc)
    return np.log(other_scale / scale) + (scale * np.exp(-away / scale) + away) / other_scale - 1


def _gumbel(p: Gumbel, q: Gumbel) -> Tensor:
    loc, scale, other_loc, other_scale = together(p.loc, p.scale, q.loc, q.scale)
    ratio, away = scale / other_scale, (loc - other_loc) / other_scale
    euler = np.euler_gamma
    return -np.log(ratio) + euler * (ratio - 1) + away - 1 + np.exp(special.gammaln(1 + ratio) - away)


def _cauchy(p: Cauchy, q: Cauchy) -> Tensor:
    """F. Chyzak and F. Nielsen, "A closed-form formula for the Kullback-Leibler divergence between Cauchy
    distributions" (2019).
    """
    loc, scale, other_loc, other_scale = together(p.loc, p.scale, q.loc, q.scale)
    return np.log(((scale + other_scale) ** 2 + (loc - other_loc) ** 2) / (4 * scale * other_scale))


def _vonmises(p: VonMises, q: VonMises) -> Tensor:
    mu, kappa, other_mu, other_kappa = together(p.mu, p.kappa, q.mu, q.kappa)
    length = special.i1e(kappa) / special.i0e(kappa)
    sizes = np.log(special.i0e(other_kappa) / special.i0e(kappa)) + other_kappa - kappa
    return sizes + length * (kappa - other_kappa * np.cos(mu - other_mu))


def _uniform(p: Uniform, q: Uniform) -> Tensor:
    low, high, other_low, other_high = together(p.low, p.high, q.low, q.high)
    is_within = (low >= other_low) & (high <= other_high)
    return np.where(is_within, np.log((other_high - other_low) / (high - low)), math.inf)


def _exponential(p: Exponential, q: Exponential) -> Tensor:
    ratio = np.asarray(p.scale) / q.scale
    return ratio - 1 - np.log(ratio)


def _gamma(p: Gamma, q: Gamma) -> Tensor:
    a, scale, other_a, other_scale = together(p.a, p.scale, q.a, q.scale)
    ratio = scale / other_scale
    shapes = (a - other_a) * special.digamma(a) - special.gammaln(a) + special.gammaln(other_a)
    return shapes - other_a * np.log(ratio) + a * (ratio - 1)


def _chi2(p: Chi2, q: Chi2) -> Tensor:
    return _gamma(_GAMMAS[Chi2](p), _GAMMAS[Chi2](q))


def _inverse_gamma(p: InverseGamma, q: InverseGamma) -> Tensor:
    """That of what they are the inverses of."""
    return _gamma(Gamma(p.a, 1 / np.asarray(p.scale)), Gamma(q.a, 1 / np.asarray(q.scale)))


def _pareto(p: Pareto, q: Pareto) -> Tensor:
    a, scale, other_a, other_scale = together(p.a, p.scale, q.a, q.scale)
    inside = np.log(a / other_a) + other_a * np.log(scale / other_scale) + other_a / a - 1
    return np.where(scale >= other_scale, inside, math.inf)


def _half_cauchy(p: HalfCauchy, q: HalfCauchy) -> Tensor:
    return _cauchy(Cauchy(0.0, p.scale), Cauchy(0.0, q.scale))


def _wishart(p: Wishart, q: Wishart) -> Tensor:
    count = p.event_shape[0]
    mixed = linalg.solve_triangular(*np.broadcast_arrays(q.factor, p.factor), lower=True)
    rise = 0.5 * (p.df - np.asarray(q.df)) * special.digamma(p.halves).sum(axis=-1)
    spread = 0.5 * p.df * ((mixed**2).sum(axis=(-1, -2)) - count)
    return q.df * (q.half_log_det - p.half_log_det) + spread + q.log_gammas - p.log_gammas + rise


def _independent(p: Independent, q: Independent) -> Tensor:
    between = kl(p.base, q.base)
    return between.sum(axis=tuple(range(-p.ndim, 0)))


def _multinomial(p: Multinomial, q: Multinomial) -> Tensor:
    return np.where(np.equal(p.n, q.n), p.n * _categorical(Categorical(p.p), Categorical(q.p)), math.inf)


def _weibull(p: Weibull, q: Weibull) -> Tensor:
    a, scale, other_a, other_scale = together(p.a, p.scale, q.a, q.scale)
    moment = (scale / other_scale) ** other_a * special.gamma(1 + other_a / a)
    logs = np.log(a / scale**a) - np.log(other_a / other_scale**other_a)
    return logs + (a - other_a) * (np.log(scale) - np.euler_gamma / a) + moment - 1


def _beta(p: Beta, q: Beta) -> Tensor:
    a, b, other_a, other_b = together(p.a, p.b, q.a, q.b)
    spread = (a - other_a) * special.digamma(a) + (b - other_b) * special.digamma(b)
    sizes = special.betaln(other_a, other_b) - special.betaln(a, b)
    return sizes + spread + (other_a - a + other_b - b) * special.digamma(a + b)


def _dirichlet(p: Dirichlet, q: Dirichlet) -> Tensor:
    alpha, other = together(p.alpha, q.alpha)
    spread = (alpha - other) * (special.digamma(alpha) - special.digamma(alpha.sum(axis=-1, keepdims=True)))
    return q.log_normaliser - p.log_normaliser + spread.sum(axis=-1)


def _bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    chance = p.mean
    return _share(chance, p.log_prob(1), q.log_prob(1)) + _share(1 - chance, p.log_prob(0), q.log_prob(0))


def _share(p: Tensor, own: Tensor, other: Tensor) -> Tensor:
    """p times a difference of logarithms, and 0 where p is."""
    there = p > 0
    return np.where(there, p * (np.where(there, own, 0) - np.where(there, other, 0)), 0)


def _categorical(p: Categorical, q: Categorical) -> Tensor:
    log_p, log_q = together(p.log_p, q.log_p)
    return _share(np.exp(log_p), log_p, log_q).sum(axis=-1)


def _binomial(p: Binomial, q: Binomial) -> Tensor:
    return np.where(np.equal(p.n, q.n), p.n * _bernoulli(Bernoulli(p.p), Bernoulli(q.p)), math.inf)


def _geometric(p: Geometric, q: Geometric) -> Tensor:
    return _bernoulli(Bernoulli(p.p), Bernoulli(q.p)) / np.asarray(p.p)


def _poisson(p: Poisson, q: Poisson) -> Tensor:
    lam, other = together(p.lam, q.lam)
    return special.xlogy(lam, lam / other) - lam + other


_GAMMAS: dict[type, Callable[[Any], Gamma]] = {
    Chi2: lambda d: Gamma(0.5 * np.asarray(d.df), 2.0),
    Exponential: lambda d: Gamma(1.0, d.scale),
    Gamma: lambda d: d,
}
"""The families of which each is one of gamma numbers."""

_RULES: dict[type, Callable[[Any, Any], Tensor]] = {
    Bernoulli: _bernoulli,
    Beta: _beta,
    Binomial: _binomial,
    Categorical: _categorical,
    Cauchy: _cauchy,
    Chi2: _chi2,
    Dirichlet: _dirichlet,
    Exponential: _exponential,
    Gamma: _gamma,
    Geometric: _geometric,
    Gumbel: _gumbel,
    HalfCauchy: _half_cauchy,
    HalfNormal: _half_normal,
    Independent: _independent,
    InverseGamma: _inverse_gamma,
    Laplace: _laplace,
    LogNormal: _log_normal,
    Multinomial: _multinomial,
    MultivariateNormal: _multivariate_normal,
    Normal: _normal,
    OneHotCategorical: _categorical,
    Pareto: _pareto,
    Poisson: _poisson,
    Uniform: _uniform,
    VonMises: _vonmises,
    Weibull: _weibull,
    Wishart: _wishart,
}
"""For each family the divergence of two of it."""
