"""Distributions of matrices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import linalg, special

from .base import Distribution, dtype_of


@dataclass(frozen=True, eq=False)
class Wishart(Distribution):
    """The Wishart distribution of symmetric matrices (n, n): of the sum of `df` products x x^T of normal vectors.

    Args:
        df: the degrees of freedom, more than n - 1.
        scale_tril: a lower triangular matrix L, (..., n, n), with positive diagonal: x has the covariance L L^T.

    Draws are by the decomposition of M. S. Bartlett (1933).

    >>> import wengert as wg
    >>> wg.random.Wishart(3.0, [[1.0, 0.0], [0.0, 2.0]]).mean
    tensor([[ 3.,  0.],
            [ 0., 12.]])
    """

    df: Any
    scale_tril: Any

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the degrees of freedom and of the matrices together, without their own axes."""
        return numpy.broadcast_shapes(numpy.shape(self.df), numpy.shape(self.scale_tril)[:-2])

    @property
    def event_shape(self) -> tuple[int, ...]:
        """That of a matrix."""
        return numpy.shape(self.scale_tril)[-2:]

    @property
    def factor(self) -> Tensor:
        return np.tril(np.asarray(self.scale_tril))

    @property
    def half_log_det(self) -> Tensor:
        return np.log(np.diagonal(self.factor, axis1=-2, axis2=-1)).sum(axis=-1)

    @property
    def halves(self) -> Tensor:
        """(df - i) / 2 for i = 0, ..., n - 1, along a last axis."""
        df = np.asarray(self.df, dtype_of(self.df, self.scale_tril))
        return 0.5 * (df[..., None] - numpy.arange(self.event_shape[0], dtype=df.dtype))

    @property
    def log_gammas(self) -> Tensor:
        """The logarithm of the multivariate gamma function of df / 2."""
        count = self.event_shape[0]
        return 0.25 * count * (count - 1) * math.log(math.pi) + special.gammaln(self.halves).sum(axis=-1)

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        dtype = dtype_of(self.df, self.scale_tril)
        normal = rng.standard_normal((*size, *self.event_shape), dtype)
        lengths = np.sqrt(2 * rng.standard_gamma(self.halves, (*size, self.event_shape[0])))
        mixed = self.factor @ (np.tril(normal, -1) + lengths[..., None] * np.eye(self.event_shape[0], dtype=dtype))
        return mixed @ np.swapaxes(mixed, -1, -2)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density at the positive definite matrices `x`, (..., n, n)."""
        x, count = np.asarray(x), self.event_shape[0]
        factor, x = np.broadcast_arrays(self.factor, x)
        within = linalg.solve_triangular(factor, np.linalg.cholesky(x), lower=True)
        half_log_det = np.log(np.diagonal(within, axis1=-2, axis2=-1)).sum(axis=-1)
        size = 0.5 * self.df * count * math.log(2) + self.log_gammas
        spread = 0.5 * (within**2).sum(axis=(-1, -2))
        return (self.df - count - 1) * half_log_det - (count + 1) * self.half_log_det - spread - size

    def entropy(self) -> Tensor:
        """(n + 1) (log det L + n log(2) / 2) + log Gamma_n(df / 2) - (df - n - 1) psi_n(df / 2) / 2 + n df / 2."""
        count = self.event_shape[0]
        size = (count + 1) * self.half_log_det + 0.5 * count * (count + 1) * math.log(2) + self.log_gammas
        rise = 0.5 * (self.df - count - 1) * special.digamma(self.halves).sum(axis=-1)
        return size - rise + 0.5 * count * self.df

    @property
    def _each_df(self) -> Tensor:
        """The degrees of freedom, in the dtype of the matrices and beside them."""
        return np.asarray(self.df, dtype_of(self.df, self.scale_tril))[..., None, None]

    @property
    def _covariance(self) -> Tensor:
        return self.factor @ np.swapaxes(self.factor, -1, -2)

    @property
    def mean(self) -> Tensor:
        """df L L^T."""
        return self._each_df * self._covariance

    @property
    def variance(self) -> Tensor:
        """df (v_ij^2 + v_ii v_jj), with v = L L^T."""
        diagonal = np.diagonal(self._covariance, axis1=-2, axis2=-1)
        spread = self._covariance**2 + diagonal[..., None] * diagonal[..., None, :]
        return self._each_df * spread


@dataclass(frozen=True, eq=False)
class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices (n, n), whose density is in proportion to det^(concentration - 1).

    Args:
        size: n, an int.
        concentration: 1 for all correlation matrices alike; above 1, those near the unit matrix are likelier.

    Source: D. Lewandowski, D. Kurowicka and H. Joe, "Generating random correlation matrices based on vines and extended
    onion method", Journal of Multivariate Analysis 100 (2009), section 3.2.

    >>> import wengert as wg, wengert.numpy as np
    >>> factor = wg.random.LKJCholesky(3, 2.0).sample(rng=wg.random.key(0))
    >>> np.diagonal(factor @ factor.T).round(6)
    tensor([1., 1., 1.])
    """

    size: int
    concentration: Any = 1.0

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the concentration."""
        return numpy.shape(self.concentration)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """That of a matrix."""
        return self.size, self.size

    @property
    def _rest(self) -> tuple[numpy.ndarray, Tensor]:
        """k = 1, ..., n - 1, how many numbers a row has before its diagonal, and the second parameter of its length."""
        concentration = np.asarray(self.concentration, dtype_of(self.concentration))
        k = numpy.arange(1, self.size, dtype=concentration.dtype)
        return k, concentration[..., None] + 0.5 * (self.size - 1 - k)

    def _sample(self, size: tuple[int, ...], rng: Any) -> Tensor:
        k, rest = self._rest
        squares = rng.beta(0.5 * k, rest, (*size, self.size - 1))
        normal = np.tril(rng.standard_normal((*size, self.size - 1, self.size), rest.dtype))
        rows = normal * np.sqrt(squares / (normal**2).sum(axis=-1))[..., None]
        last = np.expand_dims(np.sqrt(1 - squares), -1) * numpy.eye(self.size, dtype=rest.dtype)[1:]
        first = np.broadcast_to(numpy.eye(1, self.size, dtype=rest.dtype), (*size, 1, self.size))
        return np.concatenate([first, rows + last], axis=-2)

    def log_prob(self, x: Any) -> Tensor:
        """The logarithm of the density of the factors `x`, in their numbers below the diagonal."""
        k, rest = self._rest
        lengths = np.log(np.diagonal(np.asarray(x), axis1=-2, axis2=-1)[..., 1:])
        whole = special.gammaln(rest) - special.gammaln(rest + 0.5 * k)
        size = 0.5 * k * math.log(math.pi) + whole
        return (2 * (rest - 1) * lengths - size).sum(axis=-1)


def _of_size(d: LKJCholesky) -> tuple[list[Any], int, tuple[str, ...]]:
    return [d.concentration], d.size, ("concentration",)


wg.trees.register(LKJCholesky, _of_size, lambda size, children: LKJCholesky(size, *children))
