"""From NumPy's indices to plans."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
from wengert.ops.index import getitem, parse

SHAPE = (2, 3, 4)


@pytest.mark.parametrize(
    ("index", "block", "axes", "front"),
    [
        (([0, 1],), None, (0,), False),
        ((slice(None), [0, 1]), None, (1,), False),
        (([0, 1], [0, 2]), None, (0, 1), False),
        (([0, 1], slice(None), [0, 2]), None, (0, 2), True),
        ((0, [0, 2]), None, (0, 1), False),
        ((slice(1, 2), [0, 2]), (slice(1, 2), slice(None), slice(None)), (1,), False),
        ((None, [0, 1]), (None, slice(None), slice(None), slice(None)), (1,), False),
        (([0], None, [1]), (slice(None), None, slice(None), slice(None)), (0, 2), True),
        ((0, slice(1, None)), (0, slice(1, None), ...), (), False),
    ],
)
def test_plans(index: tuple[Any, ...], block: Any, axes: tuple[int, ...], front: bool) -> None:
    plan = parse(SHAPE, index)
    assert (plan.block, plan.axes, plan.front) == (block, axes, front)
    assert plan.shape_of(SHAPE) == numpy.zeros(SHAPE)[index].shape


def test_a_plan_writes_back_where_it_takes_from() -> None:
    x = numpy.arange(24.0).reshape(SHAPE)
    for index in [([1, 0], slice(1, None), [3, 0]), (..., [2, 1]), (0, [1, 1]), (numpy.ones((2, 3), bool),)]:
        plan = parse(SHAPE, index)
        numpy.testing.assert_array_equal(plan.write(x, plan.take(x)), x)


def test_raw_values_stay_raw() -> None:
    x = numpy.arange(24.0).reshape(SHAPE)
    assert type(getitem(x, ([0, 1], 2))) is numpy.ndarray
    assert type(getitem(wg.tensor(x), ([0, 1], 2))) is wg.Tensor
