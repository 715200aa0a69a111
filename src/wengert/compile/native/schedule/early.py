"""What is done as soon as it can be: small products of large operands, which then are not kept for long, and indices.

An index that is out of bounds ends the call, so that nothing may be written over what it replaces before all of them
are known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ....core.abstract import Abstract
from ....core.graph import Graph, GraphNode
from ....core.primitive import primitives
from ....ops.contract import matmul
from ....ops.elementwise import CASTS
from ....ops.indexing.gather import INDEXED
from ..facts.lagged import LAGGED
from ..facts.lowered import dtype_of
from ..facts.views import is_view
from .indexed import indices_of
from .late import late_operations, read_by
from .stages import shape_of

PRODUCTS = primitives(matmul) | set(LAGGED)

MUCH_SMALLER = 4
"""A product is small if it has so many times fewer bytes than its operands; as an output it has memory anyhow."""


def with_early_operations(graph: Graph, nodes: Sequence[GraphNode]) -> list[GraphNode]:
    """The nodes in an order in which the gradient of a weight comes as soon as the cotangent of its layer is known.

    Indices come as soon as they can be computed, and elements that are asked for because they may not be there.
    """
    places: dict[Any, int] = {}
    late = late_operations(nodes, graph.outputs)
    final = {_made_of(output) for output in graph.outputs if isinstance(output, GraphNode)}
    early = _of_indices(nodes) | {node for node in final if node.primitive in INDEXED}
    for place, node in enumerate(nodes):
        operands = (read_by(o, late) for o in node.operands if isinstance(o, GraphNode))
        ready = max((places.get(o, -1) for o in operands), default=-1)
        is_product = node.primitive in PRODUCTS and (node in final or _is_small(node))
        places[node] = ready if is_product or is_view(node) or node in early else place
    for node, users in late.items():
        places[node] = min(places[user] for user in users)
    numbers = {node: number for number, node in enumerate(nodes)}
    return sorted(nodes, key=lambda node: (places[node], numbers[node]))


def _of_indices(nodes: Sequence[GraphNode]) -> set[GraphNode]:
    """The integers and truth values that indices are made of."""
    found: set[GraphNode] = set()
    for node in reversed(nodes):
        if node.primitive in INDEXED:
            found.update(_whole_numbers(index for index, _, _ in indices_of(node, node.operands)))
        elif node in found:
            found.update(_whole_numbers(node.operands))
    return found


def _whole_numbers(operands: Iterable[Any]) -> Iterator[GraphNode]:
    for operand in operands:
        if isinstance(operand, GraphNode) and isinstance(operand.form, Abstract) and dtype_of(operand).kind in "biu":
            yield operand


def _made_of(output: GraphNode) -> GraphNode:
    """What an output is, converted."""
    while output.primitive in CASTS and isinstance(output.operands[0], GraphNode):
        (output,) = output.operands
    return output


def _is_small(node: GraphNode) -> bool:
    return MUCH_SMALLER * _size(node) <= sum(_size(o) for o in node.operands if isinstance(o, GraphNode))


def _size(node: GraphNode) -> int:
    return math.prod(shape_of(node)) * dtype_of(node).itemsize
