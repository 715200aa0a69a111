"""Windows over elements that are apart: those at every so many places meet elements at the same of theirs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ....ops.broadcast import broadcast_to
from ....ops.indexing.gather import block
from ....ops.shape import reshape
from ....ops.windows.geometry import Axis, dilated
from ..facts.parts import placed

ALL = slice(None)


class Met(NamedTuple):
    """How windows move over the elements themselves, as if these were not apart.

    Attributes:
        axis: how they move.
        first, every: which of their own elements meet one.
        count: how many these are.
    """

    axis: Axis
    first: int
    every: int
    count: int

    @property
    def taken(self) -> slice:
        """Those elements of the window."""
        return slice(self.first, None, self.every)


def by_remainder(axis: Axis, length: int, size: int) -> list[Met]:
    """For each remainder the windows with it, of those of stride 1 along an axis: as many for each, if too many."""
    apart = axis.input_dilation
    count = -(-axis.count(length, size) // apart)
    return [_met(axis, remainder, count, length, size) for remainder in range(apart)]


def _met(axis: Axis, remainder: int, count: int, length: int, size: int) -> Met:
    common = math.gcd(axis.dilation, axis.input_dilation)
    every, dilation = axis.input_dilation // common, axis.dilation // common
    distances = [remainder + k * axis.dilation - axis.low for k in range(min(every, size))]
    first = next((k for k, distance in enumerate(distances) if distance % axis.input_dilation == 0), size)
    taken = len(range(first, size, every))
    low = -((remainder + first * axis.dilation - axis.low) // axis.input_dilation)
    high = count - 1 + dilated(taken, dilation) - length - low
    return Met(Axis(1, low, high, dilation), first, every, taken)


def interleaved(parts: Sequence[Any], place: int, count: int) -> Any:
    """What belongs to each remainder along the axis at `place`, in order, and no more than so many."""
    shape = parts[0].shape
    whole = (*shape[:place], shape[place] * len(parts), *shape[place + 1 :])
    indices = tuple((*(ALL,) * place, slice(remainder, None, len(parts))) for remainder in range(len(parts)))
    return block(placed(*parts, indices=indices, shape=whole, fill=None), (*(ALL,) * place, slice(count)))


def repeated(part: Any, place: int, times: int, count: int) -> Any:
    """What belongs to every remainder alike."""
    shape = part.shape
    apart = reshape(part, shape=(*shape[: place + 1], 1, *shape[place + 1 :]))
    wide = broadcast_to(apart, shape=(*shape[: place + 1], times, *shape[place + 1 :]))
    whole = reshape(wide, shape=(*shape[:place], shape[place] * times, *shape[place + 1 :]))
    return block(whole, (*(ALL,) * place, slice(count)))
