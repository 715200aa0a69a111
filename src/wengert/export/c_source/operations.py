"""What each operation on arrays is: terms where arrays are small, loops over memory where not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...compile.native.facts.views import is_basic, is_view, moved, taken
from ...core.graph import GraphNode
from ...core.primitive import Primitive, by_primitive
from ...ops import contract, elementwise as e, join
from ...ops.after import after
from ...ops.axes import reduce as r, scan
from ...ops.broadcast import broadcast_to, sum as sum_over
from ...ops.indexing import gather as g
from ...ops.shape import reshape, transpose
from .arrays import (
    SMALL,
    Array,
    Deferred,
    Elements,
    Index,
    Memory,
    elements_of,
    is_in_terms,
    new_memory,
    over,
    part,
    stored,
    write,
)
from .elementwise import FORMULAS, Scalars, scalar
from .terms import CTYPES, Term

MOST_UNROLLED = 4096
"""Products of so many multiplications are written out."""
LANES = 8
"""So many sums are made side by side of a long one, which is more accurate, and vectorises."""

Rule = Callable[[Scalars, GraphNode, Sequence[Array]], Any]


def elementwise(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """Terms, or what makes an element where it is asked for."""
    form, primitive = node.form, node.primitive

    def element(index: Index) -> Term:
        return scalar(c, primitive, [o.at(c.blocks, _broadcast(o, index)) for o in given], form.dtype)

    if is_in_terms(form.shape, operands):
        given = list(operands)
        return _from_index(form.shape, form.dtype, element)
    given = [o if o.shape == form.shape or o.size == 1 else _at_hand(c, o) for o in operands]
    return Deferred(form.shape, form.dtype, element)


def _at_hand(c: Scalars, array: Array) -> Array:
    """An array that is read more than once for each element: in memory, unless it is small."""
    return stored(c.blocks, array) if isinstance(array, Deferred) else array


def _broadcast(array: Array, index: Index) -> Index:
    lead = len(index) - len(array.shape)
    return [0 if n == 1 else i for n, i in zip(array.shape, index[lead:], strict=True)]


def _from_index(shape: tuple[int, ...], dtype: numpy.dtype, element: Callable[[Index], Term]) -> Elements:
    found = numpy.empty(shape, object)
    for index in numpy.ndindex(*shape):
        found[index] = element(index)
    return Elements(found, dtype)


# -- moving elements -------------------------------------------------------------------------------


def move(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Any:
    """What NumPy does to an array of terms; of memory another view; else memory that is filled."""
    if all(o.is_small for o in operands) and all(is_in_terms(f.shape, operands) for f in node.result_forms):
        return _move_terms(c, node, operands)
    if is_view(node):
        found = moved(node.primitive, stored(c.blocks, operands[0]).view, node.params)
        if found is not None:
            return part(stored(c.blocks, operands[0]), found)
        return _reshaped(c, node, operands[0])
    return _ASSEMBLED[node.primitive](c, node, operands)


def _move_terms(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Any:
    given = [elements_of(c.blocks, o) for o in operands]
    found = node.primitive.evaluate(*given, **node.params)
    if isinstance(node.form, tuple):
        return [_as_elements(part, form) for part, form in zip(found, node.form, strict=True)]
    return _as_elements(found, node.form)


def _as_elements(found: Any, form: Any) -> Elements:
    """NumPy puts an array without axes into an array of objects as the object that it is."""
    terms = [t.item() if isinstance(t, numpy.ndarray) else t for t in numpy.asarray(found, object).reshape(-1)]
    elements = numpy.empty(len(terms), object)
    elements[:] = terms
    return Elements(elements.reshape(form.shape), form.dtype)


def _reshaped(c: Scalars, node: GraphNode, x: Array) -> Array:
    """Rows of memory in order, seen in another shape."""
    dense = new_memory(c.blocks, x.shape, x.dtype)
    write(c.blocks, dense, x)
    found = moved(node.primitive, dense.view, node.params)
    assert found is not None, "dense memory has every shape"
    return part(dense, found)


def _joined(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """Parts, one after the other along an axis."""
    axis, start = node.params["axis"], 0
    whole = new_memory(c.blocks, node.form.shape, node.form.dtype)
    for operand in operands:
        is_new_axis = node.primitive is join.stack.primitive
        length = 1 if is_new_axis else operand.shape[axis]
        entry = start if is_new_axis else slice(start, start + length)
        view = taken(whole.view, (*(slice(None),) * axis, entry))
        write(c.blocks, part(whole, view), operand)
        start += length
    return whole


def _parts(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> list[Array]:
    """The parts along an axis, as views."""
    axis, x = node.params["axis"], stored(c.blocks, operands[0])
    lead = (slice(None),) * axis
    if node.primitive is join.unstack.primitive:
        return [part(x, taken(x.view, (*lead, i))) for i in range(x.shape[axis])]
    ends = list(itertools.accumulate(node.params["sizes"], initial=0))
    return [part(x, taken(x.view, (*lead, slice(a, b)))) for a, b in itertools.pairwise(ends)]


def _placed(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """An array with a part of it written over."""
    *ground, v = operands
    whole = new_memory(c.blocks, node.form.shape, node.form.dtype)
    zero = c.blocks.literal(0, node.form.dtype)
    write(c.blocks, whole, ground[0] if ground else Deferred(whole.shape, whole.dtype, lambda index: zero))
    if not is_basic(node.params["index"]):
        raise refused(node)
    write(c.blocks, part(whole, taken(whole.view, node.params["index"])), v)
    return whole


def unslice(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """Zeros with an operand at an index; what goes to the same place adds up."""
    form = node.form
    if not is_in_terms(form.shape, operands):
        return _placed(c, node, operands)
    places = numpy.arange(form.size).reshape(form.shape)[node.params["index"]]
    terms = [c.blocks.literal(0, form.dtype)] * form.size
    for place, term in zip(numpy.ravel(places).tolist(), elements_of(c.blocks, operands[0]).reshape(-1), strict=True):
        terms[place] = c.add(terms[place], term)
    elements = numpy.empty(form.size, object)
    elements[:] = terms
    return Elements(elements.reshape(form.shape), form.dtype)


def _shift(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    axis, by, fill = (node.params[name] for name in ("axis", "by", "fill"))
    (x,) = operands
    length, filling = x.shape[axis], c.blocks.literal(fill, x.dtype)
    if x.is_small:
        return _shifted_terms(elements_of(c.blocks, x), filling, axis, by)
    whole = new_memory(c.blocks, x.shape, x.dtype)
    write(c.blocks, whole, Deferred(x.shape, x.dtype, lambda index: filling))
    lead, source = (slice(None),) * axis, stored(c.blocks, x)
    to, of = (slice(by, None), slice(None, length - by)) if by > 0 else (slice(None, length + by), slice(-by, None))
    write(c.blocks, part(whole, taken(whole.view, (*lead, to))), part(source, taken(source.view, (*lead, of))))
    return whole


def _shifted_terms(x: Any, filling: Term, axis: int, by: int) -> Elements:
    edge = numpy.full(x.shape, filling, object)
    both, length = numpy.concatenate([edge, x, edge], axis), x.shape[axis]
    return Elements(numpy.take(both, numpy.arange(length - by, 2 * length - by), axis), filling.dtype)


# -- reductions ------------------------------------------------------------------------------------


def _reduction(combine: Callable[[Scalars, Term, Term], Term], neutral: Any) -> Rule:
    def rule(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
        (x,), form, axes = operands, node.form, node.params["axis"]
        begin = neutral(form.dtype) if callable(neutral) else neutral
        if x.is_small:
            return Elements(_folded(c, combine, x, form, axes, begin), form.dtype)
        result = new_memory(c.blocks, form.shape, form.dtype)
        kept = [1 if i in axes else n for i, n in enumerate(x.shape)]
        flat = part(result, moved_to(result, tuple(kept)))

        def element(index: Index) -> None:
            total = _total(c, combine, x, form.dtype, axes, index, begin)
            c.blocks.assign(f"{flat.name}[{flat.offset(c.blocks, index)}] =", total)

        over(c.blocks, kept, element)
        return result

    return rule


def moved_to(memory: Memory, shape: tuple[int, ...]) -> Any:
    """The view of dense memory in another shape."""
    return moved(reshape.primitive, memory.view, {"shape": shape})


def _folded(c: Scalars, combine: Any, x: Array, form: Any, axes: Sequence[int], begin: Any) -> Any:
    kept = [i for i in range(len(x.shape)) if i not in axes]
    lines = numpy.transpose(elements_of(c.blocks, x), (*kept, *axes)).reshape(form.size, -1)
    found = numpy.empty(form.size, object)
    for place, line in enumerate(lines):
        total = c.cast(line[0], form.dtype) if len(line) else c.blocks.literal(begin, form.dtype)
        for term in line[1:]:
            total = combine(c, total, c.cast(term, form.dtype))
        found[place] = total
    return found.reshape(form.shape)


def _total(
    c: Scalars, combine: Any, x: Array, dtype: numpy.dtype, axes: Sequence[int], index: Index, begin: Any
) -> Term:
    """The reduction of a line in loops, into a variable; of long ones several side by side."""
    blocks, name = c.blocks, c.blocks.fresh("total")
    last = x.shape[axes[-1]]
    lanes = LANES if last % LANES == 0 and last > LANES else 1
    kind = CTYPES[dtype.name]
    start = blocks.literal(begin, dtype).text
    blocks.declare(f"{kind} {name}[{lanes}];")
    with blocks.loop(lanes) as lane:
        blocks.write(f"{name}[{lane.text}] = {start};")
    place = list(index)

    def loops(left: Sequence[int]) -> None:
        if len(left) > 1:
            with blocks.loop(x.shape[left[0]]) as i:
                place[left[0]] = i
                loops(left[1:])
            return
        with blocks.loop(last // lanes) as i, blocks.loop(lanes) as lane:
            place[left[0]] = i if lanes == 1 else blocks.place(f"({lanes} * {i.text} + {lane.text})", "int32")
            total = blocks.place(f"{name}[{lane.text}]", dtype)
            blocks.assign(f"{total.text} =", combine(c, total, c.cast(x.at(blocks, place), dtype)))

    loops(axes)
    parts = [blocks.place(f"{name}[{lane}]", dtype) for lane in range(lanes)]
    while len(parts) > 1:
        parts = [combine(c, a, b) for a, b in zip(parts[::2], parts[1::2], strict=True)]
    return parts[0]


def _lowest(dtype: numpy.dtype) -> Any:
    return -numpy.inf if dtype.kind == "f" else (False if dtype.kind == "b" else numpy.iinfo(dtype).min)


def _highest(dtype: numpy.dtype) -> Any:
    return numpy.inf if dtype.kind == "f" else (True if dtype.kind == "b" else numpy.iinfo(dtype).max)


def _maximum(c: Scalars, x: Term, y: Term) -> Term:
    return FORMULAS[e.maximum.primitive](c, x, y)


def _minimum(c: Scalars, x: Term, y: Term) -> Term:
    return FORMULAS[e.minimum.primitive](c, x, y)


# -- products --------------------------------------------------------------------------------------


def matmul(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """Inner products: written out where they are few, else in loops, the last of them along memory."""
    form = node.form
    x, y = operands
    left = part_as(c, x, (1, *x.shape)) if len(x.shape) == 1 else x
    right = part_as(c, y, (*y.shape, 1)) if len(y.shape) == 1 else y
    inner = left.shape[-1]
    lead = numpy.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    shape = (*lead, left.shape[-2], right.shape[-1])
    if form.size * inner <= MOST_UNROLLED and is_in_terms(form.shape, operands):
        element = lambda index: _inner(c, left, right, index, form.dtype)
        found = _from_index(shape, form.dtype, element)
        return Elements(found.elements.reshape(form.shape), form.dtype)
    return _product_in_loops(c, stored(c.blocks, left), stored(c.blocks, right), shape, form)


def part_as(c: Scalars, x: Array, shape: tuple[int, ...]) -> Array:
    """A vector as a matrix."""
    if x.is_small:
        return Elements(elements_of(c.blocks, x).reshape(shape), x.dtype)
    memory = stored(c.blocks, x)
    view = moved(reshape.primitive, memory.view, {"shape": shape})
    assert view is not None, "a vector has one stride"
    return part(memory, view)


def _inner(c: Scalars, left: Array, right: Array, index: Index, dtype: numpy.dtype) -> Term:
    """The sum of products, without those of which a factor is a zero that is known."""
    total = c.blocks.literal(0, dtype)
    *batch, row, column = index
    for k in range(left.shape[-1]):
        a = c.cast(left.at(c.blocks, _broadcast(left, [*batch, row, k])), dtype)
        b = c.cast(right.at(c.blocks, _broadcast(right, [*batch, k, column])), dtype)
        if not (_is_zero(a) or _is_zero(b)):
            total = c.add(total, c.multiply(a, b))
    return total


def _is_zero(term: Term) -> bool:
    return term.number is not None and term.number == 0


def _product_in_loops(c: Scalars, left: Memory, right: Memory, shape: tuple[int, ...], form: Any) -> Array:
    result = new_memory(c.blocks, shape, form.dtype)
    zero = c.blocks.literal(0, form.dtype)
    write(c.blocks, result, Deferred(shape, form.dtype, lambda index: zero))
    blocks = c.blocks

    def nest(lengths: Sequence[int], index: list[Any]) -> None:
        if lengths:
            with blocks.loop(lengths[0]) as i:
                nest(lengths[1:], [*index, i])
            return
        *batch, row, k, column = index
        a = left.at(blocks, _broadcast(left, [*batch, row, k]))
        b = right.at(blocks, _broadcast(right, [*batch, k, column]))
        blocks.assign(f"{result.name}[{result.offset(blocks, [*batch, row, column])}] +=", c.multiply(a, b))

    *batch, rows, columns = shape
    nest([*batch, rows, left.shape[-1], columns], [])
    return part(result, moved_to(result, form.shape))


# -- indices ---------------------------------------------------------------------------------------


def _gather(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """Elements at an index that is a value."""
    x, index = operands
    axis, rank = node.params["axis"], len(index.shape)
    memory = stored(c.blocks, x)
    places = index if index.is_small else stored(c.blocks, index)

    def element(at: Index) -> Term:
        place = _wrapped(c, places.at(c.blocks, at[axis : axis + rank]), x.shape[axis])
        return memory.at(c.blocks, [*at[:axis], place, *at[axis + rank :]])

    if node.form.size <= SMALL:
        return _from_index(node.form.shape, node.form.dtype, element)
    return Deferred(node.form.shape, node.form.dtype, element)


def _wrapped(c: Scalars, place: Term, length: int) -> Any:
    """An index as a place in memory: negative ones count from the end."""
    if place.number is not None:
        return int(place.number) % length
    name = c.blocks.fresh("at")
    checked = c.blocks.term(f"index_within({{}}, {length})", (place,), "int64")
    c.blocks.assign(f"const int64_t {name} =", checked)
    return c.blocks.place(name, "int64")


def _scatter(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """Zeros, to which is added, or an array that is written to, at an index that is a value."""
    *ground, v, index = operands
    axis, rank = node.params["axis"], len(index.shape)
    whole = new_memory(c.blocks, node.form.shape, node.form.dtype)
    zero = c.blocks.literal(0, node.form.dtype)
    write(c.blocks, whole, ground[0] if ground else Deferred(whole.shape, whole.dtype, lambda at: zero))
    sign = "=" if ground else "+="

    def element(at: Index) -> None:
        place = _wrapped(c, index.at(c.blocks, at[axis : axis + rank]), whole.shape[axis])
        target = whole.offset(c.blocks, [*at[:axis], place, *at[axis + rank :]])
        c.blocks.assign(f"{whole.name}[{target}] {sign}", c.cast(v.at(c.blocks, at), whole.dtype))

    over(c.blocks, v.shape, element)
    return whole


def _ravel_index(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """Index arrays, one an axis, as one into these axes merged."""

    def element(at: Index) -> Term:
        total = c.blocks.literal(0, "int64")
        for operand, length in zip(operands, node.params["lengths"], strict=True):
            place = _wrapped(c, c.cast(operand.at(c.blocks, _broadcast(operand, at)), "int64"), length)
            term = c.blocks.literal(place, "int64") if isinstance(place, int) else place
            total = c.add(c.multiply(total, c.blocks.literal(length, "int64")), term)
        return total

    if node.form.size <= SMALL:
        return _from_index(node.form.shape, node.form.dtype, element)
    return Deferred(node.form.shape, node.form.dtype, element)


# -- along an axis ---------------------------------------------------------------------------------


def _accumulated_terms(c: Scalars, combine: Callable[..., Term], node: GraphNode, x: Any) -> Elements:
    """The same, of terms."""
    found = numpy.empty(x.shape, object)
    lines, results = (numpy.moveaxis(array, node.params["axis"], 0) for array in (x, found))
    order = range(len(lines))
    before: Any = None
    for i in reversed(order) if node.params["reverse"] else order:
        for place in numpy.ndindex(*lines.shape[1:]):
            term = c.cast(lines[(i, *place)], node.form.dtype)
            results[(i, *place)] = term if before is None else combine(c, results[(before, *place)], term)
        before = i
    return Elements(found, node.form.dtype)


def _accumulated(combine: Callable[[Scalars, Term, Term], Term]) -> Rule:
    """Cumulative sums and products: each element made of the one before it."""

    def rule(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
        x, axis, form = operands[0], node.params["axis"], node.form
        if is_in_terms(form.shape, operands):
            return _accumulated_terms(c, combine, node, elements_of(c.blocks, x))
        out = new_memory(c.blocks, form.shape, form.dtype)
        lengths = [n for i, n in enumerate(form.shape) if i != axis]
        places = range(form.shape[axis])
        order = list(reversed(places)) if node.params["reverse"] else list(places)

        def line(index: Index) -> None:
            def at(place: Any) -> list[Any]:
                return [*index[:axis], place, *index[axis:]]

            first = c.cast(x.at(c.blocks, at(order[0])), form.dtype)
            c.blocks.assign(f"{out.name}[{out.offset(c.blocks, at(order[0]))}] =", first)
            step = -1 if node.params["reverse"] else 1
            with c.blocks.loop(len(order) - 1) as turn:
                here = c.blocks.place(f"({order[0]} {'-' if step < 0 else '+'} {turn.text} + {step})", "int32")
                before = c.blocks.place(f"({order[0]} {'-' if step < 0 else '+'} {turn.text})", "int32")
                found = combine(c, out.at(c.blocks, at(before)), c.cast(x.at(c.blocks, at(here)), form.dtype))
                c.blocks.assign(f"{out.name}[{out.offset(c.blocks, at(here))}] =", found)

        over(c.blocks, lengths, line)
        return out

    return rule


def _described(node: GraphNode) -> str:
    return " and ".join([f"{form.dtype}{list(form.shape)}" for form in node.operand_forms])


def refused(node: GraphNode) -> TypeError:
    return TypeError(
        f"[c] the operation {node.primitive.name} of {_described(node)} has no form in C here, "
        "wanted arithmetic, elementary functions, reductions, products, indices, small systems of equations and loops "
        "on real numbers; write it with these, or export.python"
    )


_ASSEMBLED: dict[Primitive, Rule] = by_primitive(
    {
        join.concatenate: _joined,
        join.stack: _joined,
        join.split: _parts,
        join.unstack: _parts,
        g.slice_set: _placed,
    }
)

_MOVES = by_primitive(
    dict.fromkeys(
        (reshape, transpose, broadcast_to, g.block, g.slice_set, after, *(join.concatenate, join.stack)), move
    )
)

RULES: dict[Primitive, Rule] = {
    **_MOVES,
    **by_primitive(
        {
            join.split: move,
            join.unstack: move,
            g.unslice: unslice,
            scan.shift: _shift,
            contract.matmul: matmul,
            sum_over: _reduction(Scalars.add, 0),
            r.prod: _reduction(Scalars.multiply, 1),
            r.max: _reduction(_maximum, _lowest),
            r.min: _reduction(_minimum, _highest),
            g.gather: _gather,
            g.scatter_add: _scatter,
            g.scatter_set: _scatter,
            g.ravel_index: _ravel_index,
            scan.cumsum: _accumulated(Scalars.add),
            scan.cumprod: _accumulated(Scalars.multiply),
        }
    ),
}
"""What is not elementwise."""


def is_elementwise(node: GraphNode) -> bool:
    """Whether an operation is done element by element."""
    return node.primitive in FORMULAS
