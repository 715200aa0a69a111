"""Densities of several variables, as in ``scipy.stats``: the components of a point along the last axis.

(Along the first axis for `dirichlet`, and as a matrix for `wishart`, again as in SciPy.)
"""

from __future__ import annotations

from math import inf, log, pi
from typing import Any, Final

import numpy

from ...core.tensor import Tensor
from ...ops import elementwise as e
from ...ops.axes.reduce import all as all_over
from ...ops.broadcast import broadcast_to, sum as sum_over
from ...ops.join import concatenate
from ...ops.matrices.determinants import slogdet
from ...ops.matrices.parts import (
    diagonal,
    diagonal_matrix,
    hermitian_part,
    trace,
)
from ...ops.matrices.solving import cholesky, solve, solve_triangular
from ...ops.shape import reshape, transpose
from ...ops.special import gamma as g, incomplete as i, statistical as s
from ..operands import in_one_precision
from ..special import multigammaln
from .distribution import Family, every


class Multivariate(Family):
    """A family of densities of several variables."""

    def logpdf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of the density."""
        raise NotImplementedError

    def pdf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The density."""
        return e.exp(self.logpdf(x, *args, **kwds))


def _last_sum(x: Any) -> Any:
    return sum_over(x, axis=(x.ndim - 1,), keepdims=False)


def _location_and_matrix(name: str, location: Any, matrix: Any) -> tuple[Any, Any]:
    """A vector and a matrix; a number stands for a multiple of the identity, a vector for a diagonal.

    Raises:
        ValueError: their shapes do not fit.
    """
    location, matrix = in_one_precision([0.0 if location is None else location, matrix])
    length = max(location.shape[-1] if location.ndim else 1, matrix.shape[0] if matrix.ndim else 1)
    if location.ndim == 0:
        location = broadcast_to(location, shape=(length,))
    if matrix.ndim < 2:
        matrix = diagonal_matrix(broadcast_to(matrix, shape=(length,)))
    if location.shape != (length,) or matrix.shape != (length, length):
        raise ValueError(
            f"[{name}] a location of shape {location.shape} and a matrix of shape {matrix.shape} were given, wanted "
            "(n,) and (n, n); write one variance for each component, or the whole matrix"
        )
    return location, hermitian_part(matrix)


def _points(name: str, x: Tensor, length: int) -> Tensor:
    """The points with their components along the last axis; on one axis of length one, every element is a point.

    Raises:
        ValueError: the points have another number of components.
    """
    if length == 1 and x.ndim < 2:
        return reshape(x, shape=(*x.shape, 1))
    if x.ndim == 0 or x.shape[-1] != length:
        raise ValueError(
            f"[{name}] points of shape {x.shape} were given, wanted {length} components along the last axis; "
            f"write x.reshape(-1, {length})"
        )
    return x


def _distances(deviations: Any, factor: Any) -> Any:
    """The squared Mahalanobis distances, with the Cholesky factor of the matrix."""
    *lead, length = deviations.shape
    columns = transpose(reshape(deviations, shape=(int(numpy.prod(lead)), length)), axes=(1, 0))
    whitened = solve_triangular(factor, columns, lower=True, unit_diagonal=False)
    return reshape(sum_over(e.square(whitened), axis=(0,), keepdims=False), shape=tuple(lead))


def _half_log_det(factor: Any) -> Any:
    return _last_sum(e.log_of(diagonal(factor)))


class Multivariate_normal(Multivariate):  # noqa: N801 - the name in SciPy
    """The multivariate normal distribution; `cov` is symmetric and positive definite."""

    def logpdf(self, x: Any, mean: Any = None, cov: Any = 1) -> Tensor:
        """The logarithm of the density at the points `x`."""
        mean, cov = _location_and_matrix(self.name, mean, cov)
        (x,) = in_one_precision([x])
        factor = cholesky(cov)
        length = mean.shape[0]
        distances = _distances(_points(self.name, x, length) - mean, factor)
        return -0.5 * (length * log(2 * pi) + distances) - _half_log_det(factor)

    def entropy(self, mean: Any = None, cov: Any = 1) -> Tensor:
        """The differential entropy."""
        mean, cov = _location_and_matrix(self.name, mean, cov)
        return _half_log_det(cholesky(cov)) + 0.5 * mean.shape[0] * (1 + log(2 * pi))


