"""A walk that carries the nonzero elements of a sparse matrix of derivatives along, each by itself.

What a tangent would be along every unit vector is kept as terms: an element is a sum of numbers that are computed
somewhere, each times a weight that is known. To move elements, to add them up and to multiply them by what is the same
at all points changes places and weights only, beforehand. Where they meet a factor that depends on the point, the terms
at one place are added up, and multiplied by it: that is all that is left to be computed.

Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2008), section 7.2 (sparse forward mode).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, NamedTuple

import numpy
from scipy import sparse

from ...control.subgraphs import subgraph
from ...core.abstract import DERIVATIVE, Abstract, NoValueError, form_of
from ...core.graph import GraphNode, form_of_operand, performed
from ...core.primitive import Primitive
from ...core.recording import PICK, named_by
from ...core.state import state
from ...core.tensor import Tensor
from ...ops import contract
from ...ops.broadcast import sum as sum_over
from ...ops.einsum import is_einsum
from ...ops.elementwise import add
from ...ops.factors import ElementwiseShape, multiply, scale
from ...ops.indexing.gather import block, slice_set
from ...ops.join import concatenate
from ...ops.shape import reshape
from .dependence import spread
from .passage import Passage
from .structure import (
    ADDING,
    ADDING_BY_INDEX,
    MOVING,
    MOVING_BY_INDEX,
    moved,
    targets_of_sum,
    terms_of_matmul,
)


@dataclass(frozen=True, eq=False)
class Term:
    """Numbers at places of a matrix, of which several may be at one.

    Attributes:
        places: a row for each element of the list's line, a column for each input (CSR); its data counts the numbers.
        source: where the numbers are computed; ``None`` if they are all 1.
        index: which number of the source is at each place.
        weights: by what it is multiplied.
    """

    places: Any
    source: Any
    index: Any
    weights: Any

    @cached_property
    def rows(self) -> Any:
        """The row of each place."""
        return numpy.repeat(numpy.arange(self.places.shape[0]), numpy.diff(self.places.indptr))

    @property
    def keys(self) -> Any:
        """The places, counted row by row."""
        return self.rows.astype(numpy.int64) * self.places.shape[1] + self.places.indices

    def at(self, places: Any) -> Term:
        """The term at other places, whose data has the number of this term's place that each one comes from."""
        which = places.data - 1
        counted = sparse.csr_array((numpy.arange(1, which.size + 1), places.indices, places.indptr), places.shape)
        return Term(counted, self.source, self.index[which], self.weights[which])

    def of(self, numbers: Any) -> Term:
        """The term with other numbers."""
        return Term(self.places, numbers, numpy.arange(self.weights.size), numpy.ones(self.weights.size))

    def times(self, known: Any) -> Term:
        """The term with each row multiplied by a number that is the same at all points."""
        weights = self.weights * known[self.rows]
        kept = weights != 0
        if kept.all():
            return replace(self, weights=weights)
        chosen = _at_rows(self.rows[kept], self.places.indices[kept], numpy.nonzero(kept)[0] + 1, self.places.shape)
        return replace(self, weights=weights).at(chosen)


Terms = tuple[Term, ...]


def _at_rows(rows: Any, columns: Any, data: Any, shape: tuple[int, int]) -> Any:
    """The CSR array with entries in any order, of which several may be at one place."""
    order, starts = _in_groups(rows, shape[0])
    return sparse.csr_array((data[order], columns[order], starts), shape)


def _in_groups(groups: Any, count: int) -> tuple[Any, Any]:
    """The order in which members of groups come group by group, as they were within each; and where each group begins.

    It takes linear time: a matrix with one entry in a row is turned over.
    """
    size = len(groups)
    by_group = sparse.csr_array((numpy.arange(size), groups, numpy.arange(size + 1)), (size, count)).tocsc()
    return by_group.data, by_group.indptr


class Carried(NamedTuple):
    """What the walk has found.

    Attributes:
        terms: those of the derivative of the result.
        dtype: that of the result.
        work: how many numbers are added up and multiplied on the way.
        width: how many numbers a tangent has on the way.
    """

    terms: Terms
    dtype: Any
    work: int
    width: int


