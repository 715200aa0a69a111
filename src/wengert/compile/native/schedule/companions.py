"""Functions that share subexpressions: a slope, and the function that it is the slope of, at the same point."""

from __future__ import annotations

from ....core.graph import Graph, GraphNode
from ....core.primitive import Primitive
from ....ops.elementwise import cos, logistic_slope, sech_squared, sigmoid, sin, tanh
from ....ops.special.statistical import expit

SHARING: dict[Primitive, Primitive] = {
    sin.primitive: sin.primitive,
    cos.primitive: sin.primitive,
    tanh.primitive: tanh.primitive,
    sech_squared.primitive: tanh.primitive,
    sigmoid.primitive: sigmoid.primitive,
    expit.primitive: sigmoid.primitive,
    logistic_slope.primitive: sigmoid.primitive,
}
"""For each function one that has the work in common."""


def side_by_side(graph: Graph) -> list[GraphNode]:
    """The nodes, such functions one behind the other: what they share is computed once, and not kept for long."""
    met: dict[tuple[Primitive, int], int] = {}
    places: dict[GraphNode, int] = {}
    for place, node in enumerate(graph.nodes):
        family = SHARING.get(node.primitive)
        key = None if family is None else (family, id(node.operands[0]))
        places[node] = place if key is None else met.setdefault(key, place)
    return sorted(graph.nodes, key=places.__getitem__)
