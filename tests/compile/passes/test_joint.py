"""Loops that are a part of others are done by these, and the results stay the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from optree import tree_leaves
from tests.compile.passes.test_nested_graphs import ROWS, X, controls

import wengert as wg
import wengert.numpy as np


def loops(f: Callable[..., Any], *args: Any) -> list[str]:
    """Those of the simplified graph, whose results are checked."""
    names = [node.primitive.name for node in controls(f, *args)]
    return [name for name in names if name in ("scan", "while_loop")]


def test_the_two_loops_of_a_gradient_are_one() -> None:
    def loss(a: Any, xs: Any) -> Any:
        last, all_of_them = wg.scan(lambda c, x: ((after := np.tanh(c * x)), after), a, xs)
        return np.sum(last) + np.sum(all_of_them * all_of_them)

    loops = controls(wg.grad(loss), X, ROWS)
    assert [loop.params["reverse"] for loop in loops] == [False, True]


def test_loops_that_carry_something_else_stay_two() -> None:
    def f(a: Any, xs: Any) -> Any:
        return wg.scan(lambda c, x: (c * x, None), a, xs)[0], wg.scan(lambda c, x: (c * 2 + x, None), a, xs)[0]

    assert len(loops(f, X, ROWS)) == 2


LOOPS = {
    "scan": lambda x: wg.scan(lambda c, row: (np.sin(c) * x + row, None), x, ROWS)[0],
    "stacks": lambda x: wg.scan(lambda c, row: (np.sin(c) * x + row, c * row), x, ROWS)[1],
    "backwards": lambda x: wg.scan(lambda c, row: (np.sin(c) * x + row, c), x, ROWS, reverse=True),
    "count": lambda x: wg.fori_loop(0, 5, lambda i, c: np.sin(c) * x + i, x),
    "while": lambda x: wg.while_loop(lambda c: np.sum(c[1]) < 9, lambda c: (np.sin(c[0]) * x, c[1] + 1), (x, 0.0)),
    "equal starts": lambda x: wg.scan(lambda c, row: ((c[1], c[0] * x + row), None), (0.0 * x, 0.0 * x), ROWS)[0],
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_and_its_tangents_are_one(name: str) -> None:
    f = LOOPS[name]
    assert len(loops(lambda x: wg.jvp(f, (x,), (numpy.ones(3),)), X)) == 1


@pytest.mark.parametrize("name", ["stacks", "while"])
def test_so_are_those_of_second_derivatives(name: str) -> None:
    total = lambda x: sum(np.sum(np.sin(leaf)) for leaf in tree_leaves(LOOPS[name](x)))
    slope = lambda x: wg.jvp(total, (x,), (numpy.ones(3),))
    assert len(loops(lambda x: wg.jvp(slope, (x,), (numpy.ones(3),)), X)) == 1


def test_a_loop_is_not_done_by_one_that_is_computed_from_it() -> None:
    def f(x: Any) -> Any:
        turn = lambda i, c: np.sin(c) * x
        first = wg.fori_loop(0, 3, turn, x)
        return wg.fori_loop(0, 3, lambda i, c: (turn(i, c[0]), c[1] + first * c[0]), (x, first))

    assert len(loops(f, X)) == 2


def test_nor_by_one_with_another_test() -> None:
    def f(x: Any) -> Any:
        turn = lambda c: (c[0] + 1.0, np.sin(c[1]) * x)
        return [wg.while_loop(lambda c, end=end: c[0] < end, turn, (0.0, x)) for end in (3, 4)]

    assert len(loops(f, X)) == 2


def test_no_result_comes_to_depend_on_an_input_that_it_did_not_depend_on() -> None:
    """Derivatives are split where their cotangents become known."""
    compiled = wg.jit(lambda x, direction: wg.jvp(LOOPS["scan"], (x,), (direction,)))
    outer = lambda f: wg.grad(lambda x, d: np.sum(f(x, d)[0] * f(x, d)[1]), (0, 1))
    plain = lambda x, direction: wg.jvp(LOOPS["scan"], (x,), (direction,))
    for found, expected in zip(outer(compiled)(X, X + 1), outer(plain)(X, X + 1), strict=True):
        numpy.testing.assert_allclose(found, expected, 1e-12)
