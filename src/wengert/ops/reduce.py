"""Reductions: sums, products, extremes. ``axis`` is a tuple of non-negative ints, ``keepdims`` a bool."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from . import elementwise as e
from .linear_maps import general, linear, maps_for, scale
from .shape import broadcast_to, reshape


def reduction(name: str, evaluate: Any, rule: Any) -> Any:
    """Define a reduction of one operand `x`, and give the function that calls it."""

    def batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
        axis = tuple(a + 1 for a in node.params["axis"])
        return operation(operands[0], axis=axis, keepdims=node.params["keepdims"])

    def shape(x: Any, axis: tuple[int, ...], keepdims: bool) -> Abstract:
        dtype = numpy.dtype(evaluate(numpy.ones((1,), x.dtype), axis=(0,), keepdims=False).dtype)
        return Abstract(reduced_shape(x.shape, axis, keepdims), dtype)

    primitive = Primitive(name, evaluate, ("x",), shape, maps_for(("x",), [rule]), batch=batch)
    primitive.operation = operation = bind_general(primitive)
    return operation


def reduced_shape(shape: tuple[int, ...], axis: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    if keepdims:
        return tuple(1 if i in axis else length for i, length in enumerate(shape))
    return tuple(length for i, length in enumerate(shape) if i not in axis)


def expand(reduced: Any, like: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Give a reduced array its reduced axes back, with length 1."""
    return reduced if keepdims else reshape(reduced, shape=reduced_shape(like.shape, axis, True))


def _spread(ct: Any, like: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return broadcast_to(expand(ct, like, axis, keepdims), shape=like.shape)


sum = reduction(
    "sum",
    lambda x, axis, keepdims: numpy.add.reduce(x, axis=axis, keepdims=keepdims),
    linear(lambda dx, axis, keepdims: sum(dx, axis=axis, keepdims=keepdims), _spread),
)
"""``sum(x, axis=, keepdims=)``."""


def _extreme_rule(dx: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Share the derivative equally among the tied."""
    ties = e.astype(e.equal(x, expand(out, x, axis, keepdims)), dtype=x.dtype)
    weight = ties / sum(ties, axis=axis, keepdims=True)
    return sum(scale(dx, weight), axis=axis, keepdims=keepdims)


max = reduction("max", lambda x, axis, keepdims: numpy.max(x, axis=axis, keepdims=keepdims), general(_extreme_rule))
"""``max(x, axis=, keepdims=)``."""

min = reduction("min", lambda x, axis, keepdims: numpy.min(x, axis=axis, keepdims=keepdims), general(_extreme_rule))
"""``min(x, axis=, keepdims=)``."""
