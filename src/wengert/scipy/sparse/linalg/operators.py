"""Linear maps of which only products are known, with transposes from the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..arrays import as_sparse
from ..building import issparse


class LinearOperator:
    """As ``scipy.sparse.linalg.LinearOperator``: a linear function of vectors, whose transpose need not be given.

    Args:
        shape: of the matrix that it stands for.
        matvec: ``matvec(v)`` gives the product with a vector, in operations of this library.
        rmatvec: the product with the adjoint matrix; by default the transpose of `matvec`, by walking it back.
        dtype: of the vectors; by default float64.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.sparse.linalg import LinearOperator
    >>> differences = LinearOperator((2, 3), lambda v: v[1:] - v[:-1])
    >>> differences @ np.array([1.0, 4.0, 9.0]), differences.T @ np.array([1.0, 0.0])
    (tensor([3., 5.]), tensor([-1.,  1.,  0.]))
    """

    __array_ufunc__ = None

    def __init__(
        self,
        shape: tuple[int, int],
        matvec: Callable[[Any], Any],
        rmatvec: Callable[[Any], Any] | None = None,
        dtype: Any = float,
    ) -> None:
        rows, columns = shape
        self.shape = (int(rows), int(columns))
        self.dtype = np.zeros((), dtype=dtype).dtype
        self.matvec = matvec
        self.rmatvec = rmatvec or self._transposed

    def _transposed(self, v: Any) -> Any:
        at = np.zeros(self.shape[1], dtype=self.dtype)
        return wg.vjp(self.matvec, at)[1](np.asarray(v))[0]

    @property
    def T(self) -> LinearOperator:  # noqa: N802 - as of arrays
        """The transposed map, of real numbers."""
        return LinearOperator(self.shape[::-1], self.rmatvec, self.matvec, self.dtype)  # type: ignore[arg-type]

    def matmat(self, x: Any) -> Any:
        """The product with each column of a matrix."""
        return wg.vmap(self.matvec, in_axes=1, out_axes=1)(x)

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, LinearOperator):
            return _composed(self, other)
        other = np.asarray(other)
        _check_length(self, other)
        return self.matvec(other) if other.ndim == 1 else self.matmat(other)

    def __call__(self, v: Any) -> Any:
        return self @ v

    def __add__(self, other: Any) -> LinearOperator:
        other = aslinearoperator(other)
        return LinearOperator(
            self.shape, lambda v: self @ v + other @ v, lambda v: self.rmatvec(v) + other.rmatvec(v), self.dtype
        )

    def __mul__(self, factor: Any) -> LinearOperator:
        return LinearOperator(
            self.shape, lambda v: factor * (self @ v), lambda v: np.conj(factor) * self.rmatvec(v), self.dtype
        )

    __rmul__ = __mul__

    def __neg__(self) -> LinearOperator:
        return self * -1.0

    def __repr__(self) -> str:
        return f"<LinearOperator of dtype {self.dtype}, shape {self.shape}>"


def _composed(first: LinearOperator, second: LinearOperator) -> LinearOperator:
    shape = (first.shape[0], second.shape[1])
    return LinearOperator(
        shape, lambda v: first @ (second @ v), lambda v: second.rmatvec(first.rmatvec(v)), first.dtype
    )


def _check_length(operator: LinearOperator, x: Any) -> None:
    if x.ndim not in (1, 2) or x.shape[0] != operator.shape[1]:
        raise ValueError(
            f"[LinearOperator] the shapes are {operator.shape} and {x.shape}, wanted a vector of {operator.shape[1]} "
            "numbers, or a matrix of as many rows; write A.T for the operator transposed"
        )


def aslinearoperator(A: Any) -> LinearOperator:
    """As ``scipy.sparse.linalg.aslinearoperator``: a matrix of any kind as the map that multiplies by it.

    Args:
        A: an array, a sparse matrix (of SciPy's too), or an operator.

    Raises:
        ValueError: it is no matrix.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.sparse.linalg import aslinearoperator
    >>> aslinearoperator(np.array([[1.0, 2.0]])).T @ np.array([3.0])
    tensor([3., 6.])
    """
    if isinstance(A, LinearOperator):
        return A
    matrix: Any = as_sparse(A) if issparse(A) else np.asarray(A)
    if matrix.ndim != 2:
        raise ValueError(
            f"[aslinearoperator] an array of shape {matrix.shape} was given, wanted a matrix; write "
            "LinearOperator(shape, matvec) for a function"
        )
    return LinearOperator(matrix.shape, lambda v: matrix @ v, lambda v: np.conj(np.conj(v) @ matrix), matrix.dtype)


def jacobian_operator(f: Callable[[Any], Any], x: Any) -> LinearOperator:
    """The Jacobian of a function of a vector as an operator: products by `wengert.jvp`, its transpose by `wengert.vjp`.

    Args:
        f: gives a vector.
        x: where.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.sparse.linalg import jacobian_operator
    >>> J = jacobian_operator(lambda x: x**2, np.array([1.0, 3.0]))
    >>> J @ np.array([1.0, 1.0])
    tensor([2., 6.])
    """
    x = np.asarray(x)
    value, pull = wg.vjp(f, x)
    shape = (value.size, x.size)
    return LinearOperator(shape, lambda v: wg.jvp(f, (x,), (v,))[1], lambda v: pull(v)[0], x.dtype)
