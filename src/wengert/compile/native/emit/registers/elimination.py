"""Systems of few equations in registers: elimination and Cholesky factors as straight-line code.

As LAPACK does it: by partial pivoting (`getrf`), or by square roots (`potrf`). For matrices that are as small as these,
calling a routine takes longer than the numbers do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce as folded
from typing import Any

import numpy

from .....core.graph import GraphNode
from .....core.primitive import Primitive, by_primitive
from .....ops import elementwise as e
from .....ops.matrices import determinants, solving as linalg
from ...facts.lowered import DOUBLE
from ...ir.scalar import Scalar
from ...ir.types import Array, Value
from ..scalars.elementwise import lower

Rows = list[list[Scalar]]


# -- elimination -----------------------------------------------------------------------------------


class Eliminated:
    """Rows that have become triangles: an upper one, and below it what rows were multiplied by (and 1 on the diagonal).

    It goes column by column, and rounds as `getrf` does, so that a pivot vanishes here where it vanishes there.

    Attributes:
        rows: the rows, and behind them those of the right side.
        size: how many there are.
        is_odd: whether rows have been exchanged an odd number of times; ``None`` if that cannot be.
    """

    def __init__(self, matrix: Array, right: Array) -> None:
        self.rows: Rows = [[*left, *rest] for left, rest in zip(matrix, right, strict=True)]
        self.size: int = len(self.rows)
        self.is_odd: Value | None = None
        for column in range(self.size):
            self._reduce(column)
            self._bring_largest(column)
            self._scale_below(column)

    def _reduce(self, column: int) -> None:
        """Take from a column what the columns before it leave to be taken."""
        for i, row in enumerate(self.rows):
            row[column] = _reduced(row[column], [(row[k], self.rows[k][column]) for k in range(min(i, column))])

    def _bring_largest(self, column: int) -> None:
        """The row with the largest element of a column comes to its diagonal."""
        top = self.rows[column]
        for row in self.rows[column + 1 :]:
            is_larger = row[column].absolute().compare(">", top[column].absolute())
            for j in range(len(top)):
                top[j], row[j] = row[j].where(is_larger, top[j]), top[j].where(is_larger, row[j])
            builder = top[column].builder
            self.is_odd = is_larger if self.is_odd is None else builder.xor(self.is_odd, is_larger)

    def _scale_below(self, column: int) -> None:
        """Divide by the pivot; where that is zero, so is what is below."""
        pivot = self.rows[column][column]
        is_zero, reciprocal = pivot.compare("==", 0), 1.0 / pivot
        for row in self.rows[column + 1 :]:
            row[column] = row[column].where(is_zero, row[column] * reciprocal)

    @property
    def diagonal(self) -> list[Scalar]:
        return [row[i] for i, row in enumerate(self.rows)]

    def solution(self) -> Array:
        """What the matrix times it is the right side."""
        factors = _array([row[: self.size] for row in self.rows])
        right = _array([row[self.size :] for row in self.rows])
        half = _substituted(factors, right, lower=True, unit_diagonal=True)
        return _substituted(factors, half, lower=False)

    def sign(self) -> Scalar:
        """Of the determinant."""
        sign = self.rows[0][0].constant(1.0)
        if self.is_odd is not None:
            sign = sign.constant(-1.0).where(self.is_odd, sign)
        for pivot in self.diagonal:
            sign = sign * lower(e.sign.primitive, [pivot], pivot.dtype)
        return sign


def _reduced(x: Scalar, factors: Sequence[tuple[Scalar, Scalar]]) -> Scalar:
    """What is left without a sum of products."""
    products = [left * right for left, right in factors]
    return x - folded(lambda total, product: total + product, products) if products else x


def _substituted(triangle: Array, right: Array, lower: bool, unit_diagonal: bool = False) -> Array:
    """The x with triangle x = right, row by row."""
    size = len(triangle)
    x = right.copy()
    for i in range(size) if lower else reversed(range(size)):
        for j in range(i) if lower else range(i + 1, size):
            x[i] = [(-triangle[i, j]).fma(known, left) for known, left in zip(x[j], x[i], strict=True)]
        if not unit_diagonal:
            x[i] = [left / triangle[i, i] for left in x[i]]
    return x


def _array(rows: Sequence[Sequence[Any]]) -> Array:
    array = numpy.empty((len(rows), len(rows[0])), object)
    for i, row in enumerate(rows):
        array[i] = row
    return array


def _identity(straight: Any, matrix: Array) -> Array:
    return straight.constant(numpy.eye(len(matrix)), matrix[0, 0].dtype)


def _fail_if_singular(straight: Any, pivots: Sequence[Scalar]) -> None:
    for pivot in pivots:
        straight.fail_if(pivot.compare("==", 0))


# -- the operations --------------------------------------------------------------------------------


def _solve(straight: Any, a: Array, b: Array) -> Array:
    eliminated = Eliminated(a, b)
    _fail_if_singular(straight, eliminated.diagonal)
    return eliminated.solution()


def _inverse(straight: Any, x: Array) -> Array:
    return _solve(straight, x, _identity(straight, x))


def _inverse_where_possible(straight: Any, x: Array) -> Array:
    eliminated = Eliminated(x, _identity(straight, x))
    builder = straight.builder
    is_singular = eliminated.diagonal[0].compare("==", 0)
    for pivot in eliminated.diagonal[1:]:
        is_singular = builder.or_(is_singular, pivot.compare("==", 0))
    return _array(
        [[element.constant(math.inf).where(is_singular, element) for element in row] for row in eliminated.solution()]
    )


def _determinant(straight: Any, x: Array) -> Scalar:
    eliminated = Eliminated(x, x[:, :0])
    product = eliminated.diagonal[0]
    for pivot in eliminated.diagonal[1:]:
        product = product * pivot
    return product if eliminated.is_odd is None else (-product).where(eliminated.is_odd, product)


def _sign_and_logarithm(straight: Any, x: Array) -> tuple[Scalar, Scalar]:
    eliminated = Eliminated(x, x[:, :0])
    logarithms = [lower(e.log_of.primitive, [pivot.absolute()], pivot.dtype) for pivot in eliminated.diagonal]
    total = logarithms[0]
    for logarithm in logarithms[1:]:
        total = total + logarithm
    return eliminated.sign(), total


def _solve_triangular(straight: Any, a: Array, b: Array, lower: bool, unit_diagonal: bool) -> Array:
    if not unit_diagonal:
        _fail_if_singular(straight, a.diagonal())
    return _substituted(a, b, lower, unit_diagonal)


def _cholesky(straight: Any, x: Array) -> Array:
    """Column by column, rounded as by `potrf`."""
    out = straight.constant(numpy.zeros(x.shape), x[0, 0].dtype)
    for j in range(len(x)):
        column = [_reduced(x[i, j], [(out[i, k], out[j, k]) for k in range(j)]) for i in range(j, len(x))]
        straight.fail_if(column[0].compare("<=", 0))
        out[j, j] = column[0].sqrt()
        reciprocal = 1.0 / out[j, j]
        out[j + 1 :, j] = [below * reciprocal for below in column[1:]]
    return out


ELIMINATION_RULES: dict[Primitive, Callable[..., Any]] = by_primitive(
    {
        linalg.solve: _solve,
        linalg.solve_triangular: _solve_triangular,
        linalg.inv: _inverse,
        linalg.inverse_where_possible: _inverse_where_possible,
        determinants.det: _determinant,
        determinants.slogdet: _sign_and_logarithm,
        linalg.cholesky: _cholesky,
    }
)
"""From the matrices of an operation to its result."""


# -- stacks ----------------------------------------------------------------------------------------


def emit_eliminated(straight: Any, node: GraphNode, operands: list[Array]) -> Any:
    """The result of an operation on stacks of small matrices."""
    forms = node.result_forms
    lead = numpy.broadcast_shapes(*(o.shape[:-2] for o in operands))
    stacks = [numpy.broadcast_to(o, (*lead, *o.shape[-2:])) for o in operands]
    results = [numpy.empty(form.shape, object) for form in forms]
    for place in numpy.ndindex(lead):
        made = eliminated(straight, node, [stack[place] for stack in stacks])
        for result, part in zip(results, made, strict=True):
            result[place] = part
    return results if isinstance(node.form, tuple) else results[0]


def eliminated(straight: Any, node: GraphNode, matrices: Sequence[Array]) -> tuple[Any, ...]:
    """The results of an operation on one matrix of each stack."""
    made = ELIMINATION_RULES[node.primitive](straight, *(_cast(x, DOUBLE) for x in matrices), **node.params)
    parts = made if isinstance(made, tuple) else (made,)
    return tuple(_cast(part, form.dtype) for part, form in zip(parts, node.result_forms, strict=True))


def _cast(array: Array, dtype: numpy.dtype) -> Array:
    array = numpy.asarray(array, object)
    return numpy.frompyfunc(lambda x: x.cast(dtype), 1, 1)(array)
