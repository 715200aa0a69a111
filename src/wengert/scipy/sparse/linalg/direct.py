"""Linear equations with sparse matrices by SciPy's factorisation, whose solutions differentiate."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy
from scipy.sparse import linalg as scipys

import wengert as wg
import wengert.numpy as np

from ....ops.matrices.sparse import Pattern, sampled, spread
from ..arrays import as_sparse
from ..building import issparse


def spsolve(A: Any, b: Any, permc_spec: str | None = None) -> Any:
    """As ``scipy.sparse.linalg.spsolve``: linear equations with a sparse matrix, by SuperLU.

    It differentiates in both modes and to any order, in b and in the numbers of A, by equations with the same or the
    transposed matrix. In compiled code the factorisation is a step of its own.

    Args:
        A: a square sparse matrix, of SciPy's too.
        b: the right-hand side, of shape (n,) or (n, k).
        permc_spec: how SuperLU orders the columns, as SciPy's.

    Raises:
        numpy.linalg.LinAlgError: the matrix is singular.
        TypeError: A is no sparse matrix.
        ValueError: the shapes do not go together.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.sparse import diags_array
    >>> from wengert.scipy.sparse.linalg import spsolve
    >>> def first(d):
    ...     return spsolve(diags_array([-1.0, d, -1.0], offsets=[-1, 0, 1], shape=(3, 3)), np.ones(3))[0]
    >>> value, slope = wg.value_and_grad(first)(2.0)
    >>> round(value.item(), 9), round(slope.item(), 9)
    (1.5, -2.5)
    """
    return splu(A, permc_spec, _name="spsolve").solve(b)


def factorized(A: Any) -> Callable[[Any], Any]:
    """As ``scipy.sparse.linalg.factorized``: the function that solves for a right-hand side; see `splu`.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.sparse import eye_array
    >>> from wengert.scipy.sparse.linalg import factorized
    >>> factorized(eye_array(2) * 4.0)(np.array([4.0, 8.0]))
    tensor([1., 2.])
    """
    return splu(A, _name="factorized").solve


def splu(A: Any, permc_spec: str | None = None, *, _name: str = "splu") -> SuperLU:
    """As ``scipy.sparse.linalg.splu``: a matrix factorised once, for many right-hand sides; see `spsolve`.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.sparse import eye_array
    >>> from wengert.scipy.sparse.linalg import splu
    >>> splu(eye_array(2) * 4.0).solve(np.array([[4.0], [8.0]]))
    tensor([[1.],
            [2.]])
    """
    if not issparse(A):
        raise TypeError(
            f"[{_name}] A is an array of shape {numpy.shape(A)}, wanted a sparse matrix; write csc_array(A), or "
            "wengert.numpy.linalg.solve(A, b) for a dense one"
        )
    matrix = as_sparse(A).tocsc()
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(
            f"[{_name}] the matrix has the shape {matrix.shape}, wanted a square one; write spsolve(A.T @ A, A.T @ b) "
            "for least squares"
        )
    return SuperLU(matrix, permc_spec, _name)


class SuperLU:
    """What `splu` gives: a matrix that is factorised when it is first solved with.

    Attributes:
        shape: of the matrix.
        nnz: how many numbers it has.
    """

    def __init__(self, matrix: Any, permc_spec: str | None, name: str) -> None:
        self.shape: Any = matrix.shape
        self.nnz: Any = matrix.nnz
        self._data = np.asarray(matrix.data)
        self._factors = _Factors(matrix.pattern, permc_spec, name)

    def solve(self, b: Any, trans: str = "N") -> Any:
        """The solution of ``A x = b``; of the transposed (``"T"``) or adjoint (``"H"``) equations."""
        b = np.asarray(b)
        if b.ndim not in (1, 2) or b.shape[0] != self.shape[0]:
            raise ValueError(
                f"[{self._factors.name}] the matrix has the shape {self.shape} and b {b.shape}, wanted a vector of "
                f"{self.shape[0]} numbers, or a matrix of as many rows; write b.T for columns that are rows"
            )
        data = np.conj(self._data) if trans == "H" else self._data
        dtype = numpy.result_type(data.dtype, b.dtype, numpy.float64)
        return self._factors.solution(trans != "N")(data.astype(dtype), b.astype(dtype))


class _Factors:
    """The factorisations of matrices with the same places; the last one is kept."""

    def __init__(self, pattern: Pattern, permc_spec: str | None, name: str) -> None:
        self.pattern = pattern
        self.permc_spec = permc_spec
        self.name = name
        self._last: tuple[Any, Any] | None = None

    def of(self, data: Any) -> Any:
        """SciPy's factorisation.

        Raises:
            numpy.linalg.LinAlgError: the matrix is singular.
        """
        if self._last is None or not numpy.array_equal(self._last[0], data):
            try:
                self._last = (numpy.array(data), scipys.splu(self.pattern.filled(data), self.permc_spec))
            except RuntimeError as error:
                raise numpy.linalg.LinAlgError(
                    f"[{self.name}] the matrix of shape {self.pattern.shape} is singular: a pivot is zero, wanted "
                    "one with an inverse; write linalg.minres(A, b), or A + eye_array(n) * small, for equations that "
                    "have many solutions"
                ) from error
        return self._last[1]

    def solution(self, is_turned: bool) -> Callable[[Any, Any], Any]:
        """The solution as a function of the numbers and the right-hand side."""
        return wg.custom_derivative(
            partial(self._solved, is_turned),
            jvp=partial(self._pushed, is_turned),
            vjp=partial(self._pulled, is_turned),
            like=lambda data, b: b,
        )

    def _solved(self, is_turned: bool, data: Any, b: Any) -> Any:
        return self.of(numpy.asarray(data)).solve(numpy.asarray(b), "T" if is_turned else "N")

    def _pushed(self, is_turned: bool, primals: Any, x: Any, tangents: Any) -> Any:
        data, _ = primals
        d_data, d_b = tangents
        return self.solution(is_turned)(data, d_b - self._product(is_turned, d_data, x))

    def _pulled(self, is_turned: bool, primals: Any, x: Any, cotangent: Any) -> Any:
        """With A x = b is lambda the solution of the adjoint equations; b's cotangent is that, A's -lambda x^H."""
        data, _ = primals
        multiplier = np.conj(self.solution(not is_turned)(data, np.conj(cotangent)))
        return -sampled(multiplier, np.conj(x), pattern=self._places(is_turned)), multiplier

    def _product(self, is_turned: bool, data: Any, x: Any) -> Any:
        return spread(data, x, pattern=self._places(is_turned))

    def _places(self, is_turned: bool) -> Pattern:
        return self.pattern.T if is_turned else self.pattern
