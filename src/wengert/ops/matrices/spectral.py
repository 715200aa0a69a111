"""Decompositions of stacks of matrices: eigenvalues, singular values, orthogonal factors.

Eigenvectors and singular vectors are determined up to a phase (a sign), and derivatives are right for
whatever does not depend on it. Where two values are equal (to rounding) their vectors may be any basis of a
plane. What treats them alike is right there too: what depends on the plane as a whole, sums over all values, and
V g(L) V^H, which is known for a function of the matrix (`wengert.ops.matrices.spectral_functions`). A cotangent that
tells equal values apart is an error (`wengert.ops.matrices.equal_values`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.recording import named
from ..axes.reduce import any as any_over, largest
from ..broadcast import sum as sum_over
from ..contract import adjoint_matrix, matmul
from ..elementwise import (
    absolute,
    conjugate,
    greater,
    imag,
    less_equal,
    logical_and,
    logical_or,
    multiply,
    real,
    real_part,
    reciprocal,
    where,
    zeros_like,
)
from ..indexing.gather import block, unslice
from ..join import concatenate
from ..linear_maps import general, linear
from .decompositions import DECOMPOSITIONS, Decomposition
from .equal_values import (
    are_equal,
    are_zero,
    counting,
    differing,
    inverse_gaps,
    inverse_sums,
    inverse_values,
    refuse,
    tolerance,
    value_of,
)
from .known import products, sums
from .parts import (
    anti_hermitian_part,
    as_row,
    diagonal,
    diagonal_matrix,
    hermitian_part,
    lower_triangle,
    off_diagonal,
    total,
    upper_triangle,
)
from .solving import (
    define,
    inv,
    real_dtype,
    solve_triangular,
)
from .spectral_functions import (
    between,
    changes_of_values,
    diagonalizable_function as diagonalizable_function,
    hermitian_function,
    singular_function,
)
from .spectral_products import function_of_matrix
from .spectral_sums import sum_over_eigenvalues, sum_over_singular_values, sum_over_values


def _decomposition(name: str, evaluate: Any, forms: Any, rule: Any, known: Decomposition) -> Any:
    """Define a decomposition: from its first call on, products and sums may be known for functions of its matrix.

    They see the values once more, behind the other results. So what they take back of cotangents by the values
    comes by another way than what it takes back, and rounding can be told from a difference.
    """
    repeated = lambda results: (*results, results[known.values])
    operation = define(
        name,
        lambda x, **params: repeated(evaluate(x, **params)),
        ("x",),
        lambda x, **params: repeated(forms(x, **params)),
        rule,
        many=True,
    )
    DECOMPOSITIONS[operation.primitive] = known

    def call(x: Any, **params: Any) -> Any:
        if function_of_matrix not in products:
            products.append(function_of_matrix)
            sums.append(sum_over_values)
        return operation(x, **params)[:-1]

    return named(call, operation.primitive)


# -- Hermitian matrices ----------------------------------------------------------------------------


def _eigh_apply(dx: Any, x: Any, out: Any) -> tuple[Any, Any, Any]:
    """With M = V^H dX V: dL = diag M, and dV = V (F o M), F_ij = 1 / (l_j - l_i).

    `dX` counts by its Hermitian part: numpy reads one triangle only and takes the other for its mirror.
    """
    values, vectors, _ = out
    vh = adjoint_matrix(vectors)
    turned = between(vectors, hermitian_part(dx), vh)
    changes = real_part(changes_of_values("eigh", x, values, vectors, vh, turned))
    return changes, matmul(vectors, multiply(turned, inverse_gaps(values))), changes


def _eigh_transpose(ct: Any, x: Any, out: Any) -> Any:
    """The Hermitian part of V (diag ct_L + F o (V^H ct_V)) V^H: that of F o A is F o (the anti-Hermitian part of A)."""
    values, vectors, _ = out
    of_values, of_vectors, taken_back = ct
    vh, told_apart, parts = adjoint_matrix(vectors), False, []
    if of_values is not None or taken_back is not None:
        whole = total(of_values, taken_back)
        parts.append(hermitian_function(x, values, vectors, vh, whole))
        told_apart = differing(whole, of_values, taken_back)
    if of_vectors is not None:
        inside = matmul(vh, of_vectors)
        turning = anti_hermitian_part(inside)
        parts.append(matmul(matmul(vectors, multiply(turning, inverse_gaps(values))), vh))
        told_apart = logical_or(
            told_apart, counting(turning if of_values is None else off_diagonal(inside), of_vectors)
        )
    return refuse("eigh", total(*parts), values, logical_and(are_equal(values), told_apart))


eigh: Final = _decomposition(
    "eigh",
    lambda x, uplo: numpy.linalg.eigh(x, uplo),
    lambda x, uplo: (Abstract(x.shape[:-1], real_dtype(x.dtype)), x),
    linear(_eigh_apply, _eigh_transpose),
    Decomposition(0, 1, (1, True), hermitian_function, sum_over_eigenvalues, takes_complex=True),
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
    statistically optimum beamforming" (2017), equations 4.60 to 4.77. Vectors of equal values have none (NaN).
    """
    values, vectors = out
    turned = matmul(matmul(inv(vectors), dx), vectors)
    are_others = logical_and(are_equal(values), ~numpy.eye(values.shape[-1], dtype=bool))
    # What is to become NaN must not meet a zero before, which would guard it.
    mixed = multiply(turned, where(are_others, 1.0, inverse_gaps(values)))
    moved = matmul(matmul(vectors, mixed), _none_of_equal(are_others))
    rank = len(vectors.shape)
    growth = sum_over(real(multiply(conjugate(vectors), moved)), axis=(rank - 2,), keepdims=True)
    return diagonal(turned), moved - multiply(vectors, growth)


