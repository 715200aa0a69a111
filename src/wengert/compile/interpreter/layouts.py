"""What objects look like in memory: the few facts of CPython and NumPy that the routine stands on, and their test.

Sources: CPython's documentation, "Common Object Structures" (the head of an object, ``ob_size``); its headers
``Include/cpython`` for tuples, lists, dicts, cells and floats; NumPy's documentation, "Python Types and C-Structures",
for `PyArrayObject`. Offsets are in bytes. Where slots of our own classes are is not known beforehand, but looked for.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import sysconfig
from functools import cache
from types import CellType
from typing import Any, NamedTuple

import numpy

from ...core.python.search import first

WORD = 8
REFERENCES = 0
"""The number of references, of which 32 bits count."""
HEAD = 2 * WORD
"""Of each object: the number of references, and the type."""
TYPE = WORD
LENGTH = HEAD
"""The number of items of a tuple, list or dict."""
TUPLE_ITEMS = HEAD + WORD
LIST_ITEMS = HEAD + WORD
"""In a list: a pointer to the items."""
CELL_CONTENTS = HEAD
FLOAT_VALUE = HEAD
SCALAR_VALUE = HEAD
"""In NumPy's scalars of up to a word, which fill it or are followed by bytes that nobody reads."""

ARRAY_DATA = HEAD
ARRAY_NDIM = ARRAY_DATA + WORD
ARRAY_SHAPE = ARRAY_NDIM + WORD
ARRAY_STRIDES = ARRAY_SHAPE + WORD
ARRAY_BASE = ARRAY_STRIDES + WORD
ARRAY_DTYPE = ARRAY_BASE + WORD
ARRAY_FLAGS = ARRAY_DTYPE + WORD
DENSE = 0x0001 | 0x0100
"""``NPY_ARRAY_C_CONTIGUOUS`` and ``NPY_ARRAY_ALIGNED``."""
WRITEABLE = 0x0400
"""``NPY_ARRAY_WRITEABLE``."""


def word(address: int) -> int:
    """What is in memory at an address, as an integer."""
    return ctypes.c_int64.from_address(address).value


def address_of(array: Any) -> int:
    """Where the elements of an array are: ``array.ctypes.data``, in a tenth of the time."""
    return word(id(array) + ARRAY_DATA) if are_as_described() else array.ctypes.data


def half(address: int) -> int:
    """The same, of 32 bits."""
    return ctypes.c_int32.from_address(address).value


def slot(owner: Any, held: Any) -> int:
    """Where in an object the slot is that holds something, which it holds only once.

    Raises:
        LookupError: it is not found, or found more than once.
    """
    places = range(HEAD, type(owner).__basicsize__, WORD)
    found = [place for place in places if word(id(owner) + place) == id(held)]
    if len(found) != 1:
        raise LookupError(f"the slot was found {len(found)} times")
    return found[0]


@cache
def slot_of_function(attribute: str) -> int:
    """Where in a function one of its attributes is.

    Raises:
        LookupError: it is not found.
    """

    def probe(a: Any = object(), *, b: Any = object()) -> None:  # noqa: B008
        pass

    return slot(probe, getattr(probe, attribute))


class Slots(NamedTuple):
    """Where the slots of our own classes are."""

    value: int
    node: int
    kin: int
    watch: int
    doors: int
    table: int


def attributes_of(cls: type) -> Any:
    """The dict behind the attributes of a class, which Python shows through a proxy."""
    return first(found for found in gc.get_referents(vars(cls)) if type(found) is dict)


@cache
def are_as_described() -> bool:
    """Whether this is a Python, and a NumPy, whose objects look so."""
    return difference() is None


def difference() -> str | None:
    """What is other in this Python or NumPy than it is described; ``None`` if nothing is."""
    if sys.implementation.name != "cpython" or sys.maxsize <= 1 << 32:
        return "this is not a CPython of 64 bits"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "this Python is free-threaded"
    if hasattr(sys, "gettotalrefcount"):
        return "this Python is built for debugging"
    are_known = (_have_heads, _are_counted, _have_items, _scalars_are_as_described, _arrays_are_as_described)
    is_known = all(is_as_described() for is_as_described in are_known)
    return None if is_known else "this Python or NumPy keeps its objects otherwise"


def _have_heads() -> bool:
    if object.__basicsize__ != HEAD or tuple.__basicsize__ != TUPLE_ITEMS:
        return False
    return word(id(numpy.empty(1)) + TYPE) == id(numpy.ndarray)


def _are_counted() -> bool:
    """Whether the number of references to an array, which is held once and then thrice, is where it should be."""
    held = [numpy.empty(1)]
    once = half(id(held[0]) + REFERENCES)
    held += [held[0], held[0]]
    return (once, half(id(held[0]) + REFERENCES)) == (1, 3)


def _have_items() -> bool:
    """Tuples, lists, dicts, cells and floats."""
    items, one, number = (object(), object()), object(), 0.1
    listed, named, cell = [*items], dict.fromkeys(range(5)), CellType(one)
    lengths = [(items, 2), (listed, 2), (named, 5)]
    return (
        all(word(id(held) + LENGTH) == length for held, length in lengths)
        and word(id(items) + TUPLE_ITEMS + WORD) == id(items[1])
        and word(id(cell) + CELL_CONTENTS) == id(one)
        and ctypes.c_double.from_address(id(number) + FLOAT_VALUE).value == number
        and list.__basicsize__ >= LIST_ITEMS + WORD
        and word(word(id(listed) + LIST_ITEMS) + WORD) == id(items[1])
    )


def _scalars_are_as_described() -> bool:
    """Those that have the bits of a given word, and as much room."""
    pattern = numpy.array([0x3FF123456789ABCD])
    kinds = [numpy.dtype(name) for name in ("?", "b", "B", "h", "H", "i", "I", "l", "L", "e", "f", "d", "F")]
    scalars = [pattern.view(kind)[0] for kind in kinds if kind.char != "?"]
    return all(
        type(scalar).__basicsize__ >= HEAD + WORD
        and ctypes.string_at(id(scalar) + SCALAR_VALUE, scalar.itemsize) == scalar.tobytes()
        for scalar in (*scalars, numpy.True_)
    )


def _arrays_are_as_described() -> bool:
    wide, fixed = numpy.empty((2, 3, 5), numpy.float32), numpy.broadcast_to(numpy.empty(3), (2, 3))
    return all(_is_as_described(array) for array in (wide, wide[:, :1], fixed, numpy.empty((), numpy.int64)))


def _is_as_described(array: Any) -> bool:
    address = id(array)
    if word(address + ARRAY_DATA) != array.ctypes.data or word(address + ARRAY_DTYPE) != id(array.dtype):
        return False
    if half(address + ARRAY_NDIM) != array.ndim:
        return False
    shape, strides = word(address + ARRAY_SHAPE), word(address + ARRAY_STRIDES)
    lengths = tuple(word(shape + WORD * axis) for axis in range(array.ndim))
    steps = tuple(word(strides + WORD * axis) for axis in range(array.ndim))
    is_dense = array.flags.c_contiguous and array.flags.aligned
    flags, base = half(address + ARRAY_FLAGS), word(address + ARRAY_BASE)
    is_said = flags & DENSE == DENSE, flags & WRITEABLE == WRITEABLE, base
    is_so = is_dense, array.flags.writeable, 0 if array.base is None else id(array.base)
    return (lengths, steps, is_said) == (array.shape, array.strides, is_so)
