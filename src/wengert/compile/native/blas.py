"""Matrix products through the BLAS that SciPy carries, called from machine code."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

from .scalar import TYPES, Builder, Value

_INT = ir.IntType(32)
_BYTE = ir.IntType(8)


AVX512 = ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl")


@cache
def _shared_library() -> Any:
    """The OpenBLAS that comes with SciPy's wheels; ``None`` if SciPy was built with another library.

    OpenBLAS falls back to AVX2 on processors that are newer than it; where the instructions are there it is
    asked, before it is loaded, for the kernels that use AVX-512. (The user's own choice stands.)
    """
    (folder,) = find_spec("scipy").submodule_search_locations  # type: ignore[union-attr]
    found = sorted((Path(folder).parent / "scipy.libs").glob("*scipy_openblas*"))
    if not found:
        return None
    features = llvm.get_host_cpu_features()
    if "OPENBLAS_CORETYPE" in os.environ or not all(features.get(name) for name in AVX512):
        return ctypes.CDLL(str(found[0]))
    os.environ["OPENBLAS_CORETYPE"] = "SKYLAKEX"
    try:
        return ctypes.CDLL(str(found[0]))
    finally:
        del os.environ["OPENBLAS_CORETYPE"]


@cache
def address_of(name: str) -> int:
    """The address of a BLAS function."""
    function = getattr(_shared_library(), f"scipy_{name}_", None)
    if function is not None:
        return ctypes.cast(function, ctypes.c_void_p).value or 0
    from scipy.linalg import cython_blas  # type: ignore[attr-defined]

    capsule = cython_blas.__pyx_capi__[name]
    get_name = ctypes.pythonapi.PyCapsule_GetName
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return get_pointer(capsule, get_name(capsule))


class _OneThread:
    """While a program runs, SciPy's BLAS uses one thread: the program's own threads share its products.

    (Two pools of threads on the same cores would wait for each other.)
    """

    def __init__(self) -> None:
        self.users = 0
        self.before = 0
        self.lock = threading.Lock()

    def __enter__(self) -> None:
        with self.lock:
            self.users += 1
            if self.users == 1:
                self.before = _threads()
                _set_threads(1)

    def __exit__(self, *exception: Any) -> None:
        with self.lock:
            self.users -= 1
            if self.users == 0:
                _set_threads(self.before)


one_thread = _OneThread()


def _threads() -> int:
    function = getattr(_shared_library(), "scipy_openblas_get_num_threads", None)
    return 1 if function is None else function()


def _set_threads(count: int) -> None:
    function = getattr(_shared_library(), "scipy_openblas_set_num_threads", None)
    if function is not None:
        function(count)


def kernels_in_use() -> str:
    """Which processor's kernels BLAS has chosen."""
    library = _shared_library()
    function = getattr(library, "scipy_openblas_get_corename", None)
    if function is None:
        return "unknown"
    function.restype = ctypes.c_char_p
    return function().decode()


class Blas:
    """Calls of BLAS at the place where `builder` is writing; whole numbers are passed in memory."""

    def __init__(self, builder: Builder, dtype: str) -> None:
        self.builder = builder
        self.kind = TYPES[dtype]

    def _cell(self, kind: ir.Type, value: Any) -> Value:
        with self.builder.goto_entry_block():
            cell = self.builder.alloca(kind)
        self.builder.store(value if isinstance(value, ir.Value) else ir.Constant(kind, value), cell)
        return cell

    def whole(self, value: Any) -> Value:
        if isinstance(value, ir.Value) and not isinstance(value, ir.Constant):
            value = self.builder.trunc(value, _INT)
        return self._cell(_INT, value)

    def letter(self, value: str) -> Value:
        return self._cell(_BYTE, ord(value))

    def number(self, value: float) -> Value:
        return self._cell(self.kind, value)

    def call(self, address: Value, arguments: Sequence[Value]) -> None:
        signature = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        self.builder.call(self.builder.inttoptr(address, signature.as_pointer()), arguments)

    def gemm(self, address: Value, left: Any, right: Any, result: Value, sizes: Any, distance: int) -> None:
        """``result = left @ right``, sizes (m, k, n), rows of the result `distance` apart.

        Each operand is (pointer, letter, distance of its lines). BLAS has columns first: it is asked for the
        transpose of the product, which is the product of the transposes in the other order.
        """
        (x, x_letter, x_distance), (y, y_letter, y_distance) = left, right
        m, k, n = map(self.whole, sizes)
        operands = [y, self.whole(y_distance), x, self.whole(x_distance)]
        letters = [self.letter(y_letter), self.letter(x_letter)]
        self.call(
            address,
            [*letters, n, m, k, self.number(1.0), *operands, self.number(0.0), result, self.whole(distance)],
        )
