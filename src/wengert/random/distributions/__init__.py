"""Distributions: dataclasses of their parameters, with draws that differentiate and densities."""

from .base import Distribution, keeping_its_share
from .counts import (
    Bernoulli,
    Binomial,
    Categorical,
    Geometric,
    Hypergeometric,
    Multinomial,
    NegativeBinomial,
    OneHotCategorical,
    Poisson,
    Zipf,
)
from .derived import Independent, Transformed
from .divergences import kl
from .half_line import (
    Chi2,
    Exponential,
    FisherSnedecor,
    Gamma,
    HalfCauchy,
    HalfNormal,
    InverseGamma,
    InverseGaussian,
    LogNormal,
    Pareto,
    Weibull,
)
from .interval import Beta, Kumaraswamy, TruncatedNormal, Uniform
from .line import Cauchy, Gumbel, Laplace, Logistic, Normal, StudentT, VonMises
from .matrices import LKJCholesky, Wishart
from .mixture import Mixture
from .relaxed import RelaxedBernoulli, RelaxedCategorical
from .several import Dirichlet, MultivariateNormal

__all__ = [
    "Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Chi2", "Dirichlet", "Distribution", "Exponential",
    "FisherSnedecor", "Gamma", "Geometric", "Gumbel", "HalfCauchy", "HalfNormal", "Hypergeometric", "Independent",
    "InverseGamma", "InverseGaussian", "Kumaraswamy", "LKJCholesky", "Laplace", "LogNormal", "Logistic", "Mixture",
    "Multinomial", "MultivariateNormal", "NegativeBinomial", "Normal", "OneHotCategorical", "Pareto", "Poisson",
    "RelaxedBernoulli", "RelaxedCategorical", "StudentT", "Transformed", "TruncatedNormal", "Uniform", "VonMises",
    "Weibull", "Wishart", "Zipf", "keeping_its_share", "kl",
]  # fmt: skip