class NotCarriedError(Exception):
    """An operation through which elements are not carried one by one."""


def carried(push: Callable[..., Any], leaves: Sequence[Any], size: int) -> Carried:
    """The elements of the derivative of which ``push(*leaves, tangent)`` is a product, for tangents in a row.

    Raises:
        NotCarriedError: there are loops, or other operations that are not gone through, or Python asks for values.
    """
    forms = [*map(form_of, leaves), Abstract((size,), numpy.dtype(float))]
    try:
        graph, captured = subgraph(DERIVATIVE, lambda *given: [push(*given)], forms)
    except NoValueError as error:
        raise NotCarriedError from error
    walk = _Walk(dict(zip(graph.inputs, [*map(_known, captured), *leaves], strict=False)))
    walk.moving[graph.inputs[-1]] = (_unit_vectors(size),)
    for node in graph.nodes:
        walk.go_on(node)
    end = graph.outputs[0]
    found = walk.moving.get(end, ()) if isinstance(end, GraphNode) else ()
    return Carried(found, form_of_operand(end).dtype, walk.work, walk.width)


def _known(tensor: Tensor) -> Any:
    """The raw value of what a compilation knows beforehand; else the tensor."""
    if state.recorder is None or type(tensor._value) is not Abstract:
        return tensor
    try:
        return state.recorder.constant(named_by(tensor._node))
    except RuntimeError:
        return tensor


def _unit_vectors(size: int) -> Term:
    numbers = numpy.arange(size)
    places = sparse.csr_array((numbers + 1, numbers, numpy.arange(size + 1)), (size, size))
    return Term(places, None, numbers, numpy.ones(size))


class _Walk:
    """Going up the graph of a product.

    Attributes:
        values: of the nodes that do not depend on the direction: tensors, or arrays that are the same at all points.
        moving: the terms of those that do.
    """

    def __init__(self, values: dict[GraphNode, Any]) -> None:
        self.values = values
        self.moving: dict[GraphNode, Any] = {}
        self.work = 0
        self.width = 0

    def go_on(self, node: GraphNode) -> None:
        """Pass a node."""
        given = [self.values.get(o) if isinstance(o, GraphNode) else o for o in node.operands]
        terms = [self.moving.get(o) if isinstance(o, GraphNode) else None for o in node.operands]
        if all(part is None for part in terms):
            self.values[node] = performed(node, given)
            return
        self.moving[node] = self.passed(node, terms, given)
        self.width += sum(form.size for form in node.result_forms)

    def passed(self, node: GraphNode, terms: Sequence[Any], given: Sequence[Any]) -> Any:
        """The terms behind an operation.

        Raises:
            NotCarriedError: it is none that is gone through.
        """
        primitive = node.primitive
        if primitive is PICK:
            return terms[0][node.params["index"]]
        if any(form.dtype.kind != "f" for form in node.result_forms):
            raise NotCarriedError
        known = [None if isinstance(value, Tensor) else value for value in given]
        passage = Passage(node, [None] * len(terms), known, _not_followed)
        if primitive in MOVING or _is_directed(passage, MOVING_BY_INDEX):
            return _moved(passage, terms)
        if primitive in ADDING or _is_directed(passage, ADDING_BY_INDEX):
            return tuple(_added(passage, term) for term in terms[0])
        if isinstance(primitive.shape, ElementwiseShape):
            return self.multiplied(passage, terms, given)
        if primitive is contract.matmul.primitive:
            return self.contracted(passage, terms, given, *terms_of_matmul(*passage.shapes))
        if is_einsum(primitive):
            return self.contracted(passage, terms, given, node.params["inputs"], node.params["output"])
        raise NotCarriedError

    def multiplied(self, passage: Passage, terms: Sequence[Any], given: Sequence[Any]) -> Terms:
        """An operation element by element, linear in what moves: its factors are what it makes of 1."""
        found: list[Term] = []
        for position, part in enumerate(terms):
            if part is not None and passage.node.primitive.map_of(position) is not None:
                factor = _factor(passage, terms, given, position)
                wide = tuple(t.at(spread(t.places, passage.shapes[position], passage.shape)) for t in part)
                found += self.times(wide, factor, passage.shape)
        return self.bounded(tuple(found))

    def times(self, terms: Terms, factor: Any, shape: Sequence[int]) -> Terms:
        """Terms multiplied by an array, row by row."""
        if not isinstance(factor, Tensor):
            known = numpy.broadcast_to(factor, shape).ravel()
            return tuple(part for part in (term.times(known) for term in terms) if part.weights.size)
        if not terms:
            return ()
        summed = self.summed(terms)
        return (summed.of(scale(_numbers(summed), _of_rows(factor, shape, summed.rows))),)

    def summed(self, terms: Terms) -> Term:
        """One term with each place once."""
        if len(terms) == 1 and terms[0].source is None and _is_once(terms[0].keys):
            return terms[0]
        places = _every_place(terms)
        numbers = numpy.arange(places.nnz)
        summed = Term(places, None, numbers, numpy.ones(places.nnz))
        self.work += sum(term.weights.size for term in terms)
        return replace(summed, source=total(terms, summed.keys))

    def bounded(self, terms: Terms) -> Terms:
        """The terms, added up if they are many."""
        return terms if len(terms) <= MANY_TERMS else (self.summed(terms),)

    def contracted(
        self, passage: Passage, terms: Sequence[Any], given: Sequence[Any], letters: Sequence[str], output: str
    ) -> Terms:
        """Sums of products of two factors, one of which moves."""
        moving = [i for i, part in enumerate(terms) if part is not None]
        if len(moving) != 1 or len(terms) != 2 or any(len(set(term)) < len(term) for term in letters):
            raise NotCarriedError
        other = given[1 - moving[0]]
        flat = reshape(other, shape=(other.size,))
        found = [self.summed(terms[moving[0]])] if isinstance(other, Tensor) else terms[moving[0]]
        return tuple(_product(passage, term, moving[0], flat, letters, output) for term in found)


