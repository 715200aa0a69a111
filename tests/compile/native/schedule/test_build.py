"""What is fused: the number of loop nests and of products for programs that people write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile.native.schedule.build import ScheduleBuilder
from wengert.compile.native.schedule.row_blocks import in_rows
from wengert.compile.native.schedule.sink import sink
from wengert.compile.native.schedule.stages import Group, RowBlocks, SingleOperation
from wengert.compile.passes.lifting import with_constants_as_inputs


def schedule_of(f: Callable[..., Any], *args: Any) -> ScheduleBuilder:
    schedule = ScheduleBuilder(with_constants_as_inputs(wg.jit(f).lower(*args).graph)[0])
    sink(schedule)
    return schedule


def counts(f: Callable[..., Any], *args: Any) -> tuple[int, int, int]:
    """Loop nests, matrix products, steps in NumPy."""
    stages = schedule_of(f, *args).stages
    products = sum(isinstance(s, SingleOperation) and s.is_product for s in stages)
    groups = sum(isinstance(s, Group) for s in stages)
    return groups, products, len(stages) - groups - products


X = numpy.linspace(-1, 1, 24).reshape(4, 6)
W = numpy.linspace(-1, 2, 18).reshape(6, 3)


def softmax(x: Any) -> Any:
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def layer_norm(x: Any) -> Any:
    mean = np.mean(x, axis=1, keepdims=True)
    return (x - mean) / np.sqrt(np.mean((x - mean) ** 2, axis=1, keepdims=True) + 1e-5)


def test_elementwise_work_and_its_sum_are_one_loop() -> None:
    assert counts(lambda x: np.sum(np.exp(-(x**2)) * np.tanh(x) + np.sin(x)), X) == (1, 0, 0)


def test_value_and_gradient_are_one_loop() -> None:
    assert counts(lambda x: wg.value_and_grad(lambda x: np.sum(np.sin(x) * x))(x), X) == (1, 0, 0)


def test_several_results_of_one_shape_are_one_loop() -> None:
    assert counts(lambda x: (np.sin(x), x + 1, np.sum(x), np.sum(x * x)), X)[0] == 1


def test_softmax_takes_a_loop_for_each_reduction_and_one_for_the_rest() -> None:
    assert counts(softmax, X)[0] <= 4  # the max, the sum, the quotient (and what the max gives)


def test_layer_normalisation_takes_a_loop_for_each_reduction_and_one_for_the_rest() -> None:
    assert counts(layer_norm, X)[0] <= 5


def test_a_layer_is_a_product_and_a_loop() -> None:
    assert counts(lambda x, w: np.tanh(x @ w + 1), X, W) == (1, 1, 0)


def test_transposed_operands_of_products_are_not_copied() -> None:
    assert counts(lambda x, w: w.T @ x.T, X, W) == (0, 1, 0)


def test_shape_changes_alone_cost_at_most_the_copy_of_the_result() -> None:
    assert counts(lambda x: x.T.reshape(6, 2, 2)[::-1].transpose(1, 0, 2), X)[0] <= 2


def test_what_has_no_native_form_is_a_step() -> None:
    assert counts(lambda x: np.sort(x * 2) + 1, X) == (2, 0, 1)


def test_nothing_is_read_before_it_is_made() -> None:
    for f in (softmax, layer_norm, wg.grad(lambda x: np.sum(softmax(x) ** 2)), wg.hessian(lambda x: np.sum(x[0] ** 3))):
        schedule = schedule_of(f, X)
        for index, stage in enumerate(schedule.stages):
            made: set[Any] = set()
            for node in stage.nodes if isinstance(stage, Group) else [stage.node]:
                for operand in schedule.operands[node]:
                    base = schedule.views[operand].base if operand in schedule.views else operand
                    if base in schedule.stage_of and base not in made:
                        assert schedule.stage_of[base] < index
                if node.primitive.name not in ("sum", "max", "min"):
                    made.add(node)


def test_what_is_used_later_sinks_to_its_use() -> None:
    """The first summand is recorded before the products, and waits for them."""
    assert counts(lambda x, w: 0.9 * w + x.T @ (x @ w), X, W) == (1, 2, 0)


def test_what_is_made_of_a_transposed_array_is_stored_as_that_is() -> None:
    schedule = schedule_of(lambda x, y: (np.sin(x.T) * 2) @ y, X, X)
    (order,) = {schedule.views[node].strides for node in schedule.stored if len(schedule.views[node].shape) == 2} - {
        (6, 1)
    }
    assert order == (1, 6)


def test_a_finished_schedule_is_not_changed() -> None:
    schedule = schedule_of(lambda x: np.stack([np.sum(x, axis=0), x[0]])[:, ::-1], X).finished()
    tables = {name: table for name, table in vars(schedule).items() if name not in ("graph", "ranges")}
    assert len(tables) == 13
    for table in tables.values():
        with pytest.raises(TypeError, match="does not support item"):
            table[next(iter(table), None)] = None
        assert not hasattr(table, "append")


def test_no_operation_joins_a_finished_schedule() -> None:
    built = schedule_of(softmax, X)
    in_rows(built)
    finished = built.finished()
    groups = [part for _, part in finished.every_part() if isinstance(part, Group)]
    before = [part for _, part in built.every_part() if isinstance(part, Group)]
    assert any(isinstance(stage, RowBlocks) and type(stage.groups) is tuple for stage in finished.stages)
    assert {type(group.nodes) for group in groups} == {tuple}
    assert [list(group.nodes) for group in groups] == [list(group.nodes) for group in before]
