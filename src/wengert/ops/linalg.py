"""Solving, inverting, determinants and Cholesky factors of stacks of matrices.

Source of the derivatives, where no other is named: M. Giles, "An extended collection of matrix derivative
results for forward and reverse mode algorithmic differentiation" (2008), section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from .contract import adjoint_matrix, matmul, matrix_transpose
from .elementwise import conjugate, imag, real, zeros_like
from .linear_maps import batch_elementwise, general, linear, maps_for, scale
from .matrices import diagonal_matrix, hermitian_part, lower_triangle, off_diagonal, times_number, trace, upper_triangle
from .reduce import sum as sum_over
from .shape import reshape


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
    primitive = Primitive(name, evaluate, ("a", "b"), solution_form, joint=joint, batch=batch_elementwise)
    primitive.operation = operation = bind_general(primitive)
    return operation


solve = _define_solve("solve", numpy.linalg.solve, dict, lambda da: da)
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


solve_triangular = _define_solve(
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


inv = _define_inverse("inv", numpy.linalg.inv)
"""``inv(x)`` of square matrices."""

inverse_where_possible = _define_inverse("inverse_where_possible", _inverse_or_infinite)
"""``inverse_where_possible(x)``: infinite for a singular matrix. Rules must not raise in a branch that is not taken."""

# -- determinants ----------------------------------------------------------------------------------


def _number_form(x: Any) -> Abstract:
    return Abstract(x.shape[:-2], x.dtype)


def _trace_of_product(x: Any, y: Any) -> Any:
    """tr(X Y), guarded: elements of X may be infinite where those of Y are zero."""
    rank = len(y.shape)
    return sum_over(scale(y, matrix_transpose(x)), axis=(rank - 2, rank - 1), keepdims=False)


def _spread_trace(ct: Any, x: Any) -> Any:
    """The transpose of `_trace_of_product` as a function of Y."""
    return scale(reshape(ct, shape=(*ct.shape, 1, 1)), adjoint_matrix(x))


det = define(
    "det",
    numpy.linalg.det,
    ("x",),
    _number_form,
    linear(lambda dx, x: _trace_of_product(adjugate(x), dx), lambda ct, x: _spread_trace(ct, adjugate(x))),
)
"""``det(x)``: d det X = tr(adj X dX), by which singular matrices have a derivative too."""


def _adjugate(x: Any) -> Any:
    """det X times X^-1 (both from the same factors), or by singular values where det X has not all its digits."""
    with numpy.errstate(all="ignore"):
        determinant = numpy.linalg.det(x)
    size = numpy.abs(determinant)
    if numpy.all((size >= numpy.finfo(x.dtype).tiny) & (size < numpy.inf)):
        return determinant[..., None, None] * numpy.linalg.inv(x)
    u, s, vh, phase = _rotations(x)
    return phase * ((_conjugate_transposed(vh) * _products_of_others(s)[0][..., None, :]) @ _conjugate_transposed(u))


def _rotations(x: Any) -> Any:
    """The singular value decomposition, and det(U V^H) as a number for each matrix."""
    u, s, vh = numpy.linalg.svd(x)
    return u, s, vh, numpy.linalg.det(u @ vh)[..., None, None]


def _conjugate_transposed(x: Any) -> Any:
    return numpy.conj(numpy.swapaxes(x, -1, -2))


def _products_of_others(s: Any) -> tuple[Any, Any]:
    """The products of all s but the i-th; and of all but the i-th and the j-th, with 0 for i = j.

    Fractions and exponents are multiplied apart, so that nothing under- or overflows on the way.
    """
    zero = s == 0
    fractions, exponents = numpy.frexp(numpy.where(zero, 1, s))
    left = numpy.sum(zero, axis=-1, keepdims=True) - zero
    product, exponent = numpy.prod(fractions, axis=-1, keepdims=True), numpy.sum(exponents, axis=-1, keepdims=True)
    fractions_of_one, exponents_of_one = product / fractions, exponent - exponents
    one = numpy.where(left == 0, numpy.ldexp(fractions_of_one, exponents_of_one), 0)
    pairs = numpy.ldexp(
        fractions_of_one[..., None] / fractions[..., None, :], exponents_of_one[..., None] - exponents[..., None, :]
    )
    pairs = numpy.where(left[..., None] == zero[..., None, :], pairs, 0)
    return one, pairs * (1 - numpy.eye(s.shape[-1], dtype=s.dtype))


def _adjugate_change(x: Any, dx: Any) -> Any:
    """The derivative of `adjugate` at X in the direction dX, for X of any rank.

    In the bases of the singular vectors X is diagonal, and with F = U^H dX V and P_ij the product of the
    singular values but the i-th and the j-th, the change is -P_ij F_ij off the diagonal and sum_j P_ij F_jj on it.
    """
    u, s, vh, phase = _rotations(x)
    v, uh = _conjugate_transposed(vh), _conjugate_transposed(u)
    _, products = _products_of_others(s)
    turned = uh @ dx @ v
    on = numpy.einsum("...ij,...jj->...i", products, turned)
    return phase * (v @ (diagonal_matrix(on) - products * turned) @ uh)


def _adjugate_second_change(tangent: Any, x: Any, dx: Any) -> Any:
    """The derivative of `adjugate_change` by X, which must be invertible, in the direction `tangent`.

    With W = X^-1: adjugate_change = det X (tr(W dX) W - W dX W), and dW = -W tangent W.
    """
    w, number = inverse_where_possible(x), det(x)
    dw = -matmul(matmul(w, tangent), w)
    first = times_number(w, trace(matmul(w, dx))) - matmul(matmul(w, dx), w)
    second = times_number(dw, trace(matmul(w, dx))) + times_number(w, trace(matmul(dw, dx)))
    second = second - matmul(matmul(dw, dx), w) - matmul(matmul(w, dx), dw)
    return times_number(times_number(first, trace(matmul(w, tangent))) + second, number)


adjugate = define("adjugate", _adjugate, ("x",), same_form, general(lambda dx, x: adjugate_change(x, dx)))
"""``adjugate(x)``: the transposed matrix of cofactors."""

adjugate_change = define(
    "adjugate_change",
    _adjugate_change,
    ("x", "dx"),
    lambda x, dx: Abstract(numpy.broadcast_shapes(x.shape, dx.shape), numpy.result_type(x.dtype, dx.dtype)),
    general(_adjugate_second_change),
    linear(
        lambda tangent, x: adjugate_change(x, tangent),
        # tr(adjugate_change(X, F) G) is the second derivative of det, and so symmetric in F and G.
        lambda ct, x: adjoint_matrix(adjugate_change(x, adjoint_matrix(ct))),
    ),
)


def _slogdet_apply(dx: Any, x: Any, out: Any) -> Any:
    """d log det X = tr(X^-1 dX): its real part changes the logarithm, its imaginary part the phase."""
    change = _trace_of_product(inverse_where_possible(x), dx)
    if x.dtype.kind != "c":
        return None, change
    return 1j * scale(imag(change), out[0]), real(change)


def _slogdet_transpose(ct: Any, x: Any, out: Any) -> Any:
    of_sign, of_log = ct
    if x.dtype.kind == "c" and of_sign is not None:
        turning = 1j * imag(scale(of_sign, conjugate(out[0])))
        of_log = turning if of_log is None else of_log + turning
    if of_log is None:
        return zeros_like(x)
    return _spread_trace(of_log, inverse_where_possible(x))


slogdet = define(
    "slogdet",
    lambda x: tuple(numpy.linalg.slogdet(x)),
    ("x",),
    lambda x: (_number_form(x), Abstract(x.shape[:-2], real_dtype(x.dtype))),
    linear(_slogdet_apply, _slogdet_transpose),
    many=True,
)
"""``slogdet(x)``: the sign (phase) and the logarithm of the absolute value of the determinant."""

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


cholesky = define("cholesky", numpy.linalg.cholesky, ("x",), same_form, linear(_cholesky_apply, _cholesky_transpose))
"""``cholesky(x)``: the lower triangular L with L L^H = x, for Hermitian positive definite x."""
