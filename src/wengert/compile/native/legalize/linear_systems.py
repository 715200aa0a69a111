"""Linear algebra as calls of LAPACK, and what is to be done around them.

LAPACK has matrices column by column, so an array is the transpose of the matrix that LAPACK sees; the routines take
transposes where they can. What solves with a matrix and with its transpose reads the same factors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from ....control import cond
from ....core.abstract import Abstract
from ....core.graph import GraphNode, form_of_operand
from ....core.primitive import Primitive, by_primitive
from ....ops import elementwise as e
from ....ops.axes import reduce as r
from ....ops.broadcast import broadcast_to
from ....ops.contract import matmul, matrix_transpose
from ....ops.elementwise import astype
from ....ops.indexing import gather as g
from ....ops.join import concatenate
from ....ops.matrices import (
    determinants,
    equations as equations,
    parts as matrices,
    solving as linalg,
    spectral,
)
from ....ops.matrices.banded import solve_banded
from ....ops.matrices.determinants import GRADED
from ....ops.shape import reshape, transpose
from ..facts import lapack_routines as lapack
from ..facts.lowered import DOUBLE, NATIVE_DTYPES, SINGLE_OR_DOUBLE
from ..facts.registers import stands_alone


class System(NamedTuple):
    """What an operation is: a function of its operands."""

    function: Callable[..., Any]
    operands: Sequence[Any]


def system_of(node: GraphNode, operands: Sequence[Any]) -> System | None:
    """The calls of LAPACK that an operation is; ``None`` if it is none, or of other numbers."""
    rule = SYSTEMS.get(node.primitive)
    forms = node.result_forms
    if rule is None or not _is_real(operands, forms) or stands_alone(node, operands):
        return None
    system = rule(node, operands)
    if system is None:
        return None
    function, given = system

    def in_double(*values: Any) -> Any:
        made = function(*(astype(x, dtype=DOUBLE) if x.dtype.kind == "f" else x for x in values))
        if type(made) is not tuple:
            return astype(made, dtype=forms[0].dtype)
        return tuple(astype(part, dtype=form.dtype) for part, form in zip(made, forms, strict=True))

    return System(in_double, given)


def _is_real(operands: Sequence[Any], forms: Sequence[Abstract]) -> bool:
    """Whether what goes in and out is real, and NumPy's factors would be in single or double precision."""
    dtypes = [form_of_operand(o).dtype for o in operands]
    return forms[0].dtype.name in SINGLE_OR_DOUBLE and all(dtype.name in NATIVE_DTYPES for dtype in dtypes)


def _untransposed(x: Any) -> tuple[Any, bool]:
    """The matrix of which a matrix is the transpose, and whether it is."""
    if not isinstance(x, GraphNode) or x.primitive is not transpose.primitive:
        return x, False
    count = len(x.form.shape)
    is_turned = x.params["axes"] == (*range(count - 2), count - 1, count - 2)
    return (x.operands[0], True) if is_turned else (x, False)


# -- solving ---------------------------------------------------------------------------------------


def _by_columns(call: Callable[..., Any], a: Any, b: Any) -> Any:
    """The x that a call finds for the columns of `b`; stacks broadcast, and one matrix solves for all at once."""
    lead = numpy.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    columns = matrix_transpose(b)
    if math.prod(a.shape[:-2]) == 1:
        every = reshape(columns, shape=(math.prod(columns.shape[:-1]), columns.shape[-1]))
        x = call(a if len(a.shape) == 2 else reshape(a, shape=a.shape[-2:]), every)
    else:
        x = call(*(broadcast_to(y, shape=(*lead, *y.shape[-2:])) for y in (a, columns)))
    return matrix_transpose(reshape(x, shape=(*lead, *columns.shape[-2:])))


def _solve(node: GraphNode, operands: Sequence[Any]) -> System:
    a, is_columns = _untransposed(operands[0])

    def call(a: Any, columns: Any) -> Any:
        return lapack.getrs(*lapack.getrf(a), columns, transposed=not is_columns, may_fail=True)

    return System(lambda a, b: _by_columns(call, a, b), [a, operands[1]])


