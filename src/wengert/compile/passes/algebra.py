"""Leave out operations that change nothing, and merge chains of shape changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.graph import Graph, form_of_node
from ...core.node import Node
from ...core.primitive import Primitive, by_primitive, primitives
from ...core.recording import ALIAS, PICK, UNFOLLOWED, named_by
from ...ops import elementwise as e, join, shape
from ...ops.gather import block, last_writes
from ...ops.linear_maps import GUARDED_PRODUCTS, clear
from .rewriting import apply, new_node, rewritten

Rule = Callable[[Node, list[Any]], Any]


def without_idle_operations(graph: Graph) -> Graph:
    """The graph without products with one, powers of one, and the like (exact, for every number)."""

    def rewrite(node: Node, operands: list[Any]) -> Any:
        rule = _RULES.get(node.primitive)
        return None if rule is None else rule(node, operands)

    return rewritten(graph, rewrite)


def _form(operand: Any) -> Abstract:
    return form_of_node(operand) if isinstance(operand, Node) else Abstract(numpy.shape(operand), operand.dtype)


def _is_all(operand: Any, number: float) -> bool:
    """Whether a constant is this number everywhere."""
    return not isinstance(operand, Node) and numpy.size(operand) > 0 and bool(numpy.all(operand == number))


def _as_result(node: Node, operand: Any) -> Any:
    """The operand in the form of the node's result; ``None`` if the dtypes differ."""
    form = form_of_node(node)
    if not isinstance(operand, Node) or _form(operand).dtype != form.dtype:
        return None
    if _form(operand).shape == form.shape:
        return operand
    return new_node(shape.broadcast_to.primitive, [operand], {"shape": form.shape}, form, node.watch)


def _product(node: Node, operands: list[Any]) -> Any:
    x, y = operands
    if _is_all(x, 1):
        return _as_result(node, y)
    return _as_result(node, x) if _is_all(y, 1) else None


def _power(node: Node, operands: list[Any]) -> Any:
    x, y = operands
    if _is_all(y, 1):
        return _as_result(node, x)
    if not isinstance(x, Node) or _form(x) != form_of_node(node):
        return None
    if _is_all(y, 2):
        return apply(e.square.primitive, [x], {})
    is_root = _is_all(y, 0.5) and numpy.ndim(y) == 0 and _form(x).ndim  # NumPy takes roots of arrays, but no others
    return apply(e.sqrt.primitive, [x], {}) if is_root else None


def _same(node: Node, operands: list[Any]) -> Any:
    return operands[0]


def _shape_change(node: Node, operands: list[Any]) -> Any:
    """A reshape or broadcast to the shape that is already there; a reshape of a reshape."""
    (x,) = operands
    if not isinstance(x, Node):
        return None
    if _form(x).shape == node.params["shape"]:
        return x
    if node.primitive is shape.reshape.primitive and x.primitive is shape.reshape.primitive:
        inner = named_by(x.parents[0])
        if _form(inner).shape == node.params["shape"]:
            return inner
        return new_node(node.primitive, [inner], node.params, form_of_node(node), node.watch)
    return None


def _transpose(node: Node, operands: list[Any]) -> Any:
    """A transpose that moves nothing; a transpose of a transpose."""
    (x,) = operands
    axes = node.params["axes"]
    if axes == tuple(range(len(axes))):
        return x
    if isinstance(x, Node) and x.primitive is shape.transpose.primitive:
        inner = named_by(x.parents[0])
        merged = tuple(x.params["axes"][a] for a in axes)
        copy = new_node(node.primitive, [inner], {"axes": merged}, form_of_node(node), node.watch)
        return _transpose(copy, [inner]) or copy
    return None


def _negative(node: Node, operands: list[Any]) -> Any:
    (x,) = operands
    return named_by(x.parents[0]) if isinstance(x, Node) and x.primitive is e.negative.primitive else None


def _clear(node: Node, operands: list[Any]) -> Any:
    """A constant without zeros or infinities guards nothing, and needs no guard if it is not zero."""
    x, by = operands
    constant = by if not isinstance(by, Node) else x
    if isinstance(constant, Node) or not numpy.all(numpy.isfinite(constant) & (numpy.asarray(constant) != 0)):
        return None
    return _as_result(node, x)


PARTS = primitives(join.split, join.unstack)


def _pick(node: Node, operands: list[Any]) -> Any:
    """One result of an operation that takes an array apart: a block of the array."""
    (parts,) = operands
    if parts.primitive not in PARTS:
        return None
    (x,) = map(named_by, parts.parents)
    lead, index = (slice(None),) * parts.params["axis"], node.params["index"]
    if parts.primitive is join.unstack.primitive:
        return apply(block.primitive, [x], {"index": (*lead, index)})
    sizes = parts.params["sizes"]
    start = sum(sizes[:index])
    return apply(block.primitive, [x], {"index": (*lead, slice(start, start + sizes[index]))})


def _last_writes(node: Node, operands: list[Any]) -> Any:
    """A single index is the last of its kind."""
    form = form_of_node(node)
    return numpy.ones(form.shape, bool) if form.size == 1 else None


_RULES: dict[Primitive, Rule] = by_primitive(
    {
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
        shape.broadcast_to: _shape_change,
        shape.transpose: _transpose,
        e.negative: _negative,
    }
)
