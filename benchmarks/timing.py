"""Fair times on a noisy machine: the candidates take turns, and the best turn of each counts."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROUNDS = 25
TURN_SECONDS = 0.2
BATCH_SECONDS = 1e-3
TRIM_THRESHOLD, TOP_PAD, MMAP_MAX = -1, -2, -4


CALLS_IN_A_TURN = 5
QUICK = 0.1
"""Seconds below which a candidate is called several times in a turn."""


def best_times(candidates: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """The best time in seconds of each candidate, over `rounds` rounds in turn, the first not counted.

    A turn is several calls of a quick candidate, since the collection before it leaves the caches cold.
    """
    best = {name: _seconds(candidate, 1) for name, candidate in candidates.items()}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            gc.collect()
            calls = CALLS_IN_A_TURN if best[name] < QUICK else 1
            best[name] = min(best[name], *(_seconds(candidate, 1) for _ in range(calls)), float("inf"))
    return best


def steady_times(candidates: Mapping[str, Callable[[], object]], rounds: int = 6) -> dict[str, float]:
    """The best time in seconds of a call of each candidate among many in a row, over `rounds` rounds in turn."""
    best = {name: _seconds(candidate, 1) for name, candidate in candidates.items()}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            gc.collect()
            count = max(1, round(BATCH_SECONDS / best[name]))
            end = time.perf_counter() + TURN_SECONDS
            while time.perf_counter() < end:
                best[name] = min(best[name], _seconds(candidate, count))
    return best


def keep_pages() -> None:
    """Tell malloc, where it is glibc's, to keep freed pages for every library: fresh ones are dear."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for parameter, value in ((MMAP_MAX, 0), (TRIM_THRESHOLD, 2**31 - 1), (TOP_PAD, 2**26)):
            mallopt(parameter, value)


def _seconds(candidate: Callable[[], object], count: int) -> float:
    """The mean time of a call among `count`."""
    start = time.perf_counter()
    for _ in range(count):
        candidate()
    return (time.perf_counter() - start) / count


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


def process_time(code: str, rounds: int = 7) -> float:
    """The best wall time in seconds of a fresh interpreter that runs `code`."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        _run(code)
        times.append(time.perf_counter() - start)
    return min(times)


def _run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
