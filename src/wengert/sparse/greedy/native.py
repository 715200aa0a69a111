"""Loops over whole numbers, written in Python and compiled to machine code.

A colouring is greedy, one vertex after the other, so it is no operation on whole arrays. What is written here with
``while``, ``if``, indices and sums runs as it stands in Python, and a hundred times faster compiled. Variables are
whole numbers of 64 bits, arrays of 32, and every function gives a number.
"""

from __future__ import annotations

import ast
import ctypes
import inspect
import textwrap
from collections.abc import Callable
from functools import cached_property, update_wrapper
from importlib.util import find_spec
from typing import Any

import numpy

Indices = Any
"""The annotation of a parameter that is an array of whole numbers of 32 bits; others are numbers."""


class Native:
    """A function that is compiled when it is first called; it may call others of its kind.

    Attributes:
        f: the function as it stands.
        arrays: for each parameter, whether it is an array.
    """

    def __init__(self, f: Callable[..., int]) -> None:
        self.f = f
        update_wrapper(self, f)
        kinds = inspect.get_annotations(f)
        self.arrays: list[Any] = [kinds[name] == "Indices" for name in inspect.signature(f).parameters]

    def __call__(self, *args: Any) -> int:
        """Run the machine code; the function itself where there is no LLVM."""
        if find_spec("llvmlite") is None:
            return self.f(*args)
        given = [_address(a) if is_array else int(a) for a, is_array in zip(args, self.arrays, strict=True)]
        return self._code(*given)

    @cached_property
    def tree(self) -> Any:
        """The definition of the function."""
        return ast.parse(textwrap.dedent(inspect.getsource(self.f))).body[0]

    @cached_property
    def callees(self) -> dict[str, Native]:
        """The functions that it calls, by their names in it."""
        called = (node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        found = {name.id: self.f.__globals__[name.id] for name in called if isinstance(name, ast.Name)}
        return {name: function for name, function in found.items() if isinstance(function, Native)}

    @cached_property
    def family(self) -> list[Native]:
        """Itself and what it calls, each after what it calls itself."""
        every = [member for callee in self.callees.values() for member in callee.family]
        return list(dict.fromkeys([*every, self]))

    @cached_property
    def _module(self) -> Any:
        from ...compile.native.machine.disk_cache import key_of
        from ...compile.native.machine.llvm import NativeModule
        from .translation import translated

        texts = [inspect.getsource(member.f) for member in self.family]
        return NativeModule(lambda: translated(self), key_of("loops over whole numbers", *texts))

    @cached_property
    def _code(self) -> Callable[..., int]:
        kinds = [ctypes.c_void_p if is_array else ctypes.c_int64 for is_array in self.arrays]
        return ctypes.CFUNCTYPE(ctypes.c_int64, *kinds)(self._module.address(self.f.__name__))


native = Native
"""The decorator."""


def _address(array: Any) -> int:
    assert array.dtype == numpy.int32, "an array of indices has numbers of 32 bits"
    assert array.flags.c_contiguous, "an array of indices lies side by side"
    return array.ctypes.data


def indices(array: Any) -> Any:
    """An array as one that native functions take."""
    return numpy.ascontiguousarray(array, numpy.int32)
