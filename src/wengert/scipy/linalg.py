"""Functions under the names of ``scipy.linalg``.

They take stacks of matrices where SciPy takes one, and SciPy's hints (``overwrite_a``, ``check_finite``,
``lapack_driver``, ...) without need of them. Single precision stays single where SciPy widens it. A name of
SciPy that is not written here (``schur``, ``null_space``, ``hadamard``, ...) can be called on values, but has
no derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.dtypes.kinds import finfo
from ..core.python.trees import flatten, unflatten
from ..core.state import state
from ..core.tensor import Tensor
from ..numpy import linalg as n
from ..numpy.linalg import LinAlgError, det, inv, matrix, square
from ..numpy.norms import inexact, norm as norm_of
from ..numpy.products import kron, matmul
from ..ops import elementwise as e
from ..ops.contract import adjoint_matrix, matmul as multiply_matrices, matrix_transpose
from ..ops.elementwise import astype
from ..ops.indexing.gather import block, unslice
from ..ops.join import concatenate
from ..ops.matrices import (
    banded,
    equations as equations,
    functions as functions,
    parts as matrices,
    solving as ops,
    spectral,
)
from ..ops.shape import reshape
from .structured import block_diag, circulant, hankel, khatri_rao, toeplitz, vector

__all__ = [
    "LinAlgError", "block_diag", "cho_factor", "cho_solve", "cholesky", "circulant", "coshm", "cosm", "det", "eig",
    "eigh", "eigh_tridiagonal", "eigvals", "eigvalsh", "eigvalsh_tridiagonal", "expm", "expm_frechet",
    "fractional_matrix_power", "funm", "hankel", "inv", "khatri_rao", "logm", "lstsq", "lu", "lu_factor", "lu_solve",
    "matmul_toeplitz", "norm", "orthogonal_procrustes", "pinv", "polar", "qr", "rq", "sinhm", "sinm", "solve",
    "solve_banded", "solve_continuous_are", "solve_continuous_lyapunov", "solve_discrete_are",
    "solve_discrete_lyapunov", "solve_lyapunov", "solve_sylvester", "solve_toeplitz", "solve_triangular",
    "solveh_banded", "sqrtm", "svd", "svdvals", "tanhm", "tanm", "toeplitz",
]  # fmt: skip

HINTS = frozenset(
    {"check_finite", "driver", "lapack_driver", "lwork", "overwrite_a", "overwrite_ab", "overwrite_b", "balanced"}
)


def _check_hints(op: str, hints: dict[str, Any]) -> None:
    unknown = sorted(set(hints) - HINTS)
    if unknown:
        raise TypeError(f"[{op}] there is no derivative with the argument {unknown[0]!r}; write it without")


# -- solving ---------------------------------------------------------------------------------------


def solve(
    a: Any, b: Any, lower: bool = False, *, assume_a: str | None = None, transposed: bool = False, **hints: Any
) -> Tensor:
    """As ``scipy.linalg.solve``; what `assume_a` promises must hold in the whole matrix, which is read."""
    _check_hints("solve", hints)
    a = square(a, "solve")
    return n.solve(matrix_transpose(a) if transposed else a, b)


def _solved(solve_columns: Callable[[Tensor], Tensor], b: Any) -> Tensor:
    """Solve for a right side that may be one vector."""
    b = inexact(b)
    if b.ndim > 1:
        return solve_columns(b)
    x = solve_columns(matrices.as_column(b))
    return reshape(x, shape=x.shape[:-1])


def _operated(a: Tensor, lower: bool, trans: Any) -> tuple[Tensor, bool]:
    """The triangular matrix that `trans` asks for, and where its elements are."""
    if trans in (0, "N"):
        return a, lower
    if trans in (1, "T"):
        return matrix_transpose(a), not lower
    if trans in (2, "C"):
        return adjoint_matrix(a), not lower
    raise ValueError(f"[solve_triangular] trans={trans!r}, wanted 0 or 'N', 1 or 'T', 2 or 'C'")


def solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False, **hints: Any
) -> Tensor:
    """As ``scipy.linalg.solve_triangular``; the triangle that is not read has derivative 0."""
    _check_hints("solve_triangular", hints)
    triangle, is_lower = _operated(square(a, "solve_triangular"), lower, trans)
    return _solved(lambda b: ops.solve_triangular(triangle, b, lower=is_lower, unit_diagonal=unit_diagonal), b)


def _both_triangles(first: Tensor, first_is_lower: bool, b: Tensor) -> Tensor:
    """The x with F F^H x = b for a triangular F."""
    y = ops.solve_triangular(first, b, lower=first_is_lower, unit_diagonal=False)
    return ops.solve_triangular(adjoint_matrix(first), y, lower=not first_is_lower, unit_diagonal=False)


def cho_factor(a: Any, lower: bool = False, **hints: Any) -> tuple[Tensor, bool]:
    """As ``scipy.linalg.cho_factor``, with zeros in the triangle that SciPy leaves as it was."""
    _check_hints("cho_factor", hints)
    return cholesky(a, lower=lower), lower


def cho_solve(c_and_lower: tuple[Any, bool], b: Any, **hints: Any) -> Tensor:
    """As ``scipy.linalg.cho_solve``."""
    _check_hints("cho_solve", hints)
    c, lower = c_and_lower
    factor = square(c, "cho_solve") if lower else adjoint_matrix(square(c, "cho_solve"))
    return _solved(lambda b: _both_triangles(factor, True, b), b)


def cholesky(a: Any, lower: bool = False, **hints: Any) -> Tensor:
    """As ``scipy.linalg.cholesky``; the derivative is by the Hermitian part of a change of `a`."""
    _check_hints("cholesky", hints)
    return n.cholesky(a, upper=not lower)


def lu_factor(a: Any, **hints: Any) -> tuple[Tensor, Tensor]:
    """As ``scipy.linalg.lu_factor``; the pivots are constants."""
    _check_hints("lu_factor", hints)
    return equations.lu_factor(matrix(a, "lu_factor"))


def lu_solve(lu_and_piv: tuple[Any, Any], b: Any, trans: int = 0, **hints: Any) -> Tensor:
    """As ``scipy.linalg.lu_solve``."""
    _check_hints("lu_solve", hints)
    factors, pivots = square(lu_and_piv[0], "lu_solve"), lu_and_piv[1]
    order = _row_order(factors, pivots)
    if trans == 0:
        return _solved(lambda b: _through(factors, multiply_matrices(matrix_transpose(order), b), trans), b)
    return _solved(lambda b: multiply_matrices(order, _through(factors, b, trans)), b)


def _through(factors: Tensor, b: Tensor, trans: int) -> Tensor:
    """Solve with both packed triangles, in the order that `trans` asks for."""
    steps = [(True, True), (False, False)]
    for lower, unit in steps if trans == 0 else reversed(steps):
        triangle, is_lower = _operated(factors, lower, trans)
        b = ops.solve_triangular(triangle, b, lower=is_lower, unit_diagonal=unit)
    return b


def _row_order(factors: Tensor, pivots: Any) -> Tensor:
    return equations.permutation(pivots, size=factors.shape[-2], dtype=ops.real_dtype(factors.dtype))


def lu(a: Any, permute_l: bool = False, *, p_indices: bool = False, **hints: Any) -> tuple[Tensor, ...]:
    """As ``scipy.linalg.lu``; the permutation is a constant."""
    _check_hints("lu", hints)
    factors, pivots = lu_factor(a)
    order, left, right = _row_order(factors, pivots), equations.unit_lower(factors), equations.upper(factors)
    if permute_l:
        return multiply_matrices(order, left), right
    return (equations.row_numbers(order) if p_indices else order), left, right


def solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any, **hints: Any) -> Tensor:
    """As ``scipy.linalg.solve_banded``, in a time that grows with the length of the band."""
    _check_hints("solve_banded", hints)
    ab, counts = matrix(ab, "solve_banded"), (int(l_and_u[0]), int(l_and_u[1]))
    if sum(counts) + 1 != ab.shape[0]:
        raise ValueError(
            f"[solve_banded] l_and_u={l_and_u} and a band of shape {ab.shape}, wanted {sum(counts) + 1} rows: one for "
            "each diagonal below, the main one, and each above"
        )
    return _solved(lambda b: banded.solve_banded(ab, b, l_and_u=counts), b)


def solveh_banded(ab: Any, b: Any, lower: bool = False, **hints: Any) -> Tensor:
    """As ``scipy.linalg.solveh_banded``."""
    _check_hints("solveh_banded", hints)
    ab = matrix(ab, "solveh_banded")
    count = ab.shape[0] - 1
    other = banded.band_adjoint(ab, (count, 0) if lower else (0, count))
    above, below = (other, ab) if lower else (ab, other)
    whole = concatenate(above, block(below, index=(slice(1, None),)), axis=0)
    return _solved(lambda b: banded.solve_banded(whole, b, l_and_u=(count, count)), b)


def solve_toeplitz(c_or_cr: Any, b: Any, **hints: Any) -> Tensor:
    """As ``scipy.linalg.solve_toeplitz``, by the whole matrix."""
    _check_hints("solve_toeplitz", hints)
    return n.solve(_toeplitz_of(c_or_cr), b)


def matmul_toeplitz(c_or_cr: Any, x: Any, **hints: Any) -> Tensor:
    """As ``scipy.linalg.matmul_toeplitz``, by the whole matrix."""
    _check_hints("matmul_toeplitz", hints)
    return matmul(_toeplitz_of(c_or_cr), x)


def _toeplitz_of(c_or_cr: Any) -> Tensor:
    return toeplitz(*c_or_cr) if isinstance(c_or_cr, tuple) else toeplitz(c_or_cr)


def pinv(a: Any, *, atol: Any = None, rtol: Any = None, return_rank: bool = False, **hints: Any) -> Any:
    """As ``scipy.linalg.pinv``, also where the cutoff acts. `atol` is not supported."""
    _check_hints("pinv", hints)
    if atol is not None:
        raise ValueError(f"[pinv] atol={atol!r}, wanted None; write rtol=, relative to the largest singular value")
    a = matrix(a, "pinv")
    cutoff = max(a.shape[-2:]) * finfo(a.dtype).eps if rtol is None else rtol
    inverse = spectral.pinv(a, cutoff, False)
    return (inverse, n.matrix_rank(a, rtol=cutoff)) if return_rank else inverse


def lstsq(a: Any, b: Any, cond: float | None = None, **hints: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As ``scipy.linalg.lstsq``; see `wengert.numpy.linalg.lstsq`."""
    _check_hints("lstsq", hints)
    x, left, rank, s = n.lstsq(a, b, rcond=cond)
    return x, reshape(left, shape=()) if x.ndim == 1 and left.size == 1 else left, rank, s


