"""Functions of a matrix by its eigenvalues or singular values: V diag(g) V^H and U diag(g) V^H.

By themselves the derivatives of values and vectors know nothing of what is between equal values. Together they are
a smooth function of the matrix, with divided differences of g as its derivatives. Where values are equal these
are derivatives of g by the values, read from the list by which it was computed (`wengert.ops.slope`); numbers that
g depends on otherwise are parameters.

Singular values are eigenvalues of [[0, X], [X^H, 0]], so U diag(g) V^H is a block of an odd function of that matrix.

Source of the latter: G. Golub and C. Van Loan, "Matrix Computations" (2013), section 8.6.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy

from ...core.abstract import Abstract
from ...core.node import Node
from ...core.primitive import Primitive
from ...core.recording import general as bind_general, pick_node
from ...core.state import derivative_watches
from ...core.tensor import Tensor
from ..axes.reduce import largest as largest_of
from ..contract import adjoint_matrix, matmul
from ..elementwise import (
    logical_and,
    logical_or,
    multiply,
    negative,
    real,
    zeros_like,
)
from ..linear_maps import NOT_WRITTEN, maps_for, missing
from ..shape import reshape
from ..slope import Slope, slope
from .divided_differences import (
    Knots,
    along_directions,
    by_rows,
    divided_difference,
    guarded,
)
from .equal_values import are_equal, counting, refuse
from .parts import (
    anti_hermitian_part,
    as_column,
    as_row,
    diagonal,
    hermitian_part,
    off_diagonal,
    raw_adjoint,
    total,
)

BASE = 4
"""So many operands come before the values of g: the matrix, its values, the left and the right vectors."""


def _split(rest: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """The values of g and of its first k derivatives, and the k directions."""
    count = len(rest) // 2 + 1
    return rest[:count], rest[count:]


# -- evaluating ------------------------------------------------------------------------------------


def of_hermitian(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Any:
    """The value of `hermitian_function`; for one direction at most, by operations of the library."""
    rows, directions = _split(rest)
    if not directions:
        return matmul(multiply(left, as_row(rows[0])), right)
    turned = [matmul(matmul(right, direction), left) for direction in directions]
    return matmul(matmul(left, along_directions(Knots(values, rows), turned)), right)


def of_singular_values(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Any:
    """The value of `singular_function`; for one direction at most, by operations of the library."""
    rows, directions = _split(rest)
    if not directions:
        return matmul(multiply(left, as_row(rows[0])), right)
    if len(directions) == 1:
        return _first_derivative(Knots(values, rows), left, right, *directions)
    values, vectors = _dilated(values, left, right)
    odd = [_extended(row, (-1) ** (order + 1), values) for order, row in enumerate(rows)]
    whole = of_hermitian(None, values, vectors, raw_adjoint(vectors), *odd, *map(_dilation, directions))
    return whole[..., : left.shape[-2], left.shape[-2] :]


def _first_derivative(knots: Knots, left: Any, right: Any, direction: Any) -> Any:
    """Within the spans g[s_i, s_j] times the Hermitian part of M = U^H E V, and g[s_i, -s_j] times the other."""
    u, v, turned = left, adjoint_matrix(right), matmul(matmul(adjoint_matrix(left), direction), adjoint_matrix(right))
    size = largest_of(knots.points, axis=(len(knots.points.shape) - 1,), keepdims=True)
    values, slopes = knots.rows
    mirrored, none = Knots(-knots.points, [-values, slopes]), Knots(0 * knots.points, [0 * values, slopes])
    column = knots.at((..., slice(None), None))
    along, across = (
        divided_difference([column, other.at((..., None, slice(None)))], size[..., None]) for other in (knots, mirrored)
    )
    inside = guarded(along, hermitian_part(turned)) + guarded(across, anti_hermitian_part(turned))
    made = matmul(matmul(u, inside), right)
    to_zero = as_row(divided_difference([knots, none], size))
    if u.shape[-2] > u.shape[-1]:
        left_over = matmul(direction, v) - matmul(u, turned)
        made = made + matmul(multiply(left_over, to_zero), right)
    if v.shape[-2] > v.shape[-1]:
        left_over = matmul(adjoint_matrix(direction), u) - matmul(v, adjoint_matrix(turned))
        made = made + matmul(u, adjoint_matrix(multiply(left_over, to_zero)))
    return made


def _dilation(x: Any) -> Any:
    """[[0, X], [X^H, 0]]."""
    above, below = (numpy.zeros((*x.shape[:-2], size, size), x.dtype) for size in x.shape[-2:])
    return numpy.block([[above, x], [raw_adjoint(x), below]])


def _dilated(values: Any, left: Any, right: Any) -> tuple[Any, Any]:
    """The eigenvalues s, -s, and zeros of the dilated matrix, and its eigenvectors."""
    u, v = left * numpy.sqrt(0.5, dtype=values.dtype), raw_adjoint(right) * numpy.sqrt(0.5, dtype=values.dtype)
    outside_u, outside_v = _complement(left), _complement(raw_adjoint(right))
    nothing_above = numpy.zeros((*u.shape[:-1], outside_v.shape[-1]), u.dtype)
    nothing_below = numpy.zeros((*v.shape[:-1], outside_u.shape[-1]), v.dtype)
    vectors = numpy.block([[u, u, outside_u, nothing_above], [v, -v, nothing_below, outside_v]])
    zeros = numpy.zeros((*values.shape[:-1], vectors.shape[-1] - 2 * values.shape[-1]), values.dtype)
    return numpy.concatenate([values, -values, zeros], axis=-1), vectors


def _complement(vectors: Any) -> Any:
    """Columns that complete orthonormal ones to a basis."""
    return numpy.linalg.qr(vectors, mode="complete")[0][..., vectors.shape[-1] :]


def _extended(row: Any, sign: int, values: Any) -> Any:
    """What g, or one of its derivatives, is at all eigenvalues of the dilated matrix."""
    zeros = numpy.zeros((*row.shape[:-1], values.shape[-1] - 2 * row.shape[-1]), row.dtype)
    return numpy.concatenate([row, sign * row, zeros], axis=-1)


def _form(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Abstract:
    rows, directions = _split(rest)
    lead = numpy.broadcast_shapes(*[form.shape[:-2] for form in (left, *directions)], *[row.shape[:-1] for row in rows])
    return Abstract((*lead, *x.shape[-2:]), numpy.result_type(*[form.dtype for form in (left, *rest)]))


# -- by the values of g ----------------------------------------------------------------------------


def _rows_of_hermitian(ct: Any, values: Any, left: Any, right: Any, *directions: Any) -> tuple[Any, ...]:
    knots = Knots(values, [values] * (len(directions) + 1))
    inside = raw_adjoint(left) @ ct @ raw_adjoint(right)
    return tuple(by_rows(inside, knots, [right @ direction @ left for direction in directions]))


def _rows_of_singular_values(ct: Any, values: Any, left: Any, right: Any, *directions: Any) -> tuple[Any, ...]:
    count = values.shape[-1]
    values, vectors = _dilated(values, left, right)
    above = numpy.zeros((*ct.shape[:-2], sum(ct.shape[-2:]), sum(ct.shape[-2:])), ct.dtype)
    above[..., : ct.shape[-2], ct.shape[-2] :] = ct
    made = _rows_of_hermitian(above, values, vectors, raw_adjoint(vectors), *map(_dilation, directions))
    return tuple(row[..., :count] + (-1) ** (order + 1) * row[..., count : 2 * count] for order, row in enumerate(made))


def _rows_form(ct: Any, values: Any, left: Any, right: Any, *directions: Any) -> tuple[Abstract, ...]:
    lead = numpy.broadcast_shapes(values.shape[:-1], *[x.shape[:-2] for x in (ct, *directions)])
    return (Abstract((*lead, values.shape[-1]), ct.dtype),) * (len(directions) + 1)


# -- batching --------------------------------------------------------------------------------------


def _lining_up(vectors: Callable[[int], Iterable[int]]) -> Callable[..., Any]:
    """Batching with stacks lined up: the axes of each example that an operand lacks come behind the batch axis.

    Args:
        vectors: which of so many operands are vectors; the others are matrices.
    """

    def batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
        shapes, flat = [form.shape for form in node.forms[: len(operands)]], frozenset(vectors(len(operands)))
        stacks = [shape[: len(shape) - (1 if place in flat else 2)] for place, shape in enumerate(shapes)]
        most = max(map(len, stacks))
        lined_up = [
            reshape(x, shape=(size, *(1,) * (most - len(stack)), *shape)) if is_batched and len(stack) < most else x
            for x, is_batched, stack, shape in zip(operands, batched, stacks, shapes, strict=True)
        ]
        return node.primitive.operation(*lined_up, **node.params)

    return batch


batch_of_rows: Final = _lining_up(lambda count: [1, *range(BASE, BASE + (count - BASE) // 2 + 1)])
_batch_of_values = _lining_up(lambda count: [1])


# -- what forward mode cannot know -----------------------------------------------------------------


class _BetweenEquals:
    """The joint linear map of `between_equals`: nothing, but an error (or NaN) where there is no derivative."""

    needs = range(sys.maxsize)

    @staticmethod
    def apply(tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        _, values, left, right, turned, out = residuals
        if tangents[0] is None:
            return None
        both = multiply(hermitian_part(between(left, tangents[0], right)), hermitian_part(turned))
        told_apart = logical_and(are_equal(values), counting(off_diagonal(both), both))
        return refuse(node.params["op"], zeros_like(out), values, told_apart)

    @staticmethod
    def transpose(
        cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[Any], bit: int
    ) -> Sequence[Any]:
        return [None] * len(wanted)


def _zeros_form(x: Any, values: Any, left: Any, right: Any, turned: Any, op: str) -> Abstract:
    return Abstract(numpy.broadcast_shapes(values.shape, turned.shape[:-1]), values.dtype)


def _zeros(*operands: Any, op: str) -> Any:
    form = _zeros_form(*operands, op=op)
    return numpy.zeros(form.shape, form.dtype)


BETWEEN_EQUALS = Primitive(
    "between_equals",
    _zeros,
    ("x", "values", "left", "right", "turned"),
    _zeros_form,
    joint=_BetweenEquals(),
    batch=_batch_of_values,
)
BETWEEN_EQUALS.operation = bind_general(BETWEEN_EQUALS)


def between(left: Any, direction: Any, right: Any) -> Any:
    """U^H E V."""
    return matmul(matmul(adjoint_matrix(left), direction), adjoint_matrix(right))


def changes_of_values(op: str, x: Any, values: Any, left: Any, right: Any, turned: Any) -> Any:
    """The diagonal of U^H E V: by how much each value changes, or the number before it.

    Where values are equal the derivative of this depends on all of U^H E V, so that of the diagonal is incomplete. If
    somebody else watches, an operation that is 0 asks, when its derivative is asked for, whether that matters.
    """
    changes = diagonal(turned)
    if type(values) is Tensor and values._node.watch & derivative_watches():
        return changes + BETWEEN_EQUALS.operation(x, values, left, right, turned, op=op)
    return changes


# -- the primitives --------------------------------------------------------------------------------

NOTHING = Slope(None, False)


class Kind(NamedTuple):
    """What tells the functions apart.

    Attributes:
        op: the decomposition, for messages.
        seen: the part of a change of the matrix that counts.
        turned: what makes a direction of a cotangent, and a cotangent of the derivative along it.
    """

    op: str
    seen: Callable[[Any], Any]
    turned: Callable[[Any], Any]


def _itself(x: Any) -> Any:
    return x


class _SpectralMap:
    """The joint linear map: by the matrix along one more direction, by each direction, and by parameters of g.

    What the values and the vectors change is counted with the matrix.
    """

    needs = range(sys.maxsize)

    def __init__(self, function: Callable[..., Any], by_rows: Callable[..., Any], kind: Kind) -> None:
        self.function = function
        self.by_rows = by_rows
        self.op, self.seen, self.turned = kind

    def apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        base, (rows, directions) = residuals[:BASE], _split(residuals[BASE:-1])
        of_rows, of_directions = _split(tangents[BASE:])
        parts = [
            self.function(*base, *rows, *_replaced(directions, place, tangent))
            for place, tangent in enumerate(of_directions)
            if tangent is not None
        ]
        if tangents[0] is not None:
            parts.append(self.function(*base, *rows, _next(node, rows, bit), *directions, self.seen(tangents[0])))
        moved = [by_parameters(node, place, row, tangents[1], bit) for place, row in enumerate(of_rows)]
        if any(row is not None for row in moved):
            filled = [zeros_like(row) if change is None else change for row, change in zip(rows, moved, strict=True)]
            part = self.function(*base, *filled, *directions)
            parts.append(refuse(self.op, part, base[1], _told_apart(base[1], moved, of_rows)))
        return total(*parts) if parts else None

    def transpose(
        self, cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[Any], bit: int
    ) -> Sequence[Any]:
        base, (rows, directions) = residuals[:BASE], _split(residuals[BASE:-1])
        turned, found = self.turned(cotangent), [None] * len(wanted)
        if wanted[0]:
            along = self.function(*base, *rows, _next(node, rows, bit), *directions, turned)
            found[0] = self.seen(self.turned(along))
        for place in range(len(directions)):
            position = BASE + len(rows) + place
            if wanted[position]:
                found[position] = self.turned(self.function(*base, *rows, *_replaced(directions, place, turned)))
        known = [slope_of(node, i, bit) if wanted[BASE + i] else NOTHING for i in range(len(rows))]
        if any(row.has_others for row in known):
            self._add_rows(found, known, self._cotangents_of_rows(cotangent, base, rows, directions))
        return found

    def _cotangents_of_rows(self, ct: Any, base: Sequence[Any], rows: Sequence[Any], directions: Sequence[Any]) -> Any:
        x, values, left, right = base
        if directions:
            return self.by_rows(ct, values, left, right, *directions)
        return (changes_of_values(self.op, x, values, left, right, between(left, ct, right)),)

    @staticmethod
    def _add_rows(found: list[Any], known: Sequence[Slope], cotangents: Sequence[Any]) -> None:
        """To each row what it gets; less, from the values, what they would get by it."""
        for place, (row, ct) in enumerate(zip(known, cotangents, strict=True)):
            if row.has_others:
                found[BASE + place] = ct
                if row.value is not None:
                    found[1] = total(found[1], negative(real_if(multiply(ct, row.value), row.value)))


def operands_of(origin: Node) -> tuple[Tensor, ...]:
    """The matrix, its values, and its left and right vectors, of the node of a decomposition."""
    x, *_, results = origin.residuals
    made = [Tensor(value, pick_node(origin, i, results)) for i, value in enumerate(results)]
    left, right = (made[1], adjoint_matrix(made[1])) if len(made) == 3 else (made[0], made[2])
    return Tensor(x, origin.parents[0]), made[-1], left, right


def _told_apart(values: Any, moved: Sequence[Any], among: Sequence[Any]) -> Any:
    """Which equal values the parameters of g tell apart."""
    found = False
    for row, whole in zip(moved, among, strict=True):
        if row is not None:
            found = logical_or(found, counting(as_row(row) - as_column(row), as_row(whole)))
    return logical_and(are_equal(values), found)


def real_if(x: Any, like: Any) -> Any:
    """The real part, for something real."""
    return x if like.dtype.kind == "c" else real(x)


def _replaced(directions: Sequence[Any], place: int, direction: Any) -> list[Any]:
    return [*directions[:place], direction, *directions[place + 1 :]]


def slope_of(node: Any, place: int, bit: int) -> Slope:
    """The slope of one row with respect to the values."""
    shape = node.forms[1].shape
    return slope(node.parents[BASE + place], node.parents[1], shape, bit)


def _next(node: Any, rows: Sequence[Any], bit: int) -> Any:
    """The derivative of the last row: the row of the next order."""
    found = slope_of(node, len(rows) - 1, bit).value
    return zeros_like(rows[-1]) if found is None else found


def by_parameters(node: Any, place: int, row: Any, of_values: Any, bit: int) -> Any:
    """How a row moves beyond what it moves with the values; ``None`` if it does not."""
    if row is None:
        return None
    found = slope_of(node, place, bit)
    if not found.has_others:
        return None
    return row if found.value is None or of_values is None else row - multiply(found.value, of_values)


def _define(name: str, evaluate: Any, rows: Any, kind: Kind) -> Any:
    reason = "it is of third order, by a parameter of a function of eigenvalues"
    ends = [missing(NOT_WRITTEN, reason)]
    by_rows_of = Primitive(
        f"rows_of_{name}",
        rows,
        ("*operands",),
        _rows_form,
        maps_for(("operands",), ends),
        batch=_batch_of_values,
        many=True,
    )
    by_rows_of.operation = bind_general(by_rows_of)
    joint = _SpectralMap(lambda *operands: primitive.operation(*operands), by_rows_of.operation, kind)
    primitive = Primitive(name, evaluate, ("*operands",), _form, joint=joint, batch=batch_of_rows)
    primitive.operation = bind_general(primitive)
    return primitive.operation


hermitian_function: Final = _define(
    "hermitian_function", of_hermitian, _rows_of_hermitian, Kind("eigh", hermitian_part, adjoint_matrix)
)
"""``hermitian_function(x, w, V, V^H, g)``: V diag(g) V^H; with derivatives of g and directions, its derivative."""

singular_function: Final = _define(
    "singular_function", of_singular_values, _rows_of_singular_values, Kind("svd", _itself, _itself)
)
"""``singular_function(x, s, U, V^H, g)``: U diag(g) V^H; with derivatives of g and directions, its derivative."""

diagonalizable_function: Final = _define(
    "diagonalizable_function", of_hermitian, _rows_of_hermitian, Kind("eig", _itself, adjoint_matrix)
)
"""``diagonalizable_function(x, w, V, V^-1, g)``: V diag(g) V^-1, where all of a change of the matrix counts."""
