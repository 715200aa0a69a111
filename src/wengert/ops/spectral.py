"""Decompositions of stacks of matrices: eigenvalues, singular values, orthogonal factors.

Eigenvectors and singular vectors are determined up to a phase (a sign), and derivatives are right for
whatever does not depend on it. Where two values are equal (to rounding) their vectors may be any basis of a
plane, and no linear rule for them exists: the term 1 / (l_i - l_j) is set to 0. First derivatives of what
depends on the values alone, or on the plane as a whole, are still right. What needs the terms between
equals (second derivatives there, and V f(L) V^H, whose derivative tends to f') lacks them; functions of a
matrix that have rules of their own (`det`, `slogdet`, powers, `wengert.ops.matrix_functions`) have all.
"""

from __future__ import annotations

from typing import Any

import numpy

from ..core.abstract import Abstract
from .contract import adjoint_matrix, matmul
from .elementwise import absolute, conjugate, imag, less_equal, multiply, ones_like, ratio, real, where
from .gather import block
from .linalg import define, inv, real_dtype, solve_triangular
from .linear_maps import general, linear
from .matrices import (
    as_column,
    as_row,
    diagonal,
    diagonal_matrix,
    hermitian_part,
    lower_triangle,
    upper_triangle,
)
from .reduce import max as max_over, sum as sum_over


def inverse_gaps(values: Any) -> Any:
    """The matrix of 1 / (v_j - v_i), and 0 where the two are equal to rounding."""
    gaps = as_row(values) - as_column(values)
    size = absolute(values)
    tolerance = numpy.finfo(values.dtype).eps * max_over(size, axis=(len(size.shape) - 1,), keepdims=True)
    together = less_equal(absolute(gaps), as_row(tolerance))
    return where(together, 0, 1 / where(together, ones_like(gaps), gaps))


def _real_diagonal(x: Any) -> Any:
    return real(diagonal(x)) if x.dtype.kind == "c" else diagonal(x)


# -- Hermitian matrices ----------------------------------------------------------------------------


def _eigh_apply(dx: Any, out: Any) -> tuple[Any, Any]:
    """With M = V^H dX V: dL = diag M, and dV = V (F o M), F_ij = 1 / (l_j - l_i).

    `dX` counts by its Hermitian part: numpy reads one triangle only and takes the other for its mirror.
    """
    values, vectors = out
    turned = matmul(matmul(adjoint_matrix(vectors), hermitian_part(dx)), vectors)
    return _real_diagonal(turned), matmul(vectors, multiply(turned, inverse_gaps(values)))


def _eigh_transpose(ct: Any, out: Any) -> Any:
    """The Hermitian part of V (diag ct_L + F o (V^H ct_V)) V^H."""
    values, vectors = out
    of_values, of_vectors = ct
    inside = 0 if of_values is None else diagonal_matrix(of_values)
    if of_vectors is not None:
        inside = inside + multiply(matmul(adjoint_matrix(vectors), of_vectors), inverse_gaps(values))
    return hermitian_part(matmul(matmul(vectors, inside), adjoint_matrix(vectors)))


eigh = define(
    "eigh",
    lambda x, uplo: tuple(numpy.linalg.eigh(x, uplo)),
    ("x",),
    lambda x, uplo: (Abstract(x.shape[:-1], real_dtype(x.dtype)), x),
    linear(_eigh_apply, _eigh_transpose),
    many=True,
)
"""``eigh(x, uplo=)``: eigenvalues (ascending) and eigenvectors of a Hermitian matrix."""

# -- any square matrix -----------------------------------------------------------------------------


def complex_dtype(dtype: Any) -> Any:
    return numpy.result_type(dtype, numpy.complex64)


def _eig(x: Any) -> tuple[Any, Any]:
    """Always complex: whether the values are real is not known from shape and dtype."""
    values, vectors = numpy.linalg.eig(x)
    return values.astype(complex_dtype(x.dtype), copy=False), vectors.astype(complex_dtype(x.dtype), copy=False)


def _eig_rule(dx: Any, out: Any) -> tuple[Any, Any]:
    """With M = V^-1 dX V: dL = diag M, and dV = V (F o M), less what would change the lengths of the columns.

    Source: C. Boeddeker et al., "On the computation of complex-valued gradients with application to
    statistically optimum beamforming" (2017), equations 4.60 to 4.77.
    """
    values, vectors = out
    turned = matmul(matmul(inv(vectors), dx), vectors)
    moved = matmul(vectors, multiply(turned, inverse_gaps(values)))
    rank = len(vectors.shape)
    growth = sum_over(real(multiply(conjugate(vectors), moved)), axis=(rank - 2,), keepdims=True)
    return diagonal(turned), moved - multiply(vectors, growth)


eig = define(
    "eig",
    _eig,
    ("x",),
    lambda x: (Abstract(x.shape[:-1], complex_dtype(x.dtype)), Abstract(x.shape, complex_dtype(x.dtype))),
    general(_eig_rule),
    many=True,
)
"""``eig(x)``: eigenvalues and eigenvectors (of unit length) of a square matrix, always complex."""

# -- singular values -------------------------------------------------------------------------------


