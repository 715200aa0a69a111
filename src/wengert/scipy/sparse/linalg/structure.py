"""Powers of sparse matrices, and where their numbers are."""

from __future__ import annotations

from typing import Any

from ..arrays import as_sparse
from ..building import eye_array


def matrix_power(A: Any, power: int) -> Any:
    """As ``scipy.sparse.linalg.matrix_power``: a square sparse matrix times itself, by repeated squares.

    Raises:
        ValueError: the matrix is not square, or the power is no whole number of at least 0.

    >>> from wengert.scipy.sparse import eye_array
    >>> from wengert.scipy.sparse.linalg import matrix_power
    >>> matrix_power(eye_array(2) * 2.0, 5).toarray()
    tensor([[32.,  0.],
            [ 0., 32.]])
    """
    matrix = as_sparse(A).tocsr()
    if matrix.shape[0] != matrix.shape[1] or not isinstance(power, int) or power < 0:
        raise ValueError(
            f"[matrix_power] the shape is {matrix.shape} and the power {power!r}, wanted a square matrix and a whole "
            "number of at least 0; write spsolve(A, b) for the inverse times b"
        )
    if power == 0:
        return eye_array(matrix.shape[0], dtype=matrix.dtype)
    half = matrix if power == 1 else matrix_power(matrix, power // 2)
    if power == 1:
        return half
    return half @ half @ matrix if power % 2 else half @ half


def spbandwidth(A: Any) -> tuple[int, int]:
    """As ``scipy.sparse.linalg.spbandwidth``: how far numbers are below and above the main diagonal.

    >>> from wengert.scipy.sparse import diags_array
    >>> from wengert.scipy.sparse.linalg import spbandwidth
    >>> spbandwidth(diags_array([1.0, 2.0], offsets=[0, 2], shape=(4, 4)))
    (0, 2)
    """
    rows, columns = as_sparse(A).coords
    above = columns.astype(int) - rows
    return int(max(0, (-above).max(initial=0))), int(max(0, above.max(initial=0)))


def is_sptriangular(A: Any) -> tuple[bool, bool]:
    """As ``scipy.sparse.linalg.is_sptriangular``: whether all numbers are on or below the diagonal, on or above it.

    >>> from wengert.scipy.sparse import diags_array
    >>> from wengert.scipy.sparse.linalg import is_sptriangular
    >>> is_sptriangular(diags_array([1.0, 2.0], offsets=[0, 2], shape=(4, 4)))
    (False, True)
    """
    below, above = spbandwidth(A)
    return above == 0, below == 0
