"""``torch.distributions``: what is drawn is PyTorch's, densities and moments are those of `wengert.random`."""

from typing import Any

import wengert as wg
from wengert.fronts.addresses import also_at as _also_at

from ...names import missing_name as _missing_name
from ..tensor import Tensor, of as _of
from . import transforms as transforms
from .continuous import (
    Beta as Beta,
    Cauchy as Cauchy,
    Chi2 as Chi2,
    ContinuousBernoulli as ContinuousBernoulli,
    Exponential as Exponential,
    FisherSnedecor as FisherSnedecor,
    Gamma as Gamma,
    Gumbel as Gumbel,
    HalfCauchy as HalfCauchy,
    HalfNormal as HalfNormal,
    InverseGamma as InverseGamma,
    Kumaraswamy as Kumaraswamy,
    Laplace as Laplace,
    LogNormal as LogNormal,
    Normal as Normal,
    Pareto as Pareto,
    RelaxedBernoulli as RelaxedBernoulli,
    StudentT as StudentT,
    Uniform as Uniform,
    VonMises as VonMises,
    Weibull as Weibull,
)  # fmt: skip
from .discrete import (
    Bernoulli as Bernoulli,
    Binomial as Binomial,
    Categorical as Categorical,
    Geometric as Geometric,
    Multinomial as Multinomial,
    NegativeBinomial as NegativeBinomial,
    OneHotCategorical as OneHotCategorical,
    Poisson as Poisson,
)  # fmt: skip
from .distribution import Distribution as Distribution
from .several import (
    Dirichlet as Dirichlet,
    Independent as Independent,
    LKJCholesky as LKJCholesky,
    LowRankMultivariateNormal as LowRankMultivariateNormal,
    MixtureSameFamily as MixtureSameFamily,
    MultivariateNormal as MultivariateNormal,
    RelaxedOneHotCategorical as RelaxedOneHotCategorical,
    Wishart as Wishart,
)  # fmt: skip
from .transforms import (
    AffineTransform as AffineTransform,
    ComposeTransform as ComposeTransform,
    ExpTransform as ExpTransform,
    LogisticNormal as LogisticNormal,
    PowerTransform as PowerTransform,
    SigmoidTransform as SigmoidTransform,
    SoftplusTransform as SoftplusTransform,
    StickBreakingTransform as StickBreakingTransform,
    TanhTransform as TanhTransform,
    Transform as Transform,
    TransformedDistribution as TransformedDistribution,
)  # fmt: skip


def kl_divergence(p: Any, q: Any) -> Tensor:
    """The Kullback-Leibler divergence of two distributions.

    Raises:
        TypeError: there is no closed form for the two.

    >>> from wengert.torch.distributions import Normal, kl_divergence
    >>> kl_divergence(Normal(1.0, 1.0), Normal(0.0, 1.0))
    tensor(0.5000)
    """
    return _of(wg.random.kl(p._engine, q._engine))


_also_at(
    __name__,
    (
        "bernoulli", "beta", "binomial", "categorical", "cauchy", "chi2", "continuous_bernoulli", "dirichlet",
        "exponential", "fishersnedecor", "gamma", "geometric", "gumbel", "half_cauchy", "half_normal", "independent",
        "inverse_gamma", "kl", "kumaraswamy", "laplace", "lkj_cholesky", "log_normal", "logistic_normal",
        "lowrank_multivariate_normal", "mixture_same_family", "multinomial", "multivariate_normal",
        "negative_binomial", "normal", "one_hot_categorical", "pareto", "poisson", "relaxed_bernoulli",
        "relaxed_categorical", "studentT", "transformed_distribution", "uniform", "von_mises", "weibull", "wishart",
    ),
)  # fmt: skip


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.distributions")
