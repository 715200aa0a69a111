"""Linear maps of which only products are known, with transposes from the engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..arrays import as_sparse
from ..building import issparse

Product = Callable[[Any], Any]


class LinearOperator:
    """As ``scipy.sparse.linalg.LinearOperator``: a linear function of vectors, whose transpose need not be given.

    Operators are added, multiplied, scaled, raised to powers and transposed as matrices are.

    Args:
        shape: of the matrix that it stands for.
        matvec: ``matvec(v)`` gives the product with a vector, in operations of this library.
        rmatvec: the product with the adjoint matrix; by default the transpose of `matvec`, by walking it back.
        matmat: the product with a matrix; by default `matvec` of each of its columns.
        dtype: of the vectors; by default float64.
        rmatmat: the product of the adjoint matrix with a matrix.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.sparse.linalg import LinearOperator
    >>> differences = LinearOperator((2, 3), lambda v: v[1:] - v[:-1])
    >>> differences @ np.array([1.0, 4.0, 9.0]), differences.T @ np.array([1.0, 0.0])
    (tensor([3., 5.]), tensor([-1.,  1.,  0.]))
    >>> (differences.H @ differences - 2.0 * differences.H @ differences) @ np.array([1.0, 4.0, 9.0])
    tensor([ 3.,  2., -5.])
    """

    __array_ufunc__ = None
    ndim = 2

    def __init__(
        self,
        shape: tuple[int, int],
        matvec: Product,
        rmatvec: Product | None = None,
        matmat: Product | None = None,
        dtype: Any = None,
        rmatmat: Product | None = None,
    ) -> None:
        rows, columns = shape
        self.shape: tuple[int, int] = (int(rows), int(columns))
        self.dtype: Any = np.zeros((), dtype=dtype or float).dtype
        self.matvec = matvec
        self.rmatvec = rmatvec or self._transposed
        self.matmat: Product = matmat or _columnwise(matvec)
        self.rmatmat: Product = rmatmat or _columnwise(self.rmatvec)

    def _transposed(self, v: Any) -> Any:
        at = np.zeros(self.shape[1], dtype=self.dtype)
        return wg.vjp(self.matvec, at)[1](np.asarray(v))[0]

    @property
    def H(self) -> LinearOperator:  # noqa: N802 - as of matrices
        """The adjoint map: conjugated and transposed."""
        shape = self.shape[1], self.shape[0]
        return LinearOperator(shape, self.rmatvec, self.matvec, self.rmatmat, self.dtype, self.matmat)

    @property
    def T(self) -> LinearOperator:  # noqa: N802 - as of arrays
        """The transposed map."""
        if self.dtype.kind != "c":
            return self.H
        given = self.rmatvec, self.matvec, self.rmatmat, self.matmat
        there, back, there_of_matrix, back_of_matrix = map(_conjugated, given)
        shape = self.shape[1], self.shape[0]
        return LinearOperator(shape, there, back, there_of_matrix, self.dtype, back_of_matrix)

    def adjoint(self) -> LinearOperator:
        """The adjoint map: conjugated and transposed."""
        return self.H

    def transpose(self) -> LinearOperator:
        """The transposed map."""
        return self.T

    def dot(self, other: Any) -> Any:
        """The product with a vector, a matrix or an operator; a multiple, by a number."""
        if _is_number(other):
            return self * other
        return self @ other

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, LinearOperator):
            return _composed(self, other)
        other = np.asarray(other)
        _check_length(self, other)
        return self.matvec(other) if other.ndim == 1 else self.matmat(other)

    def __rmatmul__(self, other: Any) -> Any:
        return np.transpose(self.T @ np.transpose(np.asarray(other)))

    def __call__(self, v: Any) -> Any:
        return self @ v

    def __add__(self, other: Any) -> LinearOperator:
        return _sum(self, aslinearoperator(other))

    __radd__ = __add__

    def __sub__(self, other: Any) -> LinearOperator:
        return self + -aslinearoperator(other)

    def __rsub__(self, other: Any) -> LinearOperator:
        return -self + other

    def __mul__(self, factor: Any) -> Any:
        return _scaled(self, factor) if _is_number(factor) else self @ factor

    def __rmul__(self, factor: Any) -> Any:
        return _scaled(self, factor) if _is_number(factor) else factor @ self

    def __truediv__(self, number: Any) -> LinearOperator:
        return self * (1.0 / number)

    def __neg__(self) -> LinearOperator:
        return self * -1.0

    def __pow__(self, n: int) -> LinearOperator:
        """Applied so many times.

        Raises:
            ValueError: the matrix is not square, or `n` is no number of times.
        """
        if self.shape[0] != self.shape[1] or not isinstance(n, int) or n < 0:
            raise ValueError(
                f"[LinearOperator] the shape is {self.shape} and the power {n!r}, wanted a square one and a whole "
                "number of at least 0; write cg or gmres for a product with the inverse"
            )
        forth, back = (_repeated(step, n) for step in (self.matvec, self.rmatvec))
        forth_of_matrix, back_of_matrix = (_repeated(step, n) for step in (self.matmat, self.rmatmat))
        return LinearOperator(self.shape, forth, back, forth_of_matrix, self.dtype, back_of_matrix)

    def __repr__(self) -> str:
        return f"<LinearOperator of dtype {self.dtype}, shape {self.shape}>"


def _is_number(value: Any) -> bool:
    return not isinstance(value, LinearOperator) and numpy.ndim(value) == 0 and not issparse(value)


def _columnwise(product: Product) -> Product:
    return lambda x: wg.vmap(product, in_axes=1, out_axes=1)(x)


def _conjugated(product: Product) -> Product:
    return lambda v: np.conj(product(np.conj(v)))


def _repeated(step: Product, n: int) -> Product:
    return lambda v: reduce(lambda v, _: step(v), range(n), v)


def _scaled(operator: LinearOperator, factor: Any) -> LinearOperator:
    def forth(product: Product) -> Product:
        return lambda v: factor * product(v)

    def back(product: Product) -> Product:
        return lambda v: np.conj(factor) * product(v)

    dtype = numpy.result_type(operator.dtype, factor if isinstance(factor, int | float | complex) else factor.dtype)
    return LinearOperator(
        operator.shape, forth(operator.matvec), back(operator.rmatvec), forth(operator.matmat), dtype,
        back(operator.rmatmat),
    )  # fmt: skip


def _sum(first: LinearOperator, second: LinearOperator) -> LinearOperator:
    if first.shape != second.shape:
        raise ValueError(
            f"[LinearOperator] the shapes of a sum are {first.shape} and {second.shape}, wanted the same; write A.T "
            "for the operator transposed"
        )

    def both(name: str) -> Product:
        one, other = getattr(first, name), getattr(second, name)
        return lambda v: one(v) + other(v)

    dtype = numpy.result_type(first.dtype, second.dtype)
    return LinearOperator(first.shape, both("matvec"), both("rmatvec"), both("matmat"), dtype, both("rmatmat"))


def _composed(first: LinearOperator, second: LinearOperator) -> LinearOperator:
    if first.shape[1] != second.shape[0]:
        raise ValueError(
            f"[LinearOperator] the shapes of a product are {first.shape} and {second.shape}, wanted as many columns of "
            "the first as rows of the second; write A.T for the operator transposed"
        )
    shape, dtype = (first.shape[0], second.shape[1]), numpy.result_type(first.dtype, second.dtype)
    return LinearOperator(
        shape,
        lambda v: first.matvec(second.matvec(v)),
        lambda v: second.rmatvec(first.rmatvec(v)),
        lambda x: first.matmat(second.matmat(x)),
        dtype,
        lambda x: second.rmatmat(first.rmatmat(x)),
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
    adjoint = matrix.T if matrix.dtype.kind != "c" else np.conj(matrix.T) if not issparse(A) else matrix.T.conj()
    forth, back = (lambda v: matrix @ v), (lambda v: adjoint @ v)
    return LinearOperator(matrix.shape, forth, back, forth, matrix.dtype, back)


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
    return LinearOperator(shape, lambda v: wg.jvp(f, (x,), (v,))[1], lambda v: pull(v)[0], dtype=x.dtype)
