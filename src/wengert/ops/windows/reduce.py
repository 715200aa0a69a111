"""Sums and extremes of the windows that move over the last axes of an array.

Where there is padding, an extreme is that of the other elements. Its derivative is shared equally by the tied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.kinds import is_inexact
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ..elementwise import where
from ..facts import HARMLESS, state_facts
from ..join import all_batched
from ..linear_maps import linear, maps_for
from .blocks import are_blocks, are_repeats, combined, repeated
from .geometry import Axes, Axis, as_they_are, counts_of, filled, of_input
from .unfold import Size, held, lead_of, lengths_of, without_padding


def _define(name: str, operands: Sequence[str], evaluate: Any, form: Any, rule: Any) -> Any:
    """Define an operation of windows, with a derivative in its first operand, and give the function that calls it."""

    def batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
        return operation(*all_batched(size, operands, batched), **node.params)

    maps = maps_for(operands, [rule, *[None] * (len(operands) - 1)])
    primitive = Primitive(name, evaluate, operands, form, maps, batch=batch)
    primitive.operation = operation = bind_general(primitive)
    return operation


def _reduced(x: Any, *others: Any, size: Size, axes: Axes) -> Abstract:
    return Abstract((*lead_of(x, len(axes)), *counts_of(axes, lengths_of(x, axes), size)), x.dtype)


def _along_each(of_two: Callable[..., Any], fill: Callable[..., Any], x: Any, size: Size, axes: Axes) -> Any:
    """Combined along one axis after the other."""
    if are_blocks(axes, lengths_of(x, axes), size):
        found = combined(of_two, x, size)
        return found if found is not x else x.copy()
    x, axes = filled(x, axes, fill(x.dtype) if any(axis != axis.as_it_is for axis in axes) else 0), as_they_are(axes)
    for place, (axis, length) in enumerate(zip(axes, size, strict=True)):
        one = [(axis, length) if i == place else (Axis(), 1) for i in range(len(axes))]
        x = reduce(of_two, held(x, [m for _, m in one], tuple(a for a, _ in one)))
    return x if x.base is None else x.copy()


# -- sums ------------------------------------------------------------------------------------------


def _sum(x: Any, size: Size, axes: Axes) -> Any:
    if are_repeats(axes, lengths_of(x, axes), size):
        return repeated(x, size)
    return _along_each(numpy.add, lambda dtype: 0, x, size, axes)


def _spread_sum(ct: Any, like: Any, size: Size, axes: Axes) -> Any:
    """The same of the cotangent, spread by the strides: a window of ones is its own mirror image."""
    return window_sum(ct, size=size, axes=of_input(axes, lengths_of(like, axes), size))


window_sum: Final = _define(
    "window_sum",
    ("x",),
    _sum,
    _reduced,
    linear(lambda dx, size, axes: window_sum(dx, size=size, axes=axes), _spread_sum),
)
"""``window_sum(x, size=, axes=)``."""

# -- extremes --------------------------------------------------------------------------------------


def _ties(x: Any, extreme: Any, size: Size, axes: Axes) -> tuple[list[Any], Any]:
    """For each place in the window whether the extreme is there, and at how many places it is in each window."""
    there = held(filled(x, axes, numpy.nan), size, as_they_are(axes))
    tied = [one == extreme for one in there]
    return tied, reduce(numpy.add, (one.astype(x.dtype) for one in tied))


def _at_least_one(tied: Any, size: Size, dtype: Any) -> Any:
    """How many of a block are tied, or 1."""
    return numpy.maximum(combined(numpy.add, tied.astype(dtype), size), 1)


def _tied_mean(vector: Any, x: Any, extreme: Any, size: Size, axes: Axes) -> Any:
    if are_blocks(axes, lengths_of(x, axes), size):
        tied = x == repeated(extreme, size)
        return combined(numpy.add, numpy.where(tied, vector, 0), size) / _at_least_one(tied, size, vector.dtype)
    tied, count = _ties(x, extreme, size, axes)
    there = held(filled(vector, axes, 0), size, as_they_are(axes))
    total = reduce(numpy.add, map(numpy.where, tied, there, [0] * len(tied)))
    return total / numpy.maximum(count, 1)


def _tied_shares(vector: Any, x: Any, extreme: Any, size: Size, axes: Axes) -> Any:
    if are_blocks(axes, lengths_of(x, axes), size):
        tied = x == repeated(extreme, size)
        return where.primitive.evaluate(tied, repeated(vector / _at_least_one(tied, size, vector.dtype), size), 0)
    tied, count = _ties(x, extreme, size, axes)
    share = vector / numpy.maximum(count, 1)
    out = filled(numpy.zeros(x.shape, share.dtype), axes, 0)
    for is_tied, into in zip(tied, held(out, size, as_they_are(axes)), strict=True):
        into += numpy.where(is_tied, share, 0)
    return without_padding(out, lengths_of(x, axes), axes)


_TIED = ("vector", "x", "extreme")

tied_mean: Final = _define(
    "tied_mean",
    _TIED,
    _tied_mean,
    _reduced,
    linear(
        lambda dv, x, extreme, size, axes: tied_mean(dv, x, extreme, size=size, axes=axes),
        lambda ct, x, extreme, size, axes: tied_shares(ct, x, extreme, size=size, axes=axes),
    ),
)
"""``tied_mean(vector, x, extreme, size=, axes=)``: of each window the mean of `vector` where `x` is as `extreme`."""

tied_shares: Final = _define(
    "tied_shares",
    _TIED,
    _tied_shares,
    lambda vector, x, extreme, size, axes: Abstract(x.shape, vector.dtype),
    linear(
        lambda dv, x, extreme, size, axes: tied_shares(dv, x, extreme, size=size, axes=axes),
        lambda ct, x, extreme, size, axes: tied_mean(ct, x, extreme, size=size, axes=axes),
    ),
)
"""``tied_shares(vector, x, extreme, size=, axes=)``: the transpose of `tied_mean`."""

_OF_EXTREME = linear(
    lambda dx, x, out, size, axes: tied_mean(dx, x, out, size=size, axes=axes),
    lambda ct, x, out, size, axes: tied_shares(ct, x, out, size=size, axes=axes),
)


def lowest(dtype: Any) -> Any:
    """What is not larger than any number of a dtype."""
    return -numpy.inf if is_inexact(dtype) else False if dtype.kind == "b" else numpy.iinfo(dtype).min


def highest(dtype: Any) -> Any:
    """What is not smaller than any number of a dtype."""
    return numpy.inf if is_inexact(dtype) else True if dtype.kind == "b" else numpy.iinfo(dtype).max


window_max: Final = _define("window_max", ("x",), partial(_along_each, numpy.maximum, lowest), _reduced, _OF_EXTREME)
"""``window_max(x, size=, axes=)``: NaN if there is one in the window."""

window_min: Final = _define("window_min", ("x",), partial(_along_each, numpy.minimum, highest), _reduced, _OF_EXTREME)
"""``window_min(x, size=, axes=)``: NaN if there is one in the window."""

state_facts(HARMLESS, window_sum, window_max, window_min, tied_mean, tied_shares)