def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, **hints: Any) -> Tensor:
    """As ``scipy.linalg.norm``; where the norm is 0 its derivatives are 0."""
    _check_hints("norm", hints)
    return norm_of(a, ord, axis, keepdims)


# -- matrix equations ------------------------------------------------------------------------------


def solve_sylvester(a: Any, b: Any, q: Any) -> Tensor:
    """As ``scipy.linalg.solve_sylvester``: the x with a x + x b = q."""
    return equations.sylvester(square(a, "solve_sylvester"), square(b, "solve_sylvester"), matrix(q, "solve_sylvester"))


def solve_continuous_lyapunov(a: Any, q: Any) -> Tensor:
    """As ``scipy.linalg.solve_continuous_lyapunov``: the x with a x + x a^H = q."""
    a = square(a, "solve_continuous_lyapunov")
    return equations.sylvester(a, adjoint_matrix(a), square(q, "solve_continuous_lyapunov"))


solve_lyapunov = solve_continuous_lyapunov


def solve_discrete_lyapunov(a: Any, q: Any, method: str | None = None) -> Tensor:
    """As ``scipy.linalg.solve_discrete_lyapunov``: the x with a x a^H - x + q = 0; of one matrix."""
    a, q = square(a, "solve_discrete_lyapunov"), square(q, "solve_discrete_lyapunov")
    if method not in (None, "direct", "bilinear"):
        raise ValueError(f"[solve_discrete_lyapunov] method={method!r}, wanted 'direct' or 'bilinear'")
    if method == "bilinear" or (method is None and a.shape[-1] >= 10):
        return equations.discrete_lyapunov(a, q)
    size = a.shape[-1]
    system = numpy.eye(size * size, dtype=a.dtype) - kron(a, e.conjugate(a))
    return reshape(n.solve(system, reshape(q, shape=(size * size,))), shape=q.shape)


