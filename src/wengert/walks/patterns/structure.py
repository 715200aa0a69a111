"""Dependences through operations that move, add up or combine elements, whatever their values are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy
from scipy import sparse

from ...core.dtypes.kinds import is_inexact
from ...core.primitive import Primitive, by_primitive, primitives
from ...core.recording import PICK
from ...ops import broadcast as b, contract, elementwise as e, factors as m, fft, join, shape as s
from ...ops.axes import scan, sort
from ...ops.einsum import is_einsum
from ...ops.indexing import gather as g
from ...ops.matrices import solving, sparse as of_sparse
from ...ops.windows import unfold as w
from .dependence import collapsed, everything, gathered, mapped, numbered, spread, taken, united
from .passage import Passage, PassageRule, Reach

# -- element by element ---------------------------------------------------------------------------


def elementwise(passage: Passage) -> Reach:
    """Each element depends on what the elements at its place depend on, but for factors that are known to be zero."""
    total = None
    for position, found in enumerate(passage.found):
        if found is not None and passage.node.primitive.map_of(position) is not None:
            total = united(total, spread(found, passage.shapes[position], passage.shape, mask_of(passage, position)))
    return total


def mask_of(passage: Passage, position: int) -> Any:
    """Where an operand takes part, as far as the values of the others tell; ``None`` is everywhere."""
    return _MASKS.get(passage.node.primitive, _nothing_known)(passage.values, position)


def _nothing_known(values: Sequence[Any], position: int) -> Any:
    return None


def _other_factor(values: Sequence[Any], position: int) -> Any:
    other = values[1 - position]
    return None if other is None else numpy.not_equal(other, 0)


def _chosen_side(values: Sequence[Any], position: int) -> Any:
    condition = values[0]
    return None if condition is None else numpy.equal(condition, position == 1)


_MASKS: dict[Primitive, Callable[[Sequence[Any], int], Any]] = {
    m.multiply.primitive: _other_factor,
    **dict.fromkeys(m.GUARDED_PRODUCTS, _other_factor),
    e.where.primitive: _chosen_side,
}
"""The primitives of which values tell more."""

# -- moved and added up ---------------------------------------------------------------------------


def moved(passage: Passage) -> Any:
    """The operation itself, on the places of its operands' elements, tells where each element comes from."""
    parts, given, counted = [], [], 0
    for found, value, shape in zip(passage.found, passage.values, passage.shapes, strict=True):
        if found is None:
            given.append(numpy.zeros(shape, int) if value is None or not _is_index(value) else value)
            continue
        given.append(numbered(shape, counted))
        parts.append(found)
        counted += found.shape[0]
    params = passage.node.params
    places = passage.node.primitive.evaluate(*given, **({**params, "fill": 0} if "fill" in params else params))
    if passage.node.primitive.many:
        return tuple(taken(parts, part) for part in places)
    return taken(parts, places)


def _is_index(value: Any) -> bool:
    """Whether an operand says where to move the others: tangents are no integers."""
    return numpy.asarray(value).dtype.kind in "iub"


def added(passage: Passage) -> Reach:
    """The transpose of the operation, on the places of its result's elements, tells where each element goes."""
    return gathered(passage.found[0], targets_of_sum(passage), math.prod(passage.shape))


def targets_of_sum(passage: Passage) -> Any:
    """For each element of the operand its place in the result, from 1 on."""
    linear_map: Any = passage.node.primitive.map_of(0)
    return linear_map.transpose(numbered(passage.shape), (*passage.values, None), passage.recorded)


def where_known(position: int, known: PassageRule, unknown: PassageRule) -> PassageRule:
    """A rule for operations that an index array among the operands directs."""
    return lambda passage: (unknown if passage.values[position] is None else known)(passage)


def gathered_anywhere(passage: Passage) -> Reach:
    """An element may come from anywhere along the axis."""
    axis, rank = passage.node.params["axis"], len(passage.shapes[1])
    found, short = collapsed(passage.found[0], passage.shapes[0], (axis,))
    return spread(found, (*short[:axis], *(1,) * rank, *short[axis + 1 :]), passage.shape)


def scattered_anywhere(passage: Passage) -> Reach:
    """An element may go anywhere along the axis."""
    return _anywhere(passage, passage.found[0], passage.shapes[0], len(passage.shapes[1]))


def written_anywhere(passage: Passage) -> Reach:
    """What is written may go anywhere along the axis."""
    _, rank = passage.found[1], len(passage.shapes[2])
    written = None if passage.found[1] is None else _anywhere(passage, passage.found[1], passage.shapes[1], rank)
    return united(passage.found[0], written)


