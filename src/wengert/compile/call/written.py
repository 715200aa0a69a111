"""What a call writes outside, as a table for machine code: values of tensors, and gradients of leaves."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.locks import Line
from ..interpreter.layouts import slot
from ..state.places import GradientPlace, Writable
from .signatures import slots_of_state
from .tables import WritesWords
from .word_table import WordTable


class WrittenState(WordTable):
    """The places that a call writes, with the slots of the frame from which they are written."""

    __slots__ = ()

    def __init__(self, places: Sequence[Writable], arrays: Sequence[int]) -> None:
        """Write arrays, which are given by the addresses of their slots; 0 where a place is to hold nothing."""
        super().__init__(len(WritesWords))
        rows = [self._write(place, array) for place, array in zip(places, arrays, strict=True)]
        self._set_rows(WritesWords.WRITES, rows)

    def _write(self, place: Writable, array: int) -> list[int]:
        is_gradient = isinstance(place, GradientPlace)
        tensor = 0 if is_gradient else self._keep(place.tensor)
        return [tensor, self._keep_gradient(place) if is_gradient else 0, array, 0]

    def _keep_gradient(self, place: GradientPlace) -> int:
        self._keep(place.leaf)
        return address_of_gradient(place)


def address_of_gradient(place: GradientPlace) -> int:
    """The address of the word in which a leaf holds its gradient."""
    return id(place.leaf) + slots_of_state().gradient


def address_of_lock(line: Line) -> int:
    """The address of the word in which a line holds its lock, which is another after a fork."""
    return id(line) + slot(line, line.lock)
