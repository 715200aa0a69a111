"""Algebraic simplification: operations that change nothing are left out, chains of shape changes merged."""

from __future__ import annotations

from typing import Any

import numpy

from ...core.graph import Graph, GraphNode, form_of_operand
from ...core.primitive import Primitive, by_primitive, primitives
from ...core.recording import ALIAS, PICK, UNFOLLOWED
from ...ops import elementwise as e, join, shape
from ...ops.after import after
from ...ops.broadcast import broadcast_to
from ...ops.factors import GUARDED_PRODUCTS, clear
from ...ops.indexing.gather import block, last_writes
from .rewriting import Rewrite, apply, rewritten


def without_idle_operations(graph: Graph) -> Graph:
    """The graph without products with one, powers of one, and the like (exact, for every number)."""

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        rule = _RULES.get(node.primitive)
        return None if rule is None else rule(node, operands)

    return rewritten(graph, rewrite)


def _is_all(operand: Any, number: float) -> bool:
    """Whether a constant is this number everywhere."""
    if isinstance(operand, GraphNode) and operand.primitive is broadcast_to.primitive:
        (operand,) = operand.operands
    return not isinstance(operand, GraphNode) and numpy.size(operand) > 0 and bool(numpy.all(operand == number))


def _as_result(node: GraphNode, operand: Any) -> Any:
    """The operand in the form of the node's result; ``None`` if the dtypes differ."""
    form = node.form
    if not isinstance(operand, GraphNode) or form_of_operand(operand).dtype != form.dtype:
        return None
    if form_of_operand(operand).shape == form.shape:
        return operand
    return GraphNode(broadcast_to.primitive, [operand], {"shape": form.shape}, form)


def _everywhere(number: Any, wanted: tuple[int, ...]) -> Any:
    return apply(broadcast_to.primitive, [number], {"shape": wanted}) if wanted else number


def _product(node: GraphNode, operands: list[Any]) -> Any:
    x, y = operands
    if _is_all(x, 1):
        return _as_result(node, y)
    return _as_result(node, x) if _is_all(y, 1) else None


def _power(node: GraphNode, operands: list[Any]) -> Any:
    x, y = operands
    if _is_all(y, 1):
        return _as_result(node, x)
    if _is_all(y, 0):
        return _everywhere(numpy.ones((), node.form.dtype), node.form.shape)
    if not isinstance(x, GraphNode) or form_of_operand(x) != node.form:
        return None
    if _is_all(y, 2):
        return apply(e.square.primitive, [x], {})
    # NumPy takes roots of arrays, but no others
    is_root = _is_all(y, 0.5) and numpy.ndim(y) == 0 and form_of_operand(x).ndim
    return apply(e.sqrt.primitive, [x], {}) if is_root else None


def _same(node: GraphNode, operands: list[Any]) -> Any:
    return operands[0]


def _shape_change(node: GraphNode, operands: list[Any]) -> Any:
    """A reshape or broadcast to the shape that is already there; a reshape of a reshape."""
    (x,) = operands
    if not isinstance(x, GraphNode):
        return None
    if form_of_operand(x).shape == node.params["shape"]:
        return x
    if node.primitive is shape.reshape.primitive and x.primitive is shape.reshape.primitive:
        (inner,) = x.operands
        if form_of_operand(inner).shape == node.params["shape"]:
            return inner
        return GraphNode(node.primitive, [inner], node.params, node.form)
    return None


def _transpose(node: GraphNode, operands: list[Any]) -> Any:
    """A transpose that moves nothing; a transpose of a transpose."""
    (x,) = operands
    axes = node.params["axes"]
    if axes == tuple(range(len(axes))):
        return x
    if isinstance(x, GraphNode) and x.primitive is shape.transpose.primitive:
        (inner,) = x.operands
        merged = tuple(x.params["axes"][a] for a in axes)
        copy = GraphNode(node.primitive, [inner], {"axes": merged}, node.form)
        return _transpose(copy, [inner]) or copy
    return None


def _negative(node: GraphNode, operands: list[Any]) -> Any:
    (x,) = operands
    return x.operands[0] if isinstance(x, GraphNode) and x.primitive is e.negative.primitive else None


def _clear(node: GraphNode, operands: list[Any]) -> Any:
    """A constant without zeros or infinities guards nothing, and needs no guard if it is not zero."""
    x, by = operands
    constant = by if not isinstance(by, GraphNode) else x
    if isinstance(constant, GraphNode) or not numpy.all(numpy.isfinite(constant) & (numpy.asarray(constant) != 0)):
        return None
    return _as_result(node, x)


PARTS = primitives(join.split, join.unstack)


def _pick(node: GraphNode, operands: list[Any]) -> Any:
    """One result of an operation that takes an array apart: a block of the array."""
    (parts,) = operands
    if parts.primitive not in PARTS:
        return None
    (x,) = parts.operands
    lead, index = (slice(None),) * parts.params["axis"], node.params["index"]
    if parts.primitive is join.unstack.primitive:
        return apply(block.primitive, [x], {"index": (*lead, index)})
    sizes = parts.params["sizes"]
    start = sum(sizes[:index])
    return apply(block.primitive, [x], {"index": (*lead, slice(start, start + sizes[index]))})


def _last_writes(node: GraphNode, operands: list[Any]) -> Any:
    """A single index is the last of its kind."""
    form = node.form
    return numpy.ones(form.shape, bool) if form.size == 1 else None


def _comparison(node: GraphNode, operands: list[Any]) -> Any:
    """With a Python number beyond all of the other operand's dtype: decided, whatever that operand is."""
    x, y = operands
    number, other = (x, y) if type(x) is int else (y, x)
    if type(number) is not int or not isinstance(other, GraphNode) or other.form.dtype.kind not in "iu":
        return None
    limits = numpy.iinfo(other.form.dtype)
    if limits.min <= number <= limits.max:
        return None
    any_number = limits.dtype.type(0)
    given = [any_number if operand is other else operand for operand in operands]
    return numpy.full(node.form.shape, node.primitive.evaluate(*given))


def _after(node: GraphNode, operands: list[Any]) -> Any:
    """A constant is computed at no time, and known to be."""
    return None if all(isinstance(o, GraphNode) for o in operands) else _as_result(node, operands[0])


_RULES: dict[Primitive, Rewrite] = by_primitive(
    {
        after: _after,
        **dict.fromkeys((e.equal, e.not_equal, e.less, e.less_equal, e.greater, e.greater_equal), _comparison),
        last_writes: _last_writes,
        ALIAS: _same,
        PICK: _pick,
        e.positive: _same,
        UNFOLLOWED: _same,
        e.multiply: _product,
        **dict.fromkeys(GUARDED_PRODUCTS, _product),
        clear: _clear,
        e.power: _power,
        shape.reshape: _shape_change,
        broadcast_to: _shape_change,
        shape.transpose: _transpose,
        e.negative: _negative,
    }
)
