"""Speculation: a turn of a loop, or a kernel, without guards first, and again with them if results are not finite.

A guarded product is zero where zero meets infinity or NaN. Without the guard it is NaN there, which reaches a result,
or does not matter; so finite results are the right ones. The processor need not wait for the check.

A turn of a loop goes without the limits of derivatives of sizes too, which are zero unless a size is (see
`wengert.ops.sizes`), and is done again if one was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce as fold
from typing import Any

import numpy

from .....core.graph import Graph, GraphNode
from .....core.primitive import Primitive, primitives
from .....core.recording import PICK
from .....ops import contract, elementwise as e, factors as m, join, shape
from .....ops.axes import reduce, sort
from .....ops.broadcast import broadcast_to
from .....ops.indexing import gather as g
from ....passes.rewriting import gathered, rewritten
from ...facts.lowered import COPY
from ...ir.scalar import Scalar
from ...ir.types import Array, Value
from ..scalars.elementwise import lower
from .straight_line import Straight, array_of, cast

GUARDED = frozenset({m.clear.primitive, *m.GUARDED_PRODUCTS})
TRANSPARENT = GUARDED | primitives(
    *(COPY, PICK, *e.CASTS, broadcast_to, shape.reshape, shape.transpose, g.block, g.unslice, sort.permute),
    *(e.add, e.multiply, e.negative, e.square, e.subtract, contract.matmul, reduce.sum),
    *(join.concatenate, join.split, join.stack, join.unstack),
)
"""Operations whose result is not finite if an operand is not."""


def guards_can_wait(graph: Graph) -> bool:
    """Whether there are guards, and what they keep out would reach a result."""
    return bool(reached_by_guards(graph.nodes, lambda node: node.operands))


def reached_by_guards(nodes: Iterable[GraphNode], operands: Callable[[GraphNode], Sequence[Any]]) -> set[GraphNode]:
    """Nodes where a dropped guard must show as NaN or infinity; none if that may be hidden before the end."""
    marked: set[GraphNode] = set()
    for node in nodes:
        if node.primitive is m.OPEN_MASK:
            return set()
        reads = any(isinstance(o, GraphNode) and o in marked for o in operands(node))
        if reads and not (node.primitive in TRANSPARENT and _is_float(node)):
            return set()
        if reads or node.primitive in GUARDED:
            marked.add(node)
    return marked


def _is_float(node: GraphNode) -> bool:
    form = node.form
    return all(part.dtype.kind == "f" for part in (form if isinstance(form, tuple) else (form,)))


def speculated(straight: Straight, graph: Graph, inputs: Sequence[Array]) -> list[Array]:
    """The outputs of a graph, by the quick way where that is right."""
    usual, sizes = without_limits(graph)
    waits = guards_can_wait(usual)
    if not (waits or sizes):
        return straight.graph(graph, inputs)
    arrays = (_unguarded(straight) if waits else straight).graph(_with_outputs(usual, sizes), inputs)
    quick, found = arrays[: len(graph.outputs)], arrays[len(graph.outputs) :]
    wrong = [straight.any(size.compare("==", 0)) for array in found for size in array.flat]
    if waits:
        wrong.append(_not_finite(straight, quick))
    builder, before = straight.builder, straight.builder.block
    careful, after = builder.append_basic_block("careful"), builder.append_basic_block("after")
    builder.cbranch(fold(builder.or_, wrong), careful, after).set_weights([1, 1 << 20])
    builder.position_at_end(careful)
    slow = [cast(s, q.flat[0].dtype) for s, q in zip(straight.graph(graph, inputs), quick, strict=True)]
    ended = builder.block
    builder.branch(after)
    builder.position_at_end(after)
    return [joined(a, before, b, ended) for a, b in zip(quick, slow, strict=True)]


def _unguarded(straight: Straight) -> Straight:
    rules = {**straight.rules, m.clear.primitive: _first, **dict.fromkeys(m.GUARDED_PRODUCTS, _product)}
    return straight.with_rules(rules)


def joined(first: Array, before: Value, second: Array, ended: Value) -> Array:
    """The array of the block that one comes from."""
    elements = []
    for a, b in zip(first.reshape(-1), second.reshape(-1), strict=True):
        phi = a.builder.phi(a.value.type)
        phi.add_incoming(a.value, before)
        phi.add_incoming(b.value, ended)
        elements.append(a.like(phi))
    return array_of(elements, first.shape)


def without_limits(graph: Graph) -> tuple[Graph, list[GraphNode]]:
    """The graph with zeros for its limits, and the sizes on which it depends whether that is right."""
    sizes: dict[GraphNode, None] = {}

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        size = _size_of_limit(node.primitive, operands)
        if size is None or not size.form.size:
            return None
        sizes[size] = None
        return numpy.zeros(node.form.shape, node.form.dtype)

    return rewritten(graph, rewrite), list(sizes)


def _with_outputs(graph: Graph, more: Sequence[GraphNode]) -> Graph:
    return gathered(graph.inputs, [*graph.outputs, *more])


def _size_of_limit(primitive: Primitive, operands: Sequence[Any]) -> GraphNode | None:
    """Of ``where(isfinite(limit) and x == 0 and size == 0, limit, 0)`` the size."""
    if primitive is not e.where.primitive:
        return None
    condition, limit, otherwise = operands
    is_finite, are_zero = _operands_of(condition, e.logical_and)
    _, is_zero = _operands_of(are_zero, e.logical_and)
    size, zero = _operands_of(is_zero, e.equal)
    is_limit = _operands_of(is_finite, e.isfinite)[0] is limit and _is_zero(zero) and _is_zero(otherwise)
    return size if is_limit and isinstance(size, GraphNode) else None


def _operands_of(value: Any, operation: Any) -> Sequence[Any]:
    """The operands of the node if it is one of this operation."""
    is_one = isinstance(value, GraphNode) and value.primitive is operation.primitive
    return value.operands if is_one else (None, None)


def _is_zero(operand: Any) -> bool:
    return operand is not None and not isinstance(operand, GraphNode) and bool(numpy.all(operand == 0))


def _not_finite(straight: Straight, arrays: Sequence[Array]) -> Value:
    """Whether a number is infinite or NaN: times zero it is NaN, and so is the sum."""
    floats = [x.cast(numpy.dtype("float64")) for array in arrays for x in array.reshape(-1) if x.is_float]
    total = floats[0] * 0.0
    for x in floats[1:]:
        total = total + x * 0.0
    return straight.any(total.is_nan())


def _product(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    form = node.form
    rows = zip(*[numpy.broadcast_to(o, form.shape).reshape(-1) for o in operands], strict=True)
    return array_of([lower_unguarded(node.primitive, list(row), form.dtype) for row in rows], form.shape)


def _first(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    form = node.form
    return cast(numpy.broadcast_to(operands[0], form.shape), form.dtype)


def lower_unguarded(primitive: Primitive, operands: list[Scalar], result: numpy.dtype) -> Scalar:
    """As `lower`, without the guard that an operation has."""
    if primitive is m.clear.primitive:
        return operands[0].cast(result)
    return lower(e.multiply.primitive if primitive in GUARDED else primitive, operands, result)
