"""The tools of this package, in short."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
