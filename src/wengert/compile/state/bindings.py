"""What is found under a name, in a container or in an array: facts that a recording holds for."""

from __future__ import annotations

import os
from array import array
from collections import OrderedDict, deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from ctypes import CDLL, c_int, c_size_t, c_void_p
from operator import is_
from threading import local
from types import CellType
from typing import Any

import numpy

from ...core.python.search import first
from ...ops.matrices.sparse import Pattern
from .plain import MISSING, is_same

CONTAINERS = (dict, list, deque)
"""Containers whose items have a key or an index."""


class Binding:
    """A name, attribute or item, with what was found there.

    Attributes:
        holder: a dict (items, globals, attributes), a list or deque, a cell, a class, an object with slots, or whose
            attributes are those of each thread, or a context variable.
        key: the key, index or attribute; ``None`` of a cell.
        name: as a user would write it.
        owner: what has the name; it leads to `value`.
    """

    __slots__ = ("holder", "key", "name", "owner", "value")

    def __init__(self, holder: Any, key: Any, value: Any, name: str, owner: Any) -> None:
        self.holder: Any = holder
        self.key: Any = key
        self.value: Any = value
        self.name: str = name
        self.owner: Any = owner

    @property
    def place(self) -> tuple[int, Any]:
        """What tells it apart."""
        return id(self.holder), self.key

    def read(self) -> Any:
        """What is found there now."""
        holder = self.holder
        try:
            if type(holder) is CellType:
                return holder.cell_contents
            if isinstance(holder, dict):
                return dict.get(holder, self.key, MISSING)
            if isinstance(holder, CONTAINERS):
                return holder[self.key]
            if isinstance(holder, type):
                return holder.__bases__ if self.key == BASES else vars(holder)[self.key]
            return holder.get() if type(holder) is ContextVar else _attribute(holder, self.key)
        except (LookupError, AttributeError, ValueError):
            return MISSING

    def is_found(self) -> bool:
        """Whether it leads to the same."""
        return is_same(self.read(), self.value)

    def write(self, value: Any) -> None:
        """Bind it to something else, or to nothing."""
        holder = vars(self.holder) if isinstance(self.holder, local) else self.holder
        if isinstance(holder, CONTAINERS):
            if value is not MISSING:
                holder[self.key] = value
            elif isinstance(holder, dict):
                holder.pop(self.key, None)
        elif isinstance(holder, type):
            type.__delattr__(holder, self.key) if value is MISSING else type.__setattr__(holder, self.key, value)
        elif type(holder) is ContextVar:
            holder.set(value)
        elif type(holder) is not CellType:
            object.__delattr__(holder, self.key) if value is MISSING else object.__setattr__(holder, self.key, value)
        elif value is MISSING:
            del holder.cell_contents
        else:
            holder.cell_contents = value

    def now(self) -> Binding:
        """The same name, with what is found there now."""
        return Binding(self.holder, self.key, self.read(), self.name, self.owner)

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a container, not a variable or attribute."""
        return self.owner is self.holder and isinstance(self.holder, CONTAINERS)

    @property
    def variable(self) -> Any:
        """What code that reads it mentions."""
        return self.name if type(self.holder) is CellType else self.key


def _attribute(holder: Any, name: str) -> Any:
    """An attribute, in the thread that asks."""
    return vars(holder)[name] if isinstance(holder, local) else object.__getattribute__(holder, name)


BASES = "__bases__"
"""The key of what a class is derived from."""

CONTAINER_CLASSES = (OrderedDict, *CONTAINERS, set)


def kind_of(container: Any) -> Any:
    """The class of Python's that a container is one of, whatever a class derived from it makes of its items."""
    return first(kind for kind in CONTAINER_CLASSES if isinstance(container, kind))