def solve_continuous_are(a: Any, b: Any, q: Any, r: Any) -> Tensor:
    """As ``scipy.linalg.solve_continuous_are`` without `e` and `s`: the stabilising x with
    x a + a^H x - x b r^-1 b^H x + q = 0. The derivative keeps x Hermitian.
    """
    a, b, q, r = (matrix(x, "solve_continuous_are") for x in (a, b, q, r))
    return equations.continuous_riccati(a, b, q, r)


def solve_discrete_are(a: Any, b: Any, q: Any, r: Any) -> Tensor:
    """As ``scipy.linalg.solve_discrete_are`` without `e` and `s`: the stabilising x with
    a^H x a - x - a^H x b (r + b^H x b)^-1 b^H x a + q = 0. The derivative keeps x Hermitian.
    """
    a, b, q, r = (matrix(x, "solve_discrete_are") for x in (a, b, q, r))
    return equations.discrete_riccati(a, b, q, r)


# -- decompositions --------------------------------------------------------------------------------


def eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    type: int = 1,
    subset_by_index: Any = None,
    **hints: Any,
) -> Any:
    """As ``scipy.linalg.eigh``, with a x = l b x as the general problem (``type=1``).

    The derivative is by the Hermitian parts of changes of `a` and `b`.
    """
    _check_hints("eigh", hints)
    if type != 1:
        raise ValueError(f"[eigh] type={type}, wanted 1; write inv(b) in the place of b for another")
    values, vectors = _eigh(square(a, "eigh"), b, "L" if lower else "U")
    if subset_by_index is not None:
        first, last = subset_by_index
        chosen = (..., slice(first, last + 1))
        values, vectors = block(values, index=chosen), block(vectors, index=chosen)
    return values if eigvals_only else (values, vectors)


