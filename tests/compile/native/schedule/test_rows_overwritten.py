"""A loop over the rows of a tensor that its body writes to finds what is there when a turn begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np


def whole(x: Any) -> Any:
    total, x = 0.0, x.copy()
    for value in x:
        x += 1.0
        total = total + value
    return total, x


def items(x: Any) -> Any:
    total, x = 0.0, x * 1.0
    for value in x:
        x[1:] = x[:-1] * 2
        total = total + value
    return total, x


def argument(x: Any) -> Any:
    total = 0.0
    for value in x:
        x *= 2
        total = total + value
        if total > 6:
            break
    return total, x


def nested(x: Any) -> Any:
    total, x = 0.0, x * 1.0
    for value in x:
        for other in x:
            x[0] = x[0] + other
        total = total + value
    return total, x


def in_a_branch(x: Any) -> Any:
    total, x = 0.0, x * 1.0
    for value in x:
        if value > 1.5:
            x[-1] = x[-1] + value
        total = total + value
    return total, x


def by_method(x: Any) -> Any:
    total, x = 0.0, x * 1.0
    for value in x:
        x.fill(value * 0.5)
        total = total + value
    return total, x


@pytest.mark.part(2)
@pytest.mark.parametrize("f", [whole, items, argument, nested, in_a_branch, by_method])
def test_rows_are_read_turn_by_turn(f: Callable[[Any], Any]) -> None:
    x = numpy.array([1.0, 2.0, 3.0])
    compiled = wg.jit(f, structured=True)
    assert_same(compiled(np.array(x)), f(np.array(x)))
    assert_same(
        wg.grad(lambda x: np.sum(compiled(x * 1)[0]))(np.array(x)), wg.grad(lambda x: np.sum(f(x * 1)[0]))(np.array(x))
    )