def _none_of_equal(are_others: Any) -> Any:
    """The diagonal matrix that leaves columns as they are, and makes those of equal values NaN."""
    is_equal = any_over(are_others, axis=(len(are_others.shape) - 2,), keepdims=False)
    return diagonal_matrix(where(is_equal, numpy.nan, 1.0))


eig: Final = define(
    "eig",
    _eig,
    ("x",),
    lambda x: (Abstract(x.shape[:-1], complex_dtype(x.dtype)), Abstract(x.shape, complex_dtype(x.dtype))),
    general(_eig_rule),
    many=True,
)
"""``eig(x)``: eigenvalues and eigenvectors (of unit length) of a square matrix, always complex."""

# -- singular values -------------------------------------------------------------------------------


def _svd_apply(dx: Any, x: Any, out: Any) -> tuple[Any, Any, Any, Any]:
    """With M = U^H dX V, its Hermitian part H and its anti-Hermitian part A: ds = diag H,
    dU = U (H / (s_j - s_i) + A / (s_j + s_i)) + (1 - U U^H) dX V / S,
    dV = V (H / (s_j - s_i) - A / (s_j + s_i)) + (1 - V V^H) dX^H U / S.

    Source: Z.-Q. Wan and S.-X. Zhang, "Automatic differentiation for complex valued SVD" (2019),
    equations 9 to 13, with partial fractions, and the phases shared by both sides.
    """
    u, s, vh, _ = out
    v = adjoint_matrix(vh)
    turned = between(u, dx, vh)
    along = multiply(hermitian_part(turned), inverse_gaps(s))
    across = multiply(anti_hermitian_part(turned), inverse_sums(s))
    du, dv = matmul(u, along + across), matmul(v, along - across)
    if u.shape[-2] > u.shape[-1]:
        du = du + _outside(u, multiply(matmul(dx, v), as_row(inverse_values(s))))
    if v.shape[-2] > v.shape[-1]:
        dv = dv + _outside(v, multiply(matmul(adjoint_matrix(dx), u), as_row(inverse_values(s))))
    changes = real_part(changes_of_values("svd", x, s, u, vh, turned))
    return du, changes, adjoint_matrix(dv), changes


