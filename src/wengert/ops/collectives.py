"""Exchanges among the devices along an axis of a mesh, each with the part of an array that it has: all are linear.

They stand in the body of a `shard_map` only, where ``count`` is the number of devices along the axis. Their transposes
are those of the matrices that they are, with the parts of all devices below each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.python.source import at_line
from ..core.recording import general
from .linear_maps import Map


def _of_parts(name: str) -> Callable[..., Any]:
    """The evaluation of what gives each device something else: there are no values to do it with."""

    def refuse(x: Any, **params: Any) -> Any:
        raise ValueError(
            f"[{name}] a constant was given, wanted what depends on an argument of the function; write it so, or make "
            f"the constant an argument{at_line()}"
        )

    return refuse


def _resized(form: Any, dim: int, times: int, over: int = 1) -> Abstract:
    """The form of an array with another length along an axis."""
    lengths = list(form.shape)
    lengths[dim] = lengths[dim] * times // over
    return Abstract(tuple(lengths), form.dtype)


def _collective(
    name: str, evaluate: Callable[..., Any], shape: Callable[..., Any], transpose: Callable[..., Any], *dims: str
) -> Callable[..., Any]:
    """Define a linear exchange; `dims` are the parameters that are axes of the array."""

    def batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
        return operation(operands[0], **{n: v + 1 if n in dims else v for n, v in node.params.items()})

    rule = Map(
        lambda dx, residuals, node: operation(dx, **node.params),
        lambda ct, residuals, node: transpose(ct, **node.params),
        frozenset(),
    )
    primitive = Primitive(name, evaluate, ("x",), shape, [rule], batch=batch, moves=True)
    operation = primitive.operation = general(primitive)
    return operation


psum = _collective(
    "psum",
    lambda x, axes, count: x * count,
    lambda x, axes, count: Abstract(x.shape, x.dtype),
    lambda ct, axes, count: psum(ct, axes=axes, count=count),
)
"""``psum(x, axes=, count=)``: the sum of the parts of all devices, on each of them."""

all_gather = _collective(
    "all_gather",
    lambda x, axis, dim, count: numpy.concatenate([x] * count, dim),
    lambda x, axis, dim, count: _resized(x, dim, count),
    lambda ct, axis, dim, count: reduce_scatter(ct, axis=axis, dim=dim, count=count),
    "dim",
)
"""``all_gather(x, axis=, dim=, count=)``: the parts of all devices, one after the other along `dim`."""

reduce_scatter = _collective(
    "reduce_scatter",
    _of_parts("reduce_scatter"),
    lambda x, axis, dim, count: _resized(x, dim, 1, count),
    lambda ct, axis, dim, count: all_gather(ct, axis=axis, dim=dim, count=count),
    "dim",
)
"""``reduce_scatter(x, axis=, dim=, count=)``: of the sum of all devices' arrays each device gets a part along `dim`."""

all_to_all = _collective(
    "all_to_all",
    _of_parts("all_to_all"),
    lambda x, axis, split, join, count: _resized(_resized(x, split, 1, count), join, count),
    lambda ct, axis, split, join, count: all_to_all(ct, axis=axis, split=join, join=split, count=count),
    "split",
    "join",
)
"""``all_to_all(x, axis=, split=, join=, count=)``: each device gives each a part along `split`."""

ppermute = _collective(
    "ppermute",
    _of_parts("ppermute"),
    lambda x, axis, pairs: Abstract(x.shape, x.dtype),
    lambda ct, axis, pairs: ppermute(ct, axis=axis, pairs=tuple((to, source) for source, to in pairs)),
)
"""``ppermute(x, axis=, pairs=)``: the array of device `source` goes to device `to`; who gets none has zeros."""
