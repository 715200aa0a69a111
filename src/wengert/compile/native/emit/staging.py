"""What a loop reads and stores at long steps, brought together for some turns at a time.

The loop itself then goes along memory, and its turns are done side by side; with many scattered accesses they are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy

from ..ir.loops import emit_loop, smaller
from ..ir.scalar import load, store
from ..ir.types import INDEX, Builder, Value, memory_type

LEAST_SCATTERED = 8
"""Accesses at long steps, from which on they are brought together."""
STAGE_BYTES = 1 << 14
"""What the stage may take of the first cache."""
SIDE_BY_SIDE = 16
"""Turns at a time, of which a processor does up to 16 side by side."""

COPIED_TOGETHER = 8
"""Accesses that one loop brings: of each loop LLVM compares all accesses with all others."""

PlaceOf = Callable[[Any, Value], Value]
"""The address of an access in a turn."""


class Staging:
    """Room for the accesses of some turns.

    Attributes:
        dtypes: those of the accesses that are brought together, reading ones first.
        turns: how many are done at a time.
        turn: the number of the turn, where accesses go to the stage.
    """

    def __init__(self, builder: Builder, dtypes: Mapping[Any, numpy.dtype]) -> None:
        self.builder = builder
        self.dtypes = dtypes
        width = sum(dtype.itemsize for dtype in dtypes.values())
        self.turns: int = max(STAGE_BYTES // width // SIDE_BY_SIDE, 1) * SIDE_BY_SIDE
        self.turn: Value | None = None
        with builder.goto_entry_block():
            self.rooms: dict[Any, Builder] = {
                key: builder.alloca(memory_type(dtype), INDEX(self.turns)) for key, dtype in dtypes.items()
            }

    def place(self, key: Any) -> Value | None:
        """Where an access goes in this turn; ``None`` if not to the stage."""
        if self.turn is None or key not in self.rooms:
            return None
        return self.builder.gep(self.rooms[key], [self.turn])

    def loop(self, bounds: tuple[Value, Value], place: PlaceOf, body: Callable[[Value], None]) -> None:
        """All turns, so many at a time: what they read is brought, they are done, what they store is taken away."""
        builder = self.builder
        begin, end = bounds
        read = [key for key in self.dtypes if key[0] != "store"]
        stored = [key for key in self.dtypes if key[0] == "store"]

        def some(start: Value) -> None:
            stop = smaller(builder, builder.add(start, INDEX(self.turns)), end)
            self._each(start, stop, read, lambda key, i: (place(key, i), self.place(key)))
            self._each_turn(start, stop, body)
            self._each(start, stop, stored, lambda key, i: (self.place(key), place(key, i)))

        emit_loop(builder, begin, end, some, step=self.turns)

    def _each_turn(self, start: Value, stop: Value, body: Callable[[Value], None]) -> None:
        def turn(i: Value) -> None:
            self.turn = self.builder.sub(i, start)
            body(i)

        emit_loop(self.builder, start, stop, turn)
        self.turn = None

    def _each(self, start: Value, stop: Value, keys: Sequence[Any], ends: Callable[..., Any]) -> None:
        """Copy each of some accesses, from one place to the other."""

        def copy(some: Sequence[Any], i: Value) -> None:
            for key in some:
                source, target = ends(key, i)
                store(self.builder, load(self.builder, source, self.dtypes[key]), target)

        for place in range(0, len(keys), COPIED_TOGETHER):
            self._each_turn(start, stop, partial(copy, keys[place : place + COPIED_TOGETHER]))
