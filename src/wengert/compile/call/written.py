"""What a call writes, as a table for machine code: values of tensors, given or outside, and gradients of leaves."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.python.locks import Line
from ..interpreter.layouts import slot
from ..state.places import GradientPlace, Writable
from .signatures import slots_of_state
from .tables import WritesWords
from .word_table import WordTable


class WrittenState(WordTable):
    """The places and arguments that a call writes, with the slots of the frame from which they are written."""

    __slots__ = ()

    def __init__(self, places: Sequence[Writable], arguments: Sequence[int], arrays: Sequence[int]) -> None:
        """Write arrays to places, and then to the arguments in some slots.

        Arrays are given by the addresses of their slots; 0 where a place is to hold nothing.
        """
        super().__init__(len(WritesWords))
        written = [*map(self._place, places), *((argument, 0) for argument in arguments)]
        rows = [(*words, array, 0) for words, array in zip(written, arrays, strict=True)]
        self._set_rows(WritesWords.WRITES, rows)

    def _place(self, place: Writable) -> tuple[int, int]:
        """The address of the word of a tensor, or that of a gradient."""
        if isinstance(place, GradientPlace):
            self._keep(place.leaf)
            return 0, address_of_gradient(place)
        return self._row([self._keep(place.tensor)]), 0


def address_of_gradient(place: GradientPlace) -> int:
    """The address of the word in which a leaf holds its gradient."""
    return id(place.leaf) + slots_of_state().gradient


def address_of_lock(line: Line) -> int:
    """The address of the word in which a line holds its lock, which is another after a fork."""
    return id(line) + slot(line, line.lock)
