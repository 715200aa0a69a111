"""Measures every workload."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from types import ModuleType

from ..options import Options, add_torch_compile, add_words
from ..report import OURS, Comparison, Page
from ..rows import named
from ..timing import Time, best, peak_bytes, steady_times
from . import (
    attention,
    branch,
    calls,
    convolution,
    curvature,
    elementwise,
    logistic,
    sorting,
    tiny,
    training,
    waves,
)
from .workload import Workload, check_equal

MODULES: Sequence[ModuleType] = (
    tiny,
    calls,
    branch,
    elementwise,
    training,
    logistic,
    attention,
    convolution,
    curvature,
    sorting,
    waves,
)
FIRST_CALLS = 3


def add_options(parser: argparse.ArgumentParser) -> None:
    add_words(parser, [*named(MODULES), "first_call", "memory"])
    add_torch_compile(parser)


def pages(options: Options) -> Iterator[Page]:
    table = Comparison("Compiled: best of several turns, in one process; ratio of Wengert to the best peer")
    for workload in _workloads(options):
        table.add(workload.name, _times(workload, options), workload.at_most)
    if options.wants("first_call"):
        _add_first_calls(table, options)
    if options.wants("memory"):
        table.add("training step, peak memory", _peaks(), 1.0)
    yield table


def _workloads(options: Options) -> Iterable[Workload]:
    for name, module in named(MODULES).items():
        if options.wants(name):
            yield from module.workloads()


def _times(workload: Workload, options: Options) -> dict[str, Time]:
    calls = workload.calls(torch_compile=options.torch_compile)
    check_equal(calls, workload.tolerance)
    return steady_times(calls, options.rounds)


def _add_first_calls(table: Comparison, options: Options) -> None:
    """The first call of the training step with an empty cache on disk, and with what that call left there."""
    count = 1 if options.quick else FIRST_CALLS
    cold, cached = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            cache = {"WENGERT_CACHE": os.path.join(folder, str(number))}
            cold.append(_first_call(OURS, cache))
            cached.append(_first_call(OURS, cache))
    wanted = ("jax", "torch.compile") if options.torch_compile else ("jax",)
    peers = [peer for peer in wanted if find_spec(peer.partition(".")[0])]
    times = {peer: best(_first_call(peer) for _ in range(count)) for peer in peers}
    table.add("training step, first call", {OURS: best(cold), **times}, 0.7)
    table.add("its first call in a second process", {OURS: best(cached), **times}, 0.3)


def _first_call(library: str, environment: Mapping[str, str] | None = None) -> Time:
    command = [sys.executable, "-m", "benchmarks.compiled.first_call", library]
    variables = {**os.environ, **(environment or {})}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # the peers' modules were compiled to bytecode by their installation
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=variables).stdout
    return Time(*map(float, printed.split()))


def _peaks() -> dict[str, float]:
    libraries = [OURS, *(peer for peer in ("jax", "torch") if find_spec(peer))]
    return {name: peak_bytes("benchmarks.compiled.training", f"{name}_memory") for name in libraries}
