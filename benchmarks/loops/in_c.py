"""A function in C, compiled by the compiler of this machine, if it has one."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any


def compiled(source: str, name: str) -> Any:
    """The function of a C program; ``None`` if there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program, library = Path(folder, "program.c"), Path(folder, "program.so")
        program.write_text(source)
        options = ["-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC"]
        subprocess.run([compiler, *options, str(program), "-o", str(library), "-lm"], check=True)
        return getattr(ctypes.CDLL(str(library)), name)
