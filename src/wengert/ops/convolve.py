"""The full convolution along the last axis; leading axes broadcast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from .broadcast import unbroadcast
from .elementwise import conjugate
from .factors import batch_elementwise
from .gather import block
from .linear_maps import Map


def _evaluate(x: Any, y: Any) -> Any:
    if x.ndim == 1 and y.ndim == 1:
        return numpy.convolve(x, y)
    if x.shape[-1] < y.shape[-1]:
        x, y = y, x
    out = numpy.zeros(_shape(x, y).shape, numpy.result_type(x, y))
    for j in range(y.shape[-1]):
        out[..., j : j + x.shape[-1]] += x * y[..., j : j + 1]
    return out


def _shape(x: Any, y: Any) -> Abstract:
    lead = numpy.broadcast_shapes(x.shape[:-1], y.shape[:-1])
    return Abstract((*lead, x.shape[-1] + y.shape[-1] - 1), numpy.result_type(x.dtype, y.dtype))


def reverse(x: Any) -> Any:
    """The last axis in reverse order."""
    return block(x, index=(..., slice(None, None, -1)))


def _correlated(ct: Any, other: Any, form: Abstract) -> Any:
    """The transpose: the cotangent correlated with the other operand, where they overlap wholly."""
    other = conjugate(other) if other.dtype.kind == "c" else other
    start = other.shape[-1] - 1
    full = convolve(ct, reverse(other))
    return unbroadcast(block(full, index=(..., slice(start, start + form.shape[-1]))), form.shape)


def _of_left(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    return _correlated(ct, residuals[1], node.forms[0])


def _of_right(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    return _correlated(ct, residuals[0], node.forms[1])


_CONVOLVE = Primitive(
    "convolve",
    _evaluate,
    ("x", "y"),
    _shape,
    [
        Map(lambda dx, residuals, node: convolve(dx, residuals[1]), _of_left, frozenset({1})),
        Map(lambda dy, residuals, node: convolve(residuals[0], dy), _of_right, frozenset({0})),
    ],
    batch=batch_elementwise,
)
convolve = _CONVOLVE.operation = bind_general(_CONVOLVE)
"""``convolve(x, y)``: out[k] = sum_j x[k - j] y[j], of length n + m - 1."""