def _eigh(a: Tensor, b: Any, uplo: str) -> tuple[Tensor, Tensor]:
    """With b = L L^H the vectors are L^-H times those of L^-1 a L^-H."""
    if b is None:
        return spectral.eigh(a, uplo=uplo)
    b = square(b, "eigh")
    factor = ops.cholesky(b if uplo == "L" else adjoint_matrix(b))
    half = ops.solve_triangular(factor, _mirrored(a, uplo), lower=True, unit_diagonal=False)
    whole = ops.solve_triangular(factor, adjoint_matrix(half), lower=True, unit_diagonal=False)
    values, vectors = spectral.eigh(whole, uplo="L")
    return values, ops.solve_triangular(adjoint_matrix(factor), vectors, lower=False, unit_diagonal=False)


def _mirrored(a: Tensor, uplo: str) -> Tensor:
    """The Hermitian matrix of one triangle."""
    return equations.mirrored(a, lower=uplo == "L")


def eigvalsh(a: Any, b: Any = None, **options: Any) -> Tensor:
    """As ``scipy.linalg.eigvalsh``."""
    return eigh(a, b, eigvals_only=True, **options)


def eigh_tridiagonal(d: Any, e: Any, eigvals_only: bool = False, **hints: Any) -> Any:
    """As ``scipy.linalg.eigh_tridiagonal``, by the whole matrix."""
    _check_hints("eigh_tridiagonal", hints)
    main, above = vector(inexact(d), "eigh_tridiagonal"), vector(inexact(e), "eigh_tridiagonal")
    if above.shape[0] != main.shape[0] - 1:
        raise ValueError(
            f"[eigh_tridiagonal] the diagonals have lengths {main.shape[0]} and {above.shape[0]}, wanted the second "
            "one shorter by one"
        )
    size = main.shape[0]
    below = unslice(matrices.diagonal_matrix(above), index=(slice(1, None), slice(None, -1)), shape=(size, size))
    whole = matrices.diagonal_matrix(main) + below + matrix_transpose(below)
    values, vectors = spectral.eigh(whole, uplo="L")
    return values if eigvals_only else (values, vectors)


