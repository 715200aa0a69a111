"""Tables of words that machine code reads: integers, and addresses of objects that the table keeps alive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy


class WordTable:
    """A table of words, and references to what it points at.

    Attributes:
        table: its words.
        kept: what the addresses in the table are those of.
    """

    __slots__ = ("kept", "table")

    def __init__(self, length: int) -> None:
        self.kept: list[Any] = []
        self.table = numpy.zeros(length, numpy.int64)

    def _keep(self, held: Any) -> int:
        """The address of an object, which the table keeps alive."""
        self.kept.append(held)
        return id(held)

    def _row(self, words: Sequence[int]) -> int:
        """Store consecutive words, and give their address."""
        row = numpy.array(words, numpy.int64)
        self._keep(row)
        return row.ctypes.data

    def _set_rows(self, place: int, rows: Sequence[Sequence[int]]) -> None:
        self.table[place] = len(rows)
        self.table[place + 1] = self._row([word for row in rows for word in row])

    def _form(self, dtype: Any, shape: tuple[int, ...]) -> list[int]:
        return [self._keep(dtype), len(shape), self._row(shape)]
