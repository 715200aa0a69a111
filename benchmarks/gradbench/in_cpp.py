"""The evals in C++ that was written and differentiated by hand."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy

from ..compilers import compiled_cpp
from .eval import Eval, Input

SOURCES = Path(__file__).parent / "cpp"
NAME = "c++"


@cache
def _library(name: str) -> ctypes.CDLL | None:
    return compiled_cpp(SOURCES / f"{name}.cpp")


class Call:
    """A function of a library with the arrays that it reads and writes.

    Args:
        run: takes the addresses of integers, of a table of arrays, and of the results.
        integers: sizes and places.
        arrays: floating-point numbers.
        size: how many results there are.
    """

    def __init__(self, run: Any, integers: Sequence[int], arrays: Sequence[numpy.ndarray], size: int) -> None:
        self.run, self.results = run, numpy.empty(size)
        held = [numpy.ascontiguousarray(array) for array in arrays]
        table = numpy.array([array.ctypes.data for array in held], dtype=numpy.uintp)
        numbers = numpy.array(integers, dtype=numpy.int64)
        self.read = (numbers, table, held)
        self.operands = [ctypes.c_void_p(array.ctypes.data) for array in (numbers, table, self.results)]

    def __call__(self) -> numpy.ndarray:
        self.run(*self.operands)
        return self.results


def call(wanted: Eval, function: str, given: Input, size: int) -> Call | None:
    """What computes a function's numbers, flat; ``None`` if there is no compiler.

    Args:
        wanted: the eval.
        function: the name of one of its functions.
        given: the input.
        size: how many numbers the result has.
    """
    library = _library(wanted.name)
    if library is None:
        return None
    arrays = (*wanted.arrays(given), *wanted.constants(given))
    return Call(getattr(library, f"run_{function}"), wanted.integers(given), arrays, size)
