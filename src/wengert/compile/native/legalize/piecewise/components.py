"""Many small vectors and matrices, element by element: whatever is done to all of them is one loop over them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .....core.abstract import Abstract
from .....core.graph import Graph, GraphNode
from .....core.primitive import primitives
from .....ops.axes import reduce
from .....ops.indexing import gather as g
from ...facts.lowered import NATIVE_DTYPES
from .pieces import Cuts
from .rules import IN_PIECES, JOINTS
from .run import Limits, Piecewise

SHORT_AXIS = 16
"""Axes up to this length are taken element by element."""
MOST_CELLS, MOST_ON_CELLS = 64, 1500
"""Of a vector or matrix; and operations on elements in one loop, since they take time to compile."""
LEAST_STACKED = 256
"""Of a loop over small arrays."""
LEAST_SPARED = 4
"""Operations that would have ended a loop, from which on it is worth while."""
ENDING = primitives(g.block, reduce.sum)
ALONG_AXES = JOINTS | primitives(g.block)
"""Operations that are over the small arrays only if they leave the long axes as they are."""


def with_elements_apart(graph: Graph) -> Graph:
    """The graph with operations on many small arrays, put together and taken apart, as operations on elements."""
    chosen = [node for region in _regions(graph) if _is_worth_while(graph, region) for node in region]
    if not chosen:
        return graph
    begun = {node: _every_element(node.form) for node in chosen}
    return Piecewise(graph, IN_PIECES, begun, Limits(MOST_CELLS, MOST_ON_CELLS)).result()


def _every_element(form: Abstract) -> Cuts:
    """Each short axis cut into single elements."""
    return tuple(tuple(range(n + 1)) if n <= SHORT_AXIS else (0, n) for n in form.shape)


def _long(node: GraphNode) -> tuple[int, ...]:
    return tuple(n for n in node.form.shape if n > SHORT_AXIS)


def _elements(node: GraphNode) -> int:
    return math.prod(n for n in node.form.shape if n <= SHORT_AXIS)


def _loop_of(node: GraphNode) -> tuple[int, ...] | None:
    """The long axes over which an operation on small arrays goes; ``None`` if it is no such operation."""
    form = node.form
    if node.primitive not in IN_PIECES or not isinstance(form, Abstract) or not form.size:
        return None
    if form.dtype.name not in NATIVE_DTYPES or _elements(node) > MOST_CELLS:
        return None
    given = [_long(operand) for operand in node.operands if isinstance(operand, GraphNode)]
    lengths = given[0] if node.primitive is reduce.sum.primitive else _long(node)
    if node.primitive in ALONG_AXES and any(other != lengths for other in given):
        return None
    return lengths if math.prod(lengths) >= LEAST_STACKED else None


def _regions(graph: Graph) -> Iterable[list[GraphNode]]:
    """The operations over the same long axes that read each other's results (found by union of sets)."""
    loops = {node: loop for node in graph.nodes if (loop := _loop_of(node))}
    root = {node: node for node in loops}

    def root_of(node: GraphNode) -> GraphNode:
        while root[node] is not node:
            root[node] = node = root[root[node]]
        return node

    for node, loop in loops.items():
        for operand in node.operands:
            if isinstance(operand, GraphNode) and loops.get(operand) == loop:
                root[root_of(operand)] = root_of(node)
    regions: dict[GraphNode, list[GraphNode]] = {}
    for node in loops:
        regions.setdefault(root_of(node), []).append(node)
    return regions.values()


def _is_worth_while(graph: Graph, region: list[GraphNode]) -> bool:
    """Whether enough loops become one, for the values that are put together after all, for others."""
    if sum(map(_elements, region)) > MOST_ON_CELLS:
        return False
    members = set(region)
    outside = {o for node in graph.nodes if node not in members for o in node.operands if isinstance(o, GraphNode)}
    return sum(_ends_loop(node, members) for node in region) - len(outside & members) >= LEAST_SPARED


def _ends_loop(node: GraphNode, members: set[GraphNode]) -> bool:
    """Whether a loop ends here that is over all elements at once."""
    is_made = any(isinstance(o, GraphNode) and o in members for o in node.operands)
    return node.primitive in JOINTS or (is_made and node.primitive in ENDING)
