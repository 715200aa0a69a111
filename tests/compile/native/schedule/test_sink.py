"""What moves to the loop that alone uses it, and what stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile.native.schedule.build import ScheduleBuilder
from wengert.compile.native.schedule.sink import sink
from wengert.compile.native.schedule.stages import Group, Stage
from wengert.compile.passes.lifting import with_constants_as_inputs

X = numpy.linspace(-1, 1, 24).reshape(4, 6)
Y = numpy.linspace(0, 3, 24).reshape(4, 6)
W = numpy.linspace(-1, 2, 36).reshape(6, 6)


def names(stages: list[Stage]) -> list[list[str]]:
    return [[n.primitive.name for n in (s.nodes if isinstance(s, Group) else [s.node])] for s in stages]


def sunk(f: Callable[..., Any], *args: Any) -> tuple[list[list[str]], list[list[str]]]:
    """The names of the operations in each stage, before and after."""
    schedule = ScheduleBuilder(with_constants_as_inputs(wg.jit(f).lower(*args).graph)[0])
    before = names(schedule.stages)
    sink(schedule)
    for index, stage in enumerate(schedule.stages):
        for node in stage.nodes if isinstance(stage, Group) else [stage.node]:
            assert schedule.stage_of[node] == index
    expected = wg.jit(f).__wrapped__(*map(wg.tensor, args)).numpy()
    numpy.testing.assert_allclose(wg.jit(f)(*args).numpy(), expected, rtol=1e-13)  # products sum in another order
    return before, names(schedule.stages)


def test_what_waits_for_a_product_is_done_after_it() -> None:
    assert sunk(lambda x, w: x * 0.9 + x @ w, X, W) == (
        [["multiply"], ["matmul"], ["add"]],
        [["matmul"], ["multiply", "add"]],
    )


def test_what_is_read_for_this_alone_is_read_later() -> None:
    _, after = sunk(lambda x, y, w: x * y + x @ w, X, Y, W)
    assert after == [["matmul"], ["multiply", "add"]]


def test_what_would_leave_as_much_to_store_stays() -> None:
    before, after = sunk(lambda x, w: np.max(np.abs(x)) + (2 * np.abs(x) + x @ w), X, W)
    assert before == after
    assert before[0] == ["absolute", "max", "multiply"]


def test_an_array_that_is_read_anyway_does_not_count() -> None:
    _, after = sunk(lambda x, y, w: (x * y + x @ w) * x, X, Y, W)
    assert after == [["matmul"], ["multiply", "add", "multiply"]]


def test_what_is_used_twice_or_given_back_or_seen_from_aside_stays() -> None:
    programs: list[Callable[..., Any]] = [
        lambda x, w: np.stack([x * 0.9 + x @ w, x * 0.9]),
        lambda x, w: (x * 0.9 + x @ w) @ (x * 0.9).T,
        lambda x, w: x * 0.9 + x @ w + (x * 0.9)[::-1],
    ]
    for f in programs:
        before, after = sunk(f, X, W)
        assert "multiply" in before[0]
        assert before[0] == after[0]


def test_what_is_read_at_an_index_stays_in_memory() -> None:
    index = numpy.array([3, 0, 2, 1])
    before, after = sunk(lambda x, i: (x * 0.9)[i] + 1, numpy.linspace(-1, 1, 4), index)
    assert before == after
    assert before[0] == ["multiply"] or "multiply" not in before[-1]
