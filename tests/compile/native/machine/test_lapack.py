"""LAPACK is found anew in every process, and SciPy is loaded only for programs that call it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llvmlite")

from wengert.compile.native.facts.lapack_routines import CHECKED, ROUTINES
from wengert.compile.native.machine.addresses import FIRST_ROUTINE, place_of, runtime_table
from wengert.compile.native.machine.lapack import COMPLEX_NAMES, LAPACK_NAMES, addresses

NAMES = (*LAPACK_NAMES, *COMPLEX_NAMES)


def test_every_routine_has_an_address() -> None:
    found = addresses()
    assert len(found) == len(NAMES) == len(set(found))
    assert all(found)


def test_the_table_has_them_at_their_places() -> None:
    table = runtime_table(True)
    assert [table[place_of(name)] for name in NAMES] == addresses()
    assert len(runtime_table(False)) == FIRST_ROUTINE


def test_what_is_checked_is_called() -> None:
    assert {primitive.name for primitive in ROUTINES} == set(NAMES)
    assert ROUTINES >= CHECKED


SCRIPT = """
import sys
import numpy, wengert as wg, wengert.numpy as np
wg.jit(lambda x: np.sin(x) @ x)(numpy.ones((5, 5)))
assert "scipy.linalg" not in sys.modules
from wengert.compile.native.machine.llvm import NativeModule
compile_it, made = NativeModule._compile, []
NativeModule._compile = lambda self: made.append(self) or compile_it(self)
x = wg.jit(lambda a, b: wg.grad(lambda a: np.sum(np.linalg.solve(a, b)))(a))(numpy.eye(6) * 2, numpy.ones((6, 1)))
assert "scipy.linalg" in sys.modules
print(len(made), x.numpy().sum())
"""


def test_a_second_process_reads_the_code_and_finds_its_own_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path))
    runs = [subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True) for _ in range(2)]
    assert [run.stderr for run in runs] == ["", ""]
    assert [run.stdout.split() for run in runs] == [["1", "-9.0"], ["0", "-9.0"]]
