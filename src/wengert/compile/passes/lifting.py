"""Constant arrays lifted to inputs, so that code does not depend on them."""

from __future__ import annotations

from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.graph import Graph, GraphNode
from ...core.primitive import Primitive
from ...ops.contract import matmul
from .rewriting import gathered, rewritten, with_operands

CONSTANT = Primitive("constant", lambda: None, (), lambda: None, moves=True)


def with_constants_as_inputs(graph: Graph) -> tuple[Graph, list[Any]]:
    """The graph with its constant arrays as further inputs, and those arrays; numbers stay, but in matrix products.

    The node of such an input has the array as its parameter `value`; code may depend on the range of its integers, by
    which it is named on disk too, and on nothing else of it.
    """
    nodes: dict[int, GraphNode] = {}
    arrays: dict[int, Any] = {}

    def lifted(node: GraphNode, operand: Any) -> Any:
        if isinstance(operand, GraphNode) or not hasattr(operand, "dtype"):
            return operand
        if numpy.size(operand) == 1 and node.primitive is not matmul.primitive:
            return operand
        if id(operand) not in nodes:
            arrays[id(operand)] = numpy.ascontiguousarray(operand)
            form = Abstract(operand.shape, operand.dtype)
            nodes[id(operand)] = GraphNode(CONSTANT, (), {"value": arrays[id(operand)]}, form)
        return nodes[id(operand)]

    lifted_graph = rewritten(graph, lambda node, operands: with_operands(node, [lifted(node, o) for o in operands]))
    return gathered([*graph.inputs, *nodes.values()], lifted_graph.outputs), list(arrays.values())
