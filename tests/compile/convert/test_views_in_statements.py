# ruff: noqa: B007, SIM108 -- statements are what is tried here
"""Views that statements lead to, as values decide: a write to one is a write to what it shares elements with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

TABLE = numpy.arange(9.0).reshape(3, 3)


class Holder:
    """Something with an attribute."""

    w: Any = None


def row_by_a_counter(x: Any, n: Any) -> Any:
    k = 0
    w = x[0] * 1
    while k < n:
        w = x[k]
        k += 1
    w += 100
    return x, w


def row_of_a_range(x: Any, n: Any) -> Any:
    w = x[0] * 1
    for i in range(n):
        w = x[i]
    x += 100
    return x, w


def row_of_enumerate(x: Any, n: Any) -> Any:
    w = x[0] * 1
    s = 0.0
    for i, row in enumerate(x):
        s = s + row[0]
        w = row
    w += 100
    return x, w, s


def row_on_one_side(x: Any, n: Any) -> Any:
    w = x[0] * 1
    for row in x:
        if row[0] > n:
            w = row
    w += 100
    return x, w


def row_on_one_side_of_a_table_written_later(x: Any, n: Any) -> Any:
    w = x[0] * 1
    for row in x:
        if row[0] > n:
            w = row
    x += 100
    return x, w


def row_in_an_attribute(x: Any, n: Any) -> Any:
    o = Holder()
    o.w = x[0] * 1
    for row in x:
        if row[0] > n:
            o.w = row
    o.w += 100
    return x, o.w


def row_before_a_break(x: Any, n: Any) -> Any:
    w = x[0] * 1
    for row in x:
        w = row
        if row[0] > n:
            break
    w += 100
    return x, w


def element_of_a_row(x: Any, n: Any) -> Any:
    w = x[0, 0] * 1
    s = 0.0
    for row in x:
        for e in row:
            s = s + e * w
        w = row[1:]
        w = w[0]
    x += 100
    return x, w, s


def row_of_a_part(x: Any, n: Any) -> Any:
    w = x[0] * 1
    y = x[1:]
    for row in y:
        w = row * 1 if n > 5 else row
    x += 100
    return x, w


def rows_in_either_order(x: Any, n: Any) -> Any:
    if n > 0:
        a, b = x[0], x[1]
    else:
        b, a = x[0], x[1]
    a += b
    return x, a, b


def rows_that_change_places(x: Any, n: Any) -> Any:
    a, b = x[0], x[1]
    k = 0
    while k < n:
        a, b = b, a
        k += 1
    a += 100
    return x, a, b


def table_turned(x: Any, n: Any) -> Any:
    a = x
    k = 0
    while k < n:
        a = a[1:] if False else a.T
        k += 1
    a[0] += 100
    return x, a


def items_of_a_list(x: Any, n: Any) -> Any:
    y = [x[0], x[1]]
    if n > 0:
        y[0] = y[1]
    y[0] += 5
    return x, y[0], y[1]


def columns(x: Any, n: Any) -> Any:
    w = x[0] * 1
    for col in x.T:
        w = col
    w += 100
    return x, w


def pairs_of_rows(x: Any, n: Any) -> Any:
    w = x[0] * 1
    for a, b in zip(x, x[::-1], strict=True):
        if n > 0:
            w = a
        else:
            w = b
    w += 100
    return x, w


def table_reversed_at_times(x: Any, n: Any) -> Any:
    w = x.T
    if n > 0:
        w = w[::-1]
    w[0] = 7
    return x, w


def table_reversed_in_turns(x: Any, n: Any) -> Any:
    w = x
    for i in range(n):
        w = w[::-1]
        w[0] += 1
    return x, w


def row_written_in_a_later_turn(x: Any, n: Any) -> Any:
    w = x[0] * 1
    for row in x:
        if row[0] > n:
            w = row
        w += 1
    return x, w


def row_or_number(x: Any, n: Any) -> Any:
    w = x[0] * 1
    for row in x:
        if row[0] > n:
            w = row
        else:
            w = w * 2
    w += 1
    return x, w


def row_in_two_loops(x: Any, n: Any) -> Any:
    w = x[0] * 1
    t = 0.0
    for row in x:
        for e in row:
            if e > n:
                w = row
        t = t + w[0]
    x *= 2
    return x, w, t


def row_from_before_the_loop(x: Any, n: Any) -> Any:
    w = x[0]
    t = 0.0
    for row in x:
        t = t + np.sum(w * row)
        if row[1] > 4:
            w = row
    w[...] = 0
    return x, w, t


def best_row(x: Any, n: Any) -> Any:
    best = x[0]
    for row in x:
        if row[0] > best[0]:
            best = row
    best /= 2
    return x, best


def row_but_one(x: Any, n: Any) -> Any:
    a = x[0] * 1
    b = a
    for row in x:
        b = a
        a = row
    b += 10
    return x, a, b


def row_in_turns_of_turns(x: Any, n: Any) -> Any:
    a = x[0] * 1
    k = 0
    while k < n:
        for row in x:
            a = row
        k += 1
    a += 10
    return x, a


def loop_on_one_side(x: Any, n: Any) -> Any:
    a = x[0] * 1
    if n > 0:
        for row in x:
            a = row
    a += 10
    return x, a


def row_in_a_list(x: Any, n: Any) -> Any:
    a = [x[0] * 1]
    for row in x:
        a[0] = row
    a[0] += 10
    return x, a[0]


def row_by_an_expression(x: Any, n: Any) -> Any:
    t = x[0] * 1
    for row in x:
        t = row if row[0] > n else t
    t *= 3
    return x, t


def row_in_a_dict(x: Any, n: Any) -> Any:
    a = {"k": x[0] * 1}
    for row in x:
        a["k"] = row
    x += 10
    return x, a["k"]


def row_in_a_list_by_a_counter(x: Any, n: Any) -> Any:
    a = [x[0] * 1]
    k = 0
    while k < n:
        a[0] = x[k]
        k += 1
    a[0] += 10
    return x, a[0]


PROGRAMS = [
    row_by_a_counter,
    row_of_a_range,
    row_of_enumerate,
    row_on_one_side,
    row_on_one_side_of_a_table_written_later,
    row_in_an_attribute,
    row_before_a_break,
    element_of_a_row,
    row_of_a_part,
    rows_in_either_order,
    rows_that_change_places,
    table_turned,
    items_of_a_list,
    columns,
    pairs_of_rows,
    table_reversed_at_times,
    table_reversed_in_turns,
    row_written_in_a_later_turn,
    row_or_number,
    row_in_two_loops,
    row_from_before_the_loop,
    best_row,
    row_but_one,
    row_in_turns_of_turns,
    loop_on_one_side,
    row_in_a_list,
    row_by_an_expression,
    row_in_a_dict,
    row_in_a_list_by_a_counter,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_structured_is_eager(program: Callable[[Any, Any], Any]) -> None:
    compiled = wg.jit(program, structured=True)
    for n in (0, 2, 1):
        found, wanted = (f(np.array(TABLE) * 1, np.array(n)) for f in (compiled, program))
        for one, other in zip(found, wanted, strict=True):
            numpy.testing.assert_array_equal(one, other)


HELD: list[Any] = [wg.tensor([0.0, 0.0, 0.0])]


def bound_to_a_row(x: Any, n: Any) -> Any:
    for row in x:
        HELD[0] = row
    x *= 2
    return x, HELD[0]


def bound_to_a_row_at_times(x: Any, n: Any) -> Any:
    HELD[0] = HELD[0] * 0
    if n > 0:
        HELD[0] = x[0]
    HELD[0] += 3
    return x, HELD[0]


@pytest.mark.parametrize("program", [bound_to_a_row, bound_to_a_row_at_times])
def test_state_that_is_bound_to_a_view(program: Callable[[Any, Any], Any]) -> None:
    test_structured_is_eager(program)


def test_a_slice_in_a_written_loop_is_no_view() -> None:
    def turn(total: Any, row: Any) -> Any:
        row += 1
        return total + row.sum(), row

    def rows(x: Any) -> Any:
        return (x, *wg.scan(turn, 0.0, x))

    for f in (rows, wg.jit(rows)):
        table, total, stacked = f(np.array(TABLE) * 1)
        numpy.testing.assert_array_equal(table, TABLE)
        numpy.testing.assert_array_equal(stacked, TABLE + 1)
        assert total == TABLE.sum() + 9
