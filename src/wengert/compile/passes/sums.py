"""Sums that a loop carries, taken after it: of what its turns read and give one long sum is faster than many steps.

So the gradient of a recurrent layer's weight is one product of matrices, as that of any other layer.
"""

from __future__ import annotations

from typing import Any

import numpy

from ...control.loop_primitives import SCAN
from ...core.graph import Graph, GraphNode
from ...core.recording import PICK
from ...ops import contract, elementwise as e, shape
from ...ops.axes import reduce
from .rewriting import apply, number_of_uses, pick_of, rewritten


def with_sums_after_loops(graph: Graph) -> Graph:
    """The graph with what a scan carries only to add to it as the sum of all turns, where these are in stacks."""

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive is not PICK or operands[0].primitive is not SCAN:
            return None
        index = node.params["index"]
        return _sum_of(operands[0], index) if index < operands[0].params["carried"] else None

    return rewritten(graph, rewrite)


def _sum_of(loop: GraphNode, index: int) -> GraphNode | None:
    """What a loop carries at the end, if it is such a sum."""
    place = loop.params["captured"] + index
    term = _added(loop.params["body"], place, index)
    total = None if term is None else _total(term, _stacks(loop))
    if total is None or total.form != loop.form[index]:
        return None
    start = loop.operands[place]
    if not isinstance(start, GraphNode) and not numpy.any(start):
        return total
    return apply(e.add.primitive, [start, total], {})


def _added(body: Graph, place: int, index: int) -> GraphNode | None:
    """What a turn adds to an input, if it does nothing else with it."""
    carry, made = body.inputs[place], body.outputs[index]
    if not isinstance(made, GraphNode) or made.primitive is not e.add.primitive:
        return None
    uses = number_of_uses(body)
    others = [operand for operand in made.operands if operand is not carry]
    if len(others) != 1 or uses[carry] != 1 or uses[made] != 1:
        return None
    return others[0] if isinstance(others[0], GraphNode) else None


def _stacks(loop: GraphNode) -> dict[GraphNode, GraphNode]:
    """For each slice that a turn reads or gives the stack of those of all turns."""
    body, carried = loop.params["body"], loop.params["carried"]
    first = loop.params["captured"] + carried
    given = zip(body.inputs[first:], loop.operands[first:], strict=True)
    made = ((output, pick_of(loop, place)) for place, output in enumerate(body.outputs) if place >= carried)
    stacks = {output: stack for output, stack in made if isinstance(output, GraphNode)}
    return stacks | {slice_: stack for slice_, stack in given if isinstance(stack, GraphNode)}


def _total(term: GraphNode, stacks: dict[GraphNode, GraphNode]) -> GraphNode | None:
    """The sum over all turns of a slice, of its sum, or of a product of two."""
    if term.primitive is contract.matmul.primitive:
        pair = [_stacked(operand, stacks) for operand in term.operands]
        if any(operand is None or operand.form.ndim != 3 for operand in pair):
            return None
        return _summed(apply(contract.matmul.primitive, pair, {}), ())
    if term.primitive is reduce.sum.primitive and not term.params["keepdims"]:
        stack = _stacked(term.operands[0], stacks)
        return None if stack is None else _summed(stack, term.params["axis"])
    stack = _stacked(term, stacks)
    return None if stack is None else _summed(stack, ())


def _summed(stack: GraphNode, axes: tuple[int, ...]) -> GraphNode:
    return apply(reduce.sum.primitive, [stack], {"axis": (0, *(axis + 1 for axis in axes)), "keepdims": False})


def _stacked(value: Any, stacks: dict[GraphNode, GraphNode]) -> GraphNode | None:
    """The stack of a slice, perhaps transposed."""
    if value in stacks or not isinstance(value, GraphNode):
        return stacks.get(value)
    if value.primitive is not shape.transpose.primitive:
        return None
    inner = _stacked(value.operands[0], stacks)
    axes = (0, *(axis + 1 for axis in value.params["axes"]))
    return None if inner is None else apply(shape.transpose.primitive, [inner], {"axes": axes})
