"""Sorting and searching as machine code does them: lines of an array, whose elements are compared as whole numbers."""

from __future__ import annotations

from typing import Any, Final

import numpy

from ....core.abstract import Abstract
from ....core.graph import GraphNode
from ....core.primitive import Primitive
from ....core.recording import general
from ....ops.axes.sort import argsort, searchsorted
from .lowered import NATIVE_DTYPES, dtype_of

PLACE_DTYPE = numpy.dtype(numpy.intp)


def _evaluate(x: Any, axis: int, descending: bool) -> tuple[Any, Any]:
    places = argsort.primitive.evaluate(x, axis=axis, descending=descending)
    return numpy.take_along_axis(x, places, axis), places


def _forms(x: Abstract, axis: int, descending: bool) -> tuple[Abstract, Abstract]:
    return Abstract(x.shape, x.dtype), Abstract(x.shape, PLACE_DTYPE)


SORT_LINES = Primitive("sort_lines", _evaluate, ("x",), _forms, many=True)
sort_lines: Final = general(SORT_LINES)
SORT_LINES.operation = sort_lines
"""``sort_lines(x, axis=, descending=)``: the elements along an axis in their stable order, and where they were."""

SEARCH_LINE: Primitive = searchsorted.primitive

ORDERING = frozenset({SORT_LINES, SEARCH_LINE})
"""Operations whose functions sort or search."""


def orders(node: GraphNode) -> bool:
    """Whether an operation sorts or searches in machine code: in numbers of one dtype."""
    if node.primitive is not SEARCH_LINE:
        return node.primitive is SORT_LINES
    line, sought = map(dtype_of, node.operands)
    return line == sought and line.name in NATIVE_DTYPES
