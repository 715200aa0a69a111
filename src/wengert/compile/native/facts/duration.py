"""How long operations take, about: what may take long looks now and then whether the user wants it to end."""

from __future__ import annotations

from collections.abc import Iterable

from ....control.cond_primitive import COND
from ....control.loop_primitives import PULLBACK, WHILE
from ....core.graph import Graph, GraphNode, subgraphs

LONG_LOOP = 1e6
"""Operations that take a millisecond or so: what is shorter does not look."""
SOME = 64
"""Turns of a loop whose number is not known: in a loop they may be few, or almost as many as at which it looks."""

UNBOUNDED = frozenset({WHILE, PULLBACK})
"""Loops of which nobody knows beforehand how long they take."""


def is_long(node: GraphNode) -> bool:
    """Whether a loop, or one in it, may take so long that it has to look."""
    inner = subgraphs(node).values()
    if not inner:
        return False
    if node.primitive in UNBOUNDED or _work(node) > LONG_LOOP:
        return True
    return any(is_long(part) for graph in inner for part in graph.nodes)


def work(graphs: Iterable[Graph]) -> float:
    """About how many operations some graphs are."""
    return sum(1 + sum(map(_work, graph.nodes)) for graph in graphs)


def _work(node: GraphNode) -> float:
    inner = subgraphs(node)
    if not inner:
        return sum(form.size for form in node.result_forms)
    if node.primitive is COND:
        return max(work([graph]) for graph in inner.values())
    turns = node.params.get("length")
    return (SOME if turns is None else turns) * work(inner.values())
