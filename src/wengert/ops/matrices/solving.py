"""Solving, inverting, determinants and Cholesky factors of stacks of matrices.

Source of the derivatives, where no other is named: M. Giles, "An extended collection of matrix derivative
results for forward and reverse mode algorithmic differentiation" (2008), section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive, primitives
from ...core.recording import general as bind_general
from ..contract import adjoint_matrix, matmul
from ..factors import batch_elementwise
from ..linear_maps import linear, maps_for
from ..shape import reshape, transpose
from .parts import (
    hermitian_part,
    lower_triangle,
    off_diagonal,
    upper_triangle,
)


def define(name: str, evaluate: Any, operands: Sequence[str], shape: Any, *rules: Any, many: bool = False) -> Any:
    """Define a primitive on stacks of matrices, and give the function that calls it.

    A batch is one more leading axis of the stack.
    """
    primitive = Primitive(
        name, evaluate, operands, shape, maps_for(operands, rules), batch=batch_elementwise, many=many
    )
    primitive.operation = operation = bind_general(primitive)
    return operation


def same_form(x: Any, **params: Any) -> Abstract:
    return Abstract(x.shape, x.dtype)


def real_dtype(dtype: Any) -> Any:
    """The dtype of the real part."""
    return numpy.zeros((), dtype).real.dtype


# -- solving ---------------------------------------------------------------------------------------


def solution_form(a: Any, b: Any, **params: Any) -> Abstract:
    lead = numpy.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return Abstract((*lead, *b.shape[-2:]), numpy.result_type(a.dtype, b.dtype))


class _Solution:
    """The joint linear map of an x with a x = b, in which both modes solve once for both operands.

    Args:
        solve: ``solve(a, b, **params)``.
        adjoint_params: the parameters with which ``solve`` takes the conjugate transpose of `a`.
        visible: ``visible(change, **params)`` is the part of a change of `a` that counts.
    """

    needs = frozenset({0, 2})

    def __init__(self, solve: Any, adjoint_params: Any, visible: Any) -> None:
        self.solve = solve
        self.adjoint_params = adjoint_params
        self.visible = visible

    def apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        a, _, out = residuals
        da, db = tangents
        if da is None:
            return self.solve(a, db, **node.params)
        moved = matmul(self.visible(da, **node.params), out)
        return self.solve(a, -moved if db is None else db - moved, **node.params)

    def transpose(
        self, cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[Any], bit: int
    ) -> Sequence[Any]:
        a, _, out = residuals
        of_b = self.solve(adjoint_matrix(a), cotangent, **self.adjoint_params(**node.params))
        if not wanted[0]:
            return None, of_b
        return self.visible(-matmul(of_b, adjoint_matrix(out)), **node.params), of_b


def _define_solve(name: str, evaluate: Any, adjoint_params: Any, visible: Any) -> Any:
    def solve(a: Any, b: Any, **params: Any) -> Any:
        return operation(a, b, **params)

    joint = _Solution(solve, adjoint_params, visible)
    primitive = Primitive(name, evaluate, ("a", "b"), solution_form, joint=joint, batch=_solution_batch)
    primitive.operation = operation = bind_general(primitive)
    return operation


def _solution_batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    """A matrix that all examples share is factored once, for their right-hand sides beside one another."""
    a, b = operands
    if batched[0] or a.ndim > 2 or b.ndim > 3:
        return batch_elementwise(size, operands, batched, node)
    rows, columns = b.shape[1:]
    side_by_side = reshape(transpose(b, axes=(1, 0, 2)), shape=(rows, size * columns))
    x = node.primitive.operation(a, side_by_side, **node.params)
    return transpose(reshape(x, shape=(rows, size, columns)), axes=(1, 0, 2))


solve: Final = _define_solve("solve", numpy.linalg.solve, dict, lambda da: da)
"""``solve(a, b)``: the x with a x = b; both with at least two axes, stacks broadcast."""


MANY_ROWS = 100
"""From this size on a triangular solver is worth its start, which costs more than a small system."""


def _solve_triangular(a: Any, b: Any, lower: bool, unit_diagonal: bool) -> Any:
    if a.ndim == 2 and b.ndim == 2 and a.shape[-1] >= MANY_ROWS:
        from scipy.linalg import solve_triangular as of_scipy

        return of_scipy(a, b, lower=lower, unit_diagonal=unit_diagonal, check_finite=False)
    triangle = _triangle(a, lower, unit_diagonal)
    return numpy.linalg.solve(triangle + numpy.eye(a.shape[-1], dtype=a.dtype) if unit_diagonal else triangle, b)


def _triangle(x: Any, lower: bool, unit_diagonal: bool) -> Any:
    """The part of a triangular matrix that is read."""
    if lower:
        return lower_triangle(x, -1 if unit_diagonal else 0)
    return upper_triangle(x, 1 if unit_diagonal else 0)


solve_triangular: Final = _define_solve(
    "solve_triangular",
    _solve_triangular,
    lambda lower, unit_diagonal: {"lower": not lower, "unit_diagonal": unit_diagonal},
    _triangle,
)
"""``solve_triangular(a, b, lower=, unit_diagonal=)``: as `solve`, reading one triangle of `a`."""

# -- inverses --------------------------------------------------------------------------------------


def _inverse_or_infinite(x: Any) -> Any:
    """The inverse, with infinite elements where there is none."""
    try:
        return numpy.linalg.inv(x)
    except numpy.linalg.LinAlgError:
        if x.ndim == 2:
            return numpy.full_like(x, numpy.inf)
        return numpy.stack([_inverse_or_infinite(matrix) for matrix in x])


def _define_inverse(name: str, evaluate: Any) -> Any:
    """d(X^-1) = -X^-1 dX X^-1."""
    rule = linear(
        lambda dx, out: -matmul(matmul(out, dx), out),
        lambda ct, out: -matmul(matmul(adjoint_matrix(out), ct), adjoint_matrix(out)),
    )
    return define(name, evaluate, ("x",), same_form, rule)


inv: Final = _define_inverse("inv", numpy.linalg.inv)
"""``inv(x)`` of square matrices."""

inverse_where_possible: Final = _define_inverse("inverse_where_possible", _inverse_or_infinite)
"""``inverse_where_possible(x)``: infinite for a singular matrix. Rules must not raise in a branch that is not taken."""

# -- Cholesky --------------------------------------------------------------------------------------


def _half_lower(x: Any) -> Any:
    """Phi: the lower triangle, with half of the diagonal. It is its own transpose."""
    return lower_triangle(0.5 * (off_diagonal(x) + x))


def _cholesky_apply(dx: Any, out: Any) -> Any:
    """dL = L Phi(L^-1 dX L^-H).

    `dX` counts by its Hermitian part: numpy reads one triangle only and takes the other for its mirror.

    Source: I. Murray, "Differentiation of the Cholesky decomposition" (2016), equation 8.
    """
    return matmul(out, _half_lower(_between_inverses(out, hermitian_part(dx), lower=True)))


def _cholesky_transpose(ct: Any, out: Any) -> Any:
    """The Hermitian part of L^-H Phi(L^H ct) L^-1 (Murray, equation 10)."""
    inside = _half_lower(matmul(adjoint_matrix(out), ct))
    return hermitian_part(_between_inverses(adjoint_matrix(out), inside, lower=False))


def _between_inverses(triangle: Any, x: Any, lower: bool) -> Any:
    """T^-1 X T^-H for a triangular T."""
    half = solve_triangular(triangle, x, lower=lower, unit_diagonal=False)
    return adjoint_matrix(solve_triangular(triangle, adjoint_matrix(half), lower=lower, unit_diagonal=False))


cholesky: Final = define(
    "cholesky", numpy.linalg.cholesky, ("x",), same_form, linear(_cholesky_apply, _cholesky_transpose)
)
"""``cholesky(x)``: the lower triangular L with L L^H = x, for Hermitian positive definite x."""

RAISING = primitives(solve, solve_triangular, inv, cholesky)
"""Operations that raise for a matrix that is singular or not positive definite."""
