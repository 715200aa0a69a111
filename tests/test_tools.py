"""The tools of this package, in short."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

pytest.importorskip("llvmlite")

from tools.matrix import PYTHONS, Case, cases, floors


@pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="signals are not looked for without POSIX threads")
def test_interrupts_at_random_moments_leave_everything_as_it_was() -> None:
    """No crash, no state changed, and an end within its time (300 of them: ``python -m tools.interrupts``)."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-m", "tools.interrupts", "24", "3"],
        cwd=Path(__file__).parents[1],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("24 interrupts, ")


def test_the_matrix_has_this_python_with_the_least_and_the_newest_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert all("==" in floor for floor in floors())
    found: list[Case] = list(cases())
    assert [case.name for case in found[:2]] == ["oldest", "newest"]
    assert found[0].requirements == floors()
    missing = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert sorted({case.version for case in found} | set(missing)) == sorted(PYTHONS)


def test_functions_are_tried_at_numbers_of_all_kinds() -> None:
    """A part of what ``python -m tools.every_float`` tries; all of single precision takes hours."""
    from tools.every_float import PATTERNS, errors_of, numbers

    assert sum(x.size for x in numbers(2**20)) == PATTERNS // 2**20
    x = next(numbers(2**12 + 3))
    assert numpy.isnan(x).any()
    assert (abs(x) < numpy.finfo(numpy.float32).tiny).any()
    for name in ("tanh", "log"):
        errors = errors_of(name, 2**14 + 1)
        assert 0 < errors.largest <= 2
        assert errors.otherwise == 0


def test_a_wrong_function_is_noticed() -> None:
    from tools.every_float import Errors

    x = numpy.array([1.0, 2.0, numpy.inf, numpy.nan, 5.0], numpy.float32)
    errors = Errors()
    errors.note(x, numpy.array([1.0, 2.0000005, numpy.inf, numpy.nan, numpy.inf], numpy.float32), x.astype(float))
    assert (errors.largest, errors.place, errors.over_one, errors.otherwise) == (2.0, 2.0, 1, 1)
