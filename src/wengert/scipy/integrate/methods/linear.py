"""Linear equations with one matrix and several right-hand sides, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy
import scipy.linalg

import wengert as wg
import wengert.numpy as np
import wengert.scipy

FACTORISE, SOLVE = scipy.linalg.get_lapack_funcs(("getrf", "getrs"), dtype=numpy.float64)


def factorised(matrix: Any) -> Callable[[Any], Any]:
    """The function that solves with a matrix of shape (n, n); compiled code finds by itself what is common."""
    if type(matrix) is wg.Tensor:
        return lambda right: np.linalg.solve(matrix, right)
    factors = Factors.of(matrix)

    def solve(right: Any) -> Any:
        if type(right) is wg.Tensor:
            return np.linalg.solve(matrix, right)
        return factors.solve(right)

    return solve


class Factors(NamedTuple):
    """A matrix of shape (n, n) in factors, which loops can carry along."""

    triangles: Any
    pivots: Any

    @staticmethod
    def of(matrix: Any) -> Factors:
        if type(matrix) is wg.Tensor:
            return Factors(*wengert.scipy.linalg.lu_factor(matrix))
        return Factors(*FACTORISE(matrix)[:2])

    def solve(self, right: Any) -> Any:
        """The solution for a right-hand side of shape (n,)."""
        if wg.Tensor in (type(self.triangles), type(right)):
            return wengert.scipy.linalg.lu_solve(self, right)
        return SOLVE(*self, right)[0]
