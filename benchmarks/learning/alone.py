"""One library's training in a fresh process: ``python -m benchmarks.learning.alone LIBRARY NAME``.

Prints the seconds of the first step on the wall and of processors, and by how many bytes all steps raise the peak of
resident memory. The first step records or traces, compiles and runs; imports and initial parameters do not count.
"""

from __future__ import annotations

import sys

import wengert as wg

from ..compiled.workload import as_it_is
from ..timing import now, peak_resident
from .libraries import Call, jax_step, torch_step, wengert_step
from .task import Task
from .tasks import named

STEPS = 5


def call(library: str, task: Task) -> Call:
    """Its first step, after something small that sets a compiler up: JAX has then made zeros."""
    if library == "wengert":
        wg.jit(lambda x: x + 1)(0.0)
        return wengert_step(task)
    return jax_step(task) if library == "jax" else torch_step(task, as_it_is)


def main() -> None:
    library, name = sys.argv[1:]
    step = call(library, named(name))
    before, start = peak_resident(), now()
    step()
    first = now() - start
    for _ in range(STEPS):
        step()
    print(first.wall, first.cpu, peak_resident() - before)


if __name__ == "__main__":
    main()
