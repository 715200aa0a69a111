"""Products with sparse matrices: numbers that are operands, at places that are a parameter.

Two primitives are closed under derivatives. With places (i_k, j_k), `spread` multiplies by the matrix, and `sampled`
takes of an outer product the elements that the matrix has:

    spread(a, x)_i = sum over k with i_k = i of a_k x_(j_k)        sampled(u, x)_k = sum over l of u_(i_k)l x_(j_k)l

Each is bilinear, and the transpose of one is the other; that in x is `spread` with rows and columns exchanged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ...core.routines import routine_by_size
from ...core.state import observers, records
from ...core.tensor import Tensor
from ..broadcast import sum as sum_over
from ..elementwise import multiply
from ..factors import adjoint
from ..facts import HARMLESS, state_facts
from ..indexing.gather import gather, move_axes, scatter_add
from ..linear_maps import Map
from ..shape import reshape


class Pattern:
    """The places of a sparse matrix's numbers, sorted by rows, or by columns where it is `turned`.

    Nothing writes to them, so that compiled code need not look whether they are as they were.

    Attributes:
        shape: of the matrix.
        indices: of each number its column, or its row.
        pointers: where the numbers of each row begin, or of each column; and their count.
        is_turned: whether they are sorted by columns.
    """

    def __init__(self, shape: tuple[int, int], indices: Any, pointers: Any, is_turned: bool = False) -> None:
        self.shape = shape
        self.indices: Any = fixed(indices)
        self.pointers: Any = fixed(pointers)
        self.is_turned = is_turned

    @cached_property
    def T(self) -> Pattern:  # noqa: N802 - as of arrays
        """The places of the transposed matrix, in the same order."""
        turned = Pattern((self.shape[1], self.shape[0]), self.indices, self.pointers, not self.is_turned)
        turned.__dict__["T"] = self
        return turned

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return len(self.indices)

    @property
    def rows(self) -> Any:
        """The row of each number."""
        return self.indices if self.is_turned else self._sorted

    @property
    def columns(self) -> Any:
        """The column of each number."""
        return self._sorted if self.is_turned else self.indices

    @cached_property
    def _sorted(self) -> Any:
        return numpy.repeat(numpy.arange(len(self.pointers) - 1), numpy.diff(self.pointers))

    @cached_property
    def by_rows(self) -> Turned:
        """The places of a pattern that is turned, sorted by rows."""
        numbered = self.filled(numpy.arange(self.count)).tocsr()
        return Turned(Pattern(self.shape, numbered.indices, numbered.indptr), numbered.data)

    def filled(self, data: Any) -> Any:
        """The matrix with these numbers, as SciPy has it."""
        matrix = copy(self._empty)
        matrix.data = data
        return matrix

    @cached_property
    def _empty(self) -> Any:
        from scipy import sparse

        kind = sparse.csc_array if self.is_turned else sparse.csr_array
        return kind((numpy.zeros(self.count, bool), self.indices, self.pointers), self.shape)

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, Pattern):
            return self is other
        return self._key == other._key and all(
            mine is theirs or numpy.array_equal(mine, theirs)
            for mine, theirs in ((self.pointers, other.pointers), (self.indices, other.indices))
        )

    def __hash__(self) -> int:
        return hash(self._key)

    def __reduce__(self) -> tuple[Any, ...]:
        return Pattern, (self.shape, self.indices, self.pointers, self.is_turned)

    @property
    def _key(self) -> tuple[Any, ...]:
        return self.shape, self.count, self.is_turned

    def __repr__(self) -> str:
        return f"<{self.count} places in {self.shape[0]} x {self.shape[1]}>"


def fixed(places: Any) -> Any:
    """An array that is given away, as one that nothing writes to; of a view a copy."""
    array = places if places.base is None else places.copy()
    array.flags.writeable = False
    return array


class Turned(NamedTuple):
    """Places in another order, and where in the first order each of them is."""

    pattern: Pattern
    order: Any


# -- the product with a matrix ---------------------------------------------------------------------

SCIPYS = frozenset("?bBhHiIlLqQfdgFDG")
"""The letters of the dtypes of which SciPy has sparse products."""


def _spread(data: Any, x: Any, pattern: Pattern) -> Any:
    dtype = numpy.result_type(data, x)
    if dtype.char not in SCIPYS:
        return _spread(data.astype(numpy.float32), x.astype(numpy.float32), pattern).astype(dtype)
    made = None if pattern.is_turned else _by_routine(_SPREAD, data, x, pattern.indices, pattern.pointers)
    return pattern.filled(data) @ x if made is None else made


def _by_routine(primitive: Primitive, first: Any, x: Any, indices: Any, pointers: Any) -> Any:
    """A product by machine code; ``None`` if there is none, or it is not worth it."""
    routine = routine_by_size(primitive, len(indices) * math.prod(x.shape[1:]))
    return None if routine is None else routine(first, x, indices, pointers)


def _spread_form(data: Any, x: Any, pattern: Pattern) -> Abstract:
    return Abstract((pattern.shape[0], *x.shape[1:]), numpy.result_type(data.dtype, x.dtype))


def spread_by_elements(data: Any, x: Any, *, pattern: Pattern, batched: Sequence[bool] = (False, False)) -> Any:
    """`spread`, as operations on all elements; operands that are `batched` have a leading axis more."""
    taken = gather(x, pattern.columns, axis=int(batched[1]))
    if len(x.shape) - batched[1] == 2:
        data = reshape(data, shape=(*data.shape, 1))
    return scatter_add(multiply(data, taken), pattern.rows, axis=int(any(batched)), length=pattern.shape[0])


def _batch_spread(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    pattern = node.params["pattern"]
    if batched[0]:
        return spread_by_elements(*operands, pattern=pattern, batched=batched)
    data, x = operands
    columns = reshape(move_axes(x, 0, 1, 1), shape=(x.shape[1], math.prod((size, *x.shape[2:]))))
    product = reshape(spread(data, columns, pattern=pattern), shape=(pattern.shape[0], size, *x.shape[2:]))
    return move_axes(product, 0, 1, 1)


_SPREAD = Primitive(
    "sparse_product",
    _spread,
    ("data", "x"),
    _spread_form,
    [
        Map(
            lambda ddata, residuals, node: spread(ddata, residuals[1], **node.params),
            lambda ct, residuals, node: sampled(ct, adjoint(residuals[1]), **node.params),
            frozenset({1}),
        ),
        Map(
            lambda dx, residuals, node: spread(residuals[0], dx, **node.params),
            lambda ct, residuals, node: spread(adjoint(residuals[0]), ct, pattern=node.params["pattern"].T),
            frozenset({0}),
        ),
    ],
    batch=_batch_spread,
)
spread: Final = bind_general(_SPREAD)
_SPREAD.operation = spread
"""``spread(data, x, pattern=)``: a sparse matrix, given by its numbers, times a vector or a matrix."""


# -- elements of an outer product ------------------------------------------------------------------


def _sampled(u: Any, x: Any, pattern: Pattern) -> Any:
    if pattern.is_turned:
        return _sampled(x, u, pattern.T)
    if (made := _by_routine(_SAMPLED, u, x, pattern.indices, pattern.pointers)) is not None:
        return made
    terms = u[pattern.rows], x[pattern.columns]
    return numpy.multiply(*terms) if u.ndim == 1 else numpy.einsum("kl,kl->k", *terms)


def sampled_by_elements(u: Any, x: Any, *, pattern: Pattern, batched: Sequence[bool] = (False, False)) -> Any:
    """`sampled`, as operations on all elements; operands that are `batched` have a leading axis more."""
    left = gather(u, pattern.rows, axis=int(batched[0]))
    product = multiply(left, gather(x, pattern.columns, axis=int(batched[1])))
    rank = len(u.shape) - batched[0]
    return product if rank == 1 else sum_over(product, axis=(len(product.shape) - 1,), keepdims=False)


_SAMPLED = Primitive(
    "sparse_outer_product",
    _sampled,
    ("u", "x"),
    lambda u, x, pattern: Abstract((pattern.count,), numpy.result_type(u.dtype, x.dtype)),
    [
        Map(
            lambda du, residuals, node: sampled(du, residuals[1], **node.params),
            lambda ct, residuals, node: spread(ct, adjoint(residuals[1]), **node.params),
            frozenset({1}),
        ),
        Map(
            lambda dx, residuals, node: sampled(residuals[0], dx, **node.params),
            lambda ct, residuals, node: spread(ct, adjoint(residuals[0]), pattern=node.params["pattern"].T),
            frozenset({0}),
        ),
    ],
    batch=lambda size, operands, batched, node: sampled_by_elements(*operands, batched=batched, **node.params),
)
sampled: Final = bind_general(_SAMPLED)
_SAMPLED.operation = sampled
"""``sampled(u, x, pattern=)``: those elements of ``u @ x.T`` (of ``outer(u, x)`` for vectors) that a pattern has."""

state_facts(HARMLESS, spread, sampled)

# -- any operand, from either side -----------------------------------------------------------------


def times(data: Any, x: Any, pattern: Pattern) -> Any:
    """``A @ x`` as NumPy's, of shape (n,), (n, k) or (..., n, k).

    Raises:
        ValueError: the shapes do not go together.
    """
    shape = tuple(x.shape)
    if not shape or shape[-2:][0] != pattern.shape[1]:
        raise mismatch(pattern.shape, shape)
    if len(shape) < 3:
        return spread(data, x, pattern=pattern)
    front = move_axes(x, len(shape) - 2, 1, 0)
    product = spread(data, reshape(front, shape=(shape[-2], math.prod(front.shape[1:]))), pattern=pattern)
    return move_axes(reshape(product, shape=(pattern.shape[0], *front.shape[1:])), 0, 1, len(shape) - 2)


def times_from_left(x: Any, data: Any, pattern: Pattern) -> Any:
    """``x @ A`` as NumPy's, of x of shape (m,) or (..., m).

    Raises:
        ValueError: the shapes do not go together.
    """
    shape = tuple(x.shape)
    if not shape or shape[-1] != pattern.shape[0]:
        raise mismatch(shape, pattern.shape)
    last = len(shape) - 1
    front = move_axes(x, last, 1, 0)
    columns = reshape(front, shape=(shape[-1], math.prod(shape[:-1]))) if last > 1 else front
    product = spread(data, columns, pattern=pattern.T)
    return move_axes(reshape(product, shape=(pattern.shape[1], *shape[:-1])), 0, 1, last)


def mismatch(left: Sequence[int], right: Sequence[int]) -> ValueError:
    """The error for a product of shapes that do not go together."""
    return ValueError(
        f"[matmul] the shapes are {tuple(left)} and {tuple(right)}, wanted the last axis of the first as long as the "
        "last but one of the second (or the only one of a vector); write A.T for a matrix transposed"
    )


# -- matrices of SciPy -----------------------------------------------------------------------------


def is_sparse(value: Any) -> bool:
    """Whether a value is a sparse matrix of SciPy's; SciPy's module is not imported for it."""
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocsr")


def parts_of(matrix: Any) -> tuple[Any, Pattern]:
    """The numbers of a matrix of SciPy's, of any format, and their places, which a later write does not change."""
    by_columns = matrix.format == "csc"
    given = matrix if by_columns else matrix.tocsr()
    return given.data, Pattern(tuple(given.shape), given.indices.copy(), given.indptr.copy(), by_columns)


def _product_of_values(a: Any, b: Any) -> Any:
    """The product where nobody asks for derivatives, without a copy of the places; ``None`` where it takes more."""
    matrix, x = (a, b) if is_sparse(a) else (b, a)
    is_watched = observers or x._node.watch & records()
    if is_watched or not 0 < x.ndim < 3 or x.dtype.char not in SCIPYS or a.shape[-1] != b.shape[0]:
        return None
    return _by_values(matrix, x._value) if matrix is a else x._value @ b


def _by_values(matrix: Any, x: Any) -> Any:
    made = _by_routine(_SPREAD, matrix.data, x, matrix.indices, matrix.indptr) if matrix.format == "csr" else None
    return matrix @ x if made is None else made


def product_with_sparse(a: Any, b: Any) -> Any:
    """The product of a tensor and a sparse matrix of SciPy's, in either order."""
    if (made := _product_of_values(a, b)) is not None:
        return Tensor(made)
    if is_sparse(a):
        data, pattern = parts_of(a)
        return times(data, b, pattern)
    data, pattern = parts_of(b)
    return times_from_left(a, data, pattern)
