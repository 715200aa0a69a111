"""Basic indices, entry by entry: which element of an axis each element of the result is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...facts.views import is_basic
from .pieces import Interval, is_single


@dataclass(frozen=True)
class AxisStep:
    """How an index goes along an axis.

    Attributes:
        axis: the axis that it reads; ``None`` if it makes a new one, of length 1.
        start: the first element that it takes.
        step: how far it is to the next.
        length: how many it takes.
        is_kept: whether the result has the axis.
    """

    axis: int | None
    start: int = 0
    step: int = 1
    length: int = 1
    is_kept: bool = True

    def inner(self, interval: Interval) -> Interval:
        """The interval that is taken for one of the result, of a single element if the step is not 1."""
        first = self.start + interval[0] * self.step
        return first, first + interval[1] - interval[0]

    def outer(self, interval: Interval) -> Interval | None:
        """The interval of the result that one of the axis is taken for; ``None`` if it is not taken."""
        number, rest = divmod(interval[0] - self.start, self.step)
        if rest or not 0 <= number < self.length:
            return None
        return number, number + interval[1] - interval[0]

    def cuts_inside(self, cuts: Sequence[int]) -> tuple[int, ...] | None:
        """Where the result is cut, of an axis that is cut; ``None`` if it is not known."""
        if self.axis is None:
            return 0, 1
        if self.step == 1:
            return tuple(sorted({min(max(cut - self.start, 0), self.length) for cut in (*cuts, self.start)}))
        return tuple(range(self.length + 1)) if is_single(cuts) else None

    def cuts_around(self, length: int, cuts: Sequence[int]) -> tuple[int, ...]:
        """Where an axis of a length is cut, if a value that is cut is put there."""
        if self.step == 1:
            return tuple(sorted({0, length, *(self.start + cut for cut in cuts)}))
        return tuple(range(length + 1))


def steps_of(index: Sequence[Any], shape: Sequence[int]) -> list[AxisStep] | None:
    """An entry for each axis, and for each new one; ``None`` if the index is not basic, or takes nothing."""
    if not is_basic(index) or any(isinstance(entry, bool) for entry in index):
        return None
    steps, axis = [], 0
    for entry in _filled(index, len(shape)):
        if entry is None:
            steps.append(AxisStep(None))
            continue
        steps.append(_step(axis, entry, shape[axis]))
        axis += 1
    return steps if all(step.length for step in steps) else None


def _step(axis: int, entry: Any, length: int) -> AxisStep:
    if not isinstance(entry, slice):
        return AxisStep(axis, int(entry) % length, is_kept=False)
    taken = range(*entry.indices(length))
    return AxisStep(axis, taken.start, taken.step, len(taken))


def _filled(index: Sequence[Any], rank: int) -> tuple[Any, ...]:
    """The index with what dots stand for, and what is left out at its end."""
    place = next((i for i, entry in enumerate(index) if entry is ...), len(index))
    before, after = index[:place], index[place + 1 :]
    count = sum(entry is not None for entry in (*before, *after))
    return (*before, *(slice(None),) * (rank - count), *after)


def is_regular(index: Sequence[Any], shape: Sequence[int]) -> bool:
    """Whether an index takes one box of an array."""
    steps = steps_of(index, shape)
    return steps is not None and all(step.axis is not None and step.step == 1 for step in steps)
