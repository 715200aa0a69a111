"""Polynomials as arrays of coefficients, the highest power first, under NumPy's names."""

from __future__ import annotations

import warnings
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.dtypes.kinds import finfo, is_inexact, result_type
from ..core.tensor import Tensor
from ..ops.elementwise import astype
from . import linalg
from .arrays.creation import ones, vander, zeros, zeros_like
from .arrays.joining import concatenate, stack
from .arrays.manipulation import atleast_1d
from .elementwise import real, sqrt
from .products import convolve
from .protocols.lift import to_tensor
from .reductions import inexact, sum as sum_over

__all__ = ["poly", "polyadd", "polyder", "polydiv", "polyfit", "polyint", "polymul", "polysub", "polyval", "roots"]


def polyval(p: Any, x: Any) -> Tensor:
    """As ``numpy.polyval``, by Horner's rule; differentiable in the coefficients and in `x`."""
    coefficients, x = to_tensor(p, "polyval"), to_tensor(x, "polyval")
    y = zeros_like(x)
    for coefficient in coefficients:
        y = y * x + coefficient
    return y


def polyadd(a1: Any, a2: Any) -> Tensor:
    """As ``numpy.polyadd``."""
    first, second = _of_one_length(a1, a2)
    return first + second


def polysub(a1: Any, a2: Any) -> Tensor:
    """As ``numpy.polysub``."""
    first, second = _of_one_length(a1, a2)
    return first - second


def _of_one_length(a1: Any, a2: Any) -> list[Tensor]:
    """The coefficients of two polynomials, with zeros before the shorter."""
    both = [atleast_1d(a1), atleast_1d(a2)]
    count = max(a.size for a in both)
    return [concatenate([zeros(count - a.size, a.dtype), a]) for a in both]


def polymul(a1: Any, a2: Any) -> Tensor:
    """As ``numpy.polymul``."""
    return convolve(without_leading_zeros(atleast_1d(a1)), without_leading_zeros(atleast_1d(a2)))


def polydiv(u: Any, v: Any) -> tuple[Tensor, Tensor]:
    """As ``numpy.polydiv``: quotient and remainder; differentiable in both polynomials."""
    rest, divisor = atleast_1d(u) + 0.0, atleast_1d(v) + 0.0
    quotient = []
    for _ in range(max(rest.size - divisor.size + 1, 0)):
        quotient.append(rest[0] / divisor[0])
        rest = concatenate([rest[1 : divisor.size] - quotient[-1] * divisor[1:], rest[divisor.size :]])
    common = result_type(rest.dtype, divisor.dtype)
    made = stack(quotient) if quotient else zeros(1, common)
    return astype(made, dtype=common), _shortened(astype(rest, dtype=common))


def without_leading_zeros(coefficients: Tensor) -> Tensor:
    """The coefficients from the first that counts on; all of them where there are no values."""
    if type(coefficients._value) is Abstract:
        return coefficients
    places = numpy.flatnonzero(coefficients._value)
    return coefficients[int(places[0]) :] if places.size else coefficients[-1:]


def _shortened(rest: Tensor) -> Tensor:
    """A remainder without what is nothing but rounding before it, and at least one coefficient."""
    if type(rest._value) is Abstract:
        return rest
    if rest.size == 0:
        return zeros(1, rest.dtype)
    places = numpy.flatnonzero(numpy.abs(rest._value) > 1e-14)
    return rest[int(places[0]) :] if places.size else rest[-1:]


def polyder(p: Any, m: int = 1) -> Tensor:
    """As ``numpy.polyder``: the coefficients of the m-th derivative."""
    _check_order(m, "polyder")
    coefficients = to_tensor(p, "polyder")
    for _ in range(m):
        coefficients = coefficients[:-1] * numpy.arange(coefficients.size - 1, 0, -1)
    return coefficients


def polyint(p: Any, m: int = 1, k: Any = None) -> Tensor:
    """As ``numpy.polyint``: the coefficients of the m-th integral, with the constants `k`."""
    _check_order(m, "polyint")
    coefficients = to_tensor(p, "polyint")
    constants = zeros(m) if k is None else atleast_1d(k)
    if constants.size == 1 and m > 1:
        constants = constants * ones(m)
    if constants.size < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for i in range(m):
        coefficients = concatenate([coefficients / numpy.arange(coefficients.size, 0, -1), constants[i : i + 1]])
    return coefficients


def _check_order(m: int, op: str) -> None:
    if m < 0:
        raise ValueError(f"[{op}] the order is {m}, wanted 0 or more; write polyder for polyint of a negative order")


