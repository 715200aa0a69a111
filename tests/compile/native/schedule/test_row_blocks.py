"""Loop nests that share rows: which are done together, what they move, and that results are those of eager."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import array, assert_compiled_is_eager

from wengert.compile.native.schedule import row_blocks as rows
from wengert.compile.native.schedule.build import ScheduleBuilder
from wengert.compile.native.schedule.row_blocks import in_rows
from wengert.compile.native.schedule.sink import sink
from wengert.compile.native.schedule.stages import Group, RowBlocks, nodes_of
from wengert.compile.passes.lifting import with_constants_as_inputs

SHAPES: list[tuple[tuple[int, ...], Any]] = [
    ((7, 300), -1),
    ((300, 70), 0),
    ((5, 40, 30), 1),
    ((5, 40, 30), (0, 2)),
    ((5, 40, 30), (1, 2)),
    ((1, 33, 1, 65), -1),
    ((3, 1), -1),
    ((50,), 0),
]


def standardised(x: Any, axis: Any) -> Any:
    centred = x - np.mean(x, axis=axis, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis=axis, keepdims=True) + 1e-3)


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "softmax": lambda x, axis: special.softmax(x, axis=axis),
    "log_softmax": lambda x, axis: special.log_softmax(x, axis=axis),
    "logsumexp": lambda x, axis: x - special.logsumexp(x, axis=axis, keepdims=True),
    "standardised": standardised,
}


def facts(f: Callable[..., Any], *args: Any) -> tuple[int, int, int]:
    """The kernels of a compiled function, and the bytes of its arena and that they move."""
    compiled = wg.jit(f)
    compiled(*args)
    (kernels,) = re.findall(r"(\d+) kernels", compiled.report())
    ((arena, moved),) = re.findall(r"(\d+) bytes of arena, (\d+) bytes moved", compiled.report())
    return int(kernels), int(arena), int(moved)


def pulled_back(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, ct: wg.vjp(f, x)[1](ct)


def scheduled(f: Callable[..., Any], *args: Any) -> ScheduleBuilder:
    schedule = ScheduleBuilder(with_constants_as_inputs(wg.jit(f).lower(*args).graph)[0])
    sink(schedule)
    in_rows(schedule)
    return schedule


@pytest.mark.part(4)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_pass_reads_the_operands_and_writes_the_result(name: str, dtype: str) -> None:
    x = array((64, 16, 128), dtype)

    def f(x: Any) -> Any:
        return FUNCTIONS[name](x, -1)

    assert facts(f, x) == (1, 0, 2 * x.nbytes)
    assert facts(pulled_back(f), x, x) == (1, 0, 3 * x.nbytes)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_columns_too(name: str) -> None:
    x = array((100, 200))
    kernels, arena, moved = facts(lambda x: FUNCTIONS[name](x, 0), x)
    assert (kernels, arena, moved) == (1, 0, 2 * x.nbytes)


@pytest.mark.part(6)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_compiled_is_eager(name: str, shape: tuple[int, ...], axis: Any, dtype: str) -> None:
    rtol = 1e-12 if dtype == "float64" else 3e-5  # sums in another order, and quotients by them

    def f(x: Any) -> Any:
        return FUNCTIONS[name](x, axis)

    x, ct = array(shape, dtype), numpy.cos(array(shape, dtype))
    assert_compiled_is_eager(f, x, rtol=rtol)
    assert_compiled_is_eager(pulled_back(f), x, ct, rtol=rtol)


@pytest.mark.parametrize("name", ["softmax", "logsumexp"])
def test_second_derivatives(name: str) -> None:
    def f(x: Any) -> Any:
        return np.sum(FUNCTIONS[name](x, -1) ** 2)

    x = array((4, 150))
    assert_compiled_is_eager(lambda x, dx: wg.jvp(wg.grad(f), (x,), (dx,))[1], x, numpy.cos(x), rtol=1e-12)


@pytest.mark.part(2)
@pytest.mark.parametrize("length", [1, 2, 3, 127, 128, 129, 1000])
def test_blocks_of_rows_that_are_not_full(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BLOCK_BYTES", 1 << 13)
    assert_compiled_is_eager(lambda x: special.softmax(x, axis=-1), array((length, 9)), rtol=1e-14)
    assert_compiled_is_eager(lambda x: special.softmax(x, axis=0), array((9, length)), rtol=1e-14)


def test_a_transposed_operand_shares_what_is_one_loop() -> None:
    x = array((6, 50, 4, 30))

    def f(x: Any) -> Any:
        return special.softmax(np.transpose(x, (0, 2, 1, 3)), axis=-1)

    assert_compiled_is_eager(f, x, rtol=1e-14)
    assert facts(f, x)[0] == 1


def test_what_others_read_is_in_memory_as_a_whole() -> None:
    def f(x: Any) -> Any:
        terms = np.exp(x - np.max(x, axis=-1, keepdims=True))
        total = np.sum(terms, axis=-1, keepdims=True)
        return terms / total, np.sum(terms, axis=0), np.log(total), terms[::-1] + 1.0

    assert_compiled_is_eager(f, array((70, 90)), rtol=1e-14)


def test_what_is_read_in_another_row_is_not_done_together() -> None:
    def f(x: Any) -> Any:
        return x + np.sum(x, axis=-1, keepdims=True)[::-1]

    assert_compiled_is_eager(f, array((70, 90)), rtol=1e-14)
    assert not [stage for stage in scheduled(f, array((70, 90))).stages if isinstance(stage, RowBlocks)]


def test_what_is_read_at_an_index_is_not_done_together() -> None:
    def f(x: Any, i: Any) -> Any:
        return np.exp(x - np.sum(x, axis=-1, keepdims=True)[i])

    assert_compiled_is_eager(f, array((70, 90)) / 100, numpy.arange(70)[::-1].copy(), rtol=1e-13)


def test_long_rows_are_done_one_nest_after_the_other() -> None:
    stages = scheduled(lambda x: special.softmax(x, axis=-1), array((2, 200_000))).stages
    assert all(isinstance(stage, Group) for stage in stages)


def test_what_is_in_between_waits_if_it_can() -> None:
    def f(x: Any, y: Any, w: Any) -> Any:
        return special.softmax(x, axis=-1), special.softmax(y, axis=0), y @ w

    x, y, w = array((30, 40)), array((50, 60)), array((60, 7))
    assert_compiled_is_eager(f, x, y, w, rtol=1e-13)
    schedule = scheduled(f, x, y, w)
    assert sum(isinstance(stage, RowBlocks) for stage in schedule.stages) == 2
    for index, stage in enumerate(schedule.stages):
        assert all(schedule.stage_of[node] == index for node in nodes_of(stage))


def test_parts_of_one_array_that_overlap_are_written_in_order() -> None:
    def f(x: Any) -> Any:
        terms = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return np.pad(terms / np.sum(terms, axis=-1, keepdims=True), 2), np.concatenate([terms, x, terms], axis=0)

    assert_compiled_is_eager(f, array((70, 90)), rtol=1e-14)


def test_state_that_is_replaced_is_read_before() -> None:
    weights = wg.tensor(array((300, 200)))

    @wg.jit
    def step() -> Any:
        weights[...] = special.softmax(weights, axis=-1) + np.mean(weights, axis=-1, keepdims=True)
        return np.sum(weights)

    expected = array((300, 200))
    for _ in range(3):
        step()
        shares = numpy.exp(expected - expected.max(-1, keepdims=True))
        expected = shares / shares.sum(-1, keepdims=True) + expected.mean(-1, keepdims=True)
    numpy.testing.assert_allclose(weights.numpy(), expected, rtol=1e-12)


def test_a_sum_over_the_rows_is_done_after_them() -> None:
    x, ct = array((300, 100)), numpy.arange(1.0, 301)

    def f(x: Any) -> Any:
        return np.sum(special.logsumexp(x, axis=-1) * ct)

    assert_compiled_is_eager(wg.value_and_grad(f), x, rtol=1e-12)
    kernels, arena, moved = facts(wg.value_and_grad(f), x)
    assert kernels == 2
    assert arena < 4 * ct.nbytes
    assert moved < 2 * x.nbytes + 8 * ct.nbytes


def test_what_waits_for_a_sum_over_the_rows_is_done_after_it() -> None:
    def f(x: Any) -> Any:
        norms = np.sqrt(np.sum(x**2, axis=-1, keepdims=True))
        return x / norms, x / norms * np.sum(norms)

    assert_compiled_is_eager(f, array((300, 100)), rtol=1e-12)


def test_nests_behind_one_that_is_in_no_rows() -> None:
    """The second nest writes into an array by columns, and makes what the third reads."""

    def spread(x: Any, axis: int) -> Any:
        return special.logsumexp(x, axis=axis, keepdims=True) * np.ones_like(x)

    def f(x: Any) -> Any:
        columns = spread(x, 0)
        bent = np.where(columns > 0, columns, 0.1 * columns)
        first = np.sum(np.cumsum(np.sqrt(np.where(bent > 0, bent, 0.0)), axis=0))
        lines = spread(x, 1)
        second = np.concatenate([lines, lines * 2], axis=0)[::2]
        chosen = special.log_softmax(np.concatenate([columns, columns * 2], axis=1)[:, ::2], axis=1)
        joined = np.max(chosen, axis=1, keepdims=True) + chosen * 0.5
        third = np.concatenate([joined, joined * 2], axis=0)[::2]
        losses = [np.sum(y * np.cos(y)) * 0.01 for y in (second, third)]
        return first, losses[0], second, losses[1], np.sum(third)

    assert_compiled_is_eager(f, array((33, 17)), rtol=1e-12)
