"""Trainings in several processes, which begin again when one is killed, are those in one process."""

from __future__ import annotations

import os
import random
import re
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy
import pytest
from tests.distributed.training_script import alone

from wengert.distributed.launching import launch

pytest.importorskip("jax")

ROOT = Path(__file__).parents[2]
SCRIPT = str(Path(__file__).with_name("training_script.py"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the training, and gives the exit code and the lines."""
    import wengert

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(wengert.__file__).parents[1]), str(ROOT)]))
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")

    def launched(steps: int, kind: str, *fatal: int, processes: int = 2, max_restarts: int = 0) -> list[str]:
        command = [SCRIPT, str(tmp_path), str(steps), kind, *map(str, fatal)]
        lines: list[str] = []
        assert launch(command, processes, max_restarts, lines.append) == 0, "\n".join(lines)
        return lines

    return launched


def losses_in(lines: list[str]) -> dict[int, float]:
    """The losses that the first process has printed, by the number of their step."""
    found = (re.fullmatch(r"\[0\] loss (\d+) (.*)", line) for line in lines)
    return {int(match[1]): float(match[2]) for match in found if match}


def check_losses(lines: list[str], steps: int) -> None:
    found = losses_in(lines)
    expected = alone(steps)
    numpy.testing.assert_allclose([found[i] for i in sorted(found)], expected[min(found) :], rtol=1e-12)


def test_a_process_that_is_killed(run: Any) -> None:
    lines = run(6, "sharded", 3, max_restarts=1)
    assert (
        "[launch] process 1 was killed by SIGKILL, and the others have been ended; all are started again (1 of 1)"
        in lines
    )
    assert sum(line.startswith("[0] loss 2 ") for line in lines) == 2
    assert "[0] layouts [\"P('data', None)\", \"P('data',)\", \"P(None, 'data')\"]" in lines
    assert "[0] ranks 0.5" in lines
    assert not any(line.startswith("[1] loss") for line in lines)
    check_losses(lines, 6)


@pytest.mark.wide
@pytest.mark.parametrize("kinds", [("sharded", "whole"), ("whole", "sharded")])
def test_on_another_number_of_processes(run: Any, kinds: tuple[str, str]) -> None:
    lines = run(4, kinds[0], processes=4)
    check_losses(lines + run(8, kinds[1], processes=2), 8)


KILLS, STEPS = 10, 60


@pytest.mark.wide
def test_processes_that_are_killed_at_random_moments(run: Any, tmp_path: Path) -> None:
    def kill() -> None:
        for number in range(KILLS):
            time.sleep(random.Random(number).uniform(4, 20))
            latest = max(tmp_path.glob("process-*"), key=lambda path: path.stat().st_mtime)
            with suppress(ProcessLookupError):
                os.kill(int(latest.name.removeprefix("process-")), signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
    lines = run(STEPS, "sharded", max_restarts=2 * KILLS)
    check_losses(lines, STEPS)


@pytest.mark.wide
def test_another_program_is_an_error_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, numpy, wengert as wg, wengert.numpy as np\n"
        "wg.distributed.initialize()\n"
        "mesh = wg.distributed.mesh({'data': 2})\n"
        "f = np.sin if wg.distributed.process_index() == 0 else np.cos\n"
        "wg.distributed.data_parallel(lambda x: np.sum(f(x)), mesh)(numpy.ones(2))\n"
    )
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    lines: list[str] = []
    assert launch([str(script)], 2, show=lines.append) == 1
    told = {line[:3] for line in lines if "RuntimeError: [distributed] process 1 has another program (" in line}
    assert told == {"[0]", "[1]"}
