"""Where a program finds its arrays: what is needed to run machine code, besides the code itself."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

ALIGNMENT = 64
"""The bytes at whose multiples the arena and the values in it begin: a cache line."""


class MadeOutput(NamedTuple):
    """An output in memory of its own, which is given to each call.

    Attributes:
        position: the first output that it is; -1 if something may still fail when it is written.
    """

    position: int
    shape: tuple[int, ...]
    dtype: numpy.dtype

    @property
    def is_settled(self) -> bool:
        """Whether nothing can fail any more when it is written."""
        return self.position >= 0


class FrameLayout(NamedTuple):
    """The frame of a call, a tuple of arrays, and what kinds of stages there are.

    In a frame there are the inputs, the outputs that are made, the arena, the runtime table and the constants.

    Attributes:
        inputs: how many there are.
        overwritten: the inputs, by position, whose memory is written to.
        made: the outputs that are made.
        outputs: the place of each output; ``None`` for what is not computed.
        checks: how many stages may end a call.
        calls_lapack: whether it needs the addresses of LAPACK's routines.
        is_long: whether it may take so long that it looks for signals.
        has_calls: whether there are loops, branches or factorisations.
        cost: of a call, about, in elements read and written.
    """

    inputs: int
    overwritten: list[int]
    made: list[MadeOutput]
    outputs: list[int | None]
    checks: int
    calls_lapack: bool
    is_long: bool
    has_calls: bool
    cost: float

    def is_input(self, place: int) -> bool:
        """Whether an input is at a place of the frame, as it was given."""
        return place < self.inputs and place not in self.overwritten

    def is_made(self, place: int) -> bool:
        """Whether an output that is made is at a place of the frame."""
        return self.inputs <= place < self.inputs + len(self.made)

    def made_at(self, place: int) -> MadeOutput:
        """The output that is made at a place of the frame."""
        return self.made[place - self.inputs]

    def as_plain(self) -> dict[str, Any]:
        """The layout in numbers and texts, lists and dicts."""
        made = [[each.position, list(each.shape), each.dtype.name] for each in self.made]
        return {**self._asdict(), "made": made}

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> FrameLayout:
        """The inverse."""
        made = [MadeOutput(position, tuple(shape), numpy.dtype(name)) for position, shape, name in values["made"]]
        return cls(**{**values, "made": made})