def eigvalsh_tridiagonal(d: Any, e: Any, **hints: Any) -> Tensor:
    """As ``scipy.linalg.eigvalsh_tridiagonal``, by the whole matrix."""
    return eigh_tridiagonal(d, e, eigvals_only=True, **hints)


def eig(a: Any, b: Any = None, left: bool = False, right: bool = True, **hints: Any) -> Any:
    """As ``scipy.linalg.eig`` for right eigenvectors (of unit length); the eigenvalues are complex."""
    _check_hints("eig", hints)
    if left:
        raise ValueError("[eig] left=True, wanted right eigenvectors; write eig(a.mT) for the left ones")
    a = square(a, "eig")
    values, vectors = n.eig(a if b is None else n.solve(square(b, "eig"), a))
    values = astype(values, dtype=spectral.complex_dtype(values.dtype))
    return (values, vectors) if right else values


def eigvals(a: Any, b: Any = None, **hints: Any) -> Tensor:
    """As ``scipy.linalg.eigvals``."""
    return eig(a, b, right=False, **hints)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, **hints: Any) -> Any:
    """As ``scipy.linalg.svd``; see `wengert.numpy.linalg.svd`."""
    _check_hints("svd", hints)
    result = n.svd(a, full_matrices, compute_uv)
    return tuple(result) if compute_uv else result


def svdvals(a: Any, **hints: Any) -> Tensor:
    """As ``scipy.linalg.svdvals``."""
    _check_hints("svdvals", hints)
    return n.svdvals(a)


def qr(a: Any, *, mode: str = "full", **hints: Any) -> tuple[Tensor, ...]:
    """As ``scipy.linalg.qr`` without pivoting; the Q of a tall matrix has a derivative if ``mode='economic'``."""
    _check_hints("qr", hints)
    if mode not in ("full", "r", "economic"):
        raise ValueError(f"[qr] mode={mode!r}, wanted 'full', 'r' or 'economic'")
    q, upper = n.qr(a, "reduced" if mode == "economic" else "complete")
    return (upper,) if mode == "r" else (q, upper)


def rq(a: Any, *, mode: str = "full", **hints: Any) -> Any:
    """As ``scipy.linalg.rq``; of a wide matrix only ``mode='economic'`` has a derivative."""
    _check_hints("rq", hints)
    if mode not in ("full", "r", "economic"):
        raise ValueError(f"[rq] mode={mode!r}, wanted 'full', 'r' or 'economic'")
    turned = adjoint_matrix(_half_turn(matrix(a, "rq")))
    q, upper = n.qr(turned, "reduced" if mode == "economic" else "complete")
    triangle = _half_turn(adjoint_matrix(upper))
    return triangle if mode == "r" else (triangle, _half_turn(adjoint_matrix(q)))


def _half_turn(a: Tensor) -> Tensor:
    """Rows and columns in reverse order."""
    back = slice(None, None, -1)
    return block(a, index=(..., back, back))