def _anywhere(passage: Passage, found: Any, shape: Sequence[int], rank: int) -> Reach:
    axis = passage.node.params["axis"]
    found, short = collapsed(found, shape, range(axis, axis + rank))
    return spread(found, (*short[:axis], 1, *short[axis + rank :]), passage.shape)


def mixed(passage: Passage, axes: Sequence[int]) -> Reach:
    """An element depends on all that have the same place along the other axes."""
    found, short = collapsed(passage.found[0], passage.shapes[0], axes)
    return spread(found, short, passage.shape)


def accumulated(passage: Passage) -> Reach:
    """An element depends on those before it, and on itself, along the axis."""
    total = None
    for found, shape in zip(passage.found, passage.shapes, strict=True):
        if found is not None:
            total = united(total, mapped(_before(shape, passage.node.params), found))
    return total


def _before(shape: Sequence[int], params: Mapping[str, Any]) -> Any:
    axis, length = params["axis"], shape[params["axis"]]
    earlier = numpy.tri(length, dtype=bool)
    outer, inner = (sparse.eye_array(math.prod(part), dtype=bool) for part in (shape[:axis], shape[axis + 1 :]))
    return sparse.kron(outer, sparse.kron(earlier.T if params["reverse"] else earlier, inner))


# -- products -------------------------------------------------------------------------------------


def matrix_product(passage: Passage) -> Reach:
    """`matmul`: by the zeros of a matrix that is known, else as sums over a letter."""
    exact = _by_known_matrix(passage)
    return contracted(passage, *terms_of_matmul(*passage.shapes)) if exact is None else exact


def terms_of_matmul(left: Sequence[int], right: Sequence[int]) -> tuple[Sequence[str], str]:
    """The letters of the operands' axes and of the result's, as `einsum` has them."""
    stack = "".join(chr(ord("A") + i) for i in range(max(len(left), len(right), 2) - 2))
    rows, columns = ("i" if len(left) > 1 else ""), ("j" if len(right) > 1 else "")
    terms = [stack[len(stack) - max(len(left) - 2, 0) :] + rows + "k"]
    terms += [stack[len(stack) - max(len(right) - 2, 0) :] + "k" + columns]
    return terms, stack + rows + columns


def _by_known_matrix(passage: Passage) -> Reach:
    """The dependence of the product of one known matrix and what is not known, of at most two axes each."""
    (x, y), (left, right) = passage.values, passage.shapes
    if passage.found[0] is None and x is not None and len(left) == 2 and len(right) < 3:
        each = sparse.eye_array(math.prod(right[1:]), dtype=bool)
        return mapped(sparse.kron(sparse.csr_array(numpy.not_equal(x, 0)), each), passage.found[1])
    if passage.found[1] is None and y is not None and len(right) == 2 and len(left) < 3:
        each = sparse.eye_array(math.prod(left[:-1]), dtype=bool)
        return mapped(sparse.kron(each, sparse.csr_array(numpy.not_equal(y, 0)).T), passage.found[0])
    return None


def sparse_product(passage: Passage) -> Reach:
    """Of a product with a sparse matrix each element depends on the numbers of its row, and on what they multiply."""
    pattern = passage.node.params["pattern"]
    rows = _choosing(pattern.rows, pattern.shape[0]).T
    width = math.prod(passage.shape[1:])
    of_x = sparse.kron(rows @ _choosing(pattern.columns, pattern.shape[1]), sparse.eye_array(width, dtype=bool))
    return _through((sparse.kron(rows, numpy.ones((width, 1), bool)), of_x), passage.found)


def sparse_outer_product(passage: Passage) -> Reach:
    """Each element depends on one row of either factor."""
    pattern = passage.node.params["pattern"]
    every = numpy.ones((1, math.prod(passage.shapes[0][1:])), bool)
    places = zip((pattern.rows, pattern.columns), pattern.shape, strict=True)
    return _through([sparse.kron(_choosing(chosen, count), every) for chosen, count in places], passage.found)


def _choosing(places: Any, count: int) -> Any:
    """The matrix that takes of so many elements those at some places."""
    return sparse.csr_array(
        (numpy.ones(len(places), bool), places, numpy.arange(len(places) + 1)), (len(places), count)
    )


def _through(matrices: Sequence[Any], found: Sequence[Any]) -> Reach:
    """What a result depends on that is linear in each operand, by the matrices of it."""
    total = None
    for matrix, part in zip(matrices, found, strict=True):
        total = total if part is None else united(total, mapped(matrix, part))
    return total


