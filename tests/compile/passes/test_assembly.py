"""Sums of parts as these parts joined: the same numbers, and no zeros to be added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import wengert as wg
import wengert.numpy as np

from .test_stacks import assert_same, normal


def slope(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return wg.grad(lambda x: np.sum(f(x)))


JOINED: dict[str, Callable[[Any], Any]] = {
    "two parts": lambda x: np.sin(x[:, :2]) * np.cos(x[:, 2:]),
    "more parts, in another order": lambda x: np.sin(x[..., 1:3]) * np.cos(x[..., :1]) * np.exp(x[..., 3:]),
    "rows": lambda x: np.sin(x[:4]) * np.cos(x[4:]),
    "a split": lambda x: np.sin(np.split(x, 2, -1)[0]) * np.cos(np.split(x, 2, -1)[1]),
}
ADDED: dict[str, Callable[[Any], Any]] = {
    "parts that meet": lambda x: np.sin(x[:, :3]) * np.cos(x[:, 1:]),
    "something is left out": lambda x: np.sin(x[:, :2]) * np.cos(x[:, 2:3]),
    "parts along different axes": lambda x: np.sum(np.sin(x[:4])) * np.sum(np.cos(x[:, 2:])),
    "every second element": lambda x: np.sin(x[:, ::2]) * np.cos(x[:, 1::2]),
}
X = normal(8, 4)


def text(f: Any) -> str:
    return str(wg.jit(slope(f)).lower(X).graph)


@pytest.mark.parametrize("f", JOINED.values(), ids=JOINED)
def test_joined(f: Any) -> None:
    assert_same(slope(f), [X])
    assert "concatenate(" in text(f)
    assert "unslice(" not in text(f)


@pytest.mark.parametrize("f", ADDED.values(), ids=ADDED)
def test_added_as_before(f: Any) -> None:
    assert_same(slope(f), [X])
    assert "concatenate(" not in text(f)
    assert "unslice(" in text(f)


def test_a_sum_that_is_used_twice() -> None:
    def f(x: Any) -> Any:
        left, right = (part_of_zeros(part, index) for part, index in ((x[:, :2], COLUMNS[1]), (x[:, 2:], COLUMNS[0])))
        both = left + right
        return both, both + left

    assert_same(f, [X])


COLUMNS = ((Ellipsis, slice(2)), (Ellipsis, slice(2, None)))


def part_of_zeros(part: Any, index: Any) -> Any:
    """By the transpose of taking it."""
    return wg.vjp(lambda whole: whole[index], np.zeros((8, 4)))[1](part)[0]
