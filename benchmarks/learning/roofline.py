"""How fast a step of training could be: its products at the peak of the processor, and its state at that of memory.

S. Williams, A. Waterman and D. Patterson, "Roofline: an insightful visual performance model for multicore
architectures", Communications of the ACM 52 (2009).
"""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy
from rich.console import Console
from rich.table import Table

from wengert.compile.native.machine.host import registers
from wengert.compile.native.machine.llvm import ModulePart, NativeModule, Source
from wengert.core.graph import Graph, form_of_operand, subgraphs

from ..report import Entry
from ..timing import best_times
from .libraries import compiled_step
from .task import Task

SUMS, TURNS, LANES = 14, 1 << 17, registers().bytes // 4
BYTES = 1 << 26
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def peak() -> float:
    """Operations in single precision that all cores do in a second, of products that are added up in registers."""
    x = numpy.full((CORES, 2 * LANES), 0.5, numpy.float32)
    module = NativeModule(lambda: Source([ModulePart(_sums(), is_finished=True)], {}))
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(module.address("sums"))
    return CORES * TURNS * SUMS * 2 * LANES / _shared(lambda core: function(x[core].ctypes.data))


@cache
def bandwidth() -> float:
    """Bytes that all cores read and write in a second."""
    x, y = numpy.ones((2, CORES, BYTES // CORES), numpy.int8)
    return 2 * BYTES / _shared(lambda core: numpy.copyto(y[core], x[core]))


def _shared(run: Callable[[int], object]) -> float:
    """The least seconds in which all cores do something, each by itself."""
    with ThreadPoolExecutor(CORES) as pool:
        return best_times({"": lambda: list(pool.map(run, range(CORES)))})[""].wall


def _sums() -> str:
    """A function in LLVM's language: sums in registers, of which none waits for another."""
    kind = f"<{LANES} x float>"
    each = range(SUMS)
    lines = [f"declare {kind} @llvm.fma.v{LANES}f32({kind}, {kind}, {kind})", "define void @sums(ptr %p) {", "start:"]
    lines += [f"%x = load {kind}, ptr %p, align 4", "br label %turn", "turn:", "%i = phi i64 [0, %start], [%j, %turn]"]
    lines += [f"%s{n} = phi {kind} [zeroinitializer, %start], [%t{n}, %turn]" for n in each]
    lines += [f"%t{n} = call {kind} @llvm.fma.v{LANES}f32({kind} %s{n}, {kind} %x, {kind} %x)" for n in each]
    lines += ["%j = add i64 %i, 1", f"%c = icmp ult i64 %j, {TURNS}", "br i1 %c, label %turn, label %end", "end:"]
    lines += [f"%u{n + 1} = fadd {kind} %t{n + 1}, {f'%u{n}' if n else '%t0'}" for n in range(SUMS - 1)]
    return "\n".join([*lines, f"store {kind} %u{SUMS - 1}, ptr %p, align 4", "ret void", "}"])


def operations(graph: Graph) -> int:
    """Those of all products of matrices and correlations, each of whose windows is done by itself."""
    total = 0
    for node in graph.nodes:
        turns = node.params.get("length") or 1
        total += turns * sum(map(operations, subgraphs(node).values()))
        if node.primitive.name in ("matmul", "correlate"):
            left, right = (form_of_operand(operand).shape for operand in node.operands)
            terms = left[-1] if node.primitive.name == "matmul" else math.prod(right[2:])
            total += 2 * node.form.size * terms
    return total


class Roofline:
    """Rows of what the steps of training could take, beside what they took."""

    entries: Sequence[Entry] = ()

    def __init__(self) -> None:
        self.title = f"Roofline: {peak() * 1e-9:.0f} GFLOP/s in single precision, {bandwidth() * 1e-9:.1f} GB/s"
        self.table = Table(title=self.title, title_justify="left")
        self.table.add_column("workload")
        for name in ("products", "at the peak", "state", "at that of memory", "took"):
            self.table.add_column(name, justify="right")

    def add(self, task: Task, seconds: float) -> None:
        """A row; the state is what the step reads and writes beside its batch."""
        compiled, batch = compiled_step(task)
        compiled(*batch)
        graph = compiled.lower(*batch).graph
        flops, values = operations(graph), [*graph.inputs, *graph.outputs]
        state = sum(math.prod(form.shape) * form.dtype.itemsize for form in map(form_of_operand, values))
        least = [f"{1e3 * flops / peak():.2f} ms", f"{1e3 * state / bandwidth():.2f} ms"]
        numbers = [f"{1e-6 * flops:.1f} MFLOP", least[0], f"{1e-6 * state:.1f} MB", least[1], f"{1e3 * seconds:.2f} ms"]
        self.table.add_row(task.name, *numbers)

    def show(self) -> None:
        Console(width=140).print(self.table)