MANY_TERMS = 12
"""More terms than so many are added up."""


def _not_followed(*graph: Any) -> Any:
    raise NotCarriedError


def _is_directed(passage: Passage, table: Mapping[Primitive, int]) -> bool:
    """Whether an operand says where elements go, and is known."""
    position = table.get(passage.node.primitive)
    return position is not None and passage.values[position] is not None


def _every_place(terms: Terms) -> Any:
    """The places of all terms, each once and numbered from 1, row by row."""
    rows = numpy.concatenate([term.rows for term in terms])
    columns = numpy.concatenate([term.places.indices for term in terms])
    places = _at_rows(rows, columns, numpy.ones(len(rows), numpy.int8), terms[0].places.shape)
    places.sum_duplicates()
    return sparse.csr_array((numpy.arange(1, places.nnz + 1), places.indices, places.indptr), places.shape)


def _is_once(keys: Any) -> bool:
    return bool((numpy.diff(keys) > 0).all())


# -- places ---------------------------------------------------------------------------------------


def _moved(passage: Passage, terms: Sequence[Any]) -> Any:
    """The rule for patterns, on the numbers of the places, tells where each comes from."""
    ends = [[] for _ in passage.node.result_forms]
    for position, part in enumerate(terms):
        for term in part or ():
            found = [term.places if i == position else None for i in range(len(terms))]
            places = moved(passage._replace(found=found))
            for end, place in zip(ends, places if passage.node.primitive.many else (places,), strict=True):
                end.append(term.at(place))
    results = [tuple(term for term in end if term.weights.size) for end in ends]
    return tuple(results) if passage.node.primitive.many else results[0]


