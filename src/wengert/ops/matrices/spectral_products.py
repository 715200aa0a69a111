"""V diag(g) V^H in a program: products by which a function of a matrix is put together from its eigenvectors.

They are known by the list: (V * g) @ V^H, V @ diag(g) @ V^H, V @ (g[:, None] * V^H), and the same with the singular
vectors U and V^H. What is known is recorded as one operation (`wengert.ops.matrices.spectral_functions`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from ...core.abstract import Abstract, form_of
from ...core.node import Node
from ...core.recording import PICK, named_by
from ...core.state import records
from ...core.tensor import Tensor
from ..broadcast import broadcast_to
from ..contract import matmul, matrix_transpose
from ..elementwise import conjugate, multiply
from ..indexing.gather import unslice
from ..shape import reshape, transpose
from .decompositions import DECOMPOSITIONS, Decomposition
from .parts import as_row
from .spectral_functions import operands_of


class Vectors(NamedTuple):
    """Eigenvectors or singular vectors.

    Attributes:
        origin: the node of the decomposition.
        place: which of its results they are.
        is_adjoint: whether they are conjugated and transposed.
    """

    origin: Node
    place: int
    is_adjoint: bool

    @property
    def decomposition(self) -> Decomposition:
        return DECOMPOSITIONS[self.origin.primitive]


Role = Callable[[Vectors], bool]
"""Whether vectors may be at one side of the product."""


def _are_columns(vectors: Vectors) -> bool:
    return (vectors.place, vectors.is_adjoint) == (vectors.decomposition.columns, False)


def _are_rows(vectors: Vectors) -> bool:
    return (vectors.place, vectors.is_adjoint) == vectors.decomposition.rows


class Factor(NamedTuple):
    """One side of the product: vectors, and the numbers that multiply them; ``None`` for none."""

    vectors: Vectors
    numbers: Any


def function_of_matrix(a: Tensor, b: Tensor) -> Tensor | None:
    """The product of two tensors as a function of a matrix, if it is one."""
    left, right = _factor(a, _are_columns), _factor(b, _are_rows)
    if left is None or right is None or left.vectors.origin is not right.vectors.origin:
        return None
    origin = left.vectors.origin
    if origin.residuals is None or not origin.watch & records():
        return None
    base = operands_of(origin)
    numbers = _numbers(base[1], left.numbers, right.numbers)
    if numbers is None:
        return None
    decomposition = left.vectors.decomposition
    if numbers.dtype.kind == "c" and not decomposition.takes_complex:
        return None
    return decomposition.function(*base, numbers)


def function_by_einsum(operands: Sequence[Tensor], inputs: Sequence[str], output: str) -> Tensor | None:
    """The same for a sum such as ``einsum("ij,j,kj->ik", V, g, V)``, with the numbers anywhere among the operands."""
    terms = dict(zip(inputs, operands, strict=True)) if len(set(inputs)) == len(inputs) == 3 else {}
    lead, ends = output[:-2], output[-2:]
    for term, numbers in terms.items():
        others = [other for other in inputs if other != term]
        for first, last in (others, others[::-1]):
            left = _laid_out(terms[first], first, lead + ends[:1] + term[-1:])
            right = _laid_out(terms[last], last, lead + term[-1:] + ends[1:])
            if term in (lead + term[-1:], term[-1:]) and left is not None and right is not None:
                return function_of_matrix(multiply(left, as_row(numbers)), right)
    return None


def _laid_out(x: Tensor, term: str, wanted: str) -> Tensor | None:
    """A matrix with its axes in the wanted order; ``None`` if it has others."""
    if term == wanted:
        return x
    return matrix_transpose(x) if term == wanted[:-2] + wanted[:-3:-1] else None


def _numbers(values: Tensor, *given: Any) -> Any:
    """The numbers between the vectors, one for each value; ``None`` if there are more."""
    found: Any = None
    for numbers in given:
        if numbers is None:
            continue
        if numbers.size == values.size:
            row = numbers if numbers.shape == values.shape else reshape(numbers, shape=values.shape)
        elif numbers.size == values.shape[-1]:
            row = broadcast_to(reshape(numbers, shape=values.shape[-1:]), shape=values.shape)
        else:
            return None
        found = row if found is None else multiply(found, row)
    return numpy.ones(values.shape, values.dtype) if found is None else found


# -- one side --------------------------------------------------------------------------------------


def _factor(x: Tensor, role: Role) -> Factor | None:
    """The vectors in this role and the numbers of which a side is made."""
    node, axis = named_by(x._node), -2 if role is _are_columns else -1
    vectors = _vectors(node, role)
    if vectors is not None:
        return Factor(vectors, None)
    if len(node.parents) != 2:
        return None
    for place, parent in enumerate(node.parents):
        vectors, other = _vectors(parent, role), _operand(node, 1 - place)
        if vectors is None or other is None:
            continue
        if node.primitive is multiply.primitive and (other.ndim < -axis or other.shape[axis] == 1):
            return Factor(vectors, other)
        if node.primitive is matmul.primitive and place == (0 if role is _are_columns else 1):
            numbers = _diagonal(other)
            return None if numbers is None else Factor(vectors, numbers)
    return None


def _vectors(node: Node, role: Role) -> Vectors | None:
    """The vectors that a node is, if it is any in this role."""
    node, is_turned, is_conjugate = named_by(node), False, False
    while node.primitive is conjugate.primitive or _swaps_last(node):
        is_turned ^= node.primitive is transpose.primitive
        is_conjugate ^= node.primitive is conjugate.primitive
        node = named_by(node.parents[0])
    if node.primitive is not PICK or node.parents[0].primitive not in DECOMPOSITIONS:
        return None
    found = Vectors(node.parents[0], node.params["index"], is_turned)
    results = found.origin.forms
    is_complex = results is not None and results[-1][found.place].dtype.kind == "c"
    return found if role(found) and (not is_complex or is_turned == is_conjugate) else None


def _swaps_last(node: Node) -> bool:
    """Whether a node swaps the last two axes (or leaves the only one)."""
    if node.primitive is not transpose.primitive:
        return False
    axes = node.params["axes"]
    return (*axes[:-2], *axes[:-3:-1]) == tuple(range(len(axes)))


def _operand(node: Node, place: int) -> Tensor | None:
    """An operand of a node, if its value has been kept."""
    if node.residuals is None or node.residuals[place] is None:
        return None
    return Tensor(node.residuals[place], node.parents[place])


def _diagonal(x: Tensor) -> Tensor | None:
    """The numbers on the diagonal of a matrix that was made of them by ``np.diag(g)``, or by ``np.eye(n) * g``."""
    node = named_by(x._node)
    if node.primitive is multiply.primitive:
        place = next((1 - place for place in (0, 1) if _is_identity(_operand(node, place))), None)
        return None if place is None else _behind(x, node, place)
    made = named_by(node.parents[0]) if node.primitive is reshape.primitive else node
    if made.primitive is not unslice.primitive or made.params["index"] != (slice(0, x.size, x.shape[-1] + 1),):
        return None
    return _behind(x, made, 0)


def _behind(x: Tensor, node: Node, place: int) -> Tensor | None:
    """The operand of a node that is on the diagonal of a matrix."""
    form = form_of(x) if node.forms is None else node.forms[place]
    if math.prod(form.shape) != x.shape[-1]:
        return None
    known = type(x._value) is not Abstract
    return Tensor(numpy.diagonal(x._value).reshape(form.shape) if known else node.residuals[place], node.parents[place])


def _is_identity(x: Any) -> bool:
    value = None if x is None else x._value
    return isinstance(value, numpy.ndarray) and value.ndim == 2 and numpy.array_equal(value, numpy.eye(len(value)))
