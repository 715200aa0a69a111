"""Elementwise functions are right to a few units in the last place, with two derivatives, where that is hard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg

from .exact import DATA, TABLE, Row

RIGHT = {name: numpy.array(values).T for name, values in json.loads(DATA.read_text()).items()}
SUBNORMAL = 4e-323


def _forward(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: wg.jvp(f, (x,), (numpy.ones(x.shape),))[1]


def _reverse(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return wg.grad(lambda x: f(x).sum())


def _orders(f: Callable[[Any], Any], derivative: Any) -> Callable[[Any], list[Any]]:
    slope = derivative(f)
    return lambda x: [f(x), slope(x), derivative(slope)(x)]


def assert_right(name: str, row: Row, found: list[Any]) -> None:
    for order, (got, right) in enumerate(zip(found, RIGHT[name], strict=True)):
        got = numpy.asarray(got)
        with numpy.errstate(all="ignore"):
            is_right = (got == right) | (abs(got - right) <= row.tolerance[order] * abs(right) + SUBNORMAL)
        wrong = [(x, g, r) for x, g, r, ok in zip(row.points, got, right, is_right, strict=True) if not ok]
        assert not wrong, f"derivative {order} at, found, right: {wrong}"


@pytest.mark.part(4)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", TABLE)
def test_values_and_derivatives(name: str) -> None:
    row = TABLE[name]
    x = numpy.array(row.points)
    assert_right(name, row, _orders(row.ours, _reverse)(x))
    assert_right(name, row, _orders(row.ours, _forward)(x))
    if row.compiled:
        assert_right(name, row, wg.jit(_orders(row.ours, _reverse))(x))


def test_every_row_has_its_numbers() -> None:
    assert {name: len(row.points) for name, row in TABLE.items()} == {n: len(v.T) for n, v in RIGHT.items()}