def _outside(basis: Any, x: Any) -> Any:
    """The part of the columns of X that is not in the span of the basis."""
    return x - matmul(basis, matmul(adjoint_matrix(basis), x))


def _svd_transpose(ct: Any, x: Any, out: Any) -> Any:
    """That of the values is U diag(ct_s) V^H. With A and B the anti-Hermitian parts of U^H ct_U and V^H ct_V, that
    of the vectors is U ((A + B) / (s_j - s_i) + (A - B) / (s_j + s_i)) V^H and what leaves their spans.
    """
    u, s, vh, _ = out
    of_u, of_s, of_vh, taken_back = ct
    parts, told_apart = [], False
    if of_s is not None or taken_back is not None:
        whole = total(of_s, taken_back)
        parts.append(singular_function(x, s, u, vh, whole))
        told_apart = logical_and(are_equal(s), differing(whole, of_s, taken_back))
    if of_u is not None or of_vh is not None:
        of_u = zeros_like(u) if of_u is None else of_u
        of_v = adjoint_matrix(zeros_like(vh) if of_vh is None else of_vh)
        part, also = _of_singular_vectors(of_u, of_v, u, s, adjoint_matrix(vh), of_s is None)
        parts.append(part)
        told_apart = logical_or(told_apart, also)
    return refuse("svd", total(*parts), s, told_apart)


def _of_singular_vectors(of_u: Any, of_v: Any, u: Any, s: Any, v: Any, alone: bool) -> tuple[Any, Any]:
    """The cotangent of the matrix by those of the vectors, and which values it tells apart."""
    in_u, in_v = matmul(adjoint_matrix(u), of_u), matmul(adjoint_matrix(v), of_v)
    largest, vh = absolute(in_u) + absolute(in_v), adjoint_matrix(v)
    along, across = anti_hermitian_part(in_u + in_v), anti_hermitian_part(in_u - in_v)
    turning = multiply(along, inverse_gaps(s)) + multiply(across, inverse_sums(s))
    told_apart = logical_and(are_equal(s), counting(along if alone else off_diagonal(in_u + in_v), largest))
    told_apart = logical_or(told_apart, logical_and(are_zero(s), counting(across, largest)))
    part = matmul(matmul(u, turning), vh)
    if u.shape[-2] > u.shape[-1]:
        left = _outside(u, of_u)
        part = part + matmul(multiply(left, as_row(inverse_values(s))), vh)
        told_apart = logical_or(told_apart, _leaving(left, of_u, s))
    if v.shape[-2] > v.shape[-1]:
        left = _outside(v, of_v)
        part = part + matmul(u, adjoint_matrix(multiply(left, as_row(inverse_values(s)))))
        told_apart = logical_or(told_apart, _leaving(left, of_v, s))
    return part, told_apart


def _leaving(left: Any, among: Any, s: Any) -> Any:
    """For values of 0, whose vectors may be outside of the span as well: whether the cotangent is there."""
    rank = len(left.shape)
    is_left = any_over(counting(left, among), axis=(rank - 2,), keepdims=True)
    return logical_and(logical_and(are_zero(s), is_left), numpy.eye(s.shape[-1], dtype=bool))


def _svd_forms(x: Any) -> tuple[Abstract, Abstract, Abstract]:
    *lead, rows, columns = x.shape
    count = min(rows, columns)
    return (
        Abstract((*lead, rows, count), x.dtype),
        Abstract((*lead, count), real_dtype(x.dtype)),
        Abstract((*lead, count, columns), x.dtype),
    )


svd: Final = _decomposition(
    "svd",
    lambda x: numpy.linalg.svd(x, full_matrices=False),
    _svd_forms,
    linear(_svd_apply, _svd_transpose),
    Decomposition(1, 0, (2, False), singular_function, sum_over_singular_values, takes_complex=False),
)
"""``svd(x)``: U, s, V^H with as many singular vectors as there are singular values."""


