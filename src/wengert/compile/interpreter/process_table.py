"""What the routine needs of this process: functions of CPython and NumPy, and objects, by their addresses.

They differ from process to process, so they are not part of the code, which is kept on disk, but in a table.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from enum import IntEnum, auto
from importlib import import_module
from typing import Any

import numpy

from ...core.kin import Lent
from ...core.node import UNTRACKED, Leaf
from ...core.state import ON, observers
from ...core.tensor import Tensor


class World(IntEnum):
    """Places in the table."""

    # Functions.
    PyContextVar_Get = 0
    PyDict_GetItemWithError = auto()
    PyDict_Next = auto()
    memcmp = auto()
    PyErr_Clear = auto()
    PyErr_Occurred = auto()
    PyLong_AsLongLong = auto()
    Py_IncRef = auto()
    Py_DecRef = auto()
    PyType_GenericAlloc = auto()
    PyTuple_New = auto()
    PyMethod_New = auto()
    PyList_New = auto()
    PyDict_New = auto()
    PyDict_SetItem = auto()
    PyObject_CallNoArgs = auto()
    PyObject_CallOneArg = auto()
    PyObject_GetAttr = auto()
    PyObject_RichCompareBool = auto()
    PyObject_Vectorcall = auto()
    PyObject_VectorcallMethod = auto()
    PyEval_SaveThread = auto()
    PyEval_RestoreThread = auto()
    PyArray_NewCopy = auto()
    PyArray_Empty = auto()
    # Objects.
    ARRAY = auto()
    TENSOR = auto()
    LEAF = auto()
    LENT = auto()
    UNTRACKED = auto()
    NONE = auto()
    ZERO = auto()
    FLOAT = auto()
    INTEGER = auto()
    TEXT = auto()
    DICT = auto()
    OBSERVERS = auto()
    ON = auto()
    TRUE = auto()
    FALSE = auto()
    ACQUIRE = auto()
    RELEASE = auto()
    CALL = auto()


ACQUIRING, RELEASING = "acquire", "release"
"""The names of the methods of a lock."""

# Places in NumPy's table of C functions (``numpy/__multiarray_api.h``), the same since its first version.
_ABI_VERSION, _ARRAY_TYPE = 0, 2
_FUNCTIONS = {World.PyArray_NewCopy: 85, World.PyArray_Empty: 184}
_KNOWN_ABI = 0x02000000


def table_of_numpy() -> Any:
    """The addresses of NumPy's C functions.

    Raises:
        LookupError: it is not the one that is known.
    """
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    found = ctypes.cast(pointer(_capsule(), None), ctypes.POINTER(ctypes.c_void_p))
    if found[_ARRAY_TYPE] != id(numpy.ndarray) or ctypes.CFUNCTYPE(ctypes.c_uint)(found[_ABI_VERSION])() != _KNOWN_ABI:
        raise LookupError("NumPy's table of C functions is not as it was")
    return found


def _capsule() -> Any:
    """What holds the address of the table, where C extensions look for it too."""
    try:
        return import_module("numpy._core._multiarray_umath")._ARRAY_API
    except (ImportError, AttributeError) as error:
        raise LookupError("NumPy's table of C functions is not where it was") from error


def world(call: Callable[..., Any] | None = None) -> Any:
    """The table; `call` is the ``__call__`` in Python, for the calls that have no door.

    Raises:
        LookupError: this Python or NumPy lacks something.
    """
    table = numpy.zeros(len(World), numpy.int64)
    for place in World:
        if not place.name.isupper() and place not in _FUNCTIONS:
            table[place] = _address_of(place.name)
    for place, number in _FUNCTIONS.items():
        table[place] = table_of_numpy()[number]
    objects = {
        World.ARRAY: numpy.ndarray,
        World.TENSOR: Tensor,
        World.LEAF: Leaf,
        World.LENT: Lent,
        World.UNTRACKED: UNTRACKED,
        World.NONE: None,
        World.ZERO: 0,
        World.FLOAT: float,
        World.INTEGER: int,
        World.TEXT: str,
        World.DICT: dict,
        World.OBSERVERS: observers,
        World.ON: ON,
        World.TRUE: True,
        World.FALSE: False,
        World.ACQUIRE: ACQUIRING,
        World.RELEASE: RELEASING,
        World.CALL: call,
    }
    for place, held in objects.items():
        table[place] = id(held)
    return table


def _address_of(name: str) -> int:
    """Where a function of CPython or C is."""
    try:
        return ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0
    except AttributeError as error:
        raise LookupError(f"this Python has no {name}") from error
