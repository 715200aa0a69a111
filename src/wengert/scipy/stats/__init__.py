"""Distributions, under the names and in the parametrisation of ``scipy.stats``.

Each is an object with the functions ``logpdf``, ``pdf``, ``cdf``, ``sf``, ``logcdf``, ``logsf``, ``ppf`` and ``isf``
(``logpmf`` and ``pmf`` if it is discrete), differentiable in the argument and in every parameter:

>>> import wengert as wg
>>> from wengert.scipy import stats
>>> wg.grad(lambda scale: stats.norm.logpdf(3.0, 0.0, scale))(2.0)
tensor(0.625)

The dtype is that of the operands, where SciPy always gives float64. Outside its support a density is 0, its logarithm
-inf, and their derivatives 0.
"""

from .discrete import bernoulli, binom, geom, nbinom, poisson
from .half_line import chi2, expon, gamma, halfnorm, invgamma, lognorm, pareto, weibull_min
from .interval import beta, truncnorm, uniform
from .line import cauchy, gumbel_l, gumbel_r, laplace, logistic, norm, t, vonmises
from .multivariate import dirichlet, multinomial, multivariate_normal, multivariate_t, wishart

__all__ = [
    "bernoulli", "beta", "binom", "cauchy", "chi2", "dirichlet", "expon", "gamma", "geom", "gumbel_l", "gumbel_r",
    "halfnorm", "invgamma", "laplace", "logistic", "lognorm", "multinomial", "multivariate_normal", "multivariate_t",
    "nbinom", "norm", "pareto", "poisson", "t", "truncnorm", "uniform", "vonmises", "weibull_min", "wishart",
]  # fmt: skip
