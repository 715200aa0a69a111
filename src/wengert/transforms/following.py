"""What ``backward()`` follows of a graph: not what was computed under ``no_grad()``, which other derivatives pass.

While a body is recorded, its inputs are watched as those of ``requires_grad`` are. A node that is not, although it
reads one that is, was computed under ``no_grad()``; in the graph an `unfollowed` node comes behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ..core.graph import Graph, GraphNode, subgraphs
from ..core.node import Node, is_left_out
from ..core.primitive import Primitive
from ..core.recording import NO_PARAMS, PICK, UNFOLLOWED
from ..core.state import DEFINE_BY_RUN
from ..ops.elementwise import stop_gradient


def marked(graph: Graph, nodes: Collection[GraphNode]) -> Graph:
    """The graph with an `unfollowed` node behind each of these."""
    if not nodes:
        return graph
    found = frozenset(nodes)

    def change(node: GraphNode, copy: GraphNode) -> list[GraphNode]:
        return [copy, _behind(UNFOLLOWED, copy)] if node in found else [copy]

    return _changed(graph, change)


def is_unfollowed(node: Node) -> bool:
    """Whether a recorded node was computed under ``no_grad()``, of something followed."""
    if node.primitive is PICK:
        return is_left_out(node.parents[0])
    return not node.primitive.many and node.primitive is not UNFOLLOWED and is_left_out(node)


def followed(graph: Graph) -> Graph:
    """The graph that ``backward()`` follows: its derivatives are without those of what is not followed."""
    if not holds_unfollowed(graph):
        return graph

    def change(node: GraphNode, copy: GraphNode) -> list[GraphNode]:
        if node.primitive is UNFOLLOWED:
            return [_behind(stop_gradient.primitive, copy.operands[0])]
        return [GraphNode(node.primitive, copy.operands, followed_params(node, DEFINE_BY_RUN), node.form, node.line)]

    return _changed(graph, change)


def followed_params(node: Node | GraphNode, bit: int) -> dict[str, Any]:
    """The parameters of a loop or a branch, with the graphs that the walk of a watch follows."""
    return {name: _followed_in(value) for name, value in node.params.items()} if bit == DEFINE_BY_RUN else node.params


def _followed_in(value: Any) -> Any:
    if type(value) is tuple:
        return tuple(map(_followed_in, value))
    return followed(value) if isinstance(value, Graph) else value


def holds_unfollowed(graph: Graph) -> bool:
    """Whether there is something that ``backward()`` does not follow."""
    return any(
        node.primitive is UNFOLLOWED or any(map(holds_unfollowed, subgraphs(node).values())) for node in graph.nodes
    )


def _changed(graph: Graph, change: Callable[[GraphNode, GraphNode], list[GraphNode]]) -> Graph:
    """The graph with other nodes, the last of which stands for the node."""
    latest: dict[GraphNode, GraphNode] = {}
    nodes: list[GraphNode] = []

    def current(operand: Any) -> Any:
        return latest.get(operand, operand) if isinstance(operand, GraphNode) else operand

    for node in graph.nodes:
        copy = GraphNode(node.primitive, map(current, node.operands), node.params, node.form, node.line)
        nodes += change(node, copy)
        latest[node] = nodes[-1]
    return Graph(graph.inputs, nodes, list(map(current, graph.outputs)))


def _behind(primitive: Primitive, node: GraphNode) -> GraphNode:
    """An operation on one node that leaves its value as it is."""
    return GraphNode(primitive, [node], NO_PARAMS, node.form)
