"""Norms of sparse matrices."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..arrays import as_sparse

_LONGEST = {1: 0, numpy.inf: 1}
"""The axis along which absolute values are summed, of which the largest sum is the norm."""


def norm(x: Any, ord: Any = None) -> wg.Tensor:
    """As ``scipy.sparse.linalg.norm``: of a sparse matrix, by default Frobenius'.

    Args:
        x: a sparse matrix, of SciPy's too.
        ord: ``None`` or ``"fro"``; 1 for the largest sum of a column's absolute values, ``inf`` for that of a row's.

    Raises:
        ValueError: it is another one.

    >>> from wengert.scipy.sparse import eye_array
    >>> from wengert.scipy.sparse.linalg import norm
    >>> norm(eye_array(4)), norm(eye_array(4) * -3.0, 1)
    (tensor(2.), tensor(3.))
    """
    matrix = as_sparse(x).tocsr()
    if ord in (None, "fro"):
        return np.linalg.norm(matrix.data)
    if ord not in _LONGEST:
        raise ValueError(
            f"[norm] ord is {ord!r}, wanted None, 'fro', 1 or inf; write wengert.numpy.linalg.norm(A.toarray(), ord) "
            "for a small matrix"
        )
    return np.max(abs(matrix).sum(axis=_LONGEST[ord]))
