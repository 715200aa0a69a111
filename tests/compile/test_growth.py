"""Compiling function after function does not grow memory, once nobody holds the functions.

The 10,000 compilations that the project aims at are scaled down to a few hundred, and growth is measured for each.
(10,000 of the small function below were done by hand.)
"""

from __future__ import annotations

import ctypes
import gc
import tracemalloc
import weakref
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

ONES = numpy.ones(3)


def use(number: int) -> None:
    """Compile and drop three small functions that nobody has compiled before: one with state, two derivatives."""
    w = wg.tensor(numpy.ones(3), requires_grad=True)

    @wg.jit
    def step(x: Any) -> Any:
        w.grad = None
        loss = np.sum(np.sin(x * float(number)) * w + number)
        loss.backward()
        return loss

    step(ONES)
    wg.jit(wg.grad(lambda x: np.sum(x**2 * number)))(ONES)
    wg.grad(wg.jit(lambda x: np.sum(x**2 * number)))(ONES)


def resident() -> int:
    """Bytes of memory that the process has, when it has given back what it does not use."""
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def growth(numbers: range) -> tuple[float, float]:
    """Bytes and objects that Python holds for each of these functions."""
    gc.collect()
    before, objects = tracemalloc.get_traced_memory()[0], len(gc.get_objects())
    for number in numbers:
        use(number)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    return grown / len(numbers), (len(gc.get_objects()) - objects) / len(numbers)


def test_python_holds_nothing_of_dropped_functions() -> None:
    for number in range(8):
        use(number)
    tracemalloc.start()
    try:
        # The smallest of three: what is done once, and tables of the interpreter's own that double, fall into some.
        size, count = min(growth(range(start, start + 8)) for start in (1000, 2000, 3000))
        assert count < 4
        assert size < 4096
    finally:
        tracemalloc.stop()


def compile_anew(numbers: range) -> None:
    """Compile and drop a small function for each number: the code of each is another."""
    for number in numbers:
        wg.jit(lambda x: np.sum(np.sin(x * float(number)) + number))(ONES)  # noqa: B023
    gc.collect()


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="resident memory is read as on Linux")
def test_the_process_does_not_grow_with_programs_that_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert.compile.native.machine.llvm.code_of", lambda key, compile_it: compile_it())
    compile_anew(range(80))  # until the heap has the holes that it will have

    def grown(first: int) -> float:
        before = resident()
        compile_anew(range(first, first + 45))
        return (resident() - before) / 45

    # The smaller of two: heaps of threads grow by large pieces. llvmlite loses 1,500, what a pass builder calls back.
    assert min(map(grown, (300, 400))) < 8_000


@pytest.mark.wide
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="resident memory is read as on Linux")
def test_the_process_does_not_grow_with_programs_from_the_cache() -> None:
    def grown() -> float:
        """Bytes for each program, of three in a use."""
        gc.collect()
        before = resident()
        for number in range(40):
            use(number)
        gc.collect()
        return (resident() - before) / (3 * 40)

    grown()
    # The smaller of two: the memory of a process that has run other tests grows by large pieces.
    assert min(grown(), grown()) < 16_000


def test_what_a_function_captured_goes_with_it() -> None:
    class Model:
        pass

    model: Any = Model()
    model.w = wg.tensor(numpy.ones(1000), requires_grad=True)
    held = weakref.ref(model)

    def build(mine: Any) -> Any:
        return wg.jit(lambda x: np.sum(mine.w * x))

    f = build(model)
    f(numpy.ones(1000)).backward()
    del f, model
    gc.collect()
    assert held() is None


def test_calls_do_not_grow_memory() -> None:
    w = wg.tensor(numpy.zeros(50_000), requires_grad=True)

    @wg.jit
    def step(x: Any) -> Any:
        w.grad = None
        loss = np.sum((w - x) ** 2)
        loss.backward()
        with wg.no_grad():
            w.copy_(w - 0.1 * w.grad)
        return loss

    x = numpy.ones(50_000)
    step(x)
    step(x)
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(50):
            step(x)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 3 * x.nbytes  # the parameter, its gradient, and change
    finally:
        tracemalloc.stop()


def test_signatures_that_come_back_are_not_recorded_again() -> None:
    f = wg.jit(lambda x: x + 1)
    for _ in range(20):
        for n in range(1, 6):
            f(numpy.ones(n))
    assert sum(map(len, f.programs.values())) == 5
