"""One library's training in a fresh process: ``python -m benchmarks.learning.alone LIBRARY NAME``.

Prints the seconds of the first step, which records or traces, compiles and runs (imports and initial parameters do not
count), and by how many bytes all steps raise the peak of resident memory.
"""

from __future__ import annotations

import sys
import time

import wengert as wg

from ..compiled.workload import as_it_is
from ..timing import peak_resident
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
    before, start = peak_resident(), time.perf_counter()
    step()
    first = time.perf_counter() - start
    for _ in range(STEPS):
        step()
    print(first, peak_resident() - before)


if __name__ == "__main__":
    main()
