"""Random numbers: the same bits in eager and compiled code, with derivatives in their parameters.

Three ways to them, over one generator that is a function of a key and a counter (Threefry-2x32, as in `jax.random`):

- ``rng = wg.random.default_rng(0)`` and its methods, which are those of ``numpy.random.Generator``;
- ``wg.random.seed(0)`` and the functions of this module, which share one generator;
- ``key = wg.random.key(0)``, `split` and `fold_in`, and the functions of this module with ``key=``, without state.

>>> import wengert as wg
>>> wg.random.normal(size=3, dtype="float32", key=wg.random.key(42)).round(3)      # as jax.random.normal
tensor([-0.028,  0.467,  0.296], dtype=float32)
>>> rng = wg.random.default_rng(0)
>>> wg.grad(lambda scale: (rng.normal(0.0, scale, size=10000) ** 2).mean())(3.0).round()
tensor(6.)
"""

from typing import TYPE_CHECKING

from ..names import OF_RANDOM as _OF_RANDOM, missing_name as _missing_name
from .distributions import (
    Bernoulli,
    Beta,
    Binomial,
    Categorical,
    Cauchy,
    Chi2,
    Dirichlet,
    Distribution,
    Exponential,
    FisherSnedecor,
    Gamma,
    Geometric,
    Gumbel,
    HalfCauchy,
    HalfNormal,
    Hypergeometric,
    Independent,
    InverseGamma,
    InverseGaussian,
    Kumaraswamy,
    Laplace,
    LKJCholesky,
    Logistic,
    LogNormal,
    Mixture,
    Multinomial,
    MultivariateNormal,
    NegativeBinomial,
    Normal,
    OneHotCategorical,
    Pareto,
    Poisson,
    RelaxedBernoulli,
    RelaxedCategorical,
    StudentT,
    Transformed,
    TruncatedNormal,
    Uniform,
    VonMises,
    Weibull,
    Wishart,
    Zipf,
    keeping_its_share,
    kl,
)
from .estimates import biharmonic_estimate, divergence_estimate, laplacian_estimate
from .expectation import Report, expectation
from .generator import Generator, default_rng
from .keys import bits, fold_in, key, split
from .module_level import (
    bernoulli,
    beta,
    binomial,
    bytes,
    chisquare,
    choice,
    dirichlet,
    drawing_from,
    exponential,
    f,
    gamma,
    geometric,
    get_state,
    gumbel,
    hypergeometric,
    integers,
    laplace,
    logistic,
    lognormal,
    logseries,
    multinomial,
    multivariate_hypergeometric,
    multivariate_normal,
    negative_binomial,
    normal,
    pareto,
    permutation,
    permuted,
    poisson,
    power,
    random,
    rayleigh,
    seed,
    set_state,
    shuffle,
    standard_cauchy,
    standard_exponential,
    standard_gamma,
    standard_normal,
    standard_t,
    triangular,
    uniform,
    vonmises,
    wald,
    weibull,
    zipf,
)

if not TYPE_CHECKING:

    def __getattr__(name):
        raise _missing_name(__name__, name, _OF_RANDOM, "wg.random")


__all__ = [
    "Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Chi2", "Dirichlet", "Distribution", "Exponential",
    "FisherSnedecor", "Gamma", "Generator", "Geometric", "Gumbel", "HalfCauchy", "HalfNormal", "Hypergeometric",
    "Independent", "InverseGamma", "InverseGaussian", "Kumaraswamy", "LKJCholesky", "Laplace", "LogNormal", "Logistic",
    "Mixture", "Multinomial", "MultivariateNormal", "NegativeBinomial", "Normal", "OneHotCategorical", "Pareto",
    "Poisson", "RelaxedBernoulli", "RelaxedCategorical", "Report", "StudentT", "Transformed", "TruncatedNormal",
    "Uniform", "VonMises", "Weibull", "Wishart", "Zipf", "bernoulli", "beta", "biharmonic_estimate", "binomial", "bits",
    "bytes", "chisquare", "choice", "default_rng", "dirichlet", "divergence_estimate", "drawing_from", "expectation",
    "exponential", "f", "fold_in", "gamma", "geometric", "get_state", "gumbel", "hypergeometric", "integers", "key",
    "keeping_its_share", "kl", "laplace", "laplacian_estimate", "logistic", "lognormal", "logseries", "multinomial",
    "multivariate_hypergeometric", "multivariate_normal", "negative_binomial", "normal", "pareto", "permutation",
    "permuted", "poisson", "power", "random", "rayleigh", "seed", "set_state", "shuffle", "split", "standard_cauchy",
    "standard_exponential", "standard_gamma", "standard_normal", "standard_t", "triangular", "uniform", "vonmises",
    "wald", "weibull", "zipf",
]  # fmt: skip
