"""Distributions of several numbers, and those made of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import behind, faced

from ..creation import eye
from ..functions.shapes import broadcast_tensors
from ..random.mersenne import source
from ..size import Size
from ..tensor import Tensor, of
from .discrete import Categorical, OfKinds
from .distribution import Distribution, Family, as_tensors
from .draws import clamped, gamma, standard_normal, uniform

__all__ = [
    "Dirichlet", "Independent", "LKJCholesky", "LowRankMultivariateNormal", "MixtureSameFamily", "MultivariateNormal",
    "RelaxedOneHotCategorical", "Wishart",
]  # fmt: skip


class OfMatrices(Family):
    """One with a covariance, given as such, as its inverse, or as its lower triangular factor `scale_tril`."""

    has_rsample = True

    @property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        return self.scale_tril @ self.scale_tril.mT

    @property
    def precision_matrix(self) -> Tensor:
        """Its inverse."""
        return _inverse(self.covariance_matrix)


class MultivariateNormal(OfMatrices):
    """The normal distribution of vectors.

    >>> from wengert import torch
    >>> torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2)).log_prob(torch.zeros(2))
    tensor(-1.8379)
    """

    parameters: tuple[str, ...] = ("loc", "scale_tril")
    below: Callable[..., Any] = wg.random.MultivariateNormal

    def __init__(
        self, loc: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: Any = None,
    ) -> None:  # fmt: skip
        factor = _factor("MultivariateNormal", covariance_matrix, precision_matrix, scale_tril)
        super().__init__(loc, factor, validate_args=validate_args)

    def _together(self, values: list[Any]) -> list[Tensor]:
        loc, factor = as_tensors(values)
        return [broadcast_tensors(loc, factor[..., 0])[0], broadcast_tensors(loc[..., None], factor)[1]]

    def _draw(self, shape: Size) -> Tensor:
        standard = standard_normal((*shape, *self.event_shape), self.loc)
        return self.loc + (self.scale_tril @ standard[..., None])[..., 0]

    def expand(self, batch_shape: Any) -> Any:
        """The same distribution, so many times side by side."""
        return MultivariateNormal(self.loc.expand(*batch_shape, *self.event_shape), scale_tril=self.scale_tril)

    @property
    def mode(self) -> Tensor:
        """Where the density is greatest."""
        return self.loc


def _factor(name: str, covariance: Any, precision: Any, factor: Any) -> Tensor:
    """The lower triangular factor of a covariance.

    Raises:
        ValueError: not exactly one of the three is given.
    """
    if sum(each is not None for each in (covariance, precision, factor)) != 1:
        raise ValueError(
            f"[{name}] of covariance_matrix, precision_matrix and scale_tril not one was given, wanted exactly one; "
            f"write {name}(..., scale_tril=L)"
        )
    if factor is not None:
        return factor
    return _cholesky(covariance if precision is None else _inverse(precision))


def _cholesky(matrix: Tensor) -> Tensor:
    return of(np.linalg.cholesky(matrix._tensor))


def _inverse(matrix: Tensor) -> Tensor:
    return of(np.linalg.inv(matrix._tensor))


class LowRankMultivariateNormal(MultivariateNormal):
    """The normal distribution of vectors whose covariance is W W^T and a diagonal."""

    def __init__(self, loc: Any, cov_factor: Tensor, cov_diag: Tensor, validate_args: Any = None) -> None:
        self.cov_factor = cov_factor
        self.cov_diag = cov_diag
        covariance = cov_factor @ cov_factor.mT + cov_diag[..., None] * eye(cov_diag.shape[-1], dtype=cov_diag.dtype)
        super().__init__(loc, covariance, validate_args=validate_args)

    def expand(self, batch_shape: Any) -> LowRankMultivariateNormal:
        """The same distribution, so many times side by side."""
        size = self.event_shape
        return LowRankMultivariateNormal(self.loc.expand(*batch_shape, *size), self.cov_factor, self.cov_diag)

    def _draw(self, shape: Size) -> Tensor:
        of_factor = standard_normal((*shape, self.cov_factor.shape[-1]), self.loc)
        of_diagonal = standard_normal((*shape, *self.event_shape), self.loc)
        return self.loc + (self.cov_factor @ of_factor[..., None])[..., 0] + self.cov_diag.sqrt() * of_diagonal


class Dirichlet(Family):
    """The distribution of shares that add up to 1."""

    has_rsample = True
    parameters: tuple[str, ...] = ("concentration",)
    below: Callable[..., Any] = wg.random.Dirichlet

    def _draw(self, shape: Size) -> Tensor:
        each = gamma((*shape, *self.event_shape), self.concentration)
        return each / each.sum(-1, keepdim=True)


class Wishart(OfMatrices):
    """The Wishart distribution of matrices; draws are of PyTorch's seed, but not its numbers."""

    parameters: tuple[str, ...] = ("df", "scale_tril")
    below: Callable[..., Any] = wg.random.Wishart

    def __init__(
        self, df: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: Any = None,
    ) -> None:  # fmt: skip
        factor = _factor("Wishart", covariance_matrix, precision_matrix, scale_tril)
        super().__init__(df, factor, validate_args=validate_args)

    def _together(self, values: list[Any]) -> list[Tensor]:
        df, factor = as_tensors(values)
        df, _ = broadcast_tensors(df, factor[..., 0, 0])
        return [df, broadcast_tensors(df[..., None, None], factor)[1]]

    def _draw(self, shape: Size) -> Tensor:
        return _from_the_engine(self, shape)


