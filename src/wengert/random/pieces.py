"""Draws in eager mode: by compiled programs of a few fixed lengths, so that no length needs a program of its own.

A draw is a function of a counter, so a long one may be made a piece at a time, and a short one is the beginning of a
longer one. Where a compilation records, or a key has no value yet, the draw is recorded as a whole instead, and is
fused with what follows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy

import wengert as wg
from wengert import Tensor

from ..core.abstract import Abstract
from ..core.state import state

LENGTHS = tuple(4**i for i in range(3, 11))
"""Of a piece: 64 to 1048576."""

IN_ROUNDS = 4096
"""Of a piece that takes as many rounds as its slowest element, at most."""

Draw = Callable[..., Tensor]
"""``draw(key, start, *parameters, shape, *static)``: what is at the counters from `start` on."""


def has_values(*tensors: Any) -> bool:
    """Whether tensors have values here, and nobody records."""
    return state.recorder is None and not any(type(t) is Tensor and type(t._value) is Abstract for t in tensors)


@cache
def compiled_for(function: Callable[..., Any], *static: Any) -> Callable[..., Any]:
    """A compiled function of tensors, whose last arguments are given."""

    def call(*tensors: Any) -> Any:
        return function(*tensors, *static)

    call.__name__ = call.__qualname__ = function.__name__.lstrip("_")
    return wg.jit(call)


def in_pieces(
    draw: Draw,
    key: Tensor,
    shape: tuple[int, ...],
    *static: Any,
    given: Sequence[Tensor] = (),
    longest: int = LENGTHS[-1],
) -> Tensor:
    """A draw of a shape for each key.

    Args:
        draw: the draw.
        key: a key or a batch of them.
        shape: the shape.
        static: further arguments of the draw.
        given: parameters, each without axes or of that shape.
        longest: the length of a piece, at most.
    """
    if key.ndim > 1 or not has_values(key, *given):
        return draw(key, 0, *given, shape, *static)
    count = math.prod(shape)
    first = _piece(draw, key, 0, min(count, longest), given, static)
    if first.size == count:
        return Tensor(first.reshape(shape))
    out, begin = numpy.empty(count, first.dtype), first.size
    out[:begin] = first
    while begin < count:
        piece = _piece(draw, key, begin, min(count, begin + longest), given, static)
        out[begin : begin + piece.size] = piece
        begin += piece.size
    return Tensor(out.reshape(shape))


def _piece(draw: Draw, key: Tensor, begin: int, end: int, given: Sequence[Tensor], static: Sequence[Any]) -> Any:
    """The elements from one to another, as many as one program makes."""
    length = length_for(end - begin)
    parameters = [_part(p, begin, length) for p in given]
    return compiled_for(draw, (length,), *static)(key, begin, *parameters).numpy()[: end - begin]


def length_for(count: int) -> int:
    """The shortest length that is enough, if at least half of it is used; else the longest that is not too much."""
    enough = next((n for n in LENGTHS if n >= count), LENGTHS[-1])
    return enough if 2 * count > enough or enough == LENGTHS[0] else enough // 4


def _part(parameter: Tensor, begin: int, length: int) -> Tensor:
    if parameter.ndim == 0:
        return parameter
    part = parameter.numpy().reshape(-1)[begin : begin + length]
    return Tensor(numpy.resize(part, length))
