"""Functions in C and in C++, compiled by the compilers of this machine, if it has them."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

SHARED = ("-O3", "-march=native", "-shared", "-fPIC")


def compiled(source: str, name: str) -> Any:
    """The function of a C program; ``None`` if there is no compiler."""
    if shutil.which("cc") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "program.c")
        program.write_text(source)
        return getattr(_library("cc", program, folder, "-ffp-contract=off"), name)


def compiled_cpp(program: Path) -> ctypes.CDLL | None:
    """The library of a file in C++; ``None`` if there is no compiler."""
    if shutil.which("g++") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        return _library("g++", program, folder, "-std=c++17")


def _library(compiler: str, program: Path, folder: str, *options: str) -> ctypes.CDLL:
    library = Path(folder, "program.so")
    subprocess.run([compiler, *SHARED, *options, str(program), "-o", str(library), "-lm"], check=True)
    return ctypes.CDLL(str(library))
