"""Functions in machine code as methods of a class."""

from __future__ import annotations

import ctypes
from typing import Any

FAST_WITH_NAMES = 0x0080 | 0x0002
"""``METH_FASTCALL | METH_KEYWORDS``."""

WITHOUT_ARGUMENTS = 0x0004
"""``METH_NOARGS``."""


class Definition(ctypes.Structure):
    """``PyMethodDef``."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("text", ctypes.c_char_p),
    ]


def new_method(cls: type, definition: Definition) -> Any:
    """The method of a class; it is to be kept alive with its definition."""
    make = ctypes.pythonapi.PyDescr_NewMethod
    make.restype, make.argtypes = ctypes.py_object, [ctypes.py_object, ctypes.c_void_p]
    return make(cls, ctypes.addressof(definition))