def orthogonal_procrustes(A: Any, B: Any, **hints: Any) -> tuple[Tensor, Tensor]:
    """As ``scipy.linalg.orthogonal_procrustes``: the unitary R that brings A R closest to B, and its scale."""
    _check_hints("orthogonal_procrustes", hints)
    A, B = matrix(A, "orthogonal_procrustes"), matrix(B, "orthogonal_procrustes")
    product = multiply_matrices(adjoint_matrix(A), B)
    return equations.unitary_factor(product), norm_of(product, "nuc")


def polar(a: Any, side: str = "right") -> tuple[Tensor, Tensor]:
    """As ``scipy.linalg.polar``: the unitary and the positive factor, for a matrix of full rank."""
    if side not in ("left", "right"):
        raise ValueError(f"[polar] side={side!r}, wanted 'left' or 'right'")
    a = matrix(a, "polar")
    if a.shape[-2] >= a.shape[-1]:
        u = equations.unitary_factor(a)
    else:
        u = adjoint_matrix(equations.unitary_factor(adjoint_matrix(a)))
    return u, multiply_matrices(adjoint_matrix(u), a) if side == "right" else multiply_matrices(a, adjoint_matrix(u))


# -- functions of matrices -------------------------------------------------------------------------


def expm(A: Any) -> Tensor:
    """As ``scipy.linalg.expm``."""
    return functions.expm(square(A, "expm"))


def expm_frechet(A: Any, E: Any, method: Any = None, compute_expm: bool = True, **hints: Any) -> Any:
    """As ``scipy.linalg.expm_frechet``: the exponential, and its derivative in the direction `E`."""
    _check_hints("expm_frechet", hints)
    A = square(A, "expm_frechet")
    change = functions.derivative_of_expm(A, square(E, "expm_frechet"))
    return (functions.expm(A), change) if compute_expm else change


def _complex_if_needed(function: Callable[..., Any], a: Tensor, **params: Any) -> Tensor:
    """The function of a matrix; complex for a real matrix if it must be."""
    try:
        return function(a, **params)
    except functions.ComplexResultError:
        return function(astype(a, dtype=spectral.complex_dtype(a.dtype)), **params)


def logm(A: Any) -> Tensor:
    """As ``scipy.linalg.logm``: complex for a real matrix if it must be (within `vmap` that is an error)."""
    return _complex_if_needed(functions.logm, square(A, "logm"))


def sqrtm(A: Any) -> Tensor:
    """As ``scipy.linalg.sqrtm``: complex for a real matrix if it must be (within `vmap` that is an error)."""
    return _complex_if_needed(functions.sqrtm, square(A, "sqrtm"))


def fractional_matrix_power(A: Any, t: float) -> Tensor:
    """As ``scipy.linalg.fractional_matrix_power``: complex for a real matrix if it must be."""
    return _complex_if_needed(functions.fractional_matrix_power, square(A, "fractional_matrix_power"), t=float(t))


def funm(A: Any, func: Callable[[Any], Any], disp: bool = True) -> Tensor:
    """As ``scipy.linalg.funm``, for matrices that can be diagonalised; `func` takes the vector of eigenvalues.

    Its derivatives are right where eigenvalues are equal too, if each number of the result is computed from the
    eigenvalue at its place. Within `jit` or `vmap` the result is complex, as that of `eig`.

    Raises:
        LinAlgError: the eigenvectors are dependent, or nearly so.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.grad(lambda a: funm(a, np.exp)[0, 1])(np.eye(2))
    tensor([[0.        , 2.71828183],
            [0.        , 0.        ]])
    """
    if not disp:
        raise ValueError("[funm] disp=False, wanted True: there is no estimate of the error; write funm(A, func)")
    A = square(A, "funm")
    values, left, right = _diagonalised(A)
    result = spectral.diagonalizable_function(A, values, left, right, inexact(func(values)))
    return e.real(result) if A.dtype.kind != "c" and _is_real_but_for_rounding(result._value) else result


