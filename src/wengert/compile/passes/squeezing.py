"""Leave out axes of length 1, so that operations on the same numbers have the same shape and can share a loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.graph import Graph, GraphNode
from ...core.primitive import Primitive, primitives
from ...ops import elementwise, factors, shape
from ...ops.axes import reduce
from .rewriting import apply, rewritten

_FUNCTIONS = (*vars(elementwise).values(), *vars(factors).values())
ELEMENTWISE = {p for f in _FUNCTIONS if isinstance(p := getattr(f, "primitive", None), Primitive)}
REDUCTIONS = primitives(reduce.sum, reduce.max, reduce.min)


def without_short_axes(graph: Graph) -> Graph:
    """The graph with elementwise operations and reductions on arrays without axes of length 1."""

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive in REDUCTIONS and isinstance(operands[0], GraphNode):
            return _reduction(node, *operands)
        return squeezed(node, operands) if is_elementwise(node) else None

    return rewritten(graph, rewrite)


def is_elementwise(node: GraphNode) -> bool:
    """Whether an operation does the same to each element, whatever the shape."""
    return node.primitive in elementwise.CASTS or (node.primitive in ELEMENTWISE and not node.params)


def squeezed(node: GraphNode, operands: Sequence[Any]) -> Any:
    """An elementwise operation without the axes of length 1 of its result; ``None`` if there are none."""
    form = node.form
    kept = [axis for axis, length in enumerate(form.shape) if length != 1]
    if len(kept) == len(form.shape):
        return None
    fewer = [_squeezed(operand, len(form.shape), kept) for operand in operands]
    inner = GraphNode(node.primitive, fewer, node.params, Abstract(_at(form.shape, kept), form.dtype))
    return _reshaped(inner, form.shape)


def _squeezed(operand: Any, rank: int, kept: Sequence[int]) -> Any:
    """The operand without the axes in which the result has length 1, and without leading axes of length 1."""
    if not isinstance(operand, GraphNode) and not hasattr(operand, "dtype"):
        return operand
    whole = numpy.shape(operand) if not isinstance(operand, GraphNode) else operand.form.shape
    wanted = _at((*(1,) * (rank - len(whole)), *whole), kept)
    while wanted and wanted[0] == 1:
        wanted = wanted[1:]
    return _reshaped(operand, wanted)


def _reduction(node: GraphNode, x: GraphNode) -> Any:
    """A reduction that keeps no axes, over those that are longer than 1."""
    form, whole = node.form, x.form.shape
    kept = [axis for axis, length in enumerate(whole) if length != 1]
    if len(kept) == len(whole) and not node.params["keepdims"]:
        return None
    over = tuple(kept.index(axis) for axis in node.params["axis"] if axis in kept)
    x = _reshaped(x, _at(whole, kept))
    if over or form.dtype != x.form.dtype:
        x = apply(node.primitive, [x], {**node.params, "axis": over, "keepdims": False})
    return _reshaped(x, form.shape)


def _at(lengths: Sequence[int], axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(lengths[axis] for axis in axes)


def _reshaped(x: Any, wanted: tuple[int, ...]) -> Any:
    """The value in another shape; a reshape of a reshape is one."""
    if not isinstance(x, GraphNode):
        return numpy.reshape(x, wanted)
    while x.primitive is shape.reshape.primitive:
        (x,) = x.operands
    return x if x.form.shape == wanted else apply(shape.reshape.primitive, [x], {"shape": wanted})
