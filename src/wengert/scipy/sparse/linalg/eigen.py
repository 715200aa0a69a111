"""Some eigenvalues of large symmetric matrices, and singular values, found by SciPy; their derivatives are solved for
(see `bordered`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy
from scipy.sparse import linalg as scipys

import wengert as wg
import wengert.numpy as np

from ...recording import is_recorded
from ..arrays import SparseArray, as_sparse
from ..building import issparse
from .bordered import Pairs, flat, pairs_of, solvers_at
from .operators import LinearOperator, aslinearoperator


def eigsh(
    A: Any, k: int = 6, M: Any = None, sigma: float | None = None, which: str = "LM", v0: Any = None,
    ncv: int | None = None, maxiter: int | None = None, tol: float = 0, return_eigenvectors: bool = True,
) -> Any:  # fmt: skip
    """As ``scipy.sparse.linalg.eigsh``: `k` eigenvalues and eigenvectors of a real symmetric matrix, by ARPACK.

    They differentiate in both modes and to any order, in the numbers of A and M and in all that an operator is made of.
    Where values are equal, what treats them alike differentiates in reverse mode: a sum over all of them, or the space
    of their vectors. In compiled code ARPACK is a step of its own.

    Args:
        A: a matrix, dense or sparse (of SciPy's too), or a `LinearOperator`, of shape (n, n).
        k: how many, less than n.
        M: a second matrix, symmetric and positive definite, likewise: ``A v = l M v``, and ``v @ M @ v`` is 1.
        sigma: near which number, for a matrix that is given by its numbers.
        which, v0, ncv, maxiter, tol: as SciPy's. `v0` is by default the same vector at each call.
        return_eigenvectors: whether vectors are returned.

    Returns:
        The values, of shape (k,), ascending, and the vectors, of shape (n, k).

    Raises:
        numpy.linalg.LinAlgError: a derivative is asked for that tells equal values apart, or where one of the others
            is equal to one of them. In compiled code the derivative is NaN instead.
        TypeError: A or M is complex, or an operator where no values are known.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.sparse import diags_array
    >>> from wengert.scipy.sparse.linalg import eigsh
    >>> def lowest(d):
    ...     return eigsh(diags_array([-1.0, d, -1.0], offsets=[-1, 0, 1], shape=(9, 9)), 1, which="SA")[0][0]
    >>> value, slope = wg.value_and_grad(lowest)(2.0)
    >>> round(value.item(), 9), round(slope.item(), 9)
    (0.097886967, 1.0)
    """
    rows = _rows_of("eigsh", A, M)
    options = {"sigma": sigma, "which": which, "v0": _start(v0, rows), "ncv": ncv, "maxiter": maxiter, "tol": tol}
    find = partial(_by_arpack, k=k, options=options)
    values, vectors = _differentiable("eigsh", (A, M), find, aslinearoperator, (k, rows))
    return (values, vectors) if return_eigenvectors else values


def _by_arpack(A: Any, M: Any, k: int, options: dict[str, Any]) -> Pairs:
    values, vectors = scipys.eigsh(A, k, M, **options)
    order = numpy.argsort(values)
    return Pairs(values[order], vectors[:, order])


def lobpcg(
    A: Any, X: Any, B: Any = None, M: Any = None, Y: Any = None, tol: float | None = None,
    maxiter: int | None = None, largest: bool = True,
) -> tuple[Any, Any]:  # fmt: skip
    """As ``scipy.sparse.linalg.lobpcg``: eigenvalues and eigenvectors of a real symmetric matrix; see `eigsh`.

    Args:
        A: a matrix, dense or sparse (of SciPy's too), or a `LinearOperator`, of shape (n, n).
        X: where to begin, of shape (n, k).
        B: a second matrix, symmetric and positive definite, as M of `eigsh`.
        M, Y, tol, maxiter, largest: as SciPy's; M and Y are matrices of SciPy's or NumPy's.

    >>> import numpy, wengert.numpy as np
    >>> from wengert.scipy.sparse import diags_array
    >>> from wengert.scipy.sparse.linalg import lobpcg
    >>> start = numpy.random.default_rng(0).standard_normal((20, 2))
    >>> lobpcg(diags_array(np.arange(1.0, 21.0)), start, tol=1e-9, maxiter=200)[0].round(6)
    tensor([20., 19.])
    """
    start = numpy.array(wg.stop_gradient(X), float)
    options = {"M": M, "Y": Y, "tol": tol, "maxiter": maxiter, "largest": largest}
    find = lambda A, B: Pairs(*scipys.lobpcg(A, start.copy(), B, **options))
    _rows_of("lobpcg", A, B)
    return _differentiable("lobpcg", (A, B), find, aslinearoperator, start.shape[::-1])


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
    values, vectors = _differentiable("svds", (A, None), find, _with_its_transpose, (k, rows + columns))
    if not return_singular_vectors:
        return values
    scaled = numpy.sqrt(2.0) * vectors
    return scaled[:rows], values, np.transpose(scaled[rows:])


def _singular(A: Any, _: None, k: int, options: dict[str, Any]) -> Pairs:
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


def _rows_of(name: str, A: Any, second: Any) -> int:
    operator = aslinearoperator(A)
    _refuse_complex(name, operator)
    if operator.shape[0] != operator.shape[1]:
        raise ValueError(
            f"[{name}] the matrix has the shape {operator.shape}, wanted a square symmetric one; write svds for others"
        )
    if second is not None:
        _check_second(name, operator, aslinearoperator(second))
    return operator.shape[0]


def _check_second(name: str, first: LinearOperator, second: LinearOperator) -> None:
    _refuse_complex(name, second)
    if second.shape != first.shape:
        raise ValueError(
            f"[{name}] the matrices have the shapes {first.shape} and {second.shape}, wanted the same; write the "
            "second one with a row and a column for each of the first"
        )


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
    """A matrix or an operator for SciPy, with the values that it has now; ``None`` if there is none."""
    if A is None:
        return None
    if isinstance(A, LinearOperator):
        product, back = (_of_arrays(step) for step in (A.matvec, A.rmatvec))
        theirs: Any = scipys.LinearOperator
        return theirs(A.shape, product, back, dtype=A.dtype)
    return A.to_scipy().astype(float) if isinstance(A, SparseArray) else numpy.array(A, float)


def _of_arrays(product: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda v: numpy.asarray(wg.stop_gradient(product(np.asarray(v.ravel()))))


# -- derivatives -----------------------------------------------------------------------------------


def _differentiable(
    name: str,
    matrices: tuple[Any, Any],
    find: Callable[..., Pairs],
    operator_of: Callable[[Any], LinearOperator],
    sizes: tuple[int, int],
) -> Pairs:
    """What is found, as a function of the numbers of two matrices, or of all that operators are made of."""
    count, size = sizes
    given = {i: as_sparse(A) if issparse(A) else np.asarray(A) for i, A in enumerate(matrices) if _has_numbers(A)}
    if is_recorded() and any(isinstance(A, LinearOperator) for A in matrices):
        raise TypeError(
            f"[{name}] an operator was given where no values are known (within jit, vmap and loops), wanted a matrix "
            "of numbers, since SciPy multiplies by it; write a sparse matrix, or call it outside"
        )

    def whole(numbers: Any) -> tuple[Any, Any]:
        """The matrices with these numbers."""
        first, second = (dict(zip(given, numbers, strict=True)).get(i, A) for i, A in enumerate(matrices))
        return first, second

    opaque = wg.custom_derivative(
        lambda *numbers: flat(find(*map(_as_scipys, whole(numbers)))),
        jvp=lambda primals, x, tangents: np.zeros_like(x),
        like=lambda *_: np.zeros(count * (size + 1)),
    )
    numbers = list(given.values())
    found = wg.stop_gradient(opaque(*wg.stop_gradient(numbers)))

    def residual(x: Any, *numbers: Any) -> Any:
        first, second = whole(numbers)
        values, vectors = pairs_of(x, count)
        image = vectors if second is None else aslinearoperator(second).matmat(vectors)
        rest = operator_of(first).matmat(vectors) - image * values
        return flat(Pairs(0.5 * (1.0 - np.sum(vectors * image, axis=0)), rest))

    _, second = matrices
    held = pairs_of(found, count)
    images = held.vectors if second is None else aslinearoperator(wg.stop_gradient(second)).matmat(held.vectors)
    solve, transposed = solvers_at(name, held, wg.stop_gradient(images))
    solved = wg.implicit(lambda *_: found, residual, solve=solve, transpose_solve=transposed, derivative_tolerance=None)
    return pairs_of(solved(*numbers), count)


def _has_numbers(A: Any) -> bool:
    return A is not None and not isinstance(A, LinearOperator)
