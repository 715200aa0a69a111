"""The arena: values that are alive at the same time are apart."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest
from hypothesis import given, settings, strategies as st

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile.native.schedule.arena import ArenaPlan, reuse_buffers, size_of
from wengert.compile.native.schedule.build import ScheduleBuilder
from wengert.compile.native.schedule.stages import Group, Schedule
from wengert.compile.passes.lifting import with_constants_as_inputs

KINDS = ["sin", "add", "sum", "product", "turn", "slice", "sort", "join", "write"]


def run(choices: list[tuple[str, int, int]], x: Any) -> Any:
    """A program of 4 x 4 matrices: each step works on two earlier values."""
    values = [x, np.cos(x)]
    for kind, i, j in choices:
        a, b = values[i % len(values)], values[j % len(values)]
        if kind == "sin":
            values.append(np.sin(a))
        elif kind == "add":
            values.append(a * 0.5 + b)
        elif kind == "sum":
            values.append(np.sum(a, axis=0) * 0.25 + b)
        elif kind == "product":
            values.append(a @ b * 0.2)
        elif kind == "turn":
            values.append(np.transpose(a) - b)
        elif kind == "slice":
            values.append(a[::-1, ::-1] + b[:1])
        elif kind == "sort":
            values.append(np.sort(a, axis=1))
        elif kind == "join":
            values.append(np.concatenate([a[:2], b[2:]]))
        else:
            written = a + 0
            written[1:3] = b[:2]
            values.append(written)
    return values[-1], values[len(values) // 2], np.sum(values[-2])


programs = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=14)
START = numpy.random.default_rng(0).standard_normal((4, 4))


def lives(schedule: Schedule) -> dict[Any, tuple[int, int]]:
    """From which stage to which each stored value is needed, found anew from who reads what."""
    found = {node: [schedule.begin.get(node, schedule.stage_of[node])] * 2 for node in schedule.stored}
    for node in schedule.stored:
        found[node][1] = max(found[node][1], schedule.stage_of[node])
    for index, stage in enumerate(schedule.stages):
        for node in stage.nodes if isinstance(stage, Group) else [stage.node]:
            for operand in schedule.operands[node]:
                base = schedule.views[operand].base if operand in schedule.views else operand
                if base in found:
                    found[base][1] = max(found[base][1], index)
    return {node: (begin, end) for node, (begin, end) in found.items()}


@settings(derandomize=True, max_examples=30, deadline=None)
@given(programs)
def test_values_that_live_together_are_apart(choices: list[tuple[str, int, int]]) -> None:
    graph = wg.jit(lambda x: run(choices, x)).lower(START).graph
    schedule = ScheduleBuilder(with_constants_as_inputs(graph)[0])
    plan = ArenaPlan(schedule, set())
    life = lives(schedule)
    placed = [(plan.offsets[n], plan.offsets[n] + size_of(n, schedule.views[n].shape), *life[n]) for n in plan.offsets]
    for i, (start, stop, begin, end) in enumerate(placed):
        assert stop <= plan.size
        for other_start, other_stop, other_begin, other_end in placed[:i]:
            if begin <= other_end and other_begin <= end:
                assert stop <= other_start or other_stop <= start


@settings(derandomize=True, max_examples=30, deadline=None)
@given(programs)
def test_what_lends_its_memory_is_not_read_any_more(choices: list[tuple[str, int, int]]) -> None:
    graph = wg.jit(lambda x: run(choices, x)).lower(START).graph
    schedule = ScheduleBuilder(with_constants_as_inputs(graph)[0])
    outputs = {o for o in schedule.outputs if o in schedule.stage_of}
    reuse_buffers(schedule, outputs)
    plan, life = ArenaPlan(schedule, outputs), lives(schedule)
    by_host: dict[Any, list[Any]] = {}
    for guest, host in schedule.donated.items():
        assert plan.offsets[guest] == plan.offsets[host]
        by_host.setdefault(host, [host]).append(guest)
    for lodgers in by_host.values():
        ordered = sorted(lodgers, key=lambda node: life[node])
        for before, after in itertools.pairwise(ordered):
            assert life[before][1] <= life[after][0]
    placed = [(plan.offsets[n], plan.offsets[n] + size_of(n, schedule.views[n].shape), n) for n in plan.offsets]
    for i, (start, stop, node) in enumerate(placed):
        for other_start, other_stop, other in placed[:i]:
            together = life[node][0] <= life[other][1] and life[other][0] <= life[node][1]
            lent = schedule.donated.get(node, node) is schedule.donated.get(other, other)
            assert lent or not together or stop <= other_start or other_stop <= start


def test_a_chain_of_functions_is_written_over_itself() -> None:
    w = numpy.random.default_rng(0).standard_normal((60, 60))

    @wg.jit
    def f(x: Any, w: Any) -> Any:
        y = np.tanh(x @ w)
        z = np.exp(y) * y + np.sin(y)
        return np.tanh(z @ w) @ (z + 1.0)

    numpy.testing.assert_allclose(f(w, w), numpy.asarray(f.__wrapped__(*map(wg.tensor, (w, w)))), rtol=1e-11)
    assert f.lower(w, w).memory <= 3 * w.nbytes


@settings(derandomize=True, max_examples=40, deadline=None)
@given(programs)
def test_programs_in_the_arena_are_eager(choices: list[tuple[str, int, int]]) -> None:
    compiled = wg.jit(lambda x: run(choices, x))
    for _ in range(2):  # the second call finds the arena as the first has left it
        for found, expected in zip(compiled(START), run(choices, np.asarray(START)), strict=True):
            numpy.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-11, atol=1e-12)


def test_a_long_chain_needs_no_more_memory_than_a_short_one() -> None:
    def chain(length: int) -> int:
        def f(x: Any) -> Any:
            for _ in range(length):
                x = np.transpose(np.sin(x) * 2) @ x
            return x

        return ArenaPlan(ScheduleBuilder(wg.jit(f).lower(START).graph), set()).size

    assert chain(20) <= chain(3)


def test_values_written_over_each_other_are_read_before() -> None:
    a, b = wg.tensor([1.0, 2.0]), wg.tensor([10.0, 20.0])

    @wg.jit
    def turn() -> None:
        first, second = b + 1, a * 3
        a.copy_(first)
        b.copy_(second)

    turn()
    numpy.testing.assert_array_equal(a.numpy(), [11, 21])
    numpy.testing.assert_array_equal(b.numpy(), [3, 6])


def test_a_reduction_in_parts_is_not_in_the_memory_of_what_is_made_of_it() -> None:
    x = numpy.random.default_rng(0).standard_normal(400_000)
    found = wg.jit(lambda x: np.sqrt(np.sum(np.sin(x) ** 2)) + 1.0)(x)
    numpy.testing.assert_allclose(found.numpy(), numpy.sqrt(numpy.sum(numpy.sin(x) ** 2)) + 1.0, rtol=1e-12)


def test_a_value_is_in_the_memory_of_the_output_that_is_made_of_it() -> None:
    w = numpy.random.default_rng(0).standard_normal((60, 60))

    @wg.jit
    def f(x: Any, w: Any) -> Any:
        return np.tanh(x @ w + 1.0), np.sum(x)

    y, _ = f(w, w)
    numpy.testing.assert_allclose(y.numpy(), numpy.tanh(w @ w + 1.0), rtol=1e-12)
    assert "\n    0 bytes of arena" in f.report()


def test_what_is_read_again_or_elsewhere_is_not() -> None:
    w = numpy.random.default_rng(0).standard_normal((60, 60))

    def f(x: Any, w: Any) -> Any:
        y = x @ w
        return np.tanh(y) + y.T, np.cos(y), np.sum(y, axis=0)

    for found, expected in zip(wg.jit(f)(w, w), f(*map(wg.tensor, (w, w))), strict=True):
        numpy.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12)
