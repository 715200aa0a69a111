"""Linear algebra, under the names of ``numpy.linalg``; everything takes stacks of matrices.

Derivatives of eigenvectors, singular vectors and the like are right for whatever does not depend on the
phase of each vector. Where values are equal, the terms 1 / (l_i - l_j) between them count as 0: first
derivatives of what depends on the values alone, or on their whole space, are right there; second
derivatives, and those of V f(L) V^H, lack the terms between equals. Write `det`, `slogdet`, `matrix_power`
or `wengert.scipy.linalg.expm`, `sqrtm`, `logm` instead, whose derivatives are right everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy
from numpy.linalg import LinAlgError

from ..core.abstract import Abstract
from ..core.dtypes.kinds import finfo
from ..core.tensor import Tensor
from ..ops import contract, elementwise as e
from ..ops.axes import reduce as r
from ..ops.broadcast import broadcast_to
from ..ops.elementwise import astype
from ..ops.indexing.gather import unslice
from ..ops.matrices import (
    determinants,
    parts as matrices,
    solving as ops,
    spectral,
)
from ..ops.operands import whole_number
from ..ops.shape import reshape, transpose
from . import indexing, products
from .arrays import manipulation
from .arrays.manipulation import normal_axes
from .norms import inexact, matrix_norm, norm, vector_norm
from .products import matmul, tensordot, vecdot
from .protocols.lift import to_tensor

__all__ = [
    "EigResult", "EighResult", "LinAlgError", "QRResult", "SVDResult", "SlogdetResult",
    "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "matmul",
    "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "qr",
    "slogdet", "solve", "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm",
]  # fmt: skip


ALL = slice(None)


class EigResult(NamedTuple):
    """Eigenvalues and eigenvectors of a square matrix."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class EighResult(NamedTuple):
    """Eigenvalues and eigenvectors of a Hermitian matrix."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class QRResult(NamedTuple):
    """The factors of X = Q R."""

    Q: Tensor
    R: Tensor


class SlogdetResult(NamedTuple):
    """The sign (phase) of a determinant and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor


class SVDResult(NamedTuple):
    """The factors of X = U diag(S) Vh."""

    U: Tensor
    S: Tensor
    Vh: Tensor


def matrix(x: Any, op: str) -> Tensor:
    """A matrix, or a stack of them.

    Raises:
        LinAlgError: it has fewer than two axes.
    """
    x = inexact(x)
    if x.ndim < 2:
        raise LinAlgError(f"[{op}] the shape is {x.shape}, wanted a matrix or a stack of matrices")
    return x


def square(x: Any, op: str) -> Tensor:
    """A square matrix, or a stack of them.

    Raises:
        LinAlgError: it is something else.
    """
    x = matrix(x, op)
    if x.shape[-1] != x.shape[-2]:
        raise LinAlgError(f"[{op}] the shape is {x.shape}, wanted square matrices (the last two axes of one length)")
    return x


# -- solving and inverting -------------------------------------------------------------------------


def solve(a: Any, b: Any) -> Tensor:
    """As ``numpy.linalg.solve``: `b` is one vector if it has one axis, and else a stack of matrices."""
    a, b = square(a, "solve"), inexact(b)
    if b.ndim == 0 or b.shape[-1 if b.ndim == 1 else -2] != a.shape[-1]:
        raise ValueError(
            f"[solve] the shapes are {a.shape} and {b.shape}, wanted a right side with {a.shape[-1]} rows; "
            "write solve(a, b[..., None])[..., 0] for a stack of vectors"
        )
    if b.ndim > 1:
        return ops.solve(a, b)
    x = ops.solve(a, matrices.as_column(b))
    return reshape(x, shape=x.shape[:-1])


def inv(a: Any) -> Tensor:
    """As ``numpy.linalg.inv``."""
    return ops.inv(square(a, "inv"))


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Tensor:
    """As ``numpy.linalg.pinv``, also where the cutoff acts. The cutoff is a constant."""
    a = matrix(a, "pinv")
    cutoff = rcond if rtol is None else rtol
    cutoff = 1e-15 if cutoff is None else e.stop_gradient(to_tensor(cutoff))[..., None]
    return spectral.pinv(a, cutoff, hermitian)


