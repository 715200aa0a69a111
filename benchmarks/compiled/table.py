"""Measures every workload and prints the table."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from types import ModuleType

from ..report import OURS, Comparison
from ..timing import keep_pages, peak_bytes, steady_times
from . import (
    attention,
    branch,
    convolution,
    curvature,
    elementwise,
    kmeans,
    log_sum_exp,
    logistic,
    mixture,
    tiny,
    training,
    waves,
)
from .workload import Workload, check_equal

MODULES: Sequence[ModuleType] = (
    tiny,
    branch,
    elementwise,
    training,
    mixture,
    log_sum_exp,
    kmeans,
    logistic,
    attention,
    convolution,
    curvature,
    waves,
)
FIRST_CALLS = 3


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table; a word given is a part of the names of the files whose workloads are wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks compiled")
    parser.add_argument("words", nargs="*", help="parts of the names of files: tiny, mixture, first_call, memory, ...")
    parser.add_argument("--torch-compile", action="store_true", help="measure torch.compile too (minutes)")
    options = parser.parse_args(arguments)

    def is_wanted(name: str) -> bool:
        return not options.words or any(word in name for word in options.words)

    keep_pages()
    table = Comparison("Compiled: best of several turns, in one process; ratio of Wengert to the best peer")
    for workload in _workloads(is_wanted):
        table.add(workload.name, _times(workload, options.torch_compile), workload.at_most)
    if is_wanted("first_call"):
        _add_first_calls(table, options.torch_compile)
    if is_wanted("memory"):
        table.add("training step, peak memory", _peaks(), 1.0, "MB")
    table.show()


def _workloads(is_wanted: Callable[[str], bool]) -> Iterable[Workload]:
    for module in MODULES:
        if is_wanted(module.__name__.rpartition(".")[2]):
            yield from module.workloads()


def _times(workload: Workload, torch_compile: bool) -> dict[str, float]:
    calls = workload.calls(torch_compile=torch_compile)
    check_equal(calls, workload.tolerance)
    return steady_times(calls)


def _add_first_calls(table: Comparison, torch_compile: bool) -> None:
    """The first call of the training step with an empty cache on disk, and with what that call left there."""
    with tempfile.TemporaryDirectory() as folder:
        cold, cached = float("inf"), float("inf")
        for number in range(FIRST_CALLS):
            cache = {"WENGERT_CACHE": os.path.join(folder, str(number))}
            cold = min(cold, _first_call(OURS, cache))
            cached = min(cached, _first_call(OURS, cache))
    peers = [p for p in ("jax", "torch.compile") if find_spec(p.partition(".")[0]) and (p == "jax" or torch_compile)]
    times = {peer: min(_first_call(peer) for _ in range(FIRST_CALLS)) for peer in peers}
    table.add("training step, first call", {OURS: cold, **times}, 0.7, "ms")
    table.add("its first call in a second process", {OURS: cached, **times}, 0.3, "ms")


def _first_call(library: str, environment: Mapping[str, str] | None = None) -> float:
    command = [sys.executable, "-m", "benchmarks.compiled.first_call", library]
    variables = {**os.environ, **(environment or {})}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # the peers' modules were compiled to bytecode by their installation
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=variables).stdout)


def _peaks() -> dict[str, float]:
    libraries = [OURS, *(peer for peer in ("jax", "torch") if find_spec(peer))]
    return {name: peak_bytes("benchmarks.compiled.training", f"{name}_memory") for name in libraries}
