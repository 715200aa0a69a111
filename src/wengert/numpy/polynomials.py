"""Polynomials as arrays of coefficients, the highest power first, under NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.tensor import Tensor
from ..ops.shape import astype
from . import linalg
from .creation import ones, vander, zeros, zeros_like
from .elementwise import sqrt
from .lift import to_tensor
from .manipulation import atleast_1d, concatenate, ravel
from .products import convolve
from .reductions import sum as sum_over

__all__ = ["poly", "polyadd", "polyder", "polyfit", "polyint", "polysub", "polyval", "roots"]


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
    if given.ndim == 2 and given.shape[0] == given.shape[1]:
        given = linalg.eigvals(given)
    if given.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    made = ones(1, given.dtype)
    for zero in given:
        made = convolve(made, [1, -zero])
    return made


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
    if coefficients.dtype.kind not in "fc":
        coefficients = astype(coefficients, dtype=float)
    if coefficients.size < 2:
        return zeros(trailing, coefficients.dtype)
    last = -coefficients[1:] / coefficients[0]
    shifted = numpy.eye(last.size - 1, last.size, dtype=last.dtype)
    found = linalg.eigvals(concatenate([last[None], shifted]))
    return concatenate([found, zeros(trailing, found.dtype)]) if trailing else found


def polyfit(x: Any, y: Any, deg: int, rcond: float | None = None, full: bool = False, w: Any = None) -> Tensor:
    """As ``numpy.polyfit``: coefficients of least squares; differentiable in the points, the values and the weights.

    Raises:
        ValueError: `full` is true; call ``np.linalg.lstsq`` for residuals and rank.
    """
    if full:
        raise ValueError(
            "[polyfit] full=True was given, wanted the coefficients only; write "
            "np.linalg.lstsq(np.vander(x, deg + 1), y) for residuals, rank and singular values"
        )
    points, values = to_tensor(x, "polyfit") + 0.0, to_tensor(y, "polyfit") + 0.0
    matrix = vander(points, int(deg) + 1)
    if w is not None:
        weights = ravel(w)
        matrix = matrix * weights[:, None]
        values = values * (weights if values.ndim == 1 else weights[:, None])
    size = sqrt(sum_over(matrix * matrix, axis=0))
    cutoff = points.size * numpy.finfo(points.dtype).eps if rcond is None else rcond
    found = linalg.lstsq(matrix / size, values, cutoff)[0]
    return (found.T / size).T
