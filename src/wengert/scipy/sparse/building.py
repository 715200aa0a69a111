"""Sparse matrices from diagonals, blocks, products and random numbers, under SciPy's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
from scipy import sparse

import wengert.numpy as np

from .arrays import SparseArray, as_sparse, coo_array, csr_array, rearranged


def eye_array(m: int, n: int | None = None, *, k: int = 0, dtype: Any = float, format: str | None = None) -> Any:
    """As ``scipy.sparse.eye_array``: ones along a diagonal.

    >>> from wengert.scipy import sparse
    >>> sparse.eye_array(2, 3, k=1).toarray()
    tensor([[0., 1., 0.],
            [0., 0., 1.]])
    """
    return csr_array(sparse.eye_array(m, n, k=k, dtype=dtype)).asformat(format)


def diags_array(
    diagonals: Any, /, *, offsets: Any = 0, shape: Any = None, format: str | None = None, dtype: Any = None
) -> Any:
    """As ``scipy.sparse.diags_array``: from diagonals, each a number or as long as its diagonal.

    Raises:
        ValueError: a diagonal is neither.

    >>> from wengert.scipy import sparse
    >>> sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(3, 3)).toarray()
    tensor([[ 2., -1.,  0.],
            [-1.,  2., -1.],
            [ 0., -1.,  2.]])
    """
    offsets = [int(offsets)] if numpy.ndim(offsets) == 0 else [int(k) for k in offsets]
    parts = _diagonals(diagonals, len(offsets))
    if shape is None:
        size = np.ravel(parts[0]).size + abs(offsets[0])
        shape = (size, size)
    placed = [_along(part, k, shape) for part, k in zip(parts, offsets, strict=True)]
    data = np.concatenate([data for data, _, _ in placed])
    coords = tuple(numpy.concatenate([pair[axis] for pair in placed]) for axis in (1, 2))
    return csr_array((data, coords), shape=shape, dtype=dtype).asformat(format)


def _diagonals(diagonals: Any, count: int) -> list[Any]:
    """A diagonal for each offset; a vector alone is the one of a single offset."""
    if count == 1 and (not isinstance(diagonals, list | tuple) or not diagonals or numpy.ndim(diagonals[0]) == 0):
        return [diagonals]
    if len(diagonals) != count:
        raise ValueError(
            f"[diags_array] there are {len(diagonals)} diagonals and {count} offsets, wanted one offset for each; "
            "write offsets=[...]"
        )
    return list(diagonals)


def _along(diagonal: Any, k: int, shape: tuple[int, int]) -> tuple[Any, Any, Any]:
    """The numbers of a diagonal, their rows and columns."""
    length = max(0, min(shape[0] + min(k, 0), shape[1] - max(k, 0)))
    numbers = np.ravel(diagonal)
    if numbers.size not in (1, length):
        raise ValueError(
            f"[diags_array] the diagonal at offset {k} has {numbers.size} numbers, wanted {length} for the shape "
            f"{tuple(shape)}, or one for all; write diagonal[:{length}]"
        )
    along = numpy.arange(length)
    return np.broadcast_to(numbers, (length,)), along + max(-k, 0), along + max(k, 0)


def vstack(blocks: Sequence[Any], format: str | None = None, dtype: Any = None) -> Any:
    """As ``scipy.sparse.vstack``: matrices one below the other.

    >>> from wengert.scipy import sparse
    >>> sparse.vstack([sparse.eye_array(2), sparse.eye_array(2)]).shape
    (4, 2)
    """
    return block_array([[block] for block in blocks], format=format, dtype=dtype)


def hstack(blocks: Sequence[Any], format: str | None = None, dtype: Any = None) -> Any:
    """As ``scipy.sparse.hstack``: matrices side by side.

    >>> from wengert.scipy import sparse
    >>> sparse.hstack([sparse.eye_array(2), sparse.eye_array(2)]).shape
    (2, 4)
    """
    return block_array([list(blocks)], format=format, dtype=dtype)


def block_array(blocks: Sequence[Sequence[Any]], *, format: str | None = None, dtype: Any = None) -> Any:
    """As ``scipy.sparse.block_array``: a matrix of matrices; ``None`` is a block of zeros.

    >>> from wengert.scipy import sparse
    >>> sparse.block_array([[sparse.eye_array(1), None], [None, [[2.0]]]]).toarray()
    tensor([[1., 0.],
            [0., 2.]])
    """
    given = [block for row in blocks for block in row if block is not None]

    def arrange(*numbered: Any) -> Any:
        following = iter(numbered)
        rows = [[None if block is None else next(following) for block in row] for row in blocks]
        return sparse.block_array(rows, format="csr")

    return _dressed(rearranged(arrange, *given), format, dtype)


def block_diag(mats: Sequence[Any], format: str | None = None, dtype: Any = None) -> Any:
    """As ``scipy.sparse.block_diag``: matrices along the diagonal.

    >>> from wengert.scipy import sparse
    >>> sparse.block_diag([sparse.eye_array(1), [[2.0, 3.0]]]).toarray()
    tensor([[1., 0., 0.],
            [0., 2., 3.]])
    """
    return _dressed(rearranged(lambda *blocks: sparse.block_diag(blocks, format="csr"), *mats), format, dtype)


def tril(A: Any, k: int = 0, format: str | None = None) -> Any:
    """As ``scipy.sparse.tril``: what is on and below the k-th diagonal.

    >>> from wengert.scipy import sparse
    >>> sparse.tril([[1.0, 2.0], [3.0, 4.0]]).toarray()
    tensor([[1., 0.],
            [3., 4.]])
    """
    return rearranged(lambda m: sparse.tril(m, k, format="csr"), A).asformat(format)


def triu(A: Any, k: int = 0, format: str | None = None) -> Any:
    """As ``scipy.sparse.triu``: what is on and above the k-th diagonal.

    >>> from wengert.scipy import sparse
    >>> sparse.triu([[1.0, 2.0], [3.0, 4.0]]).toarray()
    tensor([[1., 2.],
            [0., 4.]])
    """
    return rearranged(lambda m: sparse.triu(m, k, format="csr"), A).asformat(format)


def kronsum(A: Any, B: Any, format: str | None = None) -> Any:
    """As ``scipy.sparse.kronsum``: the Kronecker sum of square matrices.

    >>> from wengert.scipy import sparse
    >>> sparse.kronsum([[1.0]], [[2.0, 0.0], [0.0, 3.0]]).toarray()
    tensor([[3., 0.],
            [0., 4.]])
    """
    left, right = as_sparse(A), as_sparse(B)
    return (kron(eye_array(right.shape[0]), left) + kron(right, eye_array(left.shape[0]))).asformat(format)


def find(A: Any) -> tuple[Any, Any, Any]:
    """As ``scipy.sparse.find``: the rows, the columns and the numbers that are stored, those that are 0 too.

    >>> from wengert.scipy import sparse
    >>> sparse.find(sparse.eye_array(2) * 3.0)
    (array([0, 1]), array([0, 1]), tensor([3., 3.]))
    """
    matrix = as_sparse(A).tocsr()
    return *matrix.coords, np.asarray(matrix.data)


def kron(A: Any, B: Any, format: str | None = None) -> Any:
    """As ``scipy.sparse.kron``: the Kronecker product.

    >>> from wengert.scipy import sparse
    >>> sparse.kron(sparse.eye_array(2), [[1.0, 2.0]]).toarray()
    tensor([[1., 2., 0., 0.],
            [0., 0., 1., 2.]])
    """
    left, right = as_sparse(A).tocsr(), as_sparse(B).tocsr()
    data = np.ravel(np.asarray(left.data)[:, None] * np.asarray(right.data))
    coords = [
        numpy.ravel(x[:, None] * n + y)
        for x, y, n in zip(left.coords, right.coords, right.shape, strict=True)
    ]  # fmt: skip
    shape = tuple(m * n for m, n in zip(left.shape, right.shape, strict=True))
    return csr_array((data, tuple(coords)), shape=shape).asformat(format)


def random_array(
    shape: tuple[int, int], *, density: float = 0.01, format: str = "coo", dtype: Any = None, rng: Any = None
) -> Any:
    """As ``scipy.sparse.random_array``: uniform numbers in [0, 1) at random places, drawn by NumPy's generator `rng`.

    >>> from wengert.scipy import sparse
    >>> sparse.random_array((10, 10), density=0.2, rng=0).nnz
    20
    """
    drawn = sparse.random_array(shape, density=density, dtype=dtype, rng=numpy.random.default_rng(rng))
    return coo_array((drawn.data, drawn.coords), shape=drawn.shape).asformat(format)


def issparse(x: Any) -> bool:
    """Whether a value is a sparse matrix, of SciPy's or of ours.

    >>> from wengert.scipy import sparse
    >>> sparse.issparse(sparse.eye_array(2)), sparse.issparse([[1.0]])
    (True, False)
    """
    return isinstance(x, SparseArray) or sparse.issparse(x)


def _dressed(matrix: Any, format: str | None, dtype: Any) -> Any:
    return (matrix if dtype is None else matrix.astype(dtype)).asformat(format)