def _solve_triangular(node: GraphNode, operands: Sequence[Any]) -> System:
    a, is_columns = _untransposed(operands[0])
    lower, unit_diagonal = node.params["lower"], node.params["unit_diagonal"]
    triangle = "L" if lower == is_columns else "U"

    def call(a: Any, columns: Any) -> Any:
        return lapack.trtrs(a, columns, triangle=triangle, transposed=not is_columns, unit_diagonal=unit_diagonal)

    return System(lambda a, b: _by_columns(call, a, b), [a, operands[1]])


def _inverse(node: GraphNode, operands: Sequence[Any]) -> System:
    return System(lambda x: lapack.getri(*lapack.getrf(x), may_fail=True), operands)


def _inverse_where_possible(node: GraphNode, operands: Sequence[Any]) -> System:
    def function(x: Any) -> Any:
        factors = lapack.getrf(x)
        is_singular = e.not_equal(factors[2], 0)
        is_singular = reshape(is_singular, shape=(*is_singular.shape, 1, 1))
        return e.where(is_singular, math.inf, lapack.getri(*factors, may_fail=False))

    return System(function, operands)


def _solve_banded(node: GraphNode, operands: Sequence[Any]) -> System:
    below, above = node.params["l_and_u"]

    def function(bands: Any, b: Any) -> Any:
        room = numpy.zeros((below, bands.shape[-1]))
        columns = matrix_transpose(concatenate(room, bands, axis=0))
        return matrix_transpose(lapack.gbsv(columns, matrix_transpose(b), below=below, above=above))

    return System(function, operands)


def _solve_sylvester(node: GraphNode, operands: Sequence[Any]) -> System:
    """By the Schur forms A = U R U^T, B^T = V S V^T: the Y with R Y + Y S^T = U^T Q V, and X = U Y V^T.

    Source: R. Bartels and G. Stewart, "Solution of the matrix equation AX + XB = C" (1972).
    """

    def function(a: Any, b: Any, q: Any) -> Any:
        lead = numpy.broadcast_shapes(a.shape[:-2], b.shape[:-2], q.shape[:-2])
        a, b, q = (broadcast_to(x, shape=(*lead, *x.shape[-2:])) for x in (a, b, q))
        (left, u), (right, v) = lapack.gees(matrix_transpose(a)), lapack.gees(b)
        columns, scale = lapack.trsyl(left, right, matrix_transpose(matmul(matmul(u, q), matrix_transpose(v))))
        y = matrices.times_number(matrix_transpose(columns), scale)
        return matmul(matmul(matrix_transpose(u), y), v)

    return System(function, operands)


# -- determinants and triangular factors -----------------------------------------------------------


def _sign_and_logarithm(x: Any) -> tuple[Any, Any]:
    factors, pivots, _ = lapack.getrf(x)
    diagonal = matrices.diagonal(factors)
    last = (len(diagonal.shape) - 1,)
    stays = e.equal(pivots, numpy.arange(1, x.shape[-1] + 1, dtype=lapack.LAPACK_INTEGER))
    signs = e.multiply(e.where(stays, 1.0, -1.0), e.sign(diagonal))
    logarithms = e.log_of(e.absolute(diagonal))
    return r.prod(signs, axis=last, keepdims=False), r.sum(logarithms, axis=last, keepdims=False)


def _determinant(x: Any) -> Any:
    sign, logarithm = _sign_and_logarithm(x)
    return e.multiply(sign, e.exp(logarithm))


def _slogdet(node: GraphNode, operands: Sequence[Any]) -> System:
    return System(_sign_and_logarithm, [_untransposed(operands[0])[0]])


def _det(node: GraphNode, operands: Sequence[Any]) -> System:
    return System(_determinant, [_untransposed(operands[0])[0]])