class Whole:
    """A container with everything in it: its keys in their order, and its items.

    Attributes:
        holder: a dict, list, deque or set.
        kind: which of these it is.
        keys: those of a dict, else ``None``.
        items: the items.
        free: by position, the items that may be others.
        name: as a user would write it.
    """

    __slots__ = ("free", "holder", "items", "keys", "kind", "name")

    def __init__(self, holder: Any, name: str) -> None:
        self.holder: Any = holder
        self.name: str = name
        self.kind: Any = kind_of(holder)
        self.keys: tuple[Any, ...] | None = tuple(self.kind.keys(holder)) if isinstance(holder, dict) else None
        self.items: tuple[Any, ...] = self.value
        self.free: frozenset[int] = frozenset()

    @property
    def value(self) -> tuple[Any, ...]:
        """The items that are in it now."""
        kind = self.kind
        return tuple(kind.values(self.holder) if issubclass(kind, dict) else kind.__iter__(self.holder))

    @property
    def is_ordered_aside(self) -> bool:
        """Whether the order of its items is not the one in which the built-in class has them."""
        return isinstance(self.holder, OrderedDict)

    @property
    def places(self) -> Any:
        """The key or index of each item."""
        return range(len(self.items)) if self.keys is None else self.keys

    def with_items(self, values: Mapping[Any, Any]) -> Whole:
        """The same with the items that are to be found at some places; where that is nothing, they are free."""
        made = Whole.__new__(Whole)
        made.holder, made.name, made.kind, made.keys = self.holder, self.name, self.kind, self.keys
        made.items = tuple([values.get(place, item) for place, item in zip(self.places, self.items, strict=True)])
        made.free = frozenset(i for i, item in enumerate(made.items) if item is MISSING)
        return made

    def bindings(self) -> Iterator[Binding]:
        """The items that have to be something, each with its key or index."""
        for place, item in zip(self.places, self.items, strict=True) if isinstance(self.holder, CONTAINERS) else ():
            if item is not MISSING:
                yield Binding(self.holder, place, item, self.name_of(place), self.holder)

    def name_of(self, place: Any) -> str:
        """What the item under a key or index is called."""
        return f"{self.name}[{place!r}]"

    def is_found(self) -> bool:
        """Whether everything in it is as it was."""
        holder, items, kind = self.holder, self.items, self.kind
        if len(holder) != len(items):
            return False
        if self.keys is not None and not _are_same(kind.__iter__(holder), self.keys):
            return False
        return _are_same(kind.__iter__(holder) if self.keys is None else kind.values(holder), items, self.free)

    def restore(self) -> None:
        """Let everything be in it again."""
        kind, holder = self.kind, self.holder
        items = self.items if self.keys is None else zip(self.keys, self.items, strict=True)
        kind.clear(holder)
        (kind.update if self.keys is not None or kind is set else kind.extend)(holder, items)


def _are_same(found: Iterable[Any], items: Sequence[Any], free: Container[int] = ()) -> bool:
    """Whether things are the same as others, one by one, but for some: the identical at once."""
    found = tuple(found)
    pairs = zip(found, items, strict=True)
    return all(map(is_, found, items)) or all(i in free or is_same(now, it) for i, (now, it) in enumerate(pairs))


BUFFERS = (numpy.ndarray, bytearray, array, memoryview)
"""Things whose elements are values."""


class Contents:
    """An array, a `bytearray` or the like, with its elements.

    Attributes:
        holder: what has them.
        form: the shape and dtype of an array.
        copy: the elements, as bytes; a tuple, if they are objects.
        name: as a user would write it.
    """

    __slots__ = ("copy", "form", "holder", "name")

    def __init__(self, holder: Any, name: str) -> None:
        self.holder: Any = holder
        self.name: str = name
        self.form: Any = _form_of(holder)
        self.copy: Any = _elements_of(holder)

    @property
    def place(self) -> tuple[int, Any]:
        """What tells it apart."""
        return place_of_elements(self.holder)

    def is_found(self) -> bool:
        """Whether its elements are as they were."""
        holder, copy = self.holder, self.copy
        if _form_of(holder) != self.form:
            return False
        if type(copy) is tuple:
            return all(map(is_, holder.flat, copy)) or all(map(is_same, holder.flat, copy))
        if len(copy) < MUCH or not isinstance(holder, numpy.ndarray) or not holder.flags.c_contiguous:
            return _elements_of(holder) == copy
        return holder.nbytes == len(copy) and _differ(holder.ctypes.data, copy, len(copy)) == 0

    def restore(self) -> None:
        """Let the elements be what they were, where there are as many."""
        holder, copy = self.holder, self.copy
        if _form_of(holder) == self.form and isinstance(holder, numpy.ndarray):
            is_of_objects = type(copy) is tuple
            values = numpy.fromiter(copy, object, len(copy)) if is_of_objects else numpy.frombuffer(copy, holder.dtype)
            numpy.copyto(holder, values.reshape(holder.shape))
        elif isinstance(holder, bytearray):
            holder[:] = bytes(copy)
        elif isinstance(holder, array):
            holder[:] = array(holder.typecode, bytes(copy))


def is_fixed(contents: Contents, ways: Iterable[Binding]) -> bool:
    """Whether elements stay as they are: the places of a sparse matrix, to which nothing writes."""
    holder = contents.holder
    is_read_only = type(holder) is numpy.ndarray and not holder.flags.writeable
    return is_read_only and any(isinstance(way.owner, Pattern) for way in ways)


def place_of_elements(holder: Any) -> tuple[int, Any]:
    """What tells the elements of an array apart from other facts."""
    return id(holder), Contents


MUCH = 2_000
"""From so many bytes on an array is not copied to be compared."""

_differ = CDLL("msvcrt" if os.name == "nt" else None).memcmp
_differ.restype, _differ.argtypes = c_int, [c_void_p, c_void_p, c_size_t]


def _form_of(holder: Any) -> Any:
    return (holder.shape, holder.dtype) if isinstance(holder, numpy.ndarray) else None


def _elements_of(holder: Any) -> Any:
    if isinstance(holder, numpy.ndarray):
        return tuple(holder.flat) if holder.dtype.hasobject else holder.tobytes()
    return bytes(holder)
