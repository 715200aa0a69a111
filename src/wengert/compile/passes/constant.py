"""Constant folding: what does not depend on the inputs is evaluated once."""

from __future__ import annotations

from typing import Any

import numpy

from ...core.graph import Graph, GraphNode, subgraphs
from .rewriting import rewritten


def with_constants_evaluated(graph: Graph) -> Graph:
    """The graph with the operations on constants replaced by their results."""

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if any(isinstance(operand, GraphNode) for operand in operands) or subgraphs(node):
            return None
        with numpy.errstate(all="ignore"):
            return node.primitive.evaluate(*operands, **node.params)

    return rewritten(graph, rewrite)
