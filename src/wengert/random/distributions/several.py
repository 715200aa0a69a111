"""Distributions of vectors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import linalg, special

from .base import Distribution, dtype_of


@dataclass(frozen=True, eq=False)
class MultivariateNormal(Distribution):
    """The normal distribution of vectors of shape (n,).

    Args:
        loc: the mean, (..., n).
        scale_tril: a lower triangular matrix L, (..., n, n), with positive diagonal: the covariance is L L^T.

    >>> import wengert as wg
    >>> d = wg.random.MultivariateNormal([0.0, 0.0], [[1.0, 0.0], [0.5, 2.0]])
    >>> d.variance, d.log_prob([0.0, 0.0]).round(4)
    (tensor([1.  , 4.25]), tensor(-2.531))
    """

    loc: Any
    scale_tril: Any

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the means and of the matrices together, without their own axes."""
        return numpy.broadcast_shapes(numpy.shape(self.loc)[:-1], numpy.shape(self.scale_tril)[:-2])

    @property
    def event_shape(self) -> tuple[int, ...]:
        """That of a vector."""
        return numpy.shape(self.scale_tril)[-1:]

    @property
    def factor(self) -> Tensor:
        return np.tril(np.asarray(self.scale_tril))

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        standard = rng.standard_normal((*size, *self.event_shape), dtype_of(self.loc, self.scale_tril))
        return self.loc + (self.factor @ standard[..., None])[..., 0]

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at the vectors `x`, (..., n)."""
        away = np.asarray(x) - np.asarray(self.loc)
        shape = numpy.broadcast_shapes(away.shape[:-1], self.batch_shape)
        factor = np.broadcast_to(self.factor, (*shape, *self.factor.shape[-2:]))
        columns = np.broadcast_to(away, (*shape, *self.event_shape))[..., None]
        standard = linalg.solve_triangular(factor, columns, lower=True)[..., 0]
        size = self.event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (size + (standard**2).sum(axis=-1)) - self.half_log_det

    @property
    def half_log_det(self) -> Tensor:
        return np.log(np.diagonal(self.factor, axis1=-2, axis2=-1)).sum(axis=-1)

    def entropy(self) -> Tensor:
        """n log(2 pi e) / 2 plus the sum of the logarithms of the diagonal."""
        total = 0.5 * self.event_shape[0] * math.log(2 * math.pi * math.e) + self.half_log_det
        return np.broadcast_to(total, self.batch_shape)

    @property
    def mean(self) -> Tensor:
        """loc."""
        return np.broadcast_to(self.loc, (*self.batch_shape, *self.event_shape))

    @property
    def covariance(self) -> Tensor:
        """L L^T, (..., n, n)."""
        return self.factor @ np.swapaxes(self.factor, -1, -2)

    @property
    def variance(self) -> Tensor:
        """The diagonal of the covariance."""
        return np.broadcast_to((self.factor**2).sum(axis=-1), (*self.batch_shape, *self.event_shape))


@dataclass(frozen=True, eq=False)
class Dirichlet(Distribution):
    """The Dirichlet distribution of shares that add up to 1, (..., n): density proportional to prod x^(alpha - 1).

    >>> import wengert as wg
    >>> wg.random.Dirichlet([1.0, 3.0]).mean
    tensor([0.25, 0.75])
    """

    alpha: Any

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of `alpha` without its last axis."""
        return numpy.shape(self.alpha)[:-1]

    @property
    def event_shape(self) -> tuple[int, ...]:
        """That of a vector."""
        return numpy.shape(self.alpha)[-1:]

    @property
    def _total(self) -> Tensor:
        return np.asarray(self.alpha).sum(axis=-1)

    @property
    def log_normaliser(self) -> Tensor:
        """The logarithm of the integral of prod x^(alpha - 1): the multivariate beta function."""
        return special.gammaln(self.alpha).sum(axis=-1) - special.gammaln(self._total)

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        return rng.dirichlet(np.broadcast_to(self.alpha, (*size, *self.event_shape)))

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at the shares `x`; -inf where they do not add up to 1."""
        x = np.asarray(x)
        are_shares = np.all(x >= 0, axis=-1) & (np.abs(x.sum(axis=-1) - 1) <= 1e-6)
        inside = special.xlogy(np.asarray(self.alpha) - 1, np.where(x >= 0, x, 0.5)).sum(axis=-1) - self.log_normaliser
        return np.where(are_shares, inside, -math.inf)

    def entropy(self) -> Tensor:
        """log B(alpha) + (total - n) psi(total) - the sum of (alpha - 1) psi(alpha)."""
        alpha, count = np.asarray(self.alpha), self.event_shape[0]
        spread = ((alpha - 1) * special.digamma(alpha)).sum(axis=-1)
        return self.log_normaliser + (self._total - count) * special.digamma(self._total) - spread

    @property
    def mean(self) -> Tensor:
        """alpha over its sum."""
        return np.asarray(self.alpha) / self._total[..., None]

    @property
    def variance(self) -> Tensor:
        """mean (1 - mean) / (1 + total)."""
        return self.mean * (1 - self.mean) / (1 + self._total[..., None])
