"""Operations on short floats (float16 and bfloat16), as those on float32, whose results are rounded.

So they are fused, and simplified, as all others are; what is stored between loops is short.
"""

from __future__ import annotations

from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.kinds import total_dtype
from ...core.graph import Graph, GraphNode
from ...core.primitive import primitives
from ...ops.axes.scan import cumprod, cumsum
from ...ops.elementwise import CASTS
from .rewriting import apply, rewritten

(CONVERSION,) = (primitive for primitive in CASTS if primitive.differentiable)


RUNNING = primitives(cumsum, cumprod)
"""NumPy rounds each of their results in float16, and goes on from there."""


def with_wide_operations(graph: Graph) -> Graph:
    """The graph in which all that is computed of short floats is computed in float32, and rounded.

    Operations with many results are left as they are.
    """
    return rewritten(graph, _wide)


def _wide(node: GraphNode, operands: list[Any]) -> Any:
    primitive = node.primitive
    if primitive.moves or not isinstance(node.form, Abstract) or not any(map(_is_short, operands)):
        return None
    if primitive in RUNNING and node.form.dtype == numpy.float16:
        return None
    return _converted(apply(primitive.wide or primitive, [_widened(o) for o in operands], node.params), node.form.dtype)


def _dtype_of(operand: Any) -> Any:
    return operand.form.dtype if isinstance(operand, GraphNode) else getattr(operand, "dtype", None)


def _is_short(operand: Any) -> bool:
    dtype = _dtype_of(operand)
    return dtype is not None and total_dtype(dtype) != dtype


def _widened(operand: Any) -> Any:
    return _converted(operand, total_dtype(_dtype_of(operand))) if _is_short(operand) else operand


def _converted(x: Any, dtype: Any) -> Any:
    """A node, or a constant, in a dtype."""
    if not isinstance(x, GraphNode):
        return numpy.asarray(x, dtype)
    return x if x.form.dtype == dtype else apply(CONVERSION, [x], {"dtype": dtype})
