"""The Euclidean norm along axes."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from .elementwise import conjugate, multiply, ratio, real
from .linear_maps import linear, maps_for
from .reduce import expand, reduced_shape, sum as sum_over


def _evaluate(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    if axis == (0,) and x.ndim == 1 and not keepdims:
        return numpy.sqrt(numpy.vdot(x, x).real)
    squares = x.real**2 + x.imag**2 if x.dtype.kind == "c" else x * x
    return numpy.sqrt(numpy.add.reduce(squares, axis=axis, keepdims=keepdims))


def _shape(x: Any, axis: tuple[int, ...], keepdims: bool) -> Abstract:
    return Abstract(reduced_shape(x.shape, axis, keepdims), numpy.zeros((), x.dtype).real.dtype)


def _direction(x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """x / norm, and 0 where the norm is 0: there every derivative is 0."""
    return ratio(x, expand(out, x, axis, keepdims))


def _apply(dx: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    direction = _direction(x, out, axis, keepdims)
    if x.dtype.kind == "c":
        return sum_over(real(multiply(dx, conjugate(direction))), axis=axis, keepdims=keepdims)
    return sum_over(multiply(dx, direction), axis=axis, keepdims=keepdims)


def _transpose(ct: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return multiply(expand(ct, x, axis, keepdims), _direction(x, out, axis, keepdims))


def _batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
    axis = tuple(a + 1 for a in node.params["axis"])
    return euclidean_norm(operands[0], axis=axis, keepdims=node.params["keepdims"])


_NORM = Primitive(
    "euclidean_norm", _evaluate, ("x",), _shape, maps_for(("x",), [linear(_apply, _transpose)]), batch=_batch
)
euclidean_norm = _NORM.operation = bind_general(_NORM)
"""``euclidean_norm(x, axis=, keepdims=)``: the root of the sum of the squared sizes of a real or complex x."""
