"""Shifted arrays, and arrays with an edge, read where they lie: a stencil is one loop over its interior, and few small
ones along its edges, and no shifted copy is made.
"""

from __future__ import annotations

from .....core.graph import Graph, GraphNode
from .....core.primitive import primitives
from .....ops.axes import reduce
from .....ops.indexing import gather as g
from ....passes.squeezing import is_elementwise
from ...facts.lowered import NATIVE_DTYPES
from .pieces import uncut
from .rules import IN_PIECES, JOINTS
from .run import Limits, Piecewise, readers_of
from .steps import is_regular

LEAST_JOINED = 512
"""A smaller array is put together in no time."""
MOST_JOINED = 8
"""A value of more parts is put together."""
MOST_BOXES, MOST_ON_BOXES = 27, 600
"""Three along each of three axes; and operations on boxes, since each takes time to compile."""


def with_shifts_read_in_place(graph: Graph) -> Graph:
    """The graph with elementwise operations on arrays of parts, such as rolled and padded ones, part by part."""
    readers = readers_of(graph, IN_PIECES)
    begun = {node: uncut(node.form.shape) for node in readers if _is_of_parts(node) and any(map(_reads, readers[node]))}
    return Piecewise(graph, IN_PIECES, begun, Limits(MOST_BOXES, MOST_ON_BOXES)).result() if begun else graph


def _is_of_parts(node: GraphNode) -> bool:
    """Whether a value is put together of a few parts, and large."""
    if node.primitive not in JOINTS or len(node.operands) > MOST_JOINED:
        return False
    if node.form.size < LEAST_JOINED or node.form.dtype.name not in NATIVE_DTYPES:
        return False
    return "index" not in node.params or is_regular(node.params["index"], node.form.shape)


def _reads(node: GraphNode) -> bool:
    """Whether an operation does more to what it reads than to put it elsewhere."""
    return is_elementwise(node) or node.primitive in READING


READING = primitives(reduce.sum, g.block)
