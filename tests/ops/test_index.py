"""From NumPy's indices to plans."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
from wengert.ops.indexing.index import index_add, index_set, parse, taken

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


ENTRIES = [0, -1, slice(None), slice(1, None), None, ..., [1, 0, 1], numpy.array([[0, 1], [1, 0]]), True, False,
           numpy.array([True, False]), numpy.arange(6).reshape(2, 3) % 2 == 0, [], 7, [0, 9]]  # fmt: skip


def test_a_plan_takes_what_numpy_takes() -> None:
    rng = numpy.random.default_rng(3)
    x = numpy.arange(24.0).reshape(SHAPE)
    kinds = set()
    for _ in range(2000):
        index = tuple(ENTRIES[i] for i in rng.integers(0, len(ENTRIES), rng.integers(1, 5)))
        try:
            wanted = x[index]
        except IndexError:
            with pytest.raises(IndexError):
                parse(SHAPE, index).take(x)
            continue
        plan = parse(SHAPE, index)
        kinds.add((plan.index is None, plan.front))
        assert plan.shape_of(SHAPE) == wanted.shape, index
        numpy.testing.assert_array_equal(plan.take(x), wanted)
        numpy.testing.assert_array_equal(plan.write(x, plan.take(x)), x)
    assert len(kinds) == 3


@pytest.mark.parametrize(
    "index",
    [
        ([1, 0],),
        (slice(None), [2, 0, 2]),
        ([1, 0], slice(None), [3, 1]),
        (0, slice(None), [3, 1]),
        (numpy.array([True, False]), slice(1, None), [2]),
        (..., numpy.array([[0, 1], [1, 1]])),
        (numpy.arange(6).reshape(2, 3) % 2 == 0,),
    ],
)
def test_constant_indices_are_batched(index: tuple[Any, ...]) -> None:
    batch = numpy.random.default_rng(5).standard_normal((3, *SHAPE))
    for f in (
        lambda x: x[index],
        lambda x: index_set(x, index, x[index] ** 2),
        lambda x: index_add(x, index, x[index] ** 2),
    ):
        for function in (f, wg.grad(lambda x, f=f: (f(x) ** 3).sum())):
            looped = numpy.stack([function(wg.tensor(x)) for x in batch])
            numpy.testing.assert_array_equal(wg.vmap(function)(batch), looped)


def test_raw_values_stay_raw() -> None:
    x = numpy.arange(24.0).reshape(SHAPE)
    assert type(taken(x, ([0, 1], 2))) is numpy.ndarray
    assert type(taken(wg.tensor(x), ([0, 1], 2))) is wg.Tensor