def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As ``numpy.linalg.lstsq``: solution, squared residuals, rank and singular values.

    The derivative is that without the singular values below the cutoff. Within `vmap` the rank is taken to be full.
    """
    a, b = matrix(a, "lstsq"), inexact(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise LinAlgError(
            f"[lstsq] the shapes are {a.shape} and {b.shape}, wanted a matrix and as many rows of the right side; "
            "write vmap(lstsq) for a stack"
        )
    if type(a._value) is not Abstract and not numpy.isfinite(a._value).all():
        raise LinAlgError("[lstsq] the matrix has an element that is infinite or NaN, wanted finite ones")
    cutoff = max(a.shape) * finfo(a.dtype).eps if rcond is None else max(rcond, finfo(a.dtype).eps)
    x = contract.matmul(spectral.pinv(a, cutoff, False), b)
    s = svdvals(a)
    rank = r.sum(e.greater(s, cutoff * r.largest(s, axis=(0,), keepdims=True)), axis=(0,), keepdims=False)
    return x, _residuals(a, b, x, rank), astype(rank, dtype=numpy.dtype(numpy.int32)), s


def _residuals(a: Tensor, b: Tensor, x: Tensor, rank: Tensor) -> Tensor:
    """The squared length of each column of b - a x; empty if the solution is exact or not unique."""
    known = type(rank._value) is not Abstract
    if a.shape[0] <= a.shape[1] or (known and int(rank._value) < a.shape[1]):
        return Tensor(numpy.zeros(0, ops.real_dtype(x.dtype)))
    left = e.absolute(e.subtract(b, contract.matmul(a, x)))
    totals = r.sum(e.multiply(left, left), axis=(0,), keepdims=False)
    return reshape(totals, shape=(1,)) if totals.ndim == 0 else totals


def tensorinv(a: Any, ind: int = 2) -> Tensor:
    """As ``numpy.linalg.tensorinv``."""
    a = inexact(a)
    if ind <= 0:
        raise ValueError(f"[tensorinv] ind={ind}, wanted a positive number of axes")
    left, right = a.shape[:ind], a.shape[ind:]
    return reshape(inv(reshape(a, shape=(math.prod(left), math.prod(right)))), shape=(*right, *left))


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Tensor:
    """As ``numpy.linalg.tensorsolve``."""
    a, b = inexact(a), to_tensor(b)
    if axes is not None:
        last = normal_axes(tuple(axes), a.ndim)
        a = transpose(a, axes=(*(i for i in range(a.ndim) if i not in last), *last))
    shape = a.shape[b.ndim :]
    if math.prod(shape) != b.size:
        raise LinAlgError(
            f"[tensorsolve] the shapes are {a.shape} and {b.shape}, wanted as many elements in the right side as in "
            f"the other axes of the first, {shape}"
        )
    return reshape(solve(reshape(a, shape=(b.size, b.size)), reshape(b, shape=(b.size,))), shape=shape)


# -- numbers of a matrix ---------------------------------------------------------------------------


def det(a: Any) -> Tensor:
    """As ``numpy.linalg.det``; singular matrices have a gradient and a Hessian too."""
    return determinants.det(square(a, "det"))


def slogdet(a: Any) -> SlogdetResult:
    """As ``numpy.linalg.slogdet``."""
    return SlogdetResult(*determinants.slogdet(square(a, "slogdet")))


def cond(x: Any, p: Any = None) -> Tensor:
    """As ``numpy.linalg.cond``."""
    x = matrix(x, "cond")
    if not math.prod(x.shape[-2:]):
        raise LinAlgError(f"[cond] the shape is {x.shape}, wanted matrices with elements: empty ones have no condition")
    with numpy.errstate(all="ignore"):
        return _infinite_if_undefined(_condition(x, p), x)


def _condition(x: Tensor, p: Any) -> Tensor:
    if p is not None and p not in (2, -2):
        inverse = ops.inverse_where_possible(square(x, "cond"))
        return e.multiply(matrix_norm(x, ord=p), matrix_norm(inverse, ord=p))
    s = svdvals(x)
    largest, smallest = (reduce(s, axis=(s.ndim - 1,), keepdims=False) for reduce in (r.max, r.min))
    return e.divide(smallest, largest) if p == -2 else e.divide(largest, smallest)


def _infinite_if_undefined(condition: Tensor, x: Tensor) -> Tensor:
    """A condition number; infinite where it is 0 / 0 or 0 times infinity, and not for a NaN in the matrix."""
    has_nan = r.any(e.isnan(x), axis=(x.ndim - 2, x.ndim - 1), keepdims=False)
    return e.where(e.logical_and(e.isnan(condition), e.logical_not(has_nan)), numpy.inf, condition)


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Tensor:
    """As ``numpy.linalg.matrix_rank``; an integer, without a derivative."""
    A = inexact(A)
    if A.ndim < 2:
        return astype(r.any(e.not_equal(A, 0), axis=tuple(range(A.ndim)), keepdims=False), dtype=numpy.dtype(int))
    A = e.stop_gradient(A)
    s = e.absolute(eigvalsh(A)) if hermitian else svdvals(A)
    if tol is None:
        relative = max(A.shape[-2:]) * finfo(s.dtype).eps if rtol is None else to_tensor(rtol)
        tol = e.multiply(r.largest(s, axis=(s.ndim - 1,), keepdims=False), relative)
    return r.sum(e.greater(s, matrices.as_column(to_tensor(tol))), axis=(s.ndim - 1,), keepdims=False)


# -- decompositions --------------------------------------------------------------------------------


def cholesky(a: Any, /, *, upper: bool = False) -> Tensor:
    """As ``numpy.linalg.cholesky``; the derivative is by the Hermitian part of a change of `a`."""
    a = square(a, "cholesky")
    return contract.adjoint_matrix(ops.cholesky(contract.adjoint_matrix(a))) if upper else ops.cholesky(a)


def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """As ``numpy.linalg.eigh``; the derivative is by the Hermitian part of a change of `a`."""
    if str(UPLO).upper() not in ("L", "U"):
        raise ValueError(f"[eigh] UPLO={UPLO!r}, wanted 'L' or 'U'")
    return EighResult(*spectral.eigh(square(a, "eigh"), uplo=UPLO.upper()))


def eigvalsh(a: Any, UPLO: str = "L") -> Tensor:
    """As ``numpy.linalg.eigvalsh``."""
    return eigh(a, UPLO).eigenvalues


def eig(a: Any) -> EigResult:
    """As ``numpy.linalg.eig``: real if every eigenvalue of a real matrix is; within `vmap` always complex.

    The derivative is that of eigenvectors of unit length.
    """
    a = square(a, "eig")
    values, vectors = spectral.eig(a)
    if a.dtype.kind != "c" and _is_real(values):
        return EigResult(e.real(values), e.real(vectors))
    return EigResult(values, vectors)


def _is_real(values: Tensor) -> bool:
    return type(values._value) is not Abstract and not numpy.any(numpy.imag(values._value))


def eigvals(a: Any) -> Tensor:
    """As ``numpy.linalg.eigvals``; see `eig`."""
    return eig(a).eigenvalues


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """As ``numpy.linalg.svd``.

    With ``full_matrices=True`` the vectors of a matrix that is not square have no derivative. The singular
    values have; at 0 (where they are not smooth) it is one of many possible.
    """
    a = matrix(a, "svd")
    u, s, vh = spectral.svd(a)
    if not compute_uv:
        return s
    if full_matrices and a.shape[-1] != a.shape[-2]:
        u, vh = spectral.full_singular_vectors(a)
    return SVDResult(u, s, vh)


def svdvals(x: Any, /) -> Tensor:
    """As ``numpy.linalg.svdvals``."""
    return svd(x, compute_uv=False)


def qr(a: Any, mode: str = "reduced") -> Any:
    """As ``numpy.linalg.qr``, without ``mode='raw'``.

    With ``mode='complete'`` the Q of a matrix with more rows than columns has no derivative.
    """
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"[qr] mode={mode!r}, wanted 'reduced', 'complete' or 'r'; write numpy.linalg.qr for 'raw'")
    a = matrix(a, "qr")
    q, upper = spectral.qr(a, complete=mode == "complete")
    if q.shape[-1] > a.shape[-1]:
        upper = unslice(spectral.qr(a, complete=False)[1], index=(..., slice(a.shape[-1]), ALL), shape=upper.shape)
    return upper if mode == "r" else QRResult(q, upper)


# -- products --------------------------------------------------------------------------------------


def matrix_power(a: Any, n: int) -> Tensor:
    """As ``numpy.linalg.matrix_power``: by repeated squaring; a negative power is one of the inverse."""
    a = to_tensor(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise LinAlgError(f"[matrix_power] the shape is {a.shape}, wanted square matrices")
    exponent = whole_number(n, "exponent")
    if exponent < 0:
        a, exponent = inv(a), -exponent
    if exponent == 0:
        return broadcast_to(Tensor(numpy.eye(a.shape[-1], dtype=a.dtype)), shape=a.shape)
    result = None
    while True:
        if exponent & 1:
            result = a if result is None else contract.matmul(result, a)
        exponent >>= 1
        if not exponent:
            return result  # type: ignore[return-value]
        a = contract.matmul(a, a)


def multi_dot(arrays: Sequence[Any]) -> Tensor:
    """As ``numpy.linalg.multi_dot``: the product in the order with the fewest multiplications."""
    first, *middle, last = (to_tensor(x) for x in arrays)
    chain = [matrices.as_row(first) if first.ndim == 1 else first, *middle]
    chain.append(matrices.as_column(last) if last.ndim == 1 else last)
    if any(m.ndim != 2 for m in chain):
        raise LinAlgError(
            f"[multi_dot] the shapes are {[m.shape for m in (first, *middle, last)]}, wanted matrices, of which the "
            "first and the last may be vectors"
        )
    return reshape(_in_best_order(chain), shape=(*first.shape[:-1], *last.shape[1:]))


def _in_best_order(chain: Sequence[Tensor]) -> Tensor:
    """The product of a chain of matrices, with the fewest multiplications.

    Source: T. H. Cormen et al., "Introduction to Algorithms" (2009), section 15.2.
    """
    lengths = [chain[0].shape[0], *(m.shape[1] for m in chain)]

    @cache
    def best(first: int, last: int) -> tuple[int, int]:
        """The cost of the product of some neighbours, and after which to split it."""
        if first == last:
            return 0, first
        ends = lengths[first] * lengths[last + 1]
        splits = range(first, last)
        return min((best(first, k)[0] + best(k + 1, last)[0] + ends * lengths[k + 1], k) for k in splits)

    def product(first: int, last: int) -> Tensor:
        split = best(first, last)[1]
        return chain[first] if first == last else contract.matmul(product(first, split), product(split + 1, last))

    return product(0, len(chain) - 1)


def outer(x1: Any, x2: Any, /) -> Tensor:
    """As ``numpy.linalg.outer``: of two vectors."""
    x1, x2 = to_tensor(x1), to_tensor(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"[outer] the shapes are {x1.shape} and {x2.shape}, wanted vectors; write np.outer to flatten")
    return products.outer(x1, x2)


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Tensor:
    """As ``numpy.linalg.cross``: of vectors of three components."""
    x1, x2 = to_tensor(x1), to_tensor(x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(f"[cross] the shapes are {x1.shape} and {x2.shape}, wanted length 3 along axis {axis}")
    return products.cross(x1, x2, axis=axis)


# -- parts -----------------------------------------------------------------------------------------


def matrix_transpose(x: Any, /) -> Tensor:
    """As ``numpy.linalg.matrix_transpose``: the last two axes swapped."""
    x = to_tensor(x)
    if x.ndim < 2:
        raise ValueError(f"[matrix_transpose] the shape is {x.shape}, wanted at least two axes")
    return manipulation.matrix_transpose(x)


def diagonal(x: Any, /, *, offset: int = 0) -> Tensor:
    """As ``numpy.linalg.diagonal``: of the last two axes; a view that is read-only."""
    return indexing.diagonal(x, offset, -2, -1)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """As ``numpy.linalg.trace``: of the last two axes."""
    return products.trace(x, offset, -2, -1, dtype)
