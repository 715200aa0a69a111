"""How the arguments of a call are nested, as a table by which machine code takes them apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy

from ...core.python.trees import children_of, consists_of_fields, is_leaf
from ..interpreter.layouts import WORD
from ..programs.paths import FIXED
from ..programs.signature import Call
from .tables import ArgumentsWords, Layout
from .word_table import WordTable

IMMUTABLE = (bool, int, float, complex, str, bytes, type(None), numpy.dtype, numpy.generic)
"""Types of constants that are what they were as long as they are the same object."""


class UnknownArgumentError(Exception):
    """An argument is nested in a way that machine code cannot take apart, or cannot be told from others by it."""


class NestedArguments(WordTable):
    """Slots for the arguments of a call, and for what is nested in them.

    Attributes:
        leaves: the addresses of the slots of arrays and numbers, in the order of leaves.

    Raises:
        UnknownArgumentError: machine code cannot take them apart.
    """

    __slots__ = ("_constants", "_containers", "_count", "leaves")

    def __init__(self, call: Call) -> None:
        super().__init__(len(ArgumentsWords))
        values = [*call.args, *call.named.values()]
        self._count = len(values)
        self._containers: list[tuple[int, ...]] = []
        self._constants: list[tuple[int, int]] = []
        self.leaves: list[int] = []
        for place in call.dynamic:
            self._take_apart(values[place], place)
        for place in call.static:
            self._take_static_apart(values[place], place)
        self._fill(len(call.args), call.named)

    def _fill(self, given: int, named: Mapping[str, Any]) -> None:
        """Write the table: from here on slots are addresses."""
        outer = given + len(named)
        slots = numpy.zeros(self._count, numpy.int64)
        first = slots.ctypes.data
        self._keep(slots)
        self.table[ArgumentsWords.GIVEN] = given
        self._set_rows(ArgumentsWords.NAMES, [[self._keep(name)] for name in named])
        for place, count, slot in (
            (ArgumentsWords.OUTER, outer, 0),
            (ArgumentsWords.INNER, self._count - outer, outer),
        ):
            self.table[place], self.table[place + 1] = count, first + WORD * slot
        containers = [
            (first + WORD * slot, kind, layout, count, first + WORD * child, keys)
            for slot, kind, layout, count, child, keys in self._containers
        ]
        self._set_rows(ArgumentsWords.CONTAINERS, containers)
        constants = [(first + WORD * slot, value) for slot, value in self._constants]
        self._set_rows(ArgumentsWords.CONSTANTS, constants)
        self.leaves = [first + WORD * slot for slot in self.leaves]

    def _take_apart(self, value: Any, slot: int) -> None:
        """Find the leaves of a dynamic argument, or of something in it."""
        if value is None or type(value) in FIXED:
            self._pin(value, slot)
        elif is_leaf(value):
            self.leaves.append(slot)
        else:
            slots = self._open(value, slot)
            for key, child in children_of(value).items():
                self._take_apart(child, slots[key])

    def _take_static_apart(self, value: Any, slot: int) -> None:
        """Pin all that is in a static argument, so that it is equal if these are the same."""
        if type(value) is tuple:
            slots = self._open(value, slot)
            for key, child in enumerate(value):
                self._take_static_apart(child, slots[key])
        elif isinstance(value, IMMUTABLE) or type(value).__eq__ is object.__eq__:
            self._pin(value, slot)
        else:
            raise UnknownArgumentError

    def _open(self, value: Any, slot: int) -> dict[Any, int]:
        """Give slots to the children of a container, by their keys, in the order in which machine code finds them."""
        layout = _layout_of(value)
        keys = list(value if layout is Layout.DICT else children_of(value))
        row = self._row([self._keep(key) for key in keys]) if layout in (Layout.DICT, Layout.FIELDS) else 0
        first = self._count
        self._count += len(keys)
        self._containers.append((slot, self._keep(type(value)), layout, len(keys), first, row))
        return {key: first + i for i, key in enumerate(keys)}

    def _pin(self, value: Any, slot: int) -> None:
        self._constants.append((slot, self._keep(value)))


def _layout_of(value: Any) -> Layout:
    """How a container holds its children."""
    kind = type(value)
    if kind is dict:
        return Layout.DICT
    if kind is list:
        return Layout.LIST
    if issubclass(kind, tuple):
        return Layout.TUPLE
    if consists_of_fields(value):
        return Layout.FIELDS
    raise UnknownArgumentError
