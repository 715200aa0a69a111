"""The distributions, each beside that of SciPy."""

from __future__ import annotations

from typing import Any

import numpy
import scipy.special
import scipy.stats as st

import wengert.numpy as np
from wengert import random as r

KEY = r.key(20)
SAMPLES = 20_000


class _Kumaraswamy(st.rv_continuous):
    """What SciPy has not."""

    def _cdf(self, x: Any, a: Any, b: Any) -> Any:
        return 1 - (1 - x**a) ** b

    def _pdf(self, x: Any, a: Any, b: Any) -> Any:
        return a * b * x ** (a - 1) * (1 - x**a) ** (b - 1)


class _Falling(st.rv_continuous):
    """The negative of exponential numbers."""

    def _cdf(self, x: Any, spread: Any) -> Any:
        return numpy.minimum(1.0, numpy.exp(numpy.minimum(x, 0) / spread))

    def _pdf(self, x: Any, spread: Any) -> Any:
        return numpy.where(x <= 0, numpy.exp(numpy.minimum(x, 0) / spread) / spread, 0)


DENSITIES: dict[str, tuple[r.Distribution, Any]] = {
    "Normal": (r.Normal(1.0, 2.0), st.norm(1, 2)),
    "Laplace": (r.Laplace(1.0, 2.0), st.laplace(1, 2)),
    "Logistic": (r.Logistic(1.0, 2.0), st.logistic(1, 2)),
    "Gumbel": (r.Gumbel(1.0, 2.0), st.gumbel_r(1, 2)),
    "Cauchy": (r.Cauchy(1.0, 2.0), st.cauchy(1, 2)),
    "StudentT": (r.StudentT(5.0, 1.0, 2.0), st.t(5, 1, 2)),
    "VonMises": (r.VonMises(0.5, 2.0), st.vonmises(2, 0.5)),
    "LogNormal": (r.LogNormal(0.3, 0.5), st.lognorm(0.5, 0, numpy.exp(0.3))),
    "Exponential": (r.Exponential(2.0), st.expon(scale=2)),
    "Gamma": (r.Gamma(3.0, 2.0), st.gamma(3, scale=2)),
    "Gamma below one": (r.Gamma(0.4, 2.0), st.gamma(0.4, scale=2)),
    "HalfNormal": (r.HalfNormal(2.0), st.halfnorm(scale=2)),
    "Weibull": (r.Weibull(1.5, 2.0), st.weibull_min(1.5, scale=2)),
    "Uniform": (r.Uniform(1.0, 3.0), st.uniform(1, 2)),
    "Beta": (r.Beta(0.7, 2.0), st.beta(0.7, 2)),
    "TruncatedNormal": (r.TruncatedNormal(-1.0, 3.0, 1.5, 2.0), st.truncnorm(-1.25, 0.75, 1.5, 2)),
    "Chi2": (r.Chi2(3.0), st.chi2(3)),
    "InverseGamma": (r.InverseGamma(5.0, 2.0), st.invgamma(5, scale=2)),
    "Pareto": (r.Pareto(5.0, 2.0), st.pareto(5, scale=2)),
    "HalfCauchy": (r.HalfCauchy(2.0), st.halfcauchy(scale=2)),
    "FisherSnedecor": (r.FisherSnedecor(3.0, 11.0), st.f(3, 11)),
    "InverseGaussian": (r.InverseGaussian(1.5, 2.0), st.invgauss(0.75, scale=2)),
    "Kumaraswamy": (r.Kumaraswamy(0.7, 2.0), _Kumaraswamy(a=0.0, b=1.0)(0.7, 2.0)),
    "Transformed": (r.Transformed(r.Normal(0.3, 0.5), np.exp, np.log), st.lognorm(0.5, 0, numpy.exp(0.3))),
    "Transformed, falling": (r.Transformed(r.Exponential(2.0), np.negative, np.negative), _Falling()(2.0)),
    "TruncatedNormal in a tail": (r.TruncatedNormal(5.0, 50.0), st.truncnorm(5, 50)),
}
"""Of one number."""

_VALUES = st.rv_discrete(values=([0, 1, 2], [0.1, 0.2, 0.7]))

COUNTS: dict[str, tuple[r.Distribution, Any]] = {
    "Bernoulli": (r.Bernoulli(0.3), st.bernoulli(0.3)),
    "Bernoulli by logits": (r.Bernoulli(logits=0.3), st.bernoulli(scipy.special.expit(0.3))),
    "Binomial": (r.Binomial(10, 0.3), st.binom(10, 0.3)),
    "Binomial of many": (r.Binomial(200, 0.7), st.binom(200, 0.7)),
    "Poisson": (r.Poisson(4.0), st.poisson(4)),
    "Poisson of many": (r.Poisson(50.0), st.poisson(50)),
    "NegativeBinomial": (r.NegativeBinomial(3.0, 0.4), st.nbinom(3, 0.4)),
    "Hypergeometric": (r.Hypergeometric(4, 6, 5), st.hypergeom(10, 4, 5)),
    "Hypergeometric of few good": (r.Hypergeometric(7, 100, 90), st.hypergeom(107, 7, 90)),
    "Hypergeometric of many": (r.Hypergeometric(90, 50, 60), st.hypergeom(140, 90, 60)),
    "Hypergeometric of most": (r.Hypergeometric(50, 90, 120), st.hypergeom(140, 50, 120)),
    "Zipf": (r.Zipf(4.5), st.zipf(4.5)),
    "Geometric": (r.Geometric(0.3), st.geom(0.3)),
    "Categorical": (r.Categorical([1.0, 2.0, 7.0]), _VALUES),
    "Categorical by logits": (r.Categorical(logits=numpy.log([0.1, 0.2, 0.7])), _VALUES),
}
"""Of whole numbers."""

OTHERS: dict[str, r.Distribution] = {
    "Multinomial": r.Multinomial(10, [0.2, 0.3, 0.5]),
    "MultivariateNormal": r.MultivariateNormal([1.0, 2.0], [[1.0, 0.0], [0.5, 2.0]]),
    "Dirichlet": r.Dirichlet([1.0, 2.0, 3.0]),
    "RelaxedBernoulli": r.RelaxedBernoulli(0.7, 0.5),
    "RelaxedCategorical": r.RelaxedCategorical(0.7, [0.0, 0.5, -1.0]),
    "OneHotCategorical": r.OneHotCategorical([1.0, 2.0, 7.0]),
    "Wishart": r.Wishart(4.5, [[1.0, 0.0], [0.5, 2.0]]),
    "LKJCholesky": r.LKJCholesky(4, 1.5),
    "Independent": r.Independent(r.Gamma([[2.0, 3.0], [0.5, 1.0]], 2.0), 2),
    "Independent counts": r.Independent(r.Bernoulli([0.2, 0.7])),
    "Transformed vectors": r.Transformed(r.Independent(r.Normal([0.0, 1.0], 0.5)), np.exp, np.log),
    "Mixture": r.Mixture(r.Categorical([0.3, 0.7]), r.Normal([-1.0, 2.0], [0.5, 1.0])),
    "Mixture of gammas": r.Mixture(r.Categorical([0.3, 0.7]), r.Gamma([0.5, 4.0], 1.0)),
    "Mixture of Poissons": r.Mixture(r.Categorical([0.3, 0.7]), r.Poisson([1.0, 9.0])),
    "Mixture of vectors": r.Mixture(r.Categorical([0.3, 0.7]), r.Dirichlet([[1.0, 2.0], [4.0, 1.0]])),
}

EVERY = {name: d for name, (d, _) in (DENSITIES | COUNTS).items()} | OTHERS
