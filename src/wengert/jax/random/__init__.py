"""``jax.random``: keys, and what is drawn with them; the words are JAX's, bit for bit.

A key is an array of two words, also one of `key`.
"""

from __future__ import annotations

from typing import Any

from ...names import missing_name as _missing_name
from .counts import binomial as binomial, geometric as geometric, multinomial as multinomial, poisson as poisson
from .gammas import (
    ball as ball,
    beta as beta,
    chisquare as chisquare,
    dirichlet as dirichlet,
    f as f,
    gamma as gamma,
    generalized_normal as generalized_normal,
    loggamma as loggamma,
    t as t,
)
from .inverses import (
    cauchy as cauchy,
    exponential as exponential,
    gumbel as gumbel,
    laplace as laplace,
    logistic as logistic,
    pareto as pareto,
    rayleigh as rayleigh,
    triangular as triangular,
    truncated_normal as truncated_normal,
    weibull_min as weibull_min,
)
from .keys import (
    PRNGKey as PRNGKey,
    bits as bits,
    clone as clone,
    fold_in as fold_in,
    key as key,
    key_data as key_data,
    split as split,
    wrap_key_data as wrap_key_data,
)
from .normals import (
    double_sided_maxwell as double_sided_maxwell,
    lognormal as lognormal,
    maxwell as maxwell,
    multivariate_normal as multivariate_normal,
    normal as normal,
    orthogonal as orthogonal,
    wald as wald,
)
from .orders import (
    bernoulli as bernoulli,
    categorical as categorical,
    choice as choice,
    permutation as permutation,
    rademacher as rademacher,
    randint as randint,
)
from .uniforms import uniform as uniform


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.random")
