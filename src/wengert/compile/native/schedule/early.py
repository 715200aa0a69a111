"""Small products of large operands, as soon as they can be, so that their operands are not kept for long."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ....core.graph import Graph, GraphNode
from ....core.primitive import primitives
from ....ops.contract import matmul
from ..facts.lagged import LAGGED
from ..facts.lowered import dtype_of
from ..facts.views import is_view
from .stages import shape_of

PRODUCTS = primitives(matmul) | set(LAGGED)

MUCH_SMALLER = 4
"""A product is small if it has so many times fewer bytes than its operands; as an output it has memory anyhow."""


def with_early_products(graph: Graph, nodes: Sequence[GraphNode]) -> list[GraphNode]:
    """The nodes in an order in which the gradient of a weight comes as soon as the cotangent of its layer is known."""
    places: dict[Any, int] = {}
    final = {output for output in graph.outputs if isinstance(output, GraphNode)}
    for place, node in enumerate(nodes):
        ready = max((places.get(o, -1) for o in node.operands if isinstance(o, GraphNode)), default=-1)
        is_early = is_view(node) or (node.primitive in PRODUCTS and (node in final or _is_small(node)))
        places[node] = ready if is_early else place
    numbers = {node: number for number, node in enumerate(nodes)}
    return sorted(nodes, key=lambda node: (places[node], numbers[node]))


def _is_small(node: GraphNode) -> bool:
    return MUCH_SMALLER * _size(node) <= sum(_size(o) for o in node.operands if isinstance(o, GraphNode))


def _size(node: GraphNode) -> int:
    return math.prod(shape_of(node)) * dtype_of(node).itemsize
