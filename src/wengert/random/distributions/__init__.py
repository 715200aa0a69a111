"""Distributions: dataclasses of their parameters, with draws that differentiate and densities."""

from .base import Distribution
from .counts import Bernoulli, Binomial, Categorical, Geometric, Multinomial, Poisson
from .divergences import kl
from .half_line import Exponential, Gamma, HalfNormal, LogNormal, Weibull
from .interval import Beta, TruncatedNormal, Uniform
from .line import Cauchy, Gumbel, Laplace, Logistic, Normal, StudentT, VonMises
from .mixture import Mixture
from .relaxed import RelaxedBernoulli, RelaxedCategorical
from .several import Dirichlet, MultivariateNormal

__all__ = [
    "Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Dirichlet", "Distribution", "Exponential", "Gamma",
    "Geometric", "Gumbel", "HalfNormal", "Laplace", "LogNormal", "Logistic", "Mixture", "Multinomial",
    "MultivariateNormal", "Normal", "Poisson", "RelaxedBernoulli", "RelaxedCategorical", "StudentT", "TruncatedNormal",
    "Uniform", "VonMises", "Weibull", "kl",
]  # fmt: skip