def sum_of_products(passage: Passage) -> Reach:
    """`einsum`."""
    return contracted(passage, passage.node.params["inputs"], passage.node.params["output"])


def contracted(passage: Passage, terms: Sequence[str], output: str) -> Reach:
    """Each element of a sum of products depends on the factors of all its terms."""
    total = None
    for found, shape, term in zip(passage.found, passage.shapes, terms, strict=True):
        if found is not None:
            total = united(total, _factor(found, shape, term, output, passage.shape))
    return total


def _factor(found: Any, shape: Sequence[int], term: str, output: str, wanted: Sequence[int]) -> Reach:
    """What the elements of a result depend on through one factor; of a letter that it has twice, the diagonal."""
    grid: dict[str, Any] = {}
    meets: Any = numpy.True_
    for letter, along in zip(term, numpy.indices(shape, sparse=True), strict=True):
        meets = meets & (along == grid.setdefault(letter, along))
    short = tuple(shape[term.index(letter)] if letter in term else 1 for letter in output)
    targets = numpy.ravel_multi_index([grid.get(letter, 0) for letter in output], short) + 1 if output else 1
    part = gathered(found, numpy.broadcast_to(numpy.where(meets, targets, 0), shape), math.prod(short))
    return spread(part, short, wanted)


# -- whole axes -----------------------------------------------------------------------------------


def mixes(*names: str) -> PassageRule:
    """A rule for operations that combine all elements along the axes that a parameter names."""
    return lambda passage: mixed(passage, [a for name in names for a in _axes(passage.node.params[name])])


def _axes(given: Any) -> Sequence[int]:
    return (given,) if isinstance(given, int) else given


def solved(passage: Passage) -> Reach:
    """The solution of equations whose matrix does not move: each column of it depends on its right-hand side."""
    if passage.found[0] is not None:
        return dense(passage)
    right = passage.shapes[1]
    reach, short = collapsed(passage.found[1], right, (len(right) - 2,))
    return spread(reach, short, passage.shape)


def dense(passage: Passage) -> Any:
    """Whatever is not known better: each element depends on all that any operand depends on."""
    forms = passage.node.result_forms
    parts = [p for found in passage.found for p in (found if isinstance(found, tuple) else (found,))]
    every = tuple(everything(parts, form.shape) if is_inexact(form.dtype) else None for form in forms)
    return every if passage.node.primitive.many else every[0]


MOVING = primitives(
    *(s.reshape, s.transpose, b.broadcast_to, g.block, g.slice_set),
    *(join.concatenate, join.stack, join.split, join.unstack),
    *(scan.shift, fft.resize, fft.rotate, w.unfold),
)
"""Each element of the result is one of an operand, or zero."""

ADDING = primitives(b.sum, g.unslice, w.fold)
"""Each element of the operand is added to one of the result."""

MOVING_BY_INDEX = by_primitive({g.gather: 1, g.scatter_set: 2, sort.permute: 1})
ADDING_BY_INDEX = by_primitive({g.scatter_add: 1})
"""The same where an operand is known that says where; which one."""

OF_STRUCTURE: dict[Primitive, PassageRule] = by_primitive(
    {
        PICK: lambda passage: passage.found[0][passage.node.params["index"]],
        **dict.fromkeys(MOVING, moved),
        **dict.fromkeys(ADDING, added),
        g.gather: where_known(1, moved, gathered_anywhere),
        g.scatter_add: where_known(1, added, scattered_anywhere),
        g.scatter_set: where_known(2, moved, written_anywhere),
        sort.permute: where_known(1, moved, mixes("axis")),
        **dict.fromkeys((scan.cumsum, scan.recur), accumulated),
        **dict.fromkeys((fft.fft, fft.ifft), mixes("axes")),
        **dict.fromkeys((fft.rfft, fft.irfft), mixes("axis")),
        contract.matmul: matrix_product,
        of_sparse.spread: sparse_product,
        of_sparse.sampled: sparse_outer_product,
        **dict.fromkeys((solving.solve, solving.solve_triangular), solved),
    }
)
"""How each primitive that is not elementwise passes dependences on."""


def rule_of(primitive: Primitive) -> PassageRule | None:
    """How a primitive passes dependences on, if that is known."""
    if is_einsum(primitive):
        return sum_of_products
    return elementwise if isinstance(primitive.shape, m.ElementwiseShape) else OF_STRUCTURE.get(primitive)
