"""Values as operands: complex ones in parts, real ones in the dtype that is asked for."""

from __future__ import annotations

from typing import Any

import numpy

from .....core.graph import GraphNode
from .....ops import elementwise as e
from ....passes.rewriting import apply
from ..inlining import inlined
from .number import COMPLEX_DTYPES, Complex


def parts_of(value: Any) -> Complex:
    """A node, an array or a number as a complex value."""
    if isinstance(value, Complex):
        return value
    if isinstance(value, GraphNode):
        return Complex(value, apply(e.zeros_like.primitive, [value], {}))
    if not hasattr(value, "dtype"):
        return Complex(value.real, float(value.imag))
    if value.dtype.kind != "c":
        return Complex(value, numpy.zeros_like(value))
    return Complex(numpy.array(value.real), numpy.array(value.imag))


def in_dtype(value: Any, dtype: numpy.dtype) -> Any:
    """A real value in a dtype."""
    if not isinstance(value, GraphNode):
        return numpy.asarray(value, dtype)
    return value if value.form.dtype == dtype else inlined(lambda x: e.astype(x, dtype=dtype), [value])


def dtype_of_parts(node: GraphNode) -> numpy.dtype:
    """Of the parts of the result."""
    return COMPLEX_DTYPES[node.result_forms[0].dtype]