class Multivariate_t(Multivariate):  # noqa: N801
    """The multivariate t distribution."""

    def logpdf(self, x: Any, loc: Any = None, shape: Any = 1, df: Any = 1) -> Tensor:
        """The logarithm of the density at the points `x`."""
        loc, shape = _location_and_matrix(self.name, loc, shape)
        x, df = in_one_precision([x, df])
        factor = cholesky(shape)
        length = loc.shape[0]
        distances = _distances(_points(self.name, x, length) - loc, factor)
        return i.multivariate_student_log_density(df, distances, length) - _half_log_det(factor)


class Dirichlet(Multivariate):
    """The Dirichlet distribution; the components of `x` along its first axis, the last of which may be left out."""

    def logpdf(self, x: Any, alpha: Any) -> Tensor:
        """The logarithm of the density; -inf where a component is negative or they do not add up to 1."""
        x, alpha = in_one_precision([x, alpha])
        shares = self._shares(x, alpha)
        exponents = reshape(alpha, shape=(*alpha.shape, *(1,) * (shares.ndim - 1))) - 1
        size = sum_over(g.gammaln(alpha), axis=(0,), keepdims=False) - g.gammaln(
            sum_over(alpha, axis=(0,), keepdims=False)
        )
        inside = e.logical_and(
            all_over(e.greater_equal(shares, 0), axis=(0,), keepdims=False),
            e.less_equal(e.absolute(sum_over(shares, axis=(0,), keepdims=False) - 1), 1e-6),
        )
        safe = e.where(e.greater_equal(shares, 0), shares, 0.5)
        with numpy.errstate(divide="ignore"):
            value = sum_over(s.xlogy(exponents, safe), axis=(0,), keepdims=False) - size
        return e.where(inside, value, -inf)

    def _shares(self, x: Any, alpha: Any) -> Any:
        """All components.

        Raises:
            ValueError: there are fewer, or more, than there are parameters.
        """
        count = alpha.shape[0]
        if x.ndim and x.shape[0] == count - 1:
            rest = 1 - sum_over(x, axis=(0,), keepdims=True)
            return concatenate(x, rest, axis=0)
        if x.ndim == 0 or x.shape[0] != count:
            raise ValueError(
                f"[{self.name}] x of shape {x.shape} was given for {count} parameters, wanted as many components along "
                "the first axis, or one fewer; write x.T"
            )
        return x


class Multinomial(Family):
    """The counts of `n` independent draws among categories of probabilities `p`, which add up to 1."""

    def logpmf(self, x: Any, n: Any, p: Any) -> Tensor:
        """The logarithm of the probability of the counts `x`; the derivative takes each `p` as independent."""
        x, n, p = in_one_precision([x, n, p])
        inside = every(
            [
                e.equal(_last_sum(x), n),
                all_over(e.greater_equal(x, 0), axis=(x.ndim - 1,), keepdims=False),
                all_over(e.equal(x, e.rint(x)), axis=(x.ndim - 1,), keepdims=False),
            ]
        )
        counts = e.where(e.greater_equal(x, 0), x, 0)
        value = g.gammaln(n + 1) + _last_sum(s.xlogy(counts, p) - g.gammaln(counts + 1))
        return e.where(inside, value, -inf)

    def pmf(self, x: Any, n: Any, p: Any) -> Tensor:
        """The probability of the counts `x`."""
        return e.exp(self.logpmf(x, n, p))


class Wishart(Multivariate):
    """The Wishart distribution of positive definite matrices."""

    def logpdf(self, x: Any, df: Any, scale: Any) -> Tensor:
        """The logarithm of the density at the one matrix `x` (or, beyond SciPy, at a stack of matrices)."""
        x, df, scale = in_one_precision([x, df, scale])
        length = scale.shape[-1]
        spread = trace(solve(scale, x))
        size = 0.5 * df * (length * log(2) + slogdet(scale)[1]) + multigammaln(0.5 * df, length)
        return 0.5 * (df - length - 1) * slogdet(x)[1] - 0.5 * spread - size


multivariate_normal: Final = Multivariate_normal()
multivariate_t: Final = Multivariate_t()
dirichlet: Final = Dirichlet()
multinomial: Final = Multinomial()
wishart: Final = Wishart()
