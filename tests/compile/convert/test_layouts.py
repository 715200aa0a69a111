"""How an array lies in memory may be decided by values: whether another shape of it is a view is as in eager code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

TABLE = numpy.arange(9.0).reshape(3, 3)


Finish = Callable[[Any], Any]


def view_or_number(v: Any, n: Any, finish: Finish) -> Any:
    if n > 0:
        v = np.moveaxis(v, 0, -1)
        v = v[:]
    else:
        v = np.tanh(v)
    return finish(v)


def view_or_itself(v: Any, n: Any, finish: Finish) -> Any:
    if n > 0:
        v = v.T
    return finish(v)


def some_columns(v: Any, n: Any, finish: Finish) -> Any:
    w = v[:, :2]
    v = w * 2
    if n > 0:
        v = w
    return finish(v)


def one_after_another(v: Any, n: Any, finish: Finish) -> Any:
    if n > 0:
        v = v.T
    if n > 1:
        v = v.T
    return finish(v)


def turned(v: Any, n: Any, finish: Finish) -> Any:
    k = 0
    while k < n:
        v = v.T
        k += 1
    return finish(v)


def turned_at_first(v: Any, n: Any, finish: Finish) -> Any:
    v, k = v.T, 0
    while k < n:
        v = v * 2
        k += 1
    return finish(v)


def written_and_turned(v: Any, n: Any, finish: Finish) -> Any:
    k = 0
    while k < n:
        w = v.reshape(-1)
        w += 1
        v = v.T
        k += 1
    return finish(v)


def last_column(v: Any, n: Any, finish: Finish) -> Any:
    rows, total = v.T, 0.0
    v = rows[0] * 2
    if n > 0:
        for v in rows:
            total = total + v[0]
    return finish(v)


STATEMENTS = [
    view_or_number, view_or_itself, some_columns, one_after_another, turned, turned_at_first, written_and_turned,
    last_column
]  # fmt: skip
SHAPES = {
    "reshape": lambda v: v.reshape(-1),
    "ravel": np.ravel,
    "of the transpose": lambda v: v.T.reshape(-1),
}


def by_shape(v: Any, w: Any) -> None:
    w += w[::-1]


def by_base(v: Any, w: Any) -> None:
    v += 1


@pytest.mark.parametrize("write", [by_shape, by_base])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_writes_to_another_shape(statement: Callable[..., Any], shape: Finish, write: Callable[..., None]) -> None:
    def finish(v: Any) -> Any:
        w = shape(v)
        write(v, w)
        return v, w

    compiled = wg.jit(statement, structured=True, static_argnames="finish")
    for n in (0, 1, 2, 1):
        found, wanted = (f(np.array(TABLE), np.array(n), finish=finish) for f in (compiled, statement))
        for one, other in zip(found, wanted, strict=True):
            numpy.testing.assert_array_equal(one, other)


def row_kept(x: Any) -> Any:
    w, total = x[0] * 1, 0.0
    for row in x:
        total = total + np.sum(row)
        w = row
    w += 100
    return x, w, total


def row_turned(x: Any) -> Any:
    w, total = x[0] * 1, 0.0
    for row in x:
        total = total + np.sum(row)
        w = row[::-1]
    x += 100
    return x, w, total


def row_of_before(x: Any) -> Any:
    w, total = x[0] * 1, 0.0
    for row in x:
        total = total + np.sum(row * w)
        w = row
    w *= 2
    return x, w, total


def row_written_later(x: Any) -> Any:
    w, total = x[0] * 1, 0.0
    for row in x:
        w += 1
        total = total + np.sum(row)
        w = row
    return x, w, total


@pytest.mark.parametrize("f", [row_kept, row_turned, row_of_before, row_written_later])
def test_rows_that_outlive_their_turn_are_views(f: Callable[[Any], Any]) -> None:
    found, wanted = (g(np.array(TABLE) * 1) for g in (wg.jit(f, structured=True), f))
    for one, other in zip(found, wanted, strict=True):
        numpy.testing.assert_array_equal(one, other)
