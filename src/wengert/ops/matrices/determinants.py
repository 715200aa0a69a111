"""Determinants of stacks of matrices, whose derivatives are cofactors: they are there for matrices of any rank.

Up to three rows a cofactor is written out, and has its digits whatever the rows and columns are multiplied with. For
more rows the cofactors are det X times X^-1 or, where these have not all their digits, come from the singular values
of the matrix balanced by powers of two.
"""

from __future__ import annotations

from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ..broadcast import sum as sum_over
from ..contract import adjoint_matrix, matmul, matrix_transpose
from ..elementwise import (
    conjugate,
    imag,
    multiply,
    ones_like,
    real,
    subtract,
    zeros_like,
)
from ..factors import scale
from ..indexing.gather import block
from ..linear_maps import general, linear
from ..shape import reshape
from .parts import diagonal_matrix, raw_adjoint, times_number, trace
from .solving import (
    define,
    inverse_where_possible,
    real_dtype,
    same_form,
)


def _number_form(x: Any) -> Abstract:
    return Abstract(x.shape[:-2], x.dtype)


def _trace_of_product(x: Any, y: Any) -> Any:
    """tr(X Y), guarded: elements of X may be infinite where those of Y are zero."""
    rank = len(y.shape)
    return sum_over(scale(y, matrix_transpose(x)), axis=(rank - 2, rank - 1), keepdims=False)


def _spread_trace(ct: Any, x: Any) -> Any:
    """The transpose of `_trace_of_product` as a function of Y."""
    return scale(reshape(ct, shape=(*ct.shape, 1, 1)), adjoint_matrix(x))


det: Final = define(
    "det",
    numpy.linalg.det,
    ("x",),
    _number_form,
    linear(lambda dx, x: _trace_of_product(_adjugate_of(x), dx), lambda ct, x: _spread_trace(ct, _adjugate_of(x))),
)
"""``det(x)``: d det X = tr(adj X dX), by which singular matrices have a derivative too."""


def _adjugate_of(x: Any) -> Any:
    return adjugate(x) if x.shape[-1] > len(NEXT) else _cofactors_written_out(x)


NEXT = [1, 2, 0]
AFTER_NEXT = [2, 0, 1]
"""The other two of three rows or columns, in the order that gives a cofactor its sign."""
SIGNS = numpy.array([[1.0, -1.0], [-1.0, 1.0]])


def _cofactors_written_out(x: Any) -> Any:
    """The adjugate of one, two or three rows."""
    if x.shape[-1] < 2:
        return ones_like(x)
    if x.shape[-1] == 2:
        turned = block(x, index=(..., slice(None, None, -1), slice(None, None, -1)))
        return matrix_transpose(multiply(turned, SIGNS.astype(x.dtype)))
    minors = [_rows_and_columns(x, *places) for places in ((NEXT, NEXT), (AFTER_NEXT, AFTER_NEXT))]
    others = [_rows_and_columns(x, *places) for places in ((NEXT, AFTER_NEXT), (AFTER_NEXT, NEXT))]
    return matrix_transpose(subtract(multiply(*minors), multiply(*others)))


def _rows_and_columns(x: Any, rows: list[int], columns: list[int]) -> Any:
    return block(x, index=(..., *numpy.ix_(rows, columns)))


def _adjugate(x: Any) -> Any:
    """det X times X^-1 (both from the same factors), or by singular values where these have not all their digits."""
    if not _is_graded(x):
        with numpy.errstate(all="ignore"):
            determinant = numpy.linalg.det(x)
        size = numpy.abs(determinant)
        if numpy.all((size >= numpy.finfo(x.dtype).tiny) & (size < numpy.inf)):
            return determinant[..., None, None] * numpy.linalg.inv(x)
    return _adjugate_by_values(x)


GRADED = 2.0**20
"""From this ratio of the largest rows, or columns, on a matrix is graded: rounding in one row hides another."""


def _is_graded(x: Any) -> bool:
    sizes = numpy.abs(x)
    if sizes.max(initial=0) <= GRADED * sizes.min(initial=numpy.inf):
        return False
    return any(numpy.any(_spread(sizes.max(axis=axis, initial=0)) > GRADED) for axis in (-1, -2))


def _spread(sizes: Any) -> Any:
    """The ratio of the largest of each row to the least."""
    with numpy.errstate(all="ignore"):
        return sizes.max(axis=-1, initial=0) / sizes.min(axis=-1, initial=numpy.inf)


