"""What ``backward()`` follows of a graph: not what was computed under ``no_grad()``, which other derivatives pass.

While a body is recorded, its inputs are watched as those of ``requires_grad`` are. A node that is not, although it
reads one that is, was computed under ``no_grad()``; in the graph an `unfollowed` node comes behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.graph import Graph, form_of_node, subgraphs
from ..core.node import Node, is_left_out
from ..core.primitive import Primitive
from ..core.recording import NO_PARAMS, PICK, UNFOLLOWED, named_by
from ..core.state import DEFINE_BY_RUN
from ..ops.elementwise import stop_gradient


def marked(graph: Graph) -> Graph:
    """The graph with an `unfollowed` node behind each that was computed under ``no_grad()``, of something followed."""
    if not any(map(_needs_mark, graph.nodes)):
        return graph

    def change(node: Node, copy: Node) -> list[Node]:
        return [copy, _behind(UNFOLLOWED, copy)] if _needs_mark(node) else [copy]

    return _changed(graph, change)


def _needs_mark(node: Node) -> bool:
    if node.primitive is PICK:
        return is_left_out(node.parents[0])
    return not node.primitive.many and node.primitive is not UNFOLLOWED and is_left_out(node)


def followed(graph: Graph) -> Graph:
    """The graph that ``backward()`` follows: its derivatives are without those of what is not followed."""
    if not holds_unfollowed(graph):
        return graph

    def change(node: Node, copy: Node) -> list[Node]:
        if node.primitive is UNFOLLOWED:
            return [_behind(stop_gradient.primitive, copy.parents[0])]
        return [_with(copy, params=followed_params(node, DEFINE_BY_RUN))]

    return _changed(graph, change)


def followed_params(node: Node, bit: int) -> dict[str, Any]:
    """The parameters of a loop or a branch, with the graphs that the walk of a watch follows."""
    return {name: _followed_in(value) for name, value in node.params.items()} if bit == DEFINE_BY_RUN else node.params


def _followed_in(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_followed_in, value))
    return followed(value) if isinstance(value, Graph) else value


def holds_unfollowed(graph: Graph) -> bool:
    """Whether there is something that ``backward()`` does not follow."""
    return any(
        node.primitive is UNFOLLOWED or any(map(holds_unfollowed, subgraphs(node).values())) for node in graph.nodes
    )


def _changed(graph: Graph, change: Callable[[Node, Node], list[Node]]) -> Graph:
    """The graph with other nodes, the last of which stands for the node."""
    latest: dict[Node, Node] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        parents = tuple([latest.get(named_by(parent), parent) for parent in node.parents])
        nodes += change(node, _with(node, parents=parents))
        latest[node] = nodes[-1]
    return Graph(graph.inputs, nodes, [latest.get(o, o) if isinstance(o, Node) else o for o in graph.outputs])


def _with(node: Node, **other: Any) -> Node:
    """A node with other parents or parameters."""
    parents, params = other.get("parents", node.parents), other.get("params", node.params)
    return Node(node.primitive, parents, node.residuals, params, node.forms, node.watch)


def _behind(primitive: Primitive, node: Node) -> Node:
    """An operation on one node that leaves its value as it is."""
    form = form_of_node(node)
    return Node(primitive, (node,), (form, form), NO_PARAMS, (form, form), node.watch)