def _adjugate(node: GraphNode, operands: Sequence[Any]) -> System:
    """As eager: by the inverse, or by singular values where a determinant has not all its digits."""

    def function(x: Any) -> Any:
        size = e.absolute(_determinant(x))
        has_digits = e.logical_and(e.greater_equal(size, numpy.finfo(size.dtype).tiny), e.less(size, math.inf))
        is_hard = e.logical_or(e.logical_not(has_digits), e.logical_or(_is_graded(x, -1), _is_graded(x, -2)))
        are_hard = e.where(is_hard, 1, 0)
        any_is_hard = r.max(are_hard, axis=tuple(range(len(are_hard.shape))), keepdims=False)
        return cond(any_is_hard, _adjugate_by_values, _adjugate_by_inverse, x)

    return System(function, operands)


def _is_graded(x: Any, axis: int) -> Any:
    rank = len(x.shape)
    sizes = r.max(e.absolute(x), axis=(rank + axis,), keepdims=False)
    most, least = (reduced(sizes, axis=(rank - 2,), keepdims=False) for reduced in (r.max, r.min))
    return e.greater(most, e.multiply(least, GRADED))


def _adjugate_by_inverse(x: Any) -> Any:
    return matrices.times_number(lapack.getri(*lapack.getrf(x), may_fail=False), _determinant(x))


def _adjugate_by_values(x: Any) -> Any:
    """V times the products of the other singular values times U^T, and times det(U V^T), of the balanced matrix."""
    rows, columns = _balance(x)
    u, s, vh = _decomposed(_shifted(x, e.negative(e.add(rows, columns))))
    others = e.where(numpy.eye(x.shape[-1], dtype=bool), 1.0, matrices.as_row(s))
    products = r.prod(others, axis=(len(x.shape) - 1,), keepdims=False)
    sign, _ = _sign_and_logarithm(matmul(u, vh))
    turned = e.multiply(matrix_transpose(vh), matrices.as_row(products))
    adjugate = matrices.times_number(matmul(turned, matrix_transpose(u)), sign)
    for exponents in (_sum_of_others(columns, -1), _sum_of_others(rows, -2)):
        adjugate = _shifted(adjugate, matrix_transpose(exponents))
    return adjugate


def _balance(x: Any) -> tuple[Any, Any]:
    """As eager: the exponents of the rows and columns, by their means, then by their largest."""
    sizes = e.absolute(x)
    is_there = e.logical_and(e.greater(sizes, 0), e.less(sizes, math.inf))
    exponents = e.where(is_there, e.ceil(e.log2(sizes)), 0)
    rows = columns = 0.0
    for typical in (_mean, _most):
        rows = e.add(rows, typical(e.subtract(exponents, e.add(rows, columns)), is_there, -1))
        columns = e.add(columns, typical(e.subtract(exponents, e.add(rows, columns)), is_there, -2))
    return rows, columns


def _mean(exponents: Any, is_there: Any, axis: int) -> Any:
    along = (len(exponents.shape) + axis,)
    count = r.sum(e.where(is_there, 1.0, 0.0), axis=along, keepdims=True)
    total = r.sum(e.where(is_there, exponents, 0.0), axis=along, keepdims=True)
    return e.floor(e.divide(total, e.maximum(count, 1.0)))


def _most(exponents: Any, is_there: Any, axis: int) -> Any:
    most = r.max(e.where(is_there, exponents, -math.inf), axis=(len(exponents.shape) + axis,), keepdims=True)
    return e.where(e.greater(most, -math.inf), most, 0.0)


def _sum_of_others(exponents: Any, axis: int) -> Any:
    return e.subtract(r.sum(exponents, axis=(len(exponents.shape) + axis,), keepdims=True), exponents)


def _shifted(x: Any, exponents: Any) -> Any:
    """X times two to the exponents, in two steps since one might be beyond all numbers."""
    half = e.floor(e.multiply(0.5, exponents))
    return e.multiply(e.multiply(x, e.exp2(half)), e.exp2(e.subtract(exponents, half)))