def _balance(x: Any) -> tuple[Any, Any]:
    """The exponents by which the rows and the columns of X are to be divided, so that its elements are near 1.

    First those of the geometric means, which undo what rows and columns were multiplied with, then of the largest.
    """
    exponents, is_there = numpy.frexp(numpy.abs(x))[1], (x != 0) & numpy.isfinite(x)
    rows, columns = numpy.zeros_like(exponents[..., :1]), numpy.zeros_like(exponents[..., :1, :])
    for typical in (_mean, _most):
        rows = rows + typical(exponents - rows - columns, is_there, -1)
        columns = columns + typical(exponents - rows - columns, is_there, -2)
    return rows, columns


def _mean(exponents: Any, is_there: Any, axis: int) -> Any:
    count = numpy.maximum(numpy.sum(is_there, axis=axis, keepdims=True), 1)
    return numpy.sum(exponents * is_there, axis=axis, keepdims=True) // count


def _most(exponents: Any, is_there: Any, axis: int) -> Any:
    most = numpy.max(numpy.where(is_there, exponents, -LARGEST), axis=axis, keepdims=True)
    return numpy.where(most == -LARGEST, 0, most)


def _shifted(x: Any, exponents: Any) -> Any:
    """X times two to the exponents."""
    if x.dtype.kind != "c":
        return numpy.ldexp(x, exponents)
    return numpy.ldexp(x.real, exponents) + 1j * numpy.ldexp(x.imag, exponents)


def _unbalanced(x: Any, rows: Any, columns: Any, more: Any = 0) -> Any:
    """The adjugate, or a change of it, from that of the balanced matrix."""
    left = numpy.sum(columns, axis=-1, keepdims=True) - numpy.swapaxes(columns, -1, -2)
    right = numpy.sum(rows, axis=-2, keepdims=True) - numpy.swapaxes(rows, -1, -2)
    return _shifted(x, left + right + more)


def _adjugate_by_values(x: Any) -> Any:
    rows, columns = _balance(x)
    u, s, vh, phase = _rotations(_shifted(x, -rows - columns))
    turned = raw_adjoint(vh) * _products_of_others(s)[0][..., None, :]
    return _unbalanced(phase * (turned @ raw_adjoint(u)), rows, columns)


def _rotations(x: Any) -> Any:
    """The singular value decomposition, and det(U V^H) as a number for each matrix."""
    u, s, vh = numpy.linalg.svd(x)
    return u, s, vh, numpy.linalg.det(u @ vh)[..., None, None]


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
    rows, columns = _balance(x)
    u, s, vh, phase = _rotations(_shifted(x, -rows - columns))
    v, uh = raw_adjoint(vh), raw_adjoint(u)
    _, products = _products_of_others(s)
    balanced, more = _balanced_change(dx, -rows - columns)
    turned = uh @ balanced @ v
    on = numpy.einsum("...ij,...jj->...i", products, turned)
    return _unbalanced(phase * (v @ (diagonal_matrix(on) - products * turned) @ uh), rows, columns, more)


def _balanced_change(dx: Any, exponents: Any) -> tuple[Any, Any]:
    """dX times two to the exponents, but for a power of two that is left out, so that it is near 1."""
    sizes = numpy.frexp(numpy.abs(dx))[1] + exponents
    most = numpy.max(numpy.where(dx == 0, -LARGEST, sizes), axis=(-1, -2), keepdims=True, initial=-LARGEST)
    return _shifted(dx, numpy.clip(exponents - most, -LARGEST, LARGEST)), most


LARGEST = 1 << 15
"""More than any exponent, or sum of three."""


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


adjugate: Final = define("adjugate", _adjugate, ("x",), same_form, general(lambda dx, x: adjugate_change(x, dx)))
"""``adjugate(x)``: the transposed matrix of cofactors."""

adjugate_change: Final = define(
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


slogdet: Final = define(
    "slogdet",
    lambda x: tuple(numpy.linalg.slogdet(x)),
    ("x",),
    lambda x: (_number_form(x), Abstract(x.shape[:-2], real_dtype(x.dtype))),
    linear(_slogdet_apply, _slogdet_transpose),
    many=True,
)
"""``slogdet(x)``: the sign (phase) and the logarithm of the absolute value of the determinant."""
