"""What compiling costs, counted and not timed: as much work for each operation, however many there are."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
import pytest

pytest.importorskip("llvmlite")

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.emit.staging import COPIED_TOGETHER
from wengert.compile.native.machine import llvm
from wengert.compile.native.machine.llvm import ModulePart
from wengert.compile.native.machine.pool import pool

Steps = Callable[[Any, int], Any]

LONGEST = 250_000
"""Characters of a function: of one that is twice as long, LLVM takes more than twice as long."""


class StopError(Exception):
    """Raised where LLVM would begin."""


class Cost(NamedTuple):
    """What it takes to get to LLVM: calls of Python and of functions in C; and what LLVM is given."""

    calls: int
    functions: Sequence[str]

    @property
    def characters(self) -> int:
        return sum(map(len, self.functions))


def cost(f: Callable[[Any], Any], x: Any, monkeypatch: pytest.MonkeyPatch) -> Cost:
    pool()  # whose code is compiled beforehand
    parts: list[ModulePart] = []
    calls = [0]

    def stop(given: Sequence[ModulePart]) -> Any:
        parts.extend(given)
        raise StopError

    def count(frame: Any, event: str, argument: Any) -> None:
        calls[0] += event in ("call", "c_call")

    monkeypatch.setattr(llvm, "code_of", lambda key, compile_it: compile_it())
    monkeypatch.setattr(llvm, "compiled", stop)
    sys.setprofile(count)
    try:
        with pytest.raises(StopError):
            wg.jit(f)(x)
    finally:
        sys.setprofile(None)
    return Cost(calls[0], [text for part in parts for text in re.split(r"(?m)^define ", part.text)])


def chain(x: Any, steps: int) -> Any:
    for _ in range(steps):
        x = np.sin(x) * 1.01 + 0.3
    return x


def varied(x: Any, steps: int) -> Any:
    """No two turns are alike."""
    y = x
    for i in range(steps):
        x, y = np.tanh(x + float(i)) * y, np.exp(-y * y) - float(i % 7) * x
    return x + y


def stencil(x: Any, steps: int) -> Any:
    for _ in range(steps):
        x = np.concatenate([x[:1], x[1:-1] + 0.1 * (x[2:] - x[:-2]), x[-1:]])
    return x


def turns(y: Any, steps: int) -> Any:
    """Turns of a method of Runge and Kutta, of a small array."""

    def slope(y: Any) -> Any:
        return np.stack([y[1], (1 - y[0] ** 2) * y[1] - y[0]])

    for _ in range(steps):
        y = y + 0.01 * slope(y + 0.005 * slope(y))
    return y


PROGRAMS: dict[str, tuple[Steps, Any, int]] = {
    "arrays": (chain, numpy.linspace(0, 1, 100), 45),
    "large arrays": (chain, numpy.linspace(0, 1, 100_000), 45),
    "numbers": (chain, numpy.float64(0.5), 40),
    "varied": (varied, numpy.linspace(0, 1, 100), 15),
    "slices": (stencil, numpy.linspace(0, 1, 50), 20),
    "small arrays": (turns, numpy.array([1.0, 0.5]), 12),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", PROGRAMS)
def test_compiling_is_linear(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps_of, x, steps = PROGRAMS[name]
    short, long = (
        cost(wg.grad(lambda x: np.sum(steps_of(x, count) ** 2)), x, monkeypatch)  # noqa: B023
        for count in (steps, 2 * steps)
    )
    assert long.calls <= 2.2 * short.calls
    assert long.characters <= 2.2 * short.characters
    assert max(map(len, long.functions)) <= LONGEST


def test_turns_that_are_alike_are_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    x = numpy.linspace(0, 1, 100)
    short, long = (cost(lambda x: chain(x, count), x, monkeypatch) for count in (70, 140))  # noqa: B023
    assert long.characters <= 1.3 * short.characters


def columns(table: Any, count: int) -> Any:
    """One kernel that reads at long steps at so many places."""
    total = table[:, 0]
    for i in range(1, count):
        total = np.minimum(total, table[:, i] * total)
    return total


def test_accesses_at_long_steps_are_found_each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    table = numpy.linspace(0, 1, 64 * 100).reshape(64, 100)
    short, long = (cost(lambda x: columns(x, count), table, monkeypatch) for count in (40, 80))  # noqa: B023
    assert long.characters <= 2.2 * short.characters
    loops = [block for text in long.functions for block in re.split(r"(?m)^[^ ]*:$", text)]
    copying = [block for block in loops if "store" in block and "fmul" not in block]
    assert max(block.count("load") for block in copying) <= COPIED_TOGETHER
