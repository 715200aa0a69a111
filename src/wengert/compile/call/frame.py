"""The call frame of a door, with the layout of the tuple of arrays that Python passes to a program."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

from ..interpreter.layouts import TUPLE_ITEMS, WORD
from ..native.native_program import NativeProgram, aligned


class MadeResult(NamedTuple):
    """A result allocated at each call: its slot, and the slot of what it copies if the program does not write it."""

    dtype: Any
    shape: tuple[int, ...]
    place: int
    source: int | None


class CallFrame:
    """The slots for the arrays of a call; the routine fills those that differ from call to call.

    Behind those that the program knows there are results that it does not write: copies of inputs and constants.

    Attributes:
        arrays: the ones that stay, ``None`` for the others.
        made: results, by their place.
        results: the places of all results, in order.
        written: the places of what is written outside, in order; ``None`` for nothing.
        words: the frame in memory.
    """

    def __init__(self, run: NativeProgram, count: int, writes: int) -> None:
        """The frame of a program with so many results, and writes to so many places."""
        self.run = run
        arena = run.arenas.pop() if run.arenas else aligned(run.arena_size)
        written = [numpy.empty(each.shape, each.dtype) for each in run.layout.made]
        self.arrays: list[Any] = [*[None] * run.layout.inputs, *written, arena, *run.fixed]
        self.made: dict[int, MadeResult] = {}
        self.results = [self._result(position) for position in range(count)]
        self.written = [self._written(position) for position in range(count, count + writes)]
        addresses = [0 if array is None else id(array) for array in self.arrays]
        self.words = numpy.array([*[0] * (TUPLE_ITEMS // WORD), *addresses], numpy.int64)

    def address(self, place: int) -> int:
        """The address of a slot."""
        return self.words.ctypes.data + TUPLE_ITEMS + WORD * place

    def _written(self, position: int) -> int | None:
        """The slot of an output that is written outside; ``None`` if nothing is."""
        is_there = self.run.layout.outputs[position] is not None or position in self.run.literals
        return self._result(position) if is_there else None

    def _result(self, position: int) -> int:
        """The slot of an output, which is allocated at each call from now on."""
        place = self.run.layout.outputs[position]
        if place is None:
            literal = numpy.array(self.run.literals[position])
            return self._copy(self._append(literal), literal)
        if self.run.layout.is_input(place):
            return self._copy(place, self.run.inputs[place].form)
        if place not in self.made and self.run.layout.is_made(place):
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
