"""Names that a branch or a loop binds first, and only at times, are as in Python: values decide where they must."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np


def on_both_sides_of_two(x: Any) -> Any:
    if x[0] > 0:
        y = x * 2
    if x[0] > 0:
        return y
    return x


def in_a_while(x: Any) -> Any:
    while np.sum(x) < 50:
        last = x
        x = x * 2
    return last + x


def in_a_for(x: Any) -> Any:
    for value in x:
        double = value * 2
    return double


def before_a_break(x: Any) -> Any:
    for value in x:
        if value > 1:
            found = value
            break
    else:
        found = x[0]
    return found * 3


def after_a_break(x: Any) -> Any:
    for one, other in zip(x, x[::-1], strict=True):
        if one > other:
            break
        product = one * other
    return product


def in_a_range(x: Any) -> Any:
    for i in range(np.sum(x > 0.7) + 1):
        kept = x * (i + 1)
    return kept


def in_a_nested_loop(x: Any) -> Any:
    for value in x:
        for other in x:
            if other > value:
                larger = other
    return larger * x


def written_and_bound(x: Any) -> Any:
    """First the variable holds the tensor that the loop runs over, and then others."""
    y = x * 1.0
    for value in y:
        y.fill(value * 0.5)
        y = (y + value) * value
    return y


FUNCTIONS = [
    *(on_both_sides_of_two, in_a_while, in_a_for, before_a_break, after_a_break, in_a_range, in_a_nested_loop),
    written_and_bound,
]
POINTS = [numpy.array(point) for point in ([0.5, 1.0, 2.0], [0.6, 0.9, 0.8], [0.25, 3.0, 1.5])]


@pytest.mark.part(4)
@pytest.mark.parametrize("f", FUNCTIONS)
def test_as_python_has_it(f: Callable[[Any], Any]) -> None:
    compiled = wg.jit(f, structured=True)
    for x in POINTS:
        assert_same(compiled(x), f(np.array(x)))
        slope, expected = (wg.grad(lambda x, g=g: np.sum(g(x)))(np.array(x)) for g in (compiled, f))
        assert_same(slope, expected)


def test_a_name_that_nothing_has_bound_is_an_error_of_python() -> None:
    def on_one_side(x: Any) -> Any:
        if x > 0:
            y = x
        return y

    def in_no_turn(x: Any) -> Any:
        while x > 0:
            x = x - 1
            last = x
        return last

    for f in (on_one_side, in_no_turn):
        compiled = wg.jit(f, structured=True)
        assert_same(compiled(np.array(2.5)), f(np.array(2.5)))
        with pytest.raises(UnboundLocalError):
            compiled(np.array(-1.0))


def test_an_argument_that_is_written_and_then_bound_to_another_is_written() -> None:
    def f(x: Any) -> Any:
        for _ in range(3):
            x *= 2
            if np.sum(x) > 100:
                break
            x = x + 1
        return x

    given, expected = np.array([1.0, 2.0]), np.array([1.0, 2.0])
    assert_same(wg.jit(f, structured=True)(given), f(expected))
    assert_same(given, expected)


@pytest.mark.parametrize("is_loop", [False, True])
def test_what_a_turn_has_bound_before_a_branch_binds_it_again(is_loop: bool) -> None:
    """What a branch binds in a turn is undone with all that the turn has bound since it began."""

    def make() -> tuple[list[Any], Callable[[Any], Any]]:
        held = [wg.tensor(2.0), wg.tensor(-1.0)]

        def f(x: Any) -> Any:
            for row in x:
                held[0], held[1] = held[1], held[0]
                if row > 0.5:
                    held[0] = held[0] + 1.0
                if is_loop:
                    k = 0
                    while held[1] > k:
                        held[1] = held[1] - row
                        k += 1
            return x * held[0]

        return held, f

    (state, compiled), (expected, f) = make(), make()
    compiled = wg.jit(compiled, structured=True)
    for x in ([1.0, 0.2, 0.7], [0.9, 0.8, 0.3]):
        assert_same(compiled(np.array(x)), f(np.array(x)))
        assert_same(state, expected)