def _lu_factor(node: GraphNode, operands: Sequence[Any]) -> System:
    def function(x: Any) -> tuple[Any, Any]:
        factors, pivots, _ = lapack.getrf(matrix_transpose(x))
        return matrix_transpose(factors), e.subtract(pivots, lapack.LAPACK_INTEGER.type(1))

    return System(function, operands)


def _permutation(node: GraphNode, operands: Sequence[Any]) -> System:
    def function(pivots: Any) -> Any:
        return lapack.laswp(matrices.as_row(e.add(pivots, lapack.LAPACK_INTEGER.type(1))), size=node.params["size"])

    return System(function, operands)


def _cholesky(node: GraphNode, operands: Sequence[Any]) -> System:
    """The lower triangle, whose rows are the columns of the upper one."""
    return System(lambda x: matrices.lower_triangle(lapack.potrf(x, triangle="U")), operands)


def _mirrored(node: GraphNode, operands: Sequence[Any]) -> System:
    kept = numpy.tri(node.result_forms[0].shape[-1], dtype=bool)
    kept = kept if node.params["lower"] else kept.T
    return System(lambda x: e.where(kept, x, matrix_transpose(x)), operands)


# -- decompositions --------------------------------------------------------------------------------


def _eigh(node: GraphNode, operands: Sequence[Any]) -> System:
    def function(x: Any) -> tuple[Any, ...]:
        values, columns = lapack.syevd(matrix_transpose(x), triangle=node.params["uplo"])
        return values, matrix_transpose(columns), values

    return System(function, operands)


def _decomposed(x: Any, every: bool = False) -> tuple[Any, Any, Any]:
    u, s, vh = lapack.gesdd(matrix_transpose(x), every=every)
    return matrix_transpose(u), s, matrix_transpose(vh)


def _svd(node: GraphNode, operands: Sequence[Any]) -> System:
    def function(x: Any) -> tuple[Any, ...]:
        u, s, vh = _decomposed(x)
        return u, s, vh, s

    return System(function, operands)


def _full_singular_vectors(node: GraphNode, operands: Sequence[Any]) -> System:
    return System(lambda x: _decomposed(x, every=True)[::2], operands)


def _unitary_factor(node: GraphNode, operands: Sequence[Any]) -> System:
    def function(x: Any) -> Any:
        u, _, vh = _decomposed(x)
        return matmul(u, vh)

    return System(function, operands)


def _qr(node: GraphNode, operands: Sequence[Any]) -> System:
    complete = node.params["complete"]

    def function(x: Any) -> tuple[Any, Any]:
        rows, columns = x.shape[-2:]
        count = rows if complete else min(rows, columns)
        factors, reflections = lapack.geqrf(matrix_transpose(x))
        upper = matrices.upper_triangle(matrix_transpose(factors))
        given = g.block(factors, index=(..., slice(min(count, columns)), slice(None)))
        if count > columns:
            given = g.unslice(given, index=(..., slice(columns), slice(None)), shape=(*x.shape[:-2], count, rows))
        q = matrix_transpose(lapack.orgqr(given, reflections))
        return q, g.block(upper, index=(..., slice(count), slice(None)))

    return System(function, operands)


SYSTEMS: dict[Primitive, Callable[[GraphNode, Sequence[Any]], System | None]] = by_primitive(
    {
        linalg.solve: _solve,
        linalg.solve_triangular: _solve_triangular,
        solve_banded: _solve_banded,
        equations.sylvester: _solve_sylvester,
        linalg.inv: _inverse,
        linalg.inverse_where_possible: _inverse_where_possible,
        determinants.det: _det,
        determinants.slogdet: _slogdet,
        determinants.adjugate: _adjugate,
        equations.lu_factor: _lu_factor,
        equations.permutation: _permutation,
        linalg.cholesky: _cholesky,
        equations.mirrored: _mirrored,
        spectral.eigh: _eigh,
        spectral.svd: _svd,
        spectral.full_singular_vectors: _full_singular_vectors,
        equations.unitary_factor: _unitary_factor,
        spectral.qr: _qr,
    }
)
