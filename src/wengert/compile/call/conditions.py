"""Guards on state outside, as tables for machine code: addresses, and the values expected there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import CellType, FunctionType, MemberDescriptorType
from typing import Any

import numpy

from ..interpreter.layouts import (
    CELL_CONTENTS,
    TYPE,
    are_as_described,
    attributes_of,
    slot,
    slot_of_function,
)
from ..interpreter.methods import WITHOUT_ARGUMENTS, Definition, new_method
from ..interpreter.process_table import world
from ..native.machine.disk_cache import key_of
from ..native.machine.llvm import NativeModule
from ..state.bindings import BASES, Binding, Contents, Whole
from ..state.expected import Expected
from ..state.plain import MISSING
from .tables import FactsWords
from .word_table import WordTable


class UnseenError(Exception):
    """State is not in a layout that machine code can check."""


class FoundFacts(WordTable):
    """Guards by identity: any other object is left to Python, which can tell whether it is equal.

    Attributes:
        rest: what only Python can find.
    """

    __slots__ = ("rest",)

    def __init__(self, expected: Expected | None, words: Sequence[tuple[int, int]] = ()) -> None:
        """Guards on what is expected, and on words in memory, given with their addresses."""
        super().__init__(len(FactsWords))
        self.rest: list[Any] = list(expected.forms) if expected is not None else []
        rows: dict[FactsWords, list[Any]] = {place: [] for place in _PLACES}
        rows[FactsWords.WORDS].extend(words)
        for fact in expected.facts() if expected is not None else ():
            try:
                place, row = self._row_of(fact)
                rows[place].append(row)
            except (UnseenError, LookupError):
                self.rest.append(fact)
        for place, found in rows.items():
            self._set_rows(place, found)

    are_found: Any = None
    """Whether all guards of the table hold; a method in machine code, once that is compiled."""

    def _row_of(self, fact: Any) -> tuple[FactsWords, Any]:
        if not fact.is_found():
            raise UnseenError
        if isinstance(fact, Whole):
            return FactsWords.LISTS if fact.keys is None else FactsWords.DICTS, self._items(fact)
        return (FactsWords.ARRAYS, self._elements(fact)) if isinstance(fact, Contents) else self._name(fact)

    def _name(self, binding: Binding) -> tuple[FactsWords, Any]:
        """The entry for a name binding."""
        holder, found = binding.holder, binding.read()
        value = 0 if found is MISSING else self._keep(found)
        if isinstance(holder, (dict, type)) and binding.key != BASES:
            attributes = attributes_of(holder) if isinstance(holder, type) else holder
            return FactsWords.NAMES, (self._keep(attributes), self._keep(binding.key), value)
        return FactsWords.WORDS, (self._keep(holder) + _offset_of(binding), value)

    def _items(self, whole: Whole) -> list[int]:
        """The entry for the items of a list or dict."""
        if not isinstance(whole.holder, (list, dict)) or whole.is_ordered_aside:
            raise UnseenError
        items = [0 if i in whole.free else self._keep(item) for i, item in enumerate(whole.value)]
        keys = None if whole.keys is None else map(self._keep, whole.holder)
        words = items if keys is None else [word for pair in zip(keys, items, strict=True) for word in pair]
        return [self._keep(whole.holder), len(items), self._row(words)]

    def _elements(self, contents: Contents) -> list[int]:
        """The entry for the elements of an array."""
        array = contents.holder
        if not isinstance(array, numpy.ndarray) or array.dtype.hasobject or not array.flags.c_contiguous:
            raise UnseenError
        copy = numpy.frombuffer(contents.copy, numpy.uint8) if contents.copy else numpy.empty(0, numpy.uint8)
        self._keep(copy)
        return [*self._form(array.dtype, array.shape), self._keep(array), copy.ctypes.data, array.nbytes]


_PLACES = (FactsWords.NAMES, FactsWords.LISTS, FactsWords.DICTS, FactsWords.ARRAYS, FactsWords.WORDS)


def _offset_of(binding: Binding) -> int:
    """The offset of a binding that is a field of its object, not an entry of a dict.

    Raises:
        LookupError: it is not known.
    """
    holder, key = binding.holder, binding.key
    if type(holder) is CellType:
        return CELL_CONTENTS
    if key == BASES:
        return slot(holder, holder.__bases__)
    if key == "__class__":
        return TYPE
    if type(holder) is FunctionType:
        return slot_of_function(key)
    if type(getattr(type(holder), str(key), None)) is MemberDescriptorType:
        return slot(holder, binding.read())
    raise LookupError(key)


# -- the method ------------------------------------------------------------------------------------


class _Method:
    """The machine code, with the objects that it refers to.

    Raises:
        LookupError: this is not a Python or NumPy that it knows.
    """

    def __init__(self) -> None:
        place = _slot_of_table()
        self.world = world()
        self.native = NativeModule(lambda: _source(place), key_of("facts", str(place)))
        self.native.word("world").value = self.world.ctypes.data
        self.definition = Definition(b"are_found", self.native.address("are_found"), WITHOUT_ARGUMENTS, None)
        FoundFacts.are_found = new_method(FoundFacts, self.definition)


def _slot_of_table() -> int:
    facts = FoundFacts(None)
    facts.table = numpy.empty(0, numpy.int64)
    return slot(facts, facts.table)


def _source(place: int) -> Any:
    from .finding import written

    return written(place)


@cache
def _method() -> _Method | None:
    try:
        return _Method() if are_as_described() else None
    except LookupError:
        return None


def facts_of(expected: Expected) -> FoundFacts | None:
    """Lower guards to a table for machine code; ``None`` if the layouts of this Python are not known."""
    return FoundFacts(expected) if _method() is not None else None