def _added(passage: Passage, term: Term) -> Term:
    """Numbers go where the elements do that they belong to."""
    targets = numpy.ravel(targets_of_sum(passage))[term.rows]
    (kept,) = numpy.nonzero(targets)
    shape = math.prod(passage.shape), term.places.shape[1]
    return term.at(_at_rows(targets[kept] - 1, term.places.indices[kept], kept + 1, shape))


def _factor(passage: Passage, terms: Sequence[Any], given: Sequence[Any], position: int) -> Any:
    """What an operation that is linear in an operand makes of 1, where the others that move are 0."""
    form = passage.node.operand_forms[position].dtype.type
    operands = [given[i] if part is None else form(i == position) for i, part in enumerate(terms)]
    if any(isinstance(operand, Tensor) for operand in operands):
        return passage.node.primitive.operation(*operands, **passage.node.params)
    return passage.node.primitive.evaluate(*operands, **passage.node.params)


# -- numbers --------------------------------------------------------------------------------------


def _at(data: Any, index: Any) -> Any:
    """The numbers at some places; a stretch of them is read as it lies."""
    is_stretch = _is_stretch(numpy.ravel(index))
    if is_stretch and index.size == data.size:
        return reshape(data, shape=index.shape)
    if is_stretch and index.ndim == 1 and index.size > 1:
        return block(data, (slice(int(index[0]), int(index[-1]) + 1),))
    return block(data, (index.astype(numpy.int32 if data.size < 1 << 31 else numpy.int64),))


def _is_stretch(index: Any) -> bool:
    """Whether places follow each other; where they do not, their ends mostly tell."""
    return bool(index.size and index[-1] - index[0] == index.size - 1 and (numpy.diff(index) == 1).all())


def _of_rows(factor: Any, shape: Sequence[int], rows: Any) -> Any:
    """What a factor is at each number."""
    size = math.prod(factor.shape)
    if size == 1:
        return reshape(factor, shape=()) if factor.shape else factor
    places = numpy.broadcast_to(numpy.arange(size).reshape(factor.shape), shape).ravel()[rows]
    return _at(reshape(factor, shape=(size,)), places)


def _numbers(term: Term) -> Any:
    """The numbers at the places of a term."""
    if term.source is None:
        return term.weights
    return _weighted(_at(term.source, term.index), term.weights)


def total(terms: Terms, keys: Any) -> Any:
    """The sums of the terms at some places, given row by row; all terms are there."""
    constant, moving = numpy.zeros(keys.size), [term for term in terms if term.source is not None]
    for term in terms:
        if term.source is None:
            constant += numpy.bincount(numpy.searchsorted(keys, term.keys), term.weights, keys.size)
    if not moving:
        return constant
    places = numpy.concatenate([numpy.searchsorted(keys, term.keys) for term in moving])
    slots, sums = _meeting(moving, places, keys.size)
    if slots.size < keys.size:
        return slice_set(constant, add(sums, constant[slots]) if constant[slots].any() else sums, index=(slots,))
    ordered = _at(sums, _in_groups(slots, keys.size)[0])
    return add(ordered, constant) if constant.any() else ordered


def _meeting(terms: Sequence[Term], slots: Any, count: int) -> tuple[Any, Any]:
    """The slots where there are numbers, and the sums of those that meet there: slots with as many of them together."""
    table, index = _table(terms)
    weights = numpy.concatenate([term.weights for term in terms])
    order, ends = _in_groups(slots, count)
    (used,) = numpy.nonzero(numpy.diff(ends))
    starts, counts = ends[used], numpy.diff(ends)[used]
    widths = counts if _different(counts).size <= MANY_WIDTHS else 1 << numpy.ceil(numpy.log2(counts)).astype(int)
    together, sums = [], []
    for width in _different(widths):
        (chosen,) = numpy.nonzero(widths == width)
        places = starts[chosen, None] + numpy.arange(width)
        is_there = numpy.arange(width) < counts[chosen, None]
        which = order[numpy.where(is_there, places, 0)]
        numbers = numpy.where(is_there, index[which], table.size - 1), numpy.where(is_there, weights[which], 1.0)
        together.append(used[chosen])
        sums.append(_sums(table, *numbers))
    return numpy.concatenate(together), sums[0] if len(sums) == 1 else concatenate(*sums, axis=0)


