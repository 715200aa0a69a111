"""What keys come from, and what is drawn with them: the ground of a generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from wengert import Tensor

from .keys import keys_at
from .parameters import Asked
from .pieces import compiled_for, in_pieces

SINGLE = numpy.dtype(numpy.float32)


class Source:
    """Gives a key for each draw."""

    def _next_key(self) -> Tensor:
        raise NotImplementedError

    def _next_keys(self, count: int) -> Tensor:
        """Several keys for one draw."""
        return compiled_for(keys_at, (count,))(self._next_key())

    def _standard(self, draw: Callable[..., Tensor], want: Asked) -> Tensor:
        return drawn(draw, self._next_key(), want)


def drawn(draw: Callable[..., Tensor], key: Tensor, want: Asked) -> Tensor:
    """Standard numbers; those of half precision are rounded from single precision."""
    if want.dtype.itemsize < SINGLE.itemsize:
        return in_pieces(draw, key, want.shape, SINGLE).astype(want.dtype)
    return in_pieces(draw, key, want.shape, want.dtype)


def moved(standard: Tensor, loc: Any, scale: Any) -> Tensor:
    """``loc + scale * standard``, with nothing done where a number changes nothing."""
    stretched = standard if type(scale) in (int, float) and scale == 1 else standard * scale
    return stretched if type(loc) in (int, float) and loc == 0 else stretched + loc