class LKJCholesky(Family):
    """The distribution of factors of correlations; draws are of PyTorch's seed, but not its numbers."""

    parameters: tuple[str, ...] = ("concentration",)

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: Any = None) -> None:
        super().__init__(concentration, validate_args=validate_args)
        self.dim = dim

    @property
    def _engine(self) -> Any:
        return wg.random.LKJCholesky(self.dim, self.concentration._tensor)

    def _draw(self, shape: Size) -> Tensor:
        return _from_the_engine(self, shape)


def _from_the_engine(distribution: Any, shape: Size) -> Tensor:
    """Draws of the engine, whose key is drawn from PyTorch's generator."""
    engine, seed = distribution._engine, source(None).integers(0, 1 << 31, 1)[0]
    return of(engine.sample(shape[: len(shape) - len(engine.batch_shape)], wg.random.key(int(seed))))


class RelaxedOneHotCategorical(OfKinds):
    """Shares that go to rows of `OneHotCategorical` as the temperature goes to 0."""

    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None:
        super().__init__(probs, logits, validate_args)
        self.temperature = temperature

    @property
    def event_shape(self) -> Size:
        """As many numbers as there are kinds."""
        return self.logits.shape[-1:]

    @property
    def _engine(self) -> Any:
        return wg.random.RelaxedCategorical(behind(self.temperature), self.logits._tensor)

    def _draw(self, shape: Size) -> Tensor:
        u = clamped(uniform((*shape, *self.event_shape), self.logits))
        return ((self.logits - (-u.log()).log()) / self.temperature).softmax(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return of(self._engine.log_prob(value._tensor))


class Independent(Distribution):
    """A distribution of arrays whose elements are drawn by themselves: the last axes of a batch as those of one draw.

    >>> from wengert import torch
    >>> d = torch.distributions.Independent(torch.distributions.Normal(torch.zeros(3), 1.0), 1)
    >>> d.log_prob(torch.zeros(3))
    tensor(-2.7568)
    """

    def __init__(self, base_distribution: Any, reinterpreted_batch_ndims: int, validate_args: Any = None) -> None:
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        shape = base_distribution.batch_shape
        own = len(shape) - reinterpreted_batch_ndims
        super().__init__(shape[:own], (*shape[own:], *base_distribution.event_shape))

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether draws of the base differentiate."""
        return self.base_dist.has_rsample

    @property
    def _engine(self) -> Any:
        return wg.random.Independent(self.base_dist._engine, self.reinterpreted_batch_ndims)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, without derivatives."""
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, with derivatives by the parameters."""
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """The sum of the logarithms of the densities."""
        return self._summed(self.base_dist.log_prob(value))

    def entropy(self) -> Tensor:
        """The sum of the entropies."""
        return self._summed(self.base_dist.entropy())

    def _summed(self, of_each: Tensor) -> Tensor:
        axes = tuple(range(-self.reinterpreted_batch_ndims, 0))
        return of_each.sum(axes) if axes else of_each

    def expand(self, batch_shape: Any) -> Independent:
        """The same distribution, so many times side by side."""
        own = self.event_shape[: self.reinterpreted_batch_ndims]
        return Independent(self.base_dist.expand((*batch_shape, *own)), self.reinterpreted_batch_ndims)

    @property
    def mean(self) -> Tensor:
        """The expectation."""
        return self.base_dist.mean

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.base_dist.variance

    @property
    def mode(self) -> Tensor:
        """Where the density is greatest."""
        return self.base_dist.mode

    def __repr__(self) -> str:
        return f"Independent({self.base_dist!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamily(Distribution):
    """One of several distributions of one family, each with its probability."""

    def __init__(
        self, mixture_distribution: Categorical, component_distribution: Any, validate_args: Any = None
    ) -> None:
        self.mixture_distribution = mixture_distribution
        self.component_distribution = component_distribution
        super().__init__(component_distribution.batch_shape[:-1], component_distribution.event_shape)

    @property
    def _engine(self) -> Any:
        return wg.random.Mixture(self.mixture_distribution._engine, self.component_distribution._engine)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, without derivatives."""
        kinds = self.mixture_distribution.sample(sample_shape)
        each = self.component_distribution.sample(sample_shape)
        own = (1,) * len(self.event_shape)
        place = kinds.reshape(*kinds.shape, 1, *own).expand(*kinds.shape, 1, *self.event_shape)
        return each.gather(-1 - len(own), place).squeeze(-1 - len(own))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        of_each = self.component_distribution.log_prob(value.unsqueeze(-1 - len(self.event_shape)))
        return (of_each + self.mixture_distribution.logits).logsumexp(-1)

    def cdf(self, value: Tensor) -> Tensor:
        """The distribution function."""
        return (self.component_distribution.cdf(value.unsqueeze(-1)) * self.mixture_distribution.probs).sum(-1)

    def expand(self, batch_shape: Any) -> MixtureSameFamily:
        """The same distribution, so many times side by side."""
        count = self.component_distribution.batch_shape[-1:]
        components = self.component_distribution.expand((*batch_shape, *count))
        return MixtureSameFamily(self.mixture_distribution.expand(batch_shape), components)

    @property
    def mean(self) -> Tensor:
        """The expectation."""
        return faced(self._engine.mean, Tensor)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return faced(self._engine.variance, Tensor)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self.mixture_distribution!r},\n  {self.component_distribution!r})"
