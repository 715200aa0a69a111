"""Bodies of loops and branches, simplified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.graph import Graph, GraphNode, subgraphs
from .rewriting import rewritten


def with_simple_bodies(graph: Graph, simplify: Callable[[Graph], Graph]) -> Graph:
    """The graph with every graph within it simplified."""

    def simple(value: Any) -> Any:
        if type(value) is tuple:
            return tuple(map(simple, value))
        return simplify(value) if isinstance(value, Graph) else value

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if not subgraphs(node):
            return None
        params = {name: simple(value) for name, value in node.params.items()}
        return GraphNode(node.primitive, operands, params, node.form, node.line)

    return rewritten(graph, rewrite)
