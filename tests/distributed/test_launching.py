"""The launcher: processes of plain Python that begin, fail and end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wengert.cli import main
from wengert.distributed.launching import launch

BEGIN = """
import os, signal, subprocess, sys, time
rank, count, attempt = (int(os.environ[f"WENGERT_{name}"]) for name in ("PROCESS", "PROCESSES", "ATTEMPT"))
"""
WAITING = "time.sleep(60)"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Runs a script, and gives the exit code and the lines."""

    def launched(text: str, *arguments: str, processes: int = 2, max_restarts: int = 0) -> tuple[int, list[str]]:
        script = tmp_path / "script.py"
        script.write_text(BEGIN + textwrap.dedent(text))
        lines: list[str] = []
        return launch([str(script), *arguments], processes, max_restarts, lines.append), lines

    return launched


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def gone(process: int) -> bool:
    """Whether a process ends in a while."""
    for _ in range(200):
        if not is_running(process):
            return True
        time.sleep(0.05)
    return False


def test_lines_have_the_number_of_their_process(run: Any) -> None:
    code, lines = run("print(rank, count, sys.argv[1]); print('twice', file=sys.stderr)", "--given")
    assert code == 0
    assert sorted(lines) == ["[0] 0 2 --given", "[0] twice", "[1] 1 2 --given", "[1] twice"]


def test_a_failure_ends_all_and_shows_its_traceback(run: Any) -> None:
    code, lines = run(f"""
        if rank == 1:
            raise RuntimeError("on purpose")
        {WAITING}
    """)
    assert code == 1
    told = lines.index("[launch] process 1 ended with code 1, and the others have been ended")
    assert lines[told + 1 :][0] == "[1] Traceback (most recent call last):"
    assert lines[-1] == "[1] RuntimeError: on purpose"


def test_a_process_that_is_killed_and_started_again(run: Any) -> None:
    code, lines = run(
        f"""
        if attempt == 0:
            if rank == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            {WAITING}
        print("at last")
        """,
        max_restarts=2,
    )
    assert code == 0
    assert lines[0] == (
        "[launch] process 1 was killed by SIGKILL, and the others have been ended; all are started again (1 of 2)"
    )
    assert sorted(lines[1:]) == ["[0] at last", "[1] at last"]


def test_after_the_last_restart_the_exit_code_tells_the_signal(run: Any) -> None:
    code, lines = run("os.kill(os.getpid(), signal.SIGKILL)", processes=1, max_restarts=1)
    assert code == 128 + signal.SIGKILL
    assert lines == [
        "[launch] process 0 was killed by SIGKILL, and the others have been ended; all are started again (1 of 1)",
        "[launch] process 0 was killed by SIGKILL, and the others have been ended",
    ]


STUBBORN = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), child.pid)
time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_process_is_left(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "script.py"
    script.write_text(BEGIN + (STUBBORN if how == signal.SIGINT else "print(os.getpid()); time.sleep(60)"))
    command = [sys.executable, "-c", f"from wengert.cli import main; main(['launch', '-n', '2', {str(script)!r}])"]
    launcher = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    started = [int(word) for _ in range(2) for word in launcher.stdout.readline().split()[1:]]
    launcher.send_signal(how)
    launcher.stdout.close()
    assert launcher.wait(30) == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert all(map(gone, started))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["none.py"],
            "[launch] there is no file none.py, wanted a script of Python; write wengert launch --processes 2 train.py",
        ),
        (
            ["--processes", "0", __file__],
            "[launch] --processes 0 --max-restarts 0 was given, wanted a process or more, and no negative number; "
            "write --processes 2 --max-restarts 3",
        ),
    ],
)
def test_what_cannot_be_launched(arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(main, ["launch", *arguments])
    assert (result.exit_code, result.output) == (2, text + "\n")


def test_the_script_is_as_if_run_alone(run: Any) -> None:
    code, lines = run("print(__name__, os.path.dirname(os.path.abspath(__file__)) == sys.path[0])", processes=1)
    assert (code, lines) == (0, ["[0] __main__ True"])
    assert "WENGERT_PROCESS" not in os.environ
