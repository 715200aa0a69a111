"""How many paths there may be, how they are chosen among, and what is said where they multiply."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.deciding import a_new_float, a_while, an_if, programs_of, warned_once
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.compile.programs.paths import MOST_PROGRAMS
from wengert.compile.programs.program import MET_TO_COMPILE
from wengert.compile.record.decisions import MOST_DECISIONS

X = numpy.array([0.5, -1.0, 2.0])


def counting(f: Callable[..., Any]) -> tuple[Any, list[int]]:
    runs: list[int] = []

    def counted(*args: Any) -> Any:
        runs.append(1)
        return f(*args)

    return wg.jit(counted), runs


def test_paths_are_recorded_once() -> None:
    f, runs = counting(an_if)
    for _ in range(10):
        f(X)
        f(-X)
    assert len(runs) == 2
    assert [program.calls for program in programs_of(f)] == [10, 10]


def test_alternation_is_foreseen() -> None:
    f, _ = counting(an_if)
    for _ in range(4):
        f(X)
        f(-X)
    paths = next(iter(f.programs.values()))
    first, second = paths
    assert first.successor is second
    assert second.successor is first


def test_a_path_is_compiled_when_it_is_met_often() -> None:
    f, _ = counting(an_if)
    for _ in range(MET_TO_COMPILE):
        f(X)
        assert "run" not in vars(programs_of(f)[0])
    assert "not compiled yet" in f.report()
    f(X)
    assert "run" in vars(programs_of(f)[0])
    assert "not compiled yet" not in f.report()


def test_a_function_whose_paths_multiply_is_reported_once() -> None:
    f, runs = counting(a_new_float)
    with warned_once("[jit] counted has taken 16 paths, and takes yet another, wanted few"):
        for i in range(40):
            x = X * (1 + i)
            assert_same(f(x), a_new_float(np.asarray(x)))
    assert len(runs) == 40
    assert len(programs_of(f)) == 0
    with warned_once("# float)"):
        g, _ = counting(a_new_float)
        for i in range(40):
            g(X * (1 + i))


def test_paths_of_use_are_kept() -> None:
    f, runs = counting(a_while)
    for _ in range(3):
        f(X)
    with warned_once("wg.while_loop"):
        for i in range(40):
            assert_same(f(X * 1.5**i), a_while(np.asarray(X * 1.5**i)))
    before = len(runs)
    for _ in range(5):
        assert_same(f(X), a_while(np.asarray(X)))
    assert len(runs) == before
    assert len(programs_of(f)) == 1


def test_a_loop_without_end_in_sight() -> None:
    def f(x: Any) -> Any:
        while np.sum(x) < 1000:  # turn
            x = x + 0.5
        return x

    compiled, runs = counting(f)
    with warned_once(f"[jit] counted has taken {MOST_DECISIONS} decisions on values in one call, wanted fewer"):
        for _ in range(3):
            assert_same(compiled(X), f(np.asarray(X)))
    assert len(runs) == 4
    with warned_once("while np.sum(x) < 1000:  # turn)"):
        counting(f)[0](X)


def test_an_exception_where_it_runs_without_being_compiled() -> None:
    w = wg.tensor(0.0)

    def f(x: Any) -> Any:
        w.__iadd__(1)
        if math.sqrt(x) > math.sqrt(30):
            raise ZeroDivisionError
        return x * 2

    compiled = wg.jit(f)
    with warned_once("16 paths"):
        for i in range(31):
            compiled(numpy.array(float(i)))
    assert w.item() == 31
    with pytest.raises(ZeroDivisionError):
        compiled(numpy.array(50.0))
    assert w.item() == 31


def test_a_text_that_is_another_each_time_is_reported_once() -> None:
    class Holder:
        name = ""

    def f(x: Any) -> Any:
        Holder.name += "."
        return x * len(Holder.name)

    compiled = wg.jit(f)
    with warned_once("[jit] f was recorded 16 times because Holder.name was another each time"):
        for i in range(1, 30):
            assert_same(compiled(X), X * i)
            assert Holder.name == "." * i


def test_a_schedule_keeps_being_compiled() -> None:
    class Holder:
        mode = "0"

    f, runs = counting(lambda x: x * int(Holder.mode))
    for i in range(40):
        Holder.mode = str(i)
        for _ in range(5):
            assert_same(f(X), X * i)
    assert len(runs) == 40
    assert len(programs_of(f)) == MOST_PROGRAMS
