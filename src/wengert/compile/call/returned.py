"""What a call returns, as a table by which machine code builds it of tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import NoneType
from typing import Any

from ...core.python.trees import level_of
from ..record.recorded import Results
from .tables import Layout, ResultsWords
from .word_table import WordTable


class Returned(WordTable):
    """Words for tensors, and for the nestings that are built of them.

    Attributes:
        outputs: the address of the word of a tuple of all the tensors.
    """

    __slots__ = ("_nodes", "_numbers", "_tensors", "outputs")

    def __init__(self, results: Results, arrays: Sequence[int], numbers: Sequence[int], is_told: bool) -> None:
        """Build them of tensors of the arrays, and of Python numbers, which are given by the addresses of their slots.

        If Python `is_told` of all tensors, there is a tuple of them.
        """
        super().__init__(len(ResultsWords))
        self._tensors = [self._row([0]) for _ in arrays]
        self._numbers = numbers
        self._nodes: list[list[int]] = []
        root = self._root(results)
        self.outputs = self._add(Layout.TUPLE, self._tensors) if is_told else 0
        self._set_rows(ResultsWords.TENSORS, list(zip(arrays, self._tensors, strict=True)))
        self._set_rows(ResultsWords.NODES, self._nodes)
        self.table[ResultsWords.ROOT] = root

    def _root(self, results: Results) -> int:
        leaves = (self._leaf(results, i) for i in range(len(results.numbers)))
        return next(leaves) if results.structure is None else self._nest(results.structure, leaves)

    def _leaf(self, results: Results, position: int) -> int:
        """The address of the word in which a leaf is found."""
        number = results.numbers[position]
        if position in results.steps:
            return self._numbers[results.steps[position]]
        if number is None:
            return self._called((), lambda nothing: results.leaf(position))
        if position not in results.types:
            return self._tensors[number]
        kind = results.types[position]
        return self._called([self._tensors[number]], lambda tensors: kind(tensors[0]._value.item()))

    def _nest(self, structure: Any, leaves: Iterator[int]) -> int:
        """The same for a nesting of leaves."""
        level = level_of(structure)
        if level is None:
            return next(leaves)
        if level.kind is NoneType:
            return self._row([self._keep(None)])
        children = [self._nest(child, leaves) for child in level.children]
        if level.kind is dict:
            named = level.made(children)
            keys = self._row([self._keep(key) for key in named])
            return self._add(Layout.DICT, named.values(), keys=keys)
        if level.kind in _LAYOUTS:
            return self._add(_LAYOUTS[level.kind], children)
        return self._called(children, level.made)

    def _called(self, children: Iterable[int], make: Callable[[Any], Any]) -> int:
        return self._add(Layout.CALL, children, make=self._keep(make))

    def _add(self, layout: Layout, children: Iterable[int], keys: int = 0, make: int = 0) -> int:
        """Let something be built after its children; the address of its word."""
        row, word = list(children), self._row([0])
        self._nodes.append([word, layout, len(row), self._row(row), keys, make])
        return word


_LAYOUTS = {tuple: Layout.TUPLE, list: Layout.LIST}
