"""Index arrays of the dtypes that machine code reads: constants in as few bytes as hold them, others widened."""

from __future__ import annotations

from typing import Any

import numpy

from ....core.graph import Graph, GraphNode, form_of_operand
from ....ops.elementwise import astype
from ....ops.indexing import gather as g
from ...passes.rewriting import rewritten, with_operands
from .inlining import inlined

NARROW_INDEX, WIDE_INDEX = numpy.dtype(numpy.int32), numpy.dtype(numpy.int64)
INDEX_DTYPES = frozenset({NARROW_INDEX, WIDE_INDEX})
LIMITS = numpy.iinfo(NARROW_INDEX)


def with_readable_indices(graph: Graph) -> Graph:
    """The graph with such indices of gathers and scatters: they are read as often as what they lead to."""
    shortened: dict[int, numpy.ndarray] = {}  # so that an index that is read twice stays one array

    def readable(index: Any) -> Any:
        dtype = form_of_operand(index).dtype
        if dtype.kind not in "iu" or not numpy.can_cast(dtype, WIDE_INDEX):
            return index
        if isinstance(index, GraphNode):
            return index if dtype in INDEX_DTYPES else inlined(lambda index: astype(index, dtype=WIDE_INDEX), [index])
        if id(index) not in shortened:
            shortened[id(index)] = _shortened(numpy.asarray(index))
        return shortened[id(index)]

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive not in g.INDEXED:
            return None
        first = 0 if node.primitive is g.ravel_index.primitive else len(operands) - 1
        return with_operands(node, [*operands[:first], *map(readable, operands[first:])])

    return rewritten(graph, rewrite)


def _shortened(index: numpy.ndarray) -> numpy.ndarray:
    fits = index.size > 0 and LIMITS.min <= index.min() and index.max() <= LIMITS.max
    return index.astype(NARROW_INDEX) if fits else index
