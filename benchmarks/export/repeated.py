"""Functions of C that are called many times without Python in between."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy

from wengert.export.c_files import FLAGS, CSource

from .in_casadi import Generated

TURNS = 1000
"""Calls in a turn, whose time is divided by as many by nobody: peers make as many."""

HEAD = f"\nvoid repeated(void **p) {{\n    for (int turn = 0; turn < {TURNS}; turn++)"


def ours(source: CSource, args: Sequence[Any]) -> Callable[[], list[Any]]:
    """The only function of a file, called many times."""
    (function,) = source.functions
    given = [numpy.ascontiguousarray(x, a.dtype) for x, a in zip(args, function.arguments, strict=True)]
    results = [numpy.empty(r.shape, r.dtype) for r in function.results]
    passed = ", ".join(f"p[{i}]" for i in range(len(given) + len(results)))
    text = source.source.replace(f'#include "{source.name}.h"', source.header)
    repeated = _loaded(f"{text}{HEAD} {function.name}({passed});\n}}\n")
    return _calling(repeated, [*given, *results], results)


def casadis(made: Generated, args: Sequence[Any]) -> Callable[[], list[Any]]:
    """The same of CasADi's, which is given pointers to arguments, to results, and to memory to work in."""
    given = [numpy.ascontiguousarray(numpy.transpose(x), float) for x in args]
    results = [numpy.empty(shape[::-1]) for shape in made.shapes]
    work = [numpy.empty(max(made.integers, 1), numpy.int64), numpy.empty(max(made.numbers, 1))]
    begin, end = len(given), len(given) + len(results)
    text = made.source + HEAD + f" f((const double **)p, (double **)p + {begin}, p[{end}], p[{end + 1}], 0);\n}}\n"
    return _calling(_loaded(text), [*given, *results, *work], [numpy.transpose(r) for r in results])


def _calling(repeated: Any, arrays: Sequence[Any], results: list[Any]) -> Callable[[], list[Any]]:
    pointers = (ctypes.c_void_p * len(arrays))(*[array.ctypes.data for array in arrays])

    def call() -> list[Any]:
        repeated(pointers, arrays)
        return results

    return call


def _loaded(text: str) -> Callable[[Any, Any], None]:
    """A file of C, compiled as `CSource.load` does; its function is given pointers, and what they point to is kept."""
    compiler = shutil.which("cc")
    assert compiler is not None, "a compiler of C is wanted"
    with TemporaryDirectory() as folder:
        Path(folder, "f.c").write_text(text)
        command = [compiler, "-std=gnu99", *FLAGS, "-shared", "-fPIC", "-Wl,-Bsymbolic", "f.c", "-o", "f.so", "-lm"]
        subprocess.run(command, cwd=folder, check=True)
        library = ctypes.CDLL(f"{folder}/f.so")
    library.repeated.restype = None
    return lambda pointers, kept: library.repeated(pointers)
