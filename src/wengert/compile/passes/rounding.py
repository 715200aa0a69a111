"""Operations in short dtypes, as those in the wide ones, whose results are rounded.

So they are fused, and simplified, as all others are; what is stored between loops is short.
"""

from __future__ import annotations

from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.kinds import wide
from ...core.graph import Graph, GraphNode
from ...ops.elementwise import CASTS
from .rewriting import apply, rewritten

(CONVERSION,) = (primitive for primitive in CASTS if primitive.differentiable)


def with_wide_operations(graph: Graph) -> Graph:
    """The graph without the primitives of short dtypes that have one result."""
    return rewritten(graph, _wide)


def _wide(node: GraphNode, operands: list[Any]) -> Any:
    primitive = node.primitive
    if primitive.wide is primitive or not isinstance(node.form, Abstract):
        return None
    return _converted(apply(primitive.wide, [_widened(o) for o in operands], node.params), node.form.dtype)


def _widened(operand: Any) -> Any:
    dtype = operand.form.dtype if isinstance(operand, GraphNode) else getattr(operand, "dtype", None)
    return operand if dtype is None else _converted(operand, wide(dtype))


def _converted(x: Any, dtype: Any) -> Any:
    """A node, or a constant, in a dtype."""
    if not isinstance(x, GraphNode):
        return numpy.asarray(x, dtype)
    return x if x.form.dtype == dtype else apply(CONVERSION, [x], {"dtype": dtype})
