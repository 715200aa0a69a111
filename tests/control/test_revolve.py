"""The budget of memory: as few turns are run again as can be, and no more states are kept than was said."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.emit.memory_loops.frames import BodyFrame
from wengert.compile.native.facts import registers
from wengert.compile.native.ir.types import INDEX
from wengert.control.revolve import beta, go_back
from wengert.core.abstract import Abstract
from wengert.core.primitive import Primitive
from wengert.core.recording import general
from wengert.ops.linear_maps import linear, maps_for

SIZES = [(n, s) for n in range(41) for s in range(1, 9)]


@cache
def fewest(count: int, memory: int) -> int:
    """The least number of turns run forward, by dynamic programming over where the next state is kept."""
    if count <= 1:
        return 0
    if memory == 1:
        return count * (count - 1) // 2
    return min(m + fewest(count - m, memory - 1) + fewest(m, memory) for m in range(1, count))


def theory(count: int, memory: int) -> int:
    """``t(n, s) = r n - beta(s + 1, r - 1)``, of Griewank and Walther (2000)."""
    repeats = next(r for r in range(count + 1) if beta(memory, r) >= count)
    return repeats * count - beta(memory + 1, repeats - 1)


class Walk:
    """Goes back through a loop whose states are the numbers of their turns, and counts."""

    def __init__(self, count: int, memory: int | None) -> None:
        self.steps: list[tuple[int, int]] = []
        self.advances = self.alive = self.peak = 0
        go_back(count, self.state(0), memory, self.advance, lambda t, state: self.steps.append((t, state.turn)))

    def state(self, turn: int) -> Any:
        walk = self

        class State:
            def __init__(self) -> None:
                self.turn = turn
                walk.alive += 1
                walk.peak = max(walk.peak, walk.alive)

            def __del__(self) -> None:
                walk.alive -= 1

        return State()

    def advance(self, state: Any, first: int, last: int) -> Any:
        assert state.turn == first < last
        self.advances += last - first
        return self.state(last)


def test_each_turn_is_gone_back_through_once_the_last_first() -> None:
    for count, memory in SIZES:
        assert Walk(count, memory).steps == [(t, t) for t in reversed(range(count))]


def test_as_few_turns_are_run_again_as_can_be() -> None:
    for count, memory in SIZES:
        assert Walk(count, memory).advances == fewest(count, memory)
        if count:
            assert theory(count, memory) == fewest(count, memory)


def test_no_more_states_are_kept_than_was_said() -> None:
    """At most one is alive besides those kept: that with which the walk goes on."""
    for count, memory in SIZES:
        assert Walk(count, memory).peak <= min(memory + 1, max(count, 1))


def test_without_a_budget_each_turn_is_run_again_once() -> None:
    for count in range(41):
        walk = Walk(count, None)
        assert walk.advances == max(count - 1, 0)
        assert walk.peak == max(count, 1)


# -- through the public forms ----------------------------------------------------------------------


class Calls:
    """An operation that is the identity, and counts how often it is evaluated."""

    def __init__(self) -> None:
        self.count = 0
        rule = linear(lambda t: t, lambda c: c)
        primitive = Primitive("counted", self.evaluate, ("x",), self.form, maps_for(("x",), (rule,)))
        self.operation = primitive.operation = general(primitive)

    def evaluate(self, x: Any) -> Any:
        self.count += 1
        return numpy.array(x)

    @staticmethod
    def form(x: Any) -> Abstract:
        return Abstract(x.shape, x.dtype)


def with_scan(turn: Callable[[Any], Any], x: Any, memory: int | None) -> Any:
    return wg.scan(lambda h, _: (turn(h), None), x, length=20, memory=memory)[0]


def with_fori(turn: Callable[[Any], Any], x: Any, memory: int | None) -> Any:
    return wg.fori_loop(0, 20, lambda i, h: turn(h), x, memory=memory)


def with_while(turn: Callable[[Any], Any], x: Any, memory: int | None) -> Any:
    return wg.while_loop(lambda s: s[0] < 20, lambda s: (s[0] + 1, turn(s[1])), (0, x), memory=memory)[1]


FORMS = {"scan": with_scan, "fori_loop": with_fori, "while_loop": with_while}


@pytest.mark.parametrize("memory", [1, 3, 20])
@pytest.mark.parametrize("form", FORMS)
def test_a_gradient_runs_as_many_turns_as_the_theory_says(form: str, memory: int) -> None:
    calls = Calls()
    loop = FORMS[form]
    slope = wg.grad(lambda x: loop(lambda h: calls.operation(np.sin(h)), x, memory))(0.5)
    found = calls.count
    assert found == 20 + theory(20, memory)
    expected = wg.grad(lambda x: loop(np.sin, x, None))(0.5)
    numpy.testing.assert_allclose(slope, expected, rtol=1e-13)


SIZE = 20_000


def peak(loss: Callable[[Any], Any]) -> float:
    """How many arrays of `SIZE` the gradient of a loss holds at a time."""
    slope, x = wg.grad(loss), numpy.linspace(-1.0, 1.0, SIZE)
    slope(x)
    tracemalloc.start()
    try:
        slope(x)
        return tracemalloc.get_traced_memory()[1] / (8 * SIZE)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", FORMS)
def test_the_memory_of_a_gradient_is_bounded(form: str) -> None:
    loop = FORMS[form]
    turn = lambda h: np.sin(h) + 0.5
    bounded, whole = (peak(lambda x, m=m: np.sum(loop(turn, x, m))) for m in (3, None))
    assert whole > 20
    assert bounded < 3 + 8  # a turn and its pullback have a few more


# -- compiled --------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak since a moment")
def test_the_memory_of_a_compiled_gradient_is_bounded() -> None:
    """Of 200 carries 5 are kept; besides them there are two to run turns through, the operands and the results."""
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": str(1 << 16)}  # what is freed goes back to the system
    script = Path(__file__).with_name("peaks.py")
    run = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
    carries = json.loads(run.stdout)
    for form in ("scan", "while_loop"):
        assert 190 < carries[f"{form} None"] < 215
        assert 5 < carries[f"{form} 5"] < 5 + 8


@pytest.fixture
def turns_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ctypes.c_int64:
    """Counts the turns that compiled pullbacks run forward: machine code that calls the body adds one."""
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path))  # nobody else is to run this code
    count = ctypes.c_int64(0)
    call = BodyFrame.call

    def counting(frame: BodyFrame, leave: Callable[[], None]) -> None:
        if frame.stage.node.primitive.name == "loop_pullback" and frame.body is frame.stage.bodies[0]:
            place = frame.builder.inttoptr(INDEX(ctypes.addressof(count)), INDEX.as_pointer())
            frame.builder.store(frame.builder.add(frame.builder.load(place), INDEX(1)), place)
        call(frame, leave)

    monkeypatch.setattr(BodyFrame, "call", counting)
    return count


@pytest.mark.part(4)
@pytest.mark.parametrize("memory", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("form", FORMS)
def test_a_compiled_gradient_runs_as_many_turns_as_the_theory_says(
    form: str, memory: int, turns_run: ctypes.c_int64
) -> None:
    loop = FORMS[form]
    slope = wg.jit(wg.grad(lambda x: loop(np.sin, x, memory)))(0.5)
    assert turns_run.value == theory(20, memory)
    numpy.testing.assert_allclose(slope, wg.grad(lambda x: loop(np.sin, x, None))(0.5), rtol=1e-13)


def test_a_compiled_gradient_without_a_budget_runs_each_turn_once_more(
    turns_run: ctypes.c_int64, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registers, "MOST_OPERATIONS", -1)  # on memory, not in registers
    wg.jit(wg.grad(lambda x: with_while(np.sin, x, None)))(0.5)
    assert turns_run.value == 20 - 1


def test_many_turns_need_no_recursion() -> None:
    """Loops of many turns that are run in NumPy, as those that sort by several keys are."""

    def loss(x: Any) -> Any:
        return np.sum(wg.fori_loop(0, 3000, lambda i, c: c[np.lexsort((c,))] * 1.0001, x, memory=None))

    found = wg.jit(wg.grad(loss))(numpy.array([2.0, 1.0]))
    numpy.testing.assert_allclose(found, 1.0001**3000, rtol=1e-10)
    met: list[int] = []
    go_back(5000, 0, None, lambda state, first, last: last, lambda t, state: met.append(t))
    assert met == list(reversed(range(5000)))
