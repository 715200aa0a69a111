"""Where LAPACK is: the addresses of SciPy's copy of it, which is loaded by the first program that calls it.

SciPy exports the routines to C, with integers of 32 bits (`scipy.linalg.cython_lapack`). The addresses differ from
process to process, so machine code reads them in its runtime table.
"""

from __future__ import annotations

import ctypes
from importlib import import_module

LAPACK_NAMES = (
    *("gbsv", "gees", "geqrf", "gesdd", "getrf", "getri", "getrs"),
    *("laswp", "orgqr", "potrf", "syevd", "trsyl", "trtrs"),
)
"""The routines for real numbers that machine code calls."""

COMPLEX_NAMES = ("zgetrf", "zgetri", "zgetrs")
"""Those for complex ones."""


def addresses() -> list[int]:
    """The addresses of the routines, in the order of their names, those for complex numbers last."""
    capsules = import_module("scipy.linalg.cython_lapack").__pyx_capi__
    return [_address(capsules[name]) for name in (*("d" + name for name in LAPACK_NAMES), *COMPLEX_NAMES)]


def _address(capsule: object) -> int:
    """What a capsule holds; its name is the signature in C."""
    name = ctypes.PYFUNCTYPE(ctypes.c_char_p, ctypes.py_object)(("PyCapsule_GetName", ctypes.pythonapi))
    pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
        ("PyCapsule_GetPointer", ctypes.pythonapi)
    )
    return pointer(capsule, name(capsule))