def pinv(x: Any, cutoff: Any, hermitian: bool) -> Any:
    """The Moore-Penrose inverse, by the values that are more than `cutoff` times the largest.

    It is a function of the values, so its derivative is right where the cutoff acts too.
    """
    if hermitian:
        values, vectors = eigh(x, uplo="L")
        return matmul(multiply(vectors, as_row(_inverses(values, cutoff))), adjoint_matrix(vectors))
    u, s, vh = svd(x)
    return adjoint_matrix(matmul(multiply(u, as_row(_inverses(s, cutoff))), vh))


def _inverses(values: Any, cutoff: Any) -> Any:
    sizes = absolute(values)
    least = multiply(largest(sizes, axis=(len(sizes.shape) - 1,), keepdims=True), cutoff)
    is_kept = greater(sizes, least)
    return where(is_kept, reciprocal(where(is_kept, values, 1)), 0)


def _full_rule(dx: Any, out: Any) -> Any:
    raise ValueError(
        f"[svd] the derivative of all singular vectors of matrices of shape {tuple(dx.shape[-2:])} was asked for, but "
        "those beyond the singular values may be any that complete the basis; wanted as many vectors as values; "
        "write svd(x, full_matrices=False)"
    )


def _full_forms(x: Any) -> tuple[Abstract, Abstract]:
    *lead, rows, columns = x.shape
    return Abstract((*lead, rows, rows), x.dtype), Abstract((*lead, columns, columns), x.dtype)


full_singular_vectors: Final = define(
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
    r = _with_independent_columns(r)
    if q.shape[-1] > columns:
        raise ValueError(
            f"[qr] the derivative of the complete Q of matrices of shape {(rows, columns)} was asked for, but "
            "its last columns may be any that complete the basis; wanted rows <= columns, or R alone; "
            "write mode='reduced'"
        )
    if rows >= columns:
        return _tall_qr_rule(dx, q, r)
    return _wide_qr_rule(dx, q, r)


def _with_independent_columns(r: Any) -> Any:
    """R, if the first columns of X are independent; else an error, or NaN on its diagonal where nobody knows yet."""
    pivots = absolute(diagonal(r))
    is_zero = less_equal(pivots, tolerance(pivots))
    flags = value_of(is_zero)
    if flags is None:
        return r + where(numpy.eye(*r.shape[-2:], dtype=bool), _padded(where(is_zero, numpy.nan, 0.0), r.shape[-1]), 0)
    if numpy.any(flags):
        columns = sorted({int(place[-1]) for place in numpy.argwhere(flags)})
        raise numpy.linalg.LinAlgError(
            f"[qr] columns {columns} depend on those before them, so that Q and R have no derivative; wanted "
            f"independent ones (of a wide matrix the first {r.shape[-2]}); write svd(x), or leave these columns out"
        )
    return r


def _padded(row: Any, count: int) -> Any:
    """A row, as long as wanted."""
    if row.shape[-1] == count:
        return as_row(row)
    return as_row(unslice(row, index=(..., slice(row.shape[-1])), shape=(*row.shape[:-1], count)))


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
    count = q.shape[-1]
    left, right = (..., slice(count)), (..., slice(count, None))
    dq, dr1 = _tall_qr_rule(block(dx, index=left), q, block(r, index=left))
    dr2 = matmul(adjoint_matrix(dq), matmul(q, block(r, index=right)))
    dr2 = dr2 + matmul(adjoint_matrix(q), block(dx, index=right))
    return dq, concatenate(dr1, dr2, axis=len(dr1.shape) - 1)


qr: Final = define(
    "qr",
    lambda x, complete: tuple(numpy.linalg.qr(x, "complete" if complete else "reduced")),
    ("x",),
    _qr_forms,
    general(_qr_rule),
    many=True,
)
"""``qr(x, complete=)``: Q and R, with min(rows, columns) columns of Q, or all."""
