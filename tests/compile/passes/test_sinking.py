"""What loops multiply with is given to them as it lies: the same numbers, and no copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import wengert as wg
import wengert.numpy as np

from .test_stacks import assert_same, normal


def loop(turn: Callable[..., Any]) -> Callable[..., Any]:
    return lambda w, xs: wg.scan(lambda state, x: (turn(state, w.T, x), state), np.ones((4, 3)), xs)


W, XS = normal(3, 3), normal(7, 4, 3)
GIVEN: dict[str, Callable[..., Any]] = {
    "a product": lambda state, m, x: np.tanh(state @ m + x),
    "a product with its transpose": lambda state, m, x: np.tanh(state @ m.T + x),
    "both": lambda state, m, x: np.tanh(state @ m @ m.T + x),
}
COPIED: dict[str, Callable[..., Any]] = {
    "an element too": lambda state, m, x: np.tanh(state @ m + m[0]),
    "nothing else": lambda state, m, x: np.tanh(state + m[1]),
}


def before_loop(f: Any, *operands: Any) -> str:
    return str(wg.jit(f).lower(*operands).graph).partition("= scan(")[0]


@pytest.mark.parametrize("turn", GIVEN.values(), ids=GIVEN)
def test_given_as_it_lies(turn: Any) -> None:
    assert_same(loop(turn), [W, XS])
    assert "transpose" not in before_loop(loop(turn), W, XS)
    gradient = wg.grad(lambda w, xs: np.sum(loop(turn)(w, xs)[0] ** 2), (0, 1))
    assert_same(gradient, [W, XS])


@pytest.mark.parametrize("turn", COPIED.values(), ids=COPIED)
def test_transposed_before(turn: Any) -> None:
    assert_same(loop(turn), [W, XS])
    assert "transpose" in before_loop(loop(turn), W, XS)
