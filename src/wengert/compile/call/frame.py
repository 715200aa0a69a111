"""The frame of a door: what looks to a program like the tuple of arrays that Python makes for a call."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

from ...core.graph import GraphNode
from ..interpreter.layouts import TUPLE_ITEMS, WORD
from ..native.native_program import NativeProgram, aligned


class MadeResult(NamedTuple):
    """A result that is made for each call: its place, and that of what it copies, unless the program writes it."""

    dtype: Any
    shape: tuple[int, ...]
    place: int
    source: int | None


class CallFrame:
    """The arrays of a call; those that are not the same in every call are put there by the routine.

    Behind those that the program knows there are results that it does not write: copies of inputs and constants.

    Attributes:
        arrays: the ones that stay, ``None`` for the others.
        made: results, by their place.
        results: the places of all results, in order.
        words: the frame in memory.
    """

    def __init__(self, run: NativeProgram, count: int) -> None:
        self.run = run
        arena = run.arenas.pop() if run.arenas else aligned(run.arena_size)
        written = [numpy.empty(shape, dtype) for _, shape, dtype in run.made_forms]
        self.arrays: list[Any] = [*(None for _ in run.inputs), *written, arena, *run.fixed]
        self.made: dict[int, MadeResult] = {}
        self.results = [self._result(output) for output in run.schedule.outputs[:count]]
        addresses = [0 if array is None else id(array) for array in self.arrays]
        self.words = numpy.array([*[0] * (TUPLE_ITEMS // WORD), *addresses], numpy.int64)

    def address(self, place: int) -> int:
        """Where a place is in memory."""
        return self.words.ctypes.data + TUPLE_ITEMS + WORD * place

    def _result(self, output: Any) -> int:
        """The place of a result; from now on it is made for each call."""
        if not isinstance(output, GraphNode):
            return self._copy(self._append(numpy.array(output)), numpy.asarray(output))
        place = self.run.places[output]
        if output in self.run.given:
            return self._copy(place, output.form)
        if place not in self.made:
            self.made[place] = MadeResult(self.arrays[place].dtype, self.arrays[place].shape, place, None)
            self.arrays[place] = None
        return place

    def _copy(self, source: int, form: Any) -> int:
        place = self._append(None)
        self.made[place] = MadeResult(form.dtype, form.shape, place, source)
        return place

    def _append(self, array: Any) -> int:
        self.arrays.append(array)
        return len(self.arrays) - 1