def poly(seq_of_zeros: Any) -> Tensor:
    """As ``numpy.poly``: the coefficients of the polynomial with these roots (or of a matrix's eigenvalues)."""
    given = atleast_1d(seq_of_zeros)
    if given.ndim == 2 and given.shape[0] == given.shape[1] != 0:
        given = linalg.eigvals(given)
    if given.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    if given.size == 0:
        return ones(())
    given = inexact(given)
    made = ones(1, given.dtype)
    for zero in given:
        made = convolve(made, astype(stack([1, -zero]), dtype=given.dtype))
    return real(made) if _come_in_pairs(given) else made


def _come_in_pairs(zeros: Tensor) -> bool:
    """Whether complex zeros are known to be those of a real polynomial: each with its conjugate."""
    if zeros.dtype.kind != "c" or type(zeros._value) is Abstract:
        return False
    return numpy.array_equal(numpy.sort(zeros._value), numpy.sort(zeros._value.conj()))


def roots(p: Any) -> Tensor:
    """As ``numpy.roots``: the eigenvalues of the companion matrix; differentiable where they are distinct."""
    coefficients = atleast_1d(p)
    if coefficients.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    trailing = 0
    if type(coefficients._value) is not Abstract:
        places = numpy.flatnonzero(coefficients._value)
        if not places.size:
            return zeros(0)
        trailing = coefficients.size - 1 - int(places[-1])
        coefficients = coefficients[int(places[0]) : int(places[-1]) + 1]
    if not is_inexact(coefficients.dtype):
        coefficients = astype(coefficients, dtype=float)
    if coefficients.size < 2:
        return zeros(trailing, coefficients.dtype)
    last = -coefficients[1:] / coefficients[0]
    shifted = numpy.eye(last.size - 1, last.size, dtype=last.dtype)
    found = linalg.eigvals(concatenate([last[None], shifted]))
    return concatenate([found, zeros(trailing, found.dtype)]) if trailing else found


def polyfit(
    x: Any, y: Any, deg: int, rcond: float | None = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """As ``numpy.polyfit``: coefficients of least squares; differentiable in the points, the values and the weights.

    With `full`, residuals, rank, singular values and `rcond` follow; with `cov`, the covariance of the coefficients.
    """
    points, values = to_tensor(x, "polyfit") + 0.0, to_tensor(y, "polyfit") + 0.0
    _check_points(points, values, deg)
    matrix = vander(points, int(deg) + 1)
    if w is not None:
        matrix, values = _weighted(matrix, values, to_tensor(w, "polyfit") + 0.0)
    size = sqrt(sum_over(matrix * matrix, axis=0))
    cutoff = points.size * finfo(points.dtype).eps if rcond is None else rcond
    scaled = matrix / size
    found, residuals, rank, singular_values = linalg.lstsq(scaled, values, cutoff)
    coefficients = (found.T / size).T
    if full:
        return coefficients, residuals, rank, singular_values, cutoff
    _warn_of_rank(rank, int(deg) + 1)
    if not cov:
        return coefficients
    return coefficients, _covariance(scaled, size, values, residuals, cov)


def _check_points(points: Tensor, values: Tensor, deg: int) -> None:
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if points.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if points.size == 0:
        raise TypeError("expected non-empty vector for x")
    if values.ndim not in (1, 2):
        raise TypeError("expected 1D or 2D array for y")
    if points.shape[0] != values.shape[0]:
        raise TypeError("expected x and y to have same length")


def _weighted(matrix: Tensor, values: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    if weights.ndim != 1:
        raise TypeError("expected a 1-d array for weights")
    if weights.shape[0] != values.shape[0]:
        raise TypeError("expected w and y to have the same length")
    column = weights[:, None]
    return matrix * column, values * (weights if values.ndim == 1 else column)


def _warn_of_rank(rank: Any, order: int) -> None:
    value = rank._value if type(rank) is Tensor else rank
    if type(value) is not Abstract and int(value) != order:
        warnings.warn("Polyfit may be poorly conditioned", numpy.exceptions.RankWarning, stacklevel=3)


def _covariance(scaled: Tensor, size: Tensor, values: Tensor, residuals: Tensor, cov: Any) -> Tensor:
    """That of the coefficients: in the unit of the values, or with ``cov="unscaled"`` for weights that are 1/sigma."""
    base = linalg.inv(scaled.T @ scaled) / (size[:, None] * size)
    if cov == "unscaled":
        return base if values.ndim == 1 else base[:, :, None]
    count, order = scaled.shape
    if count <= order:
        raise ValueError("the number of data points must exceed order to scale the covariance matrix")
    factor = residuals / (count - order)
    return base * factor if values.ndim == 1 else base[:, :, None] * factor
