"""``torch.distributions``: the engine's distributions, with PyTorch's names and draws as faces."""

from __future__ import annotations

from inspect import signature
from typing import Any

import wengert as wg
from wengert.fronts.face import behind, faced

from ..names import missing_name as _missing_name
from .creation import as_tensor
from .drawing import engine_draws
from .tensor import Tensor, of

__all__ = ["DISTRIBUTIONS", "Distribution", "kl_divergence"]


class Distribution:
    """A distribution of the engine (`below`), whose draws and probabilities are faces.

    ``rsample`` draws with derivatives by the parameters, ``sample`` without.
    """

    below: type

    def __init__(self, *args: Any, validate_args: Any = None, **kwargs: Any) -> None:
        args = tuple(map(_number, args))
        self._below = self.below(*behind(args), **{name: behind(_number(value)) for name, value in kwargs.items()})
        for name, value in {**dict(zip(signature(self.below).parameters, args, strict=False)), **kwargs}.items():
            setattr(self, name, value)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, without derivatives."""
        with engine_draws(), wg.no_grad():
            return of(self._below.sample(tuple(sample_shape)).detach())

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, with derivatives by the parameters."""
        with engine_draws():
            return of(self._below.sample(tuple(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density, or of the probability."""
        return of(self._below.log_prob(behind(value)))

    def cdf(self, value: Any) -> Tensor:
        """The distribution function."""
        return of(self._below.cdf(behind(value)))

    def entropy(self) -> Tensor:
        """The entropy."""
        return of(self._below.entropy())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._below, name)
        return faced(found() if callable(found) else found, Tensor)


def _number(value: Any) -> Any:
    return as_tensor(value) if isinstance(value, float) else value


OTHER_NAMES = {"RelaxedOneHotCategorical": "RelaxedCategorical", "MixtureSameFamily": "Mixture"}
"""What PyTorch calls some of them, and the engine."""


def _distribution(name: str) -> type[Distribution]:
    below = getattr(wg.random, OTHER_NAMES.get(name, name))
    return type(name, (Distribution,), {"below": below, "__doc__": below.__doc__, "__module__": __name__})


DISTRIBUTIONS = {
    name: _distribution(name)
    for name in (
        "Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Chi2", "Dirichlet", "Exponential", "FisherSnedecor",
        "Gamma", "Geometric", "Gumbel", "HalfCauchy", "HalfNormal", "Independent", "InverseGamma", "Kumaraswamy",
        "LKJCholesky", "Laplace", "LogNormal", "Multinomial", "MultivariateNormal", "NegativeBinomial", "Normal",
        "OneHotCategorical", "Pareto", "Poisson", "RelaxedBernoulli", "RelaxedOneHotCategorical", "StudentT", "Uniform",
        "VonMises", "Weibull", "Wishart",
    )
}  # fmt: skip
"""The distributions, by name."""

globals().update(DISTRIBUTIONS)


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The Kullback-Leibler divergence of two distributions."""
    return of(wg.random.kl(p._below, q._below))


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.distributions")