def _is_real_but_for_rounding(x: Any) -> bool:
    if type(x) is Abstract or x.dtype.kind != "c":
        return False
    sizes = numpy.abs(x)
    return bool(numpy.max(numpy.abs(x.imag), initial=0) <= 1e3 * finfo(x.dtype).eps * numpy.max(sizes, initial=0))


def _diagonalised(a: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Eigenvalues, eigenvectors, and the inverse of these."""
    value = a._value
    is_known = type(value) is not Abstract
    if is_known and numpy.array_equal(value, numpy.conj(numpy.swapaxes(value, -1, -2))):
        values, vectors = spectral.eigh(a, uplo="L")
        return values, vectors, adjoint_matrix(vectors)
    values, vectors = n.eig(a)
    if is_known and numpy.linalg.cond(numpy.asarray(vectors._value)).max(initial=1) > WORST_VECTORS:
        raise LinAlgError(
            f"[funm] a matrix of shape {a.shape} whose eigenvectors are (nearly) dependent was given, wanted a "
            "Hermitian one or one that can be diagonalised; write expm, logm, sqrtm or fractional_matrix_power"
        )
    return values, vectors, e.stop_gradient(n.inv(e.stop_gradient(vectors)))


WORST_VECTORS = 1e8
"""With vectors of a larger condition number less than half of the digits are right."""


def _exponentials(a: Tensor, turned: complex) -> tuple[Tensor, Tensor]:
    return functions.expm(e.multiply(turned, a)), functions.expm(e.multiply(-turned, a))


def cosm(A: Any) -> Tensor:
    """As ``scipy.linalg.cosm``."""
    A = square(A, "cosm")
    if A.dtype.kind != "c":
        return e.real(functions.expm(1j * A))
    ahead, behind = _exponentials(A, 1j)
    return 0.5 * (ahead + behind)


def sinm(A: Any) -> Tensor:
    """As ``scipy.linalg.sinm``."""
    A = square(A, "sinm")
    if A.dtype.kind != "c":
        return e.imag(functions.expm(1j * A))
    ahead, behind = _exponentials(A, 1j)
    return -0.5j * (ahead - behind)


def tanm(A: Any) -> Tensor:
    """As ``scipy.linalg.tanm``."""
    return ops.solve(cosm(A), sinm(A))


def coshm(A: Any) -> Tensor:
    """As ``scipy.linalg.coshm``."""
    ahead, behind = _exponentials(square(A, "coshm"), 1)
    return 0.5 * (ahead + behind)


def sinhm(A: Any) -> Tensor:
    """As ``scipy.linalg.sinhm``."""
    ahead, behind = _exponentials(square(A, "sinhm"), 1)
    return 0.5 * (ahead - behind)


def tanhm(A: Any) -> Tensor:
    """As ``scipy.linalg.tanhm``."""
    return ops.solve(coshm(A), sinhm(A))


# -- names without a derivative --------------------------------------------------------------------


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import scipy.linalg

    found = getattr(scipy.linalg, name)
    return _without_derivative(name, found) if callable(found) and not isinstance(found, type) else found


def _without_derivative(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """SciPy's function on the values of tensors that nobody watches."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten((args, kwargs))
        values = [_unwatched_value(name, leaf) for leaf in leaves]
        given, named = unflatten(structure, values)
        results, result_structure = flatten(function(*given, **named))
        return unflatten(result_structure, [Tensor(x) if isinstance(x, numpy.ndarray) else x for x in results])

    return call


def _unwatched_value(name: str, leaf: Any) -> Any:
    if type(leaf) is not Tensor:
        return leaf
    if leaf._node.watch & state.on or type(leaf._value) is Abstract:
        raise TypeError(
            f"[{name}] a tensor of shape {leaf.shape} that a derivative or a recording watches was given, wanted one "
            "that nobody watches, since there is no derivative of this function; write stop_gradient(x) for a constant"
        )
    return leaf._value
