"""Fair times on a noisy machine: the candidates take turns, and the best turn of each counts."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

ROUNDS = 25


def best_times(candidates: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """The best time in seconds of each candidate, over `rounds` rounds in turn, the first not counted."""
    best = dict.fromkeys(candidates, float("inf"))
    for candidate in candidates.values():
        candidate()
    for _ in range(rounds):
        for name, candidate in candidates.items():
            gc.collect()
            start = time.perf_counter()
            candidate()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def peak_bytes(module: str, function: str) -> int:
    """How far a function raises the peak resident memory of a fresh process.

    The function is a generator: what comes before its ``yield`` (imports, inputs) is not counted.
    """
    code = (
        "import resource\n"
        f"from {module} import {function} as run\n"
        "steps = run(); next(steps)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "list(steps)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    unit = 1 if sys.platform == "darwin" else 1024
    return int(_run(code)) * unit


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
