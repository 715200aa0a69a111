"""Linear matrix equations, and factors that are defined by one: Sylvester's, polar and triangular factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ..broadcast import broadcast_to
from ..contract import adjoint_matrix, matmul, matrix_transpose
from ..elementwise import astype
from ..factors import batch_elementwise
from ..indexing.gather import block
from ..join import concatenate
from ..linear_maps import general, linear
from ..shape import reshape
from .parts import (
    hermitian_part,
    lower_triangle,
    total,
    upper_triangle,
)
from .solving import (
    define,
    inv,
    same_form,
    solve,
    solve_triangular,
)

# -- Sylvester -------------------------------------------------------------------------------------


def _sylvester(a: Any, b: Any, q: Any) -> Any:
    from scipy.linalg import solve_sylvester

    if a.ndim == b.ndim == q.ndim == 2:
        return solve_sylvester(a, b, q)
    lead = numpy.broadcast_shapes(a.shape[:-2], b.shape[:-2], q.shape[:-2])
    if 0 in (*lead, *q.shape[-2:]):
        return numpy.zeros((*lead, *q.shape[-2:]), numpy.result_type(a, b, q))
    stacks = [numpy.broadcast_to(x, (*lead, *x.shape[-2:])).reshape(-1, *x.shape[-2:]) for x in (a, b, q)]
    solved = [solve_sylvester(*matrices) for matrices in zip(*stacks, strict=True)]
    return numpy.stack(solved).reshape(*lead, *q.shape[-2:])


def _sylvester_form(a: Any, b: Any, q: Any) -> Abstract:
    lead = numpy.broadcast_shapes(a.shape[:-2], b.shape[:-2], q.shape[:-2])
    return Abstract((*lead, *q.shape[-2:]), numpy.result_type(a.dtype, b.dtype, q.dtype))


class _SylvesterMap:
    """The joint linear map of the X with A X + X B = Q: each mode solves one such equation."""

    needs = frozenset({0, 1, 3})

    @staticmethod
    def apply(tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        a, b, _, x = residuals
        da, db, dq = tangents
        change = total(
            dq,
            None if da is None else -matmul(da, x),
            None if db is None else -matmul(x, db),
        )
        return sylvester(a, b, change)

    @staticmethod
    def transpose(
        cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[Any], bit: int
    ) -> Sequence[Any]:
        a, b, _, x = residuals
        of_q = sylvester(adjoint_matrix(a), adjoint_matrix(b), cotangent)
        of_a = -matmul(of_q, adjoint_matrix(x)) if wanted[0] else None
        of_b = -matmul(adjoint_matrix(x), of_q) if wanted[1] else None
        return of_a, of_b, of_q


_SYLVESTER = Primitive(
    "solve_sylvester", _sylvester, ("a", "b", "q"), _sylvester_form, joint=_SylvesterMap(), batch=batch_elementwise
)
sylvester: Final = bind_general(_SYLVESTER)
_SYLVESTER.operation = sylvester
"""``sylvester(a, b, q)``: the x with a x + x b = q."""

# -- the polar factor ------------------------------------------------------------------------------


def _unitary_factor(x: Any) -> Any:
    u, _, vh = numpy.linalg.svd(x, full_matrices=False)
    return u @ vh


def _unitary_rule(dx: Any, x: Any, out: Any) -> Any:
    """With P = U^H X: dU = U W + (1 - U U^H) dX P^-1, where P W + W P = U^H dX - dX^H U.

    Source: N. Higham, "Functions of Matrices" (2008), theorem 8.19 (for the derivative of X = U P).
    """
    uh = adjoint_matrix(out)
    p = matmul(uh, x)
    inside = matmul(uh, dx)
    change = matmul(out, sylvester(p, p, inside - adjoint_matrix(inside)))
    if x.shape[-1] == x.shape[-2]:
        return change
    outside = adjoint_matrix(dx - matmul(out, inside))
    return change + adjoint_matrix(solve(p, outside))


unitary_factor: Final = define("unitary_factor", _unitary_factor, ("x",), same_form, general(_unitary_rule))
"""``unitary_factor(x)``: the U of X = U P, for X with at least as many rows as columns."""

# -- triangular factors ----------------------------------------------------------------------------


def _lu_factor(x: Any) -> tuple[Any, Any]:
    from scipy.linalg import lu_factor

    if x.ndim == 2:
        return lu_factor(x, check_finite=False)
    pairs = [lu_factor(matrix, check_finite=False) for matrix in x.reshape(-1, *x.shape[-2:])]
    factors, pivots = (numpy.stack(column) for column in zip(*pairs, strict=True))
    return factors.reshape(x.shape), pivots.reshape(*x.shape[:-2], -1)


def _lu_factor_forms(x: Any) -> tuple[Abstract, Abstract]:
    pivots = Abstract((*x.shape[:-2], min(x.shape[-2:])), numpy.dtype(numpy.int32))
    return Abstract(x.shape, x.dtype), pivots


def unit_lower(factors: Any) -> Any:
    """The L in the strict lower triangle of packed factors."""
    count = min(factors.shape[-2:])
    below = lower_triangle(block(factors, index=(..., slice(count))), -1)
    return below + numpy.eye(*below.shape[-2:], dtype=below.dtype)


def upper(factors: Any) -> Any:
    """The U in the upper triangle of packed factors."""
    count = min(factors.shape[-2:])
    return upper_triangle(block(factors, index=(..., slice(count), slice(None))))


def _lu_rule(dx: Any, out: Any) -> tuple[Any, Any]:
    """With L and U made square by rows and columns of the identity, and M = L^-1 P^T dX U^-1:
    dL = L (strict lower triangle of M), dU = (upper triangle of M) U.

    Source: F. de Hoog, R. Anderssen and M. Lukas, "Differentiation of matrix functionals using triangular
    factorization" (2011), section 3.
    """
    factors, pivots = out
    rows, columns = factors.shape[-2:]
    left = _square(unit_lower(factors), rows)
    right = matrix_transpose(_square(matrix_transpose(upper(factors)), columns))
    permuted = matmul(matrix_transpose(permutation(pivots, size=rows, dtype=factors.dtype)), dx)
    half = solve_triangular(left, permuted, lower=True, unit_diagonal=True)
    # M U = half is solved as U^T M^T = half^T.
    whole = matrix_transpose(
        solve_triangular(matrix_transpose(right), matrix_transpose(half), lower=True, unit_diagonal=False)
    )
    dl = matmul(left, lower_triangle(whole, -1))
    du = matmul(upper_triangle(whole), right)
    return lower_triangle(dl, -1) + upper_triangle(du), None


def _square(tall: Any, size: int) -> Any:
    """A lower trapezoidal matrix, completed to a square one by columns of the identity."""
    missing = size - tall.shape[-1]
    if not missing:
        return tall
    identity = numpy.eye(size, dtype=tall.dtype)[:, tall.shape[-1] :]
    return concatenate(tall, broadcast_to(identity, shape=(*tall.shape[:-1], missing)), axis=len(tall.shape) - 1)


lu_factor: Final = define("lu_factor", _lu_factor, ("x",), _lu_factor_forms, general(_lu_rule), many=True)
"""``lu_factor(x)``: L and U packed in one matrix, and the row swapped with each row; the pivots are constants."""


def _permutation(pivots: Any, size: int, dtype: Any) -> Any:
    matrices = numpy.broadcast_to(numpy.eye(size, dtype=dtype), (*pivots.shape[:-1], size, size)).copy()
    if not pivots.size:
        return matrices
    for rows, swaps in zip(matrices.reshape(-1, size, size), pivots.reshape(-1, pivots.shape[-1]), strict=True):
        for i, j in enumerate(swaps):
            rows[[i, j]] = rows[[j, i]]
    return numpy.swapaxes(matrices, -1, -2)


permutation: Final = define(
    "permutation_of_pivots",
    _permutation,
    ("pivots",),
    lambda pivots, size, dtype: Abstract((*pivots.shape[:-1], size, size), dtype),
    None,
)
"""``permutation(pivots, size=, dtype=)``: the P with X = P L U."""


def row_numbers(matrix: Any) -> Any:
    """The column of the one in each row of a permutation matrix."""
    size = matrix.shape[-1]
    numbers = matmul(matrix, numpy.arange(size, dtype=matrix.dtype)[:, None])
    return astype(reshape(numbers, shape=matrix.shape[:-1]), dtype=numpy.dtype(numpy.int32))


def _mirror(x: Any, lower: bool) -> Any:
    part = numpy.tril(x, -1) if lower else numpy.triu(x, 1)
    diagonal = numpy.real(numpy.einsum("...ii->...i", x))[..., None]
    return part + numpy.conj(numpy.swapaxes(part, -1, -2)) + numpy.eye(x.shape[-1], dtype=x.dtype) * diagonal


mirrored: Final = define(
    "mirrored",
    _mirror,
    ("x",),
    same_form,
    linear(lambda dx: hermitian_part(dx), lambda ct: hermitian_part(ct)),
)
"""``mirrored(x, lower=)``: the Hermitian matrix of one triangle; a change of `x` counts by its Hermitian part."""

# -- discrete Lyapunov and Riccati -----------------------------------------------------------------


def discrete_lyapunov(a: Any, q: Any) -> Any:
    """The x with a x a^H - x + q = 0, by the continuous equation of b = (a^H - 1)(a^H + 1)^-1.

    Source: Z. Gajic and M. Qureshi, "Lyapunov Matrix Equation in System Stability and Control" (1995), section 3.2.
    """
    identity = numpy.eye(a.shape[-1], dtype=a.dtype)
    ah = adjoint_matrix(a)
    inverse = inv(ah + identity)
    b = matmul(ah - identity, inverse)
    c = 2 * matmul(matmul(adjoint_matrix(inverse), q), inverse)
    return sylvester(adjoint_matrix(b), b, -c)


class _RiccatiMap:
    """The joint linear map of the stabilising X of a Riccati equation.

    In the continuous case X A + A^H X - X B K + Q = 0 with the gain K = R^-1 B^H X, in the discrete case
    A^H X A - X - A^H X B K + Q = 0 with K = (R + B^H X B)^-1 B^H X A. With the stable C = A - B K and
    S = T + T^H + dQ + K^H dR K, differentiating gives C^H dX + dX C + S = 0, where T = X (dA - dB K),
    and C^H dX C - dX + S = 0, where T = C^H X (dA - dB K).
    """

    needs = frozenset({0, 1, 3, 4})
    transpose = None

    def __init__(self, is_discrete: bool) -> None:
        self.is_discrete = is_discrete

    def apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        a, b, _, r, x = residuals
        da, db, dq, dr = tangents
        gain = self._gain(a, b, r, x)
        closed = a - matmul(b, gain)
        left = matmul(adjoint_matrix(closed), x) if self.is_discrete else x
        change = total(
            None if da is None else 2 * hermitian_part(matmul(left, da)),
            None if db is None else -2 * hermitian_part(matmul(matmul(left, db), gain)),
            None if dq is None else hermitian_part(dq),
            None if dr is None else matmul(matmul(adjoint_matrix(gain), hermitian_part(dr)), gain),
        )
        if self.is_discrete:
            return discrete_lyapunov(adjoint_matrix(closed), change)
        return sylvester(adjoint_matrix(closed), closed, -change)

    def _gain(self, a: Any, b: Any, r: Any, x: Any) -> Any:
        half = matmul(adjoint_matrix(b), x)
        return solve(r + matmul(half, b), matmul(half, a)) if self.is_discrete else solve(r, half)


def _define_riccati(name: str, is_discrete: bool) -> Any:
    def evaluate(a: Any, b: Any, q: Any, r: Any) -> Any:
        import scipy.linalg

        return getattr(scipy.linalg, name)(a, b, q, r).astype(numpy.result_type(a, b, q, r), copy=False)

    primitive = Primitive(
        name,
        evaluate,
        ("a", "b", "q", "r"),
        lambda a, b, q, r: Abstract(q.shape, numpy.result_type(a.dtype, b.dtype, q.dtype, r.dtype)),
        joint=_RiccatiMap(is_discrete),
    )
    primitive.operation = bind_general(primitive)
    return primitive.operation


continuous_riccati: Final = _define_riccati("solve_continuous_are", is_discrete=False)
"""``continuous_riccati(a, b, q, r)``: the stabilising solution of the continuous algebraic Riccati equation."""

discrete_riccati: Final = _define_riccati("solve_discrete_are", is_discrete=True)
"""``discrete_riccati(a, b, q, r)``: the stabilising solution of the discrete algebraic Riccati equation."""
