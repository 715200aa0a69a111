"""Some eigenvalues of large symmetric matrices, and singular values, found by SciPy; their derivatives are solved for.

With A v = l v and v v = 1 the tangents solve (A - l) dv - v dl = -dA v and v dv = 0. Along the other vectors that were
found this is a division by differences of values; what is orthogonal to all of them is solved for by MINRES, for which
products with A are enough.

Source: R. B. Nelson, "Simplified calculation of eigenvector derivatives" (1976).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy
from scipy.sparse import linalg as scipys

import wengert as wg
import wengert.numpy as np

from ...recording import is_recorded
from ..arrays import SparseArray, as_sparse
from ..building import issparse
from .methods import System, length, minimal_residuals
from .operators import LinearOperator, aslinearoperator

TOLD_APART = 0.75
"""Values differ if they do by more than the rounding unit to this power, relative to the largest."""

SOLVED, ALLOWED = 1e-13, 1e-8
"""To which part of the right-hand side equations are to be solved, and are solved well enough."""


def eigsh(
    A: Any, k: int = 6, M: None = None, sigma: float | None = None, which: str = "LM", v0: Any = None,
    ncv: int | None = None, maxiter: int | None = None, tol: float = 0, return_eigenvectors: bool = True,
) -> Any:  # fmt: skip
    """As ``scipy.sparse.linalg.eigsh``: `k` eigenvalues and eigenvectors of a real symmetric matrix, by ARPACK.

    They differentiate in both modes and to any order, in the numbers of A and in all that an operator is made of. In
    compiled code ARPACK is a step of its own.

    Args:
        A: a matrix, dense or sparse (of SciPy's too), or a `LinearOperator`, of shape (n, n).
        k: how many, less than n.
        M: none; a second matrix is not known here.
        sigma: near which number, for a matrix that is given by its numbers.
        which, v0, ncv, maxiter, tol: as SciPy's. `v0` is by default the same vector at each call.
        return_eigenvectors: whether vectors are returned.

    Returns:
        The values, of shape (k,), ascending, and the vectors, of shape (n, k).

    Raises:
        numpy.linalg.LinAlgError: a derivative is asked for where two of the values are equal, or one of the others is
            equal to one of them. In compiled code the derivative is NaN instead.
        TypeError: A is complex, or an operator where no values are known.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.sparse import diags_array
    >>> from wengert.scipy.sparse.linalg import eigsh
    >>> def lowest(d):
    ...     return eigsh(diags_array([-1.0, d, -1.0], offsets=[-1, 0, 1], shape=(9, 9)), 1, which="SA")[0][0]
    >>> value, slope = wg.value_and_grad(lowest)(2.0)
    >>> round(value.item(), 9), round(slope.item(), 9)
    (0.097886967, 1.0)
    """
    if M is not None:
        raise TypeError(
            "[eigsh] a second matrix M was given, wanted none; write the operator L^-1 A L^-T with M = L L^T, or "
            "wengert.scipy.linalg.eigh(A, M) for dense ones"
        )
    rows = _rows_of("eigsh", A)
    options = {"sigma": sigma, "which": which, "v0": _start(v0, rows), "ncv": ncv, "maxiter": maxiter, "tol": tol}
    find = partial(_by_arpack, k=k, options=options)
    values, vectors = _differentiable("eigsh", A, find, aslinearoperator, (k, rows))
    return (values, vectors) if return_eigenvectors else values


def _by_arpack(A: Any, k: int, options: dict[str, Any]) -> Pairs:
    values, vectors = scipys.eigsh(A, k, **options)
    order = numpy.argsort(values)
    return Pairs(values[order], vectors[:, order])


def lobpcg(
    A: Any, X: Any, B: None = None, M: Any = None, Y: Any = None, tol: float | None = None,
    maxiter: int | None = None, largest: bool = True,
) -> tuple[Any, Any]:  # fmt: skip
    """As ``scipy.sparse.linalg.lobpcg``: eigenvalues and eigenvectors of a real symmetric matrix; see `eigsh`.

    Args:
        A: a matrix, dense or sparse (of SciPy's too), or a `LinearOperator`, of shape (n, n).
        X: where to begin, of shape (n, k).
        B: none; a second matrix is not known here.
        M, Y, tol, maxiter, largest: as SciPy's; M and Y are matrices of SciPy's or NumPy's.

    >>> import numpy, wengert.numpy as np
    >>> from wengert.scipy.sparse import diags_array
    >>> from wengert.scipy.sparse.linalg import lobpcg
    >>> start = numpy.random.default_rng(0).standard_normal((20, 2))
    >>> lobpcg(diags_array(np.arange(1.0, 21.0)), start, tol=1e-9, maxiter=200)[0].round(6)
    tensor([20., 19.])
    """
    if B is not None:
        raise TypeError(
            "[lobpcg] a second matrix B was given, wanted none; write the operator L^-1 A L^-T with B = L L^T"
        )
    start = numpy.array(wg.stop_gradient(X), float)
    options = {"M": M, "Y": Y, "tol": tol, "maxiter": maxiter, "largest": largest}
    find = lambda A: Pairs(*scipys.lobpcg(A, start.copy(), **options))
    _rows_of("lobpcg", A)
    return _differentiable("lobpcg", A, find, aslinearoperator, start.shape[::-1])


def svds(
    A: Any, k: int = 6, ncv: int | None = None, tol: float = 0, which: str = "LM", v0: Any = None,
    maxiter: int | None = None, return_singular_vectors: bool = True,
) -> Any:  # fmt: skip
    """As ``scipy.sparse.linalg.svds``: `k` singular values and vectors of a real matrix, by ARPACK; see `eigsh`.

    Args:
        A: a matrix, dense or sparse (of SciPy's too), or a `LinearOperator`, of shape (m, n).
        k: how many, less than m and n.
        ncv, tol, which, v0, maxiter: as SciPy's. `v0` is by default the same vector at each call.
        return_singular_vectors: whether vectors are returned.

    Returns:
        The left vectors, of shape (m, k), the values, of shape (k,), ascending, and the right ones, of shape (k, n).

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.sparse import csr_array
    >>> from wengert.scipy.sparse.linalg import svds
    >>> A = csr_array(np.array([[3.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 2.0, 1.0]]))
    >>> wg.grad(lambda A: svds(A, 1)[1][0])(A).data.round(6)
    tensor([0.6, 0.8, 0. , 0. ])
    """
    operator = aslinearoperator(A)
    _refuse_complex("svds", operator)
    rows, columns = operator.shape
    options = {"ncv": ncv, "tol": tol, "which": which, "v0": _start(v0, min(rows, columns)), "maxiter": maxiter}
    find = partial(_singular, k=k, options=options)
    values, vectors = _differentiable("svds", A, find, _with_its_transpose, (k, rows + columns))
    if not return_singular_vectors:
        return values
    scaled = numpy.sqrt(2.0) * vectors
    return scaled[:rows], values, np.transpose(scaled[rows:])


def _singular(A: Any, k: int, options: dict[str, Any]) -> Pairs:
    found: Any = scipys.svds(A, k, **options)
    left, values, right = found
    order = numpy.argsort(values)
    both = numpy.concatenate([left, right.T]) / numpy.sqrt(2.0)
    return Pairs(values[order], both[:, order])


def _with_its_transpose(A: Any) -> LinearOperator:
    """The symmetric matrix [[0, A], [A^T, 0]], whose eigenvalues are the singular values and their opposites."""
    one = aslinearoperator(A)
    rows, columns = one.shape

    def both(z: Any) -> Any:
        return np.concatenate([one @ z[rows:], one.H @ z[:rows]])

    size = rows + columns
    return LinearOperator((size, size), both, both, both, one.dtype, both)


# -- what is given ---------------------------------------------------------------------------------


def _rows_of(name: str, A: Any) -> int:
    operator = aslinearoperator(A)
    _refuse_complex(name, operator)
    if operator.shape[0] != operator.shape[1]:
        raise ValueError(
            f"[{name}] the matrix has the shape {operator.shape}, wanted a square symmetric one; write svds for others"
        )
    return operator.shape[0]


def _refuse_complex(name: str, operator: LinearOperator) -> None:
    if operator.dtype.kind == "c":
        raise TypeError(
            f"[{name}] the matrix is complex, wanted a real one; write [[A.real, -A.imag], [A.imag, A.real]], "
            "which has each value twice, or wengert.numpy.linalg for a dense one"
        )


def _start(v0: Any, size: int) -> Any:
    """Where to begin: the same at each call, so that signs do not change from one to the next."""
    return numpy.random.default_rng(0).uniform(-1, 1, size) if v0 is None else numpy.array(wg.stop_gradient(v0))


def _as_scipys(A: Any) -> Any:
    """A matrix or an operator for SciPy, with the values that it has now."""
    if isinstance(A, LinearOperator):
        product, back = (_of_arrays(step) for step in (A.matvec, A.rmatvec))
        theirs: Any = scipys.LinearOperator
        return theirs(A.shape, product, back, dtype=A.dtype)
    return A.to_scipy().astype(float) if isinstance(A, SparseArray) else numpy.array(A, float)


def _of_arrays(product: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda v: numpy.asarray(wg.stop_gradient(product(np.asarray(v.ravel()))))


# -- derivatives -----------------------------------------------------------------------------------


class Pairs(NamedTuple):
    """Eigenvalues, of shape (k,), and vectors, of shape (n, k)."""

    values: Any
    vectors: Any


def _differentiable(
    name: str,
    A: Any,
    find: Callable[[Any], Pairs],
    operator_of: Callable[[Any], LinearOperator],
    sizes: tuple[int, int],
) -> Pairs:
    """What is found, as a function of the numbers of a matrix, or of all that an operator is made of."""
    count, size = sizes
    given = () if isinstance(A, LinearOperator) else (as_sparse(A) if issparse(A) else np.asarray(A),)
    if not given and is_recorded():
        raise TypeError(
            f"[{name}] an operator was given where no values are known (within jit, vmap and loops), wanted a matrix "
            "of numbers, since SciPy multiplies by it; write a sparse matrix, or call it outside"
        )
    opaque = wg.custom_derivative(
        lambda *args: _flat(find(_as_scipys(*args or (A,)))),
        jvp=lambda primals, x, tangents: np.zeros_like(x),
        like=lambda *_: np.zeros(count * (size + 1)),
    )
    found = wg.stop_gradient(opaque(*wg.stop_gradient(given)))

    def residual(x: Any, *args: Any) -> Any:
        values, vectors = _pairs(x, count)
        product = operator_of(*args or (A,)).matmat(vectors)
        return _flat(Pairs(0.5 * (1.0 - np.sum(vectors**2, axis=0)), product - vectors * values))

    solve = _Bordered(name, _pairs(found, count))
    solved = wg.implicit(lambda *_: found, residual, solve=solve, derivative_tolerance=None)
    return _pairs(solved(*given), count)


def _flat(pairs: Pairs) -> Any:
    return np.concatenate([np.asarray(pairs.values), np.ravel(pairs.vectors)])


def _pairs(x: Any, count: int) -> Pairs:
    return Pairs(x[:count], np.reshape(x[count:], (-1, count)))


class _Bordered:
    """Solves the equations of tangents, which are those of cotangents too, at pairs that have been found."""

    def __init__(self, name: str, pairs: Pairs) -> None:
        self.name = name
        self.values, self.vectors = pairs

    def __call__(self, product: Callable[[Any], Any], b: Any) -> Any:
        sizes, right = _pairs(b, self.values.size)
        within = self.vectors.T @ right
        gaps = self.values[:, None] - self.values
        on = numpy.eye(self.values.size, dtype=bool)
        along = np.where(on, -sizes, within / np.where(on, 1.0, self._told_apart(gaps)))
        beyond = self._beyond(product, self._rest(right))
        return _flat(Pairs(-np.diagonal(within), self.vectors @ along + beyond))

    def _rest(self, x: Any) -> Any:
        """What is orthogonal to all vectors that were found."""
        return x - self.vectors @ (self.vectors.T @ x)

    def _told_apart(self, gaps: Any) -> Any:
        """The differences; NaN for what is equal.

        Raises:
            numpy.linalg.LinAlgError: two values are equal, where that is known.
        """
        largest = np.max(np.abs(self.values))
        unit = float(numpy.finfo(float).eps) ** TOLD_APART
        are_equal = (np.abs(gaps) <= unit * largest) & ~numpy.eye(self.values.size, dtype=bool)
        self._check(
            np.any(are_equal),
            "two of the values that were found are equal, so that their vectors have no derivative, wanted values that "
            "differ; write wengert.numpy.linalg.eigh(A.toarray()), by which a function of a matrix has one",
        )
        return np.where(are_equal, numpy.nan, gaps)

    def _beyond(self, product: Callable[[Any], Any], right: Any) -> Any:
        """What is orthogonal to all vectors that were found."""
        count = self.values.size

        def shifted(z: Any) -> Any:
            given = Pairs(np.zeros(count), self._rest(np.reshape(z, right.shape)))
            return np.ravel(self._rest(_pairs(product(_flat(given)), count).vectors))

        b = np.ravel(right)
        size = length(b)
        most = max(1000, 20 * right.shape[0])
        system = System(shifted, lambda z: z, b, SOLVED * size, most)
        end = minimal_residuals(system, np.zeros_like(b), lambda z: z)
        is_wrong = ~(end.residual <= ALLOWED * size)
        self._check(
            is_wrong,
            "the equations of a derivative were not solved, wanted values that differ from those that were not found; "
            "write a larger k, so that all values that are equal or nearly so are found",
        )
        return np.reshape(np.where(is_wrong, numpy.nan, end.x), right.shape)

    def _check(self, is_wrong: Any, text: str) -> None:
        if not is_recorded(is_wrong) and bool(is_wrong):
            raise numpy.linalg.LinAlgError(f"[{self.name}] {text}")