def _different(counts: Any) -> Any:
    """The counts that there are, ascending."""
    return numpy.flatnonzero(numpy.bincount(counts))


MANY_WIDTHS = 16
"""If the numbers of numbers that meet are more than so many different ones, they are filled up with zeros."""


def _table(terms: Sequence[Term]) -> tuple[Any, Any]:
    """All sources of terms and a zero in a row, and for each number of each term its place there."""
    sources = list({id(term.source): term.source for term in terms}.values())
    starts = numpy.cumsum([0, *(source.size for source in sources)])
    start_of = {id(source): start for source, start in zip(sources, starts, strict=False)}
    index = numpy.concatenate([term.index + start_of[id(term.source)] for term in terms])
    return concatenate(*sources, numpy.zeros(1), axis=0), index


def _sums(table: Any, index: Any, weights: Any) -> Any:
    """The sum of weighted numbers of a table along each row of their places."""
    if index.shape[1] <= MANY_ADDENDS:
        return reduce(add, (_weighted(_at(table, i), w) for i, w in zip(index.T, weights.T, strict=True)))
    return sum_over(_weighted(_at(table, index), weights), axis=(1,), keepdims=False)


MANY_ADDENDS = 16
"""So many numbers are added up by as many additions, in one loop."""


def _weighted(numbers: Any, weights: Any) -> Any:
    """Numbers times weights, which take no memory if all are the same."""
    if weights.size and (weights == weights.flat[0]).all():
        return numbers if weights.flat[0] == 1 else multiply(numbers, float(weights.flat[0]))
    return multiply(numbers, weights)


# -- products -------------------------------------------------------------------------------------

MOST_TERMS = 1 << 26
"""The most numbers of a term."""


def _product(
    passage: Passage, term: Term, position: int, other: Any, letters: Sequence[str], output: str
) -> Term:  # fmt: skip
    """A sum of products: a number for each number of the term, and each place along the axes that it lacks."""
    own_letters, other_letters = letters[position], letters[1 - position]
    lacking = [letter for letter in output if letter not in own_letters]
    lengths = dict(zip(output, passage.shape, strict=True))
    count, each = term.weights.size, math.prod(lengths[letter] for letter in lacking)
    if set(other_letters) - set(own_letters) - set(lacking) or count * each > MOST_TERMS:
        raise NotCarriedError
    along = _along(own_letters, term.rows[:, None], passage.shapes[position])
    along |= _along("".join(lacking), numpy.arange(each), [lengths[letter] for letter in lacking])
    rows = _raveled(along, output, passage.shape, (count, each))
    factors = _raveled(along, other_letters, passage.shapes[1 - position], (count, each))
    numbers = numpy.repeat(numpy.arange(1, count + 1), each)
    shape = math.prod(passage.shape), term.places.shape[1]
    places = _at_rows(rows, numpy.repeat(term.places.indices, each), numpy.arange(1, rows.size + 1), shape)
    which = places.data - 1
    moved_term = term.at(sparse.csr_array((numbers[which], places.indices, places.indptr), shape))
    if isinstance(other, Tensor):
        return moved_term.of(scale(_numbers(moved_term), _at(other, factors[which])))
    return replace(moved_term, weights=moved_term.weights * other[factors[which]])


def _along(letters: str, places: Any, shape: Sequence[int]) -> dict[str, Any]:
    """Where places in an array are along each of its axes."""
    return dict(zip(letters, numpy.unravel_index(places, shape), strict=True)) if letters else {}


def _raveled(along: Mapping[str, Any], term: str, shape: Sequence[int], wanted: tuple[int, int]) -> Any:
    """The places in an array whose axes have these letters; an axis of length 1 serves for all."""
    places = [along[letter] if n > 1 else 0 for letter, n in zip(term, shape, strict=True)]
    return numpy.broadcast_to(numpy.ravel_multi_index(places, shape) if term else 0, wanted).ravel()
