"""A tensor that has two names at times, as values decide: what is written to one is written to the other."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np


class Kept:
    """State with two tensors, and a third name that leads to one of them at times."""

    def __init__(self) -> None:
        self.a = wg.tensor([1.0, 2.0])
        self.b = wg.tensor([3.0, 5.0])
        self.other = self.a
        self.items = {"first": self.b}

    @property
    def every(self) -> list[Any]:
        return [self.a, self.b, self.other, self.items["first"]]


def on_one_side(o: Kept, x: Any) -> Any:
    y, w = x * 1, x * 2
    if np.sum(x) > 0:
        w = y
    y += 1
    return y, w


def on_both_sides(o: Kept, x: Any) -> Any:
    y, z = x * 1, x * 2
    if np.sum(x) > 0:
        w = y
        y = y * 1
    else:
        w = z
    w += 1
    return y, z, w


def an_expression(o: Kept, x: Any) -> Any:
    y, z = x * 1, x * 2
    w = y if np.sum(x) > 0 else z
    w[0] = 7.0
    return y, z, w


def through_a_view(o: Kept, x: Any) -> Any:
    y, w = x * 1, x * 2
    if np.sum(x) > 0:
        w = y
    w[:1] *= 3
    return y, w


def a_view_on_one_side(o: Kept, x: Any) -> Any:
    y = x * 2
    w = y * 1
    if np.sum(x) > 0:
        w = np.ravel(y[None])
    w[:-1] += w[1:]
    return y, w


def views_on_both_sides(o: Kept, x: Any) -> Any:
    y, z = x * 2, x * 3
    row = y[None]
    w = row[0, ::-1] if np.sum(x) > 0 else z[:]
    y[0] = 7.0
    w += 1
    return y, z, w


def a_view_of_state(o: Kept, x: Any) -> Any:
    w = x * 1
    if np.sum(x) > 0:
        w = o.a[:]
    w *= 2
    return x * o.a, w


def a_view_after_a_loop(o: Kept, x: Any) -> Any:
    y, w = x * 2, x * 1
    for _ in range(np.sum(x > 0)):
        w = y[:]
    w += 1
    return y, w


def a_name_after_a_while(o: Kept, x: Any) -> Any:
    y, w, k = x * 2, x * 1, 0
    while k < np.sum(x > 0):
        w = y
        k += 1
    y[0] = 9.0
    return y, w


def written_before_it_is_a_name(o: Kept, x: Any) -> Any:
    y, w = x * 2, x * 1
    for _ in range(np.sum(x > 0)):
        w += 1
        w = y
    return y, w


def a_view_of_what_moves_on(o: Kept, x: Any) -> Any:
    y = x * 2
    r = y[1:]
    for _ in range(np.sum(x > 0)):
        r *= 2
        y = y + 1
    return y, r


def turn_by_turn(o: Kept, x: Any) -> Any:
    y, w = x * 1, x * 2
    for i in range(3):
        if np.sum(x) > i:
            w = y
        y += 1
    return y, w


def in_a_while(o: Kept, x: Any) -> Any:
    y, w, k = x * 1, x * 2, 0
    while np.sum(y) < 9:
        if np.sum(x) > k:
            w = y
        y = y + w
        w += 1
        k += 1
    return y, w


def an_attribute(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.other = o.b
    o.b *= 0.5
    return x * o.other


def an_attribute_of_two_names(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.a = o.a + 1
    return x * o.other


def an_item(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.items["first"] = o.a
    else:
        o.items["first"] = o.b
    o.a += 1
    return x * o.items["first"]


def moved_on(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.b = o.a
        o.a = o.a + x
    return o.b


FUNCTIONS = [
    *(on_one_side, on_both_sides, an_expression, through_a_view, turn_by_turn, in_a_while),
    *(a_view_on_one_side, views_on_both_sides, a_view_of_state),
    *(a_view_after_a_loop, a_name_after_a_while, written_before_it_is_a_name, a_view_of_what_moves_on),
    *(an_attribute, an_attribute_of_two_names, an_item, moved_on),
]
POINTS = [numpy.array(point) for point in ([0.5, 1.0], [-0.5, 0.25], [2.0, -1.0], [-3.0, 1.0])]


def between(o: Kept, turn: int) -> None:
    """What is done to the state between calls."""
    o.other += 0.25
    if turn % 2:
        o.other = wg.tensor([4.0, 4.0])


@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize("f", FUNCTIONS)
def test_writing_to_one_writes_to_the_other(f: Callable[..., Any], structured: bool) -> None:
    eager, compiled = Kept(), Kept()
    call = functools.partial(wg.jit(f, structured=structured, static_argnames="o"), compiled)
    for turn, x in enumerate([*POINTS, *POINTS]):
        assert_same(call(x), f(eager, np.array(x)))
        for ours, theirs in zip(compiled.every, eager.every, strict=True):
            assert_same(ours, theirs)
        assert _names(compiled) == _names(eager)
        between(eager, turn)
        between(compiled, turn)


def _names(o: Kept) -> list[int]:
    """For each name the first that leads to the same tensor."""
    every = o.every
    return [next(i for i, t in enumerate(every) if t is one) for one in every]


def test_a_body_of_a_loop_cannot_give_a_tensor_another_name() -> None:
    o = Kept()

    def body(i: Any, c: Any) -> Any:
        o.items["first"] = o.a
        return c + 1

    with pytest.raises(RuntimeError, match=r"has another name inside the body.*copy_\(value\)"):
        wg.jit(lambda x: wg.fori_loop(0, 3, body, x) + o.a)(POINTS[0])
