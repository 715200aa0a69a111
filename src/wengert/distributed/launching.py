"""Starting the processes of a program on this machine, and ending them together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from .places import ATTEMPT, COORDINATOR, PROCESS, PROCESSES

CHILD = Path(__file__).with_name("child.py")

PATIENCE = 5.0
"""Seconds between asking a process to end, and ending it."""

BETWEEN_LOOKS = 0.05
"""Seconds."""

LAST_LINES = 40
"""So many lines of a process that failed are shown again at the end, where its traceback is."""

INTERRUPTED = 130
"""The exit code after Ctrl-C."""


class Failure(NamedTuple):
    """A process that did not end well.

    Attributes:
        process: its number.
        code: its exit code; the negative of a signal that has killed it.
        said: its last lines.
    """

    process: int
    code: int
    said: list[str]

    @property
    def text(self) -> str:
        """How it ended, in words."""
        how = f"was killed by {signal.Signals(-self.code).name}" if self.code < 0 else f"ended with code {self.code}"
        return f"[launch] process {self.process} {how}"


class Process:
    """One process of several, whose lines are shown with its number in front."""

    def __init__(
        self, number: int, command: Sequence[str], environment: dict[str, str], show: Callable[[str], None]
    ) -> None:
        self.number = number
        self.said: deque[str] = deque(maxlen=LAST_LINES)
        self._show = show
        self._popen = subprocess.Popen(
            [sys.executable, "-u", str(CHILD), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert self._popen.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._popen.stdout,), daemon=True)
        self._reader.start()

    def _read(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                self.said.append(line.rstrip("\n"))
                self._show(f"[{self.number}] {self.said[-1]}")

    def ended(self) -> int | None:
        """The exit code; ``None`` while it runs."""
        return self._popen.poll()

    def failure(self) -> Failure:
        """How it ended, with all that it has said."""
        self._reader.join(PATIENCE)
        return Failure(self.number, self._popen.wait(), list(self.said))

    def ask(self, what: signal.Signals) -> None:
        """Send a signal to the process, and to those that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, what)

    def finish(self) -> None:
        """Wait for it, and for its last lines."""
        self._popen.wait()
        assert self._popen.stdin is not None
        self._popen.stdin.close()
        self._reader.join(PATIENCE)


def launch(
    command: Sequence[str], processes: int, max_restarts: int = 0, show: Callable[[str], None] | None = None
) -> int:
    """Run a script in several processes on this machine, which find each other by `wengert.distributed.initialize`.

    Where one of them fails the others are ended, and with `max_restarts` all begin again: a script that restores its
    last checkpoint goes on from there. Nothing is left behind: what a process has started ends with it, and all end if
    this one is killed.

    Args:
        command: the script and its arguments.
        processes: how many.
        max_restarts: how often all are started again.
        show: is given each line, which has the number of its process in front; by default it is printed.

    Returns:
        The exit code: 0, or that of the process that failed (128 and its number for a signal).

    Raises:
        KeyboardInterrupt: after Ctrl-C, when all have been interrupted and have ended.
    """
    show = _printed() if show is None else show
    for attempt in range(max_restarts + 1):
        failure = _run(command, processes, attempt, show)
        if failure is None:
            return 0
        again = f"; all are started again ({attempt + 1} of {max_restarts})" if attempt < max_restarts else ""
        show(f"{failure.text}, and the others have been ended{again}")
    for line in failure.said:
        show(f"[{failure.process}] {line}")
    return failure.code if failure.code > 0 else 128 - failure.code


def _printed() -> Callable[[str], None]:
    """Print lines, one at a time."""
    lock = threading.Lock()

    def show(line: str) -> None:
        with lock:
            print(line, flush=True)

    return show


def _run(command: Sequence[str], count: int, attempt: int, show: Callable[[str], None]) -> Failure | None:
    """Run all processes once: the one that failed first, if one did."""
    coordinator = f"127.0.0.1:{_free_port()}"
    started: list[Process] = []
    try:
        for number in range(count):
            started.append(Process(number, command, _environment(coordinator, count, number, attempt), show))
        failed = _first_failed(started)
        return None if failed is None else failed.failure()
    except KeyboardInterrupt:
        _ask_all(started, signal.SIGINT)
        raise
    finally:
        _end(started)


def _environment(coordinator: str, count: int, number: int, attempt: int) -> dict[str, str]:
    told = {COORDINATOR: coordinator, PROCESSES: str(count), PROCESS: str(number), ATTEMPT: str(attempt)}
    return {**os.environ, **told}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _first_failed(started: Sequence[Process]) -> Process | None:
    """Wait until one has failed, or all have ended well; killed ones before those that failed for their sake."""
    while True:
        codes = [process.ended() for process in started]
        failed = [(code, process) for code, process in zip(codes, started, strict=True) if code]
        if failed:
            return min(failed, key=lambda pair: (pair[0] > 0, pair[1].number))[1]
        if None not in codes:
            return None
        time.sleep(BETWEEN_LOOKS)


def _ask_all(started: Sequence[Process], what: signal.Signals) -> None:
    """Send a signal to those that run, and be patient."""
    running = [process for process in started if process.ended() is None]
    for process in running:
        process.ask(what)
    until = time.monotonic() + PATIENCE
    while any(process.ended() is None for process in running) and time.monotonic() < until:
        time.sleep(BETWEEN_LOOKS)


def _end(started: Sequence[Process]) -> None:
    """End those that run, and all that they have started."""
    _ask_all(started, signal.SIGTERM)
    for process in started:
        process.ask(signal.SIGKILL)
    for process in started:
        process.finish()
