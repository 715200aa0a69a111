"""Fair times on a noisy machine: the candidates take turns, and the best turn of each counts."""

from __future__ import annotations

import ctypes
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

ROUNDS = 25
TURN_SECONDS = 0.2
BATCH_SECONDS = 1e-3
TRIM_THRESHOLD, TOP_PAD, MMAP_MAX = -1, -2, -4


CALLS_IN_A_TURN = 5
QUICK = 0.1
"""Seconds below which a candidate is called several times in a turn."""

Candidates = Mapping[str, Callable[[], object]]


@dataclass(frozen=True)
class Time:
    """Seconds: on the wall, and of all processors, which a loaded machine does not stretch.

    Attributes:
        noise: by which part the processors' time of a typical turn is over that of the best.
    """

    wall: float
    cpu: float
    noise: float = 0.0

    def __truediv__(self, count: float) -> Time:
        return replace(self, wall=self.wall / count, cpu=self.cpu / count)

    def __sub__(self, other: Time) -> Time:
        return replace(self, wall=self.wall - other.wall, cpu=self.cpu - other.cpu)


Turn = Callable[[Callable[[], object], float], Time]
"""From a candidate and the seconds that a call usually takes to the time of a call."""


def now() -> Time:
    return Time(time.perf_counter(), time.process_time())


def best(turns: Iterable[Time]) -> Time:
    """The least of several turns, each clock by itself; the noise is that among them, and within the calmest."""
    turns = list(turns)
    cpu = [turn.cpu for turn in turns]
    among = statistics.median(cpu) / min(cpu) - 1 if min(cpu) > 0 else 0.0
    return Time(min(turn.wall for turn in turns), min(cpu), max(among, min(turn.noise for turn in turns)))


def best_times(candidates: Candidates, rounds: int = ROUNDS) -> dict[str, Time]:
    """The best time of each candidate, over `rounds` rounds in turn, the first not counted.

    A turn is several calls of a quick candidate, since the collection before it leaves the caches cold.
    """
    return _in_turn(candidates, rounds, _several_calls)


def steady_times(candidates: Candidates, rounds: int = 6) -> dict[str, Time]:
    """The best time of a call of each candidate among many in a row, over `rounds` rounds in turn."""
    return _in_turn(candidates, rounds, _many_calls)


def _in_turn(candidates: Candidates, rounds: int, turn: Turn) -> dict[str, Time]:
    usual = {name: _mean(candidate, 1).wall for name, candidate in candidates.items()}
    for name, candidate in candidates.items():
        if usual[name] < QUICK:  # frequent calls become quicker: that of one turn is not counted
            usual[name] = min(usual[name], turn(candidate, usual[name]).wall)
    turns: dict[str, list[Time]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            gc.collect()
            turns[name].append(turn(candidate, usual[name]))
            usual[name] = min(usual[name], turns[name][-1].wall)
    return {name: best(found) for name, found in turns.items()}


def _several_calls(candidate: Callable[[], object], usual: float) -> Time:
    return best(_mean(candidate, 1) for _ in range(CALLS_IN_A_TURN if usual < QUICK else 1))


def _many_calls(candidate: Callable[[], object], usual: float) -> Time:
    """The best of batches of calls, until the turn is over."""
    found, end = [], time.perf_counter() + TURN_SECONDS
    while not found or time.perf_counter() < end:
        found.append(_mean(candidate, max(1, round(BATCH_SECONDS / usual))))
        usual = min(usual, found[-1].wall)
    return best(found)


def on_one_core() -> None:
    """Let this process, and all libraries in it, use one core, where the system can say so."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _mean(candidate: Callable[[], object], count: int) -> Time:
    """The mean time of a call among `count`."""
    start = now()
    for _ in range(count):
        candidate()
    return (now() - start) / count


def keep_pages() -> None:
    """Tell malloc, where it is glibc's, to keep freed pages for every library: fresh ones are dear."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for parameter, value in ((MMAP_MAX, 0), (TRIM_THRESHOLD, 2**31 - 1), (TOP_PAD, 2**26)):
            mallopt(parameter, value)


def peak_bytes(module: str, function: str) -> int:
    """How far a function raises the peak resident memory of a fresh process.

    The function is a generator: what comes before its ``yield`` (imports, inputs) is not counted.
    """
    code = (
        "from benchmarks.timing import peak_resident\n"
        f"from {module} import {function} as run\n"
        "steps = run(); next(steps)\n"
        "before = peak_resident()\n"
        "list(steps)\n"
        "print(peak_resident() - before)"
    )
    return int(_run(code))


def peak_resident() -> int:
    """The most bytes that this process has had in memory.

    Linux's own figure, since that of `resource` begins with the memory of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def process_time(code: str, rounds: int = 7) -> Time:
    """The best time of a fresh interpreter that runs `code`."""
    return best(_of_process(code) for _ in range(rounds))


def _of_process(code: str) -> Time:
    import resource

    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(code)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Time(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
