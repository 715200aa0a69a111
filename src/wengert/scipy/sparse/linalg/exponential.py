"""The exponential of a sparse matrix, times vectors.

Source: A. H. Al-Mohy and N. J. Higham, "Computing the action of the matrix exponential, with an application to
exponential integrators" (2011), algorithm 3.2, with table 3.1 for double precision.
"""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..arrays import as_sparse
from ..building import eye_array, issparse
from .operators import LinearOperator

TERMS = numpy.arange(5, 60, 5)
RADII = numpy.array([2.4e-3, 1.4e-1, 6.4e-1, 1.4, 2.4, 3.5, 4.7, 6.0, 7.2, 8.5, 9.9])
"""With so many terms the series is exact to rounding for matrices whose norm is at most so large."""


def expm_multiply(
    A: Any, B: Any, start: float | None = None, stop: float | None = None, num: int | None = None,
    endpoint: bool | None = None, traceA: Any = None,
) -> Any:  # fmt: skip
    """As ``scipy.sparse.linalg.expm_multiply``: ``exp(A) @ B``, by products with A alone.

    It is a loop of array operations: it differentiates in both modes and to any order, and is compiled and batched.

    Args:
        A: a square matrix, dense or sparse (of SciPy's too).
        B: of shape (n,) or (n, k).
        start, stop, num, endpoint: for ``exp(t A) @ B`` at times that are evenly spaced, as ``numpy.linspace`` has
            them; they are given together, and are numbers.
        traceA: not needed; as SciPy's.

    Returns:
        Of the shape of B; with times that with a leading axis, one for each time.

    Raises:
        TypeError: A is an operator, whose norm is not known.
        ValueError: A is not square, or B has not as many rows.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.sparse import csr_array
    >>> from wengert.scipy.sparse.linalg import expm_multiply
    >>> turn = csr_array(np.array([[0.0, -1.0], [1.0, 0.0]]))
    >>> expm_multiply(turn * (np.pi / 2), np.array([1.0, 0.0])).round(9)
    tensor([0., 1.])
    >>> wg.grad(lambda angle: expm_multiply(turn * angle, np.array([1.0, 0.0]))[1])(0.0)
    tensor(1.)
    """
    if isinstance(A, LinearOperator):
        raise TypeError(
            "[expm_multiply] an operator was given, wanted a matrix of numbers, whose norm says how many products it "
            "takes; write a sparse matrix, or wengert.scipy.integrate.solve_ivp for y' = A y"
        )
    matrix = as_sparse(A) if issparse(A) else np.asarray(A)
    B = np.asarray(B)
    if matrix.shape != (B.shape[0],) * 2 or B.ndim not in (1, 2):
        raise ValueError(
            f"[expm_multiply] the matrix has the shape {matrix.shape} and B {B.shape}, wanted a square matrix and a "
            "vector, or a matrix, of as many rows; write B.T for columns that are rows"
        )
    if start is None and stop is None and num is None:
        return _applied(matrix, B)
    times = numpy.linspace(start or 0.0, 1.0 if stop is None else stop, num or 50, endpoint=endpoint is not False)
    return _at_times(matrix, B, times)


def _at_times(matrix: Any, B: Any, times: Any) -> Any:
    """At each time from the one before."""
    found = [_applied(matrix * times[0], B)]
    for step in numpy.diff(times):
        found.append(_applied(matrix * step, found[-1]))
    return np.stack(found)


def _applied(matrix: Any, B: Any) -> Any:
    """In as many steps of as many terms of the series as take the fewest products."""
    n = matrix.shape[0]
    dtype = numpy.result_type(matrix.dtype, B.dtype, numpy.float32)
    mean = matrix.trace() / max(n, 1)
    shifted = matrix - (eye_array(n) if issparse(matrix) else np.eye(n)) * mean
    steps_by_terms = np.maximum(np.ceil(wg.stop_gradient(_norm(shifted)) / RADII), 1.0)
    best = np.argmin(TERMS * steps_by_terms)
    steps, terms = (np.take(choice, best).astype(int) for choice in (steps_by_terms, np.asarray(TERMS)))
    factor = np.exp(mean / steps)

    def series(_: Any, x: Any) -> Any:
        def term(j: Any, carry: Any) -> Any:
            total, last = carry
            last = (shifted @ last / (steps * (j + 1))).astype(dtype)
            return total + last, last

        return (factor * wg.fori_loop(0, terms, term, (x, x))[0]).astype(dtype)

    return wg.fori_loop(0, steps, series, B.astype(dtype))


def _norm(matrix: Any) -> Any:
    """The largest sum of a column's absolute values."""
    return np.max(abs(matrix).sum(axis=0))
