"""Measures every task."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib.util import find_spec

from ..compiled.workload import as_it_is
from ..options import Options, add_torch_compile
from ..report import OURS, Comparison, Page
from ..timing import Time, best, steady_times
from .libraries import (
    Call,
    check_outputs,
    check_steps,
    jax_inference,
    jax_step,
    torch_inference,
    torch_step,
    wengert_inference,
    wengert_step,
)
from .roofline import Roofline
from .task import Task
from .tasks import wanted

KINDS = ("training", "eager", "inference", "alone")
AT_MOST = {"training": 0.9, "eager": 1.0, "inference": 0.5, "first call": 0.7, "memory": 1.0}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", help="parts of the names of tasks: CNN, LSTM, VAE, ...")
    parser.add_argument("--only", choices=KINDS, help="one of the tables; alone: first calls and peak memory")
    add_torch_compile(parser)


def pages(options: Options) -> Iterator[Page]:
    if options.torch_compile and not shutil.which(os.environ.get("CXX", "g++")):
        sys.exit("[benchmarks] --torch-compile wants a C++ compiler, and there is none; write it without the option")
    tasks = list(wanted(options))
    for kind in (options.only,) if options.only else KINDS:
        yield from _alone_pages(tasks, options) if kind == "alone" else _time_pages(kind, tasks, options)


# -- in one process --------------------------------------------------------------------------------


def _time_pages(kind: str, tasks: Iterable[Task], options: Options) -> Iterator[Page]:
    titles = {
        "training": "A step of training, compiled whole",
        "eager": "A step of training, run line by line",
        "inference": "Inference of one example, compiled",
    }
    table = Comparison(f"{titles[kind]}: best of several turns, in one process; ratio of Wengert to the best peer")
    roofline = Roofline() if kind == "training" else None
    for task in tasks:
        calls = _calls(kind, task, options.torch_compile)
        (check_outputs if kind == "inference" else check_steps)(task.name, calls)
        times = steady_times(calls, options.rounds)
        table.add(task.name, times, AT_MOST[kind])
        if roofline:
            roofline.add(task, times[OURS].wall)
    yield table
    if roofline:
        yield roofline


def _calls(kind: str, task: Task, torch_compile: bool) -> dict[str, Call]:
    """The task in every library that is installed."""
    if kind == "eager":
        return {OURS: wengert_step(task, as_it_is), **_torch_calls(kind, task, torch_compile=False)}
    ours, jax = (wengert_inference, jax_inference) if kind == "inference" else (wengert_step, jax_step)
    peer = {"jax": jax(task)} if find_spec("jax") else {}
    return {OURS: ours(task), **peer, **_torch_calls(kind, task, torch_compile)}


def _torch_calls(kind: str, task: Task, torch_compile: bool) -> dict[str, Call]:
    if not find_spec("torch"):
        return {}
    make = torch_inference if kind == "inference" else torch_step
    made = {"torch": make(task, as_it_is)}
    if torch_compile:
        import torch

        torch.compiler.reset()  # it compiles a function, which all tasks share, only a few times
        made["torch.compile"] = make(task, torch.compile)
    return made


# -- in a process each -----------------------------------------------------------------------------


def _alone_pages(tasks: Iterable[Task], options: Options) -> Iterator[Page]:
    first = Comparison("The first step of training, in a process each, with no cache")
    memory = Comparison("Peak memory of training, in a process each")
    libraries = [OURS, *(name for name in ("jax", "torch") if find_spec(name))]
    for task in tasks:
        found = {library: _alone(library, task, 1 if options.quick else 2) for library in libraries}
        compiled = {library: taken for library, (taken, _) in found.items() if library != "torch"}
        first.add(task.name, compiled, AT_MOST["first call"])
        memory.add(task.name, {library: peak for library, (_, peak) in found.items()}, AT_MOST["memory"])
    yield first
    yield memory


def _alone(library: str, task: Task, count: int) -> tuple[Time, float]:
    """The least time and bytes of some processes: see `alone`."""
    found = [_process(library, task) for _ in range(count)]
    return best(taken for taken, _ in found), min(peak for _, peak in found)


def _process(library: str, task: Task) -> tuple[Time, float]:
    command = [sys.executable, "-m", "benchmarks.learning.alone", library, task.name]
    with tempfile.TemporaryDirectory() as folder:
        variables = {**os.environ, "WENGERT_CACHE": folder}
        printed = subprocess.run(command, check=True, capture_output=True, text=True, env=variables).stdout
    wall, cpu, peak = map(float, printed.split())
    return Time(wall, cpu), peak