def _svd_rule(dx: Any, out: Any) -> tuple[Any, Any, Any]:
    """With M = U^H dX V: ds = Re diag M,
    dU = U (F o (M S + S M^H) + i Im diag(M) / S) + (1 - U U^H) dX V / S,
    dV = V (F o (S M + M^H S)) + (1 - V V^H) dX^H U / S, where F_ij = 1 / (s_j^2 - s_i^2).

    Source: Z.-Q. Wan and S.-X. Zhang, "Automatic differentiation for complex valued SVD" (2019),
    equations 9 to 13.
    """
    u, s, vh = out
    v, rows = adjoint_matrix(vh), as_row(s)
    turned = matmul(matmul(adjoint_matrix(u), dx), v)
    gaps = multiply(inverse_gaps(s), ratio(ones_like(rows), rows + as_column(s)))
    turned_h = adjoint_matrix(turned)
    of_u = multiply(gaps, multiply(turned, rows) + multiply(as_column(s), turned_h))
    of_v = multiply(gaps, multiply(as_column(s), turned) + multiply(turned_h, rows))
    if turned.dtype.kind == "c":
        of_u = of_u + diagonal_matrix(1j * ratio(imag(diagonal(turned)), s))
    du = matmul(u, of_u) + _outside(u, dx, v, rows)
    dv = matmul(v, of_v) + _outside(v, adjoint_matrix(dx), u, rows)
    return du, _real_diagonal(turned), adjoint_matrix(dv)


def _outside(u: Any, dx: Any, v: Any, s: Any) -> Any:
    """(1 - U U^H) dX V / S, the part of dU that leaves the span of U; none if U is square."""
    if u.shape[-1] == u.shape[-2]:
        return 0
    moved = ratio(matmul(dx, v), s)
    return moved - matmul(u, matmul(adjoint_matrix(u), moved))


def _svd_forms(x: Any) -> tuple[Abstract, Abstract, Abstract]:
    *lead, rows, columns = x.shape
    count = min(rows, columns)
    return (
        Abstract((*lead, rows, count), x.dtype),
        Abstract((*lead, count), real_dtype(x.dtype)),
        Abstract((*lead, count, columns), x.dtype),
    )


svd = define(
    "svd", lambda x: tuple(numpy.linalg.svd(x, full_matrices=False)), ("x",), _svd_forms, general(_svd_rule), many=True
)
"""``svd(x)``: U, s, V^H with as many singular vectors as there are singular values."""


def _full_rule(dx: Any, out: Any) -> Any:
    raise ValueError(
        f"[svd] the derivative of all singular vectors of matrices of shape {tuple(dx.shape[-2:])} was asked for, but "
        "those beyond the singular values may be any that complete the basis; wanted as many vectors as values; "
        "write svd(x, full_matrices=False)"
    )


def _full_forms(x: Any) -> tuple[Abstract, Abstract]:
    *lead, rows, columns = x.shape
    return Abstract((*lead, rows, rows), x.dtype), Abstract((*lead, columns, columns), x.dtype)


full_singular_vectors = define(
    "full_singular_vectors",
    lambda x: tuple(numpy.linalg.svd(x, full_matrices=True)[::2]),
    ("x",),
    _full_forms,
    general(_full_rule),
    many=True,
)
"""``full_singular_vectors(x)``: U and V^H, both square. They have no derivative unless `x` is square."""

# -- orthogonal factors ----------------------------------------------------------------------------


def _qr_forms(x: Any, complete: bool) -> tuple[Abstract, Abstract]:
    *lead, rows, columns = x.shape
    count = rows if complete else min(rows, columns)
    return Abstract((*lead, rows, count), x.dtype), Abstract((*lead, count, columns), x.dtype)


def _qr_rule(dx: Any, out: Any) -> tuple[Any, Any]:
    q, r = out
    rows, columns = dx.shape[-2:]
    if q.shape[-1] > columns:
        raise ValueError(
            f"[qr] the derivative of the complete factors of matrices of shape {(rows, columns)} was asked for, but "
            "the last columns of Q may be any that complete the basis; wanted rows <= columns; "
            "write mode='reduced'"
        )
    if rows >= columns:
        return _tall_qr_rule(dx, q, r)
    return _wide_qr_rule(dx, q, r)


def _tall_qr_rule(dx: Any, q: Any, r: Any) -> tuple[Any, Any]:
    """With C = dX R^-1 and M = Q^H C: dQ = C - Q M + Q W, dR = (M - W) R, where W is the anti-Hermitian
    matrix with the lower triangle of M (and the imaginary part of its diagonal, as R keeps a real one).

    Source: S. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions" (2010), section 3.
    """
    over_r = adjoint_matrix(solve_triangular(adjoint_matrix(r), adjoint_matrix(dx), lower=True, unit_diagonal=False))
    inside = matmul(adjoint_matrix(q), over_r)
    below = lower_triangle(inside, -1)
    turning = below - adjoint_matrix(below)
    if inside.dtype.kind == "c":
        turning = turning + diagonal_matrix(1j * imag(diagonal(inside)))
    return over_r + matmul(q, turning - inside), upper_triangle(matmul(inside - turning, r))


def _wide_qr_rule(dx: Any, q: Any, r: Any) -> tuple[Any, Any]:
    """X = [X1 X2] with X1 square: Q and R1 are the factors of X1, and R2 = Q^H X2.

    Source: D. Roberts and L. Roberts, "QR and LQ decomposition matrix backpropagation algorithms for
    square, wide, and deep matrices and their software implementation" (2020), section 4.
    """
    from .join import concatenate

    count = q.shape[-1]
    left, right = (..., slice(count)), (..., slice(count, None))
    dq, dr1 = _tall_qr_rule(block(dx, index=left), q, block(r, index=left))
    dr2 = matmul(adjoint_matrix(dq), matmul(q, block(r, index=right)))
    dr2 = dr2 + matmul(adjoint_matrix(q), block(dx, index=right))
    return dq, concatenate(dr1, dr2, axis=len(dr1.shape) - 1)


qr = define(
    "qr",
    lambda x, complete: tuple(numpy.linalg.qr(x, "complete" if complete else "reduced")),
    ("x",),
    _qr_forms,
    general(_qr_rule),
    many=True,
)
"""``qr(x, complete=)``: Q and R, with min(rows, columns) columns of Q, or all."""
