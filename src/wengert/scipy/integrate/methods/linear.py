"""Linear equations with one matrix and several right-hand sides, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scipy.linalg

import wengert as wg
import wengert.numpy as np


def factorised(matrix: Any) -> Callable[[Any], Any]:
    """The function that solves with a matrix of shape (n, n); compiled code finds by itself what is common."""
    if type(matrix) is wg.Tensor:
        return lambda right: np.linalg.solve(matrix, right)
    factors = scipy.linalg.lu_factor(matrix, check_finite=False)

    def solve(right: Any) -> Any:
        if type(right) is wg.Tensor:
            return np.linalg.solve(matrix, right)
        return scipy.linalg.lu_solve(factors, right, check_finite=False)

    return solve
