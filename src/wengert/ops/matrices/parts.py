"""Parts of matrices (the last two axes): diagonals, triangles, Hermitian parts. Compositions, no primitives."""

from __future__ import annotations

from typing import Any

import numpy

from ..broadcast import sum as sum_over
from ..contract import adjoint_matrix
from ..elementwise import add, multiply, where
from ..indexing.gather import block
from ..shape import reshape


def diagonal(x: Any, offset: int = 0) -> Any:
    """A diagonal of each matrix: every (columns + 1)-th element of the flattened matrix."""
    *lead, rows, columns = x.shape
    start = offset if offset >= 0 else -offset * columns
    count = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    stop = start + (count - 1) * (columns + 1) + 1 if count else start
    flat = reshape(x, shape=(*lead, rows * columns))
    return block(flat, index=(..., slice(start, stop, columns + 1)))


def diagonal_matrix(v: Any) -> Any:
    """The matrix that has `v` on its diagonal."""
    return where(numpy.eye(v.shape[-1], dtype=bool), as_row(v), 0)


def as_row(v: Any) -> Any:
    """A vector as a matrix of one row."""
    return reshape(v, shape=(*v.shape[:-1], 1, v.shape[-1]))


def as_column(v: Any) -> Any:
    """A vector as a matrix of one column."""
    return reshape(v, shape=(*v.shape, 1))


def trace(x: Any) -> Any:
    """The sum of the diagonal of each matrix."""
    return sum_over(diagonal(x), axis=(len(x.shape) - 2,), keepdims=False)


def times_number(x: Any, number: Any) -> Any:
    """Each matrix times its number."""
    return multiply(x, reshape(number, shape=(*number.shape, 1, 1)))


def lower_triangle(x: Any, offset: int = 0) -> Any:
    """The matrix with zeros above a diagonal."""
    return where(numpy.tri(*x.shape[-2:], k=offset, dtype=bool), x, 0)


def upper_triangle(x: Any, offset: int = 0) -> Any:
    """The matrix with zeros below a diagonal."""
    return where(~numpy.tri(*x.shape[-2:], k=offset - 1, dtype=bool), x, 0)


def off_diagonal(x: Any) -> Any:
    """The matrix with zeros on its diagonal."""
    return where(numpy.eye(*x.shape[-2:], dtype=bool), 0, x)


def hermitian_part(x: Any) -> Any:
    """Half the sum of the matrix and its conjugate transpose."""
    return 0.5 * (x + adjoint_matrix(x))


def anti_hermitian_part(x: Any) -> Any:
    """Half the difference of the matrix and its conjugate transpose."""
    return 0.5 * (x - adjoint_matrix(x))


def total(*parts: Any) -> Any:
    """The sum of those that are not ``None``."""
    first, *rest = (part for part in parts if part is not None)
    for part in rest:
        first = add(first, part)
    return first


def raw_adjoint(x: Any) -> Any:
    """The conjugate transpose of matrices that are raw arrays."""
    return numpy.conj(numpy.swapaxes(x, -1, -2))
