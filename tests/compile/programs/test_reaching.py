"""Walks back from the results of a compiled call: what they free and reach is as in eager code."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg

np = wg.numpy

Function = Callable[..., Any]


def shared_result(x: Any) -> Any:
    y = np.exp(x)
    return np.sum(y * 2), np.sum(np.sin(y))


def shared_operand(x: Any) -> Any:
    y = x * x
    return np.sum(y * 2), np.sum(y * 3)


def one_after_the_other(x: Any) -> Any:
    y = np.sum(np.exp(x))
    return y, np.sin(y)


def nothing_shared(x: Any) -> Any:
    return np.sum(np.exp(x)), np.sum(2 * np.exp(x))


def no_values_kept(x: Any) -> Any:
    y = x + 1
    return np.sum(y), np.sum(y * 3)


def shared_by_two_of_three(x: Any) -> Any:
    y = np.exp(x)
    return np.sum(y), np.sum(np.sin(x)), np.sum(y + 1)


def the_same_twice(x: Any) -> Any:
    y = np.sum(np.exp(x))
    return y, y


def not_for_all(x: Any) -> Any:
    with wg.no_grad():
        scale = np.sum(np.exp(x))
    return np.sum(x) * scale, np.sum(x + scale)


def factors(x: Any) -> Any:
    u, s, v = np.linalg.svd(np.outer(x, x) + np.diag([1.0, 2.0]))
    return np.sum(s), np.sum(u * v)


def on_a_side(x: Any) -> Any:
    if x[0] > 0:
        y = np.exp(x)
        first, second = np.sum(y), np.sum(y * 2)
    else:
        first, second = np.sum(x * x), np.sum(np.sin(x))
    return first, second


def on_the_last_of_three_sides(x: Any) -> Any:
    if x[0] > 1:
        first, second = np.sum(x * x), np.sum(np.sin(x))
    elif x[0] < -0.5:
        first, second = np.sum(np.sin(x)), np.sum(x * x)
    else:
        y = np.exp(x)
        first, second = np.sum(y), np.sum(y * 2)
    return first, second


def two_that_a_loop_carries(x: Any) -> Any:
    a, b = x, x * 2
    for _ in range(3):
        a, b = np.sin(a), np.exp(-b)
    return np.sum(a), np.sum(b)


def one_made_of_the_other(x: Any) -> Any:
    a, b = x, x * 2
    for _ in range(3):
        a, b = np.sin(a), np.exp(-b) * a
    return np.sum(a), np.sum(b)


def replaced_on_the_first_turn(x: Any) -> Any:
    y = np.exp(x)
    first, a = np.sum(y * y), y
    for factor in np.array([1.0, 2.0]):
        a = x * factor
    return first, np.sum(a)


def going_round(x: Any) -> Any:
    y, z = np.exp(x), np.sin(x)
    a, b, c = y, z, x
    for _ in range(4):
        a, b, c = b, c * 2, a
    return np.sum(a), np.sum(y * y), np.sum(z * z)


def while_values_say(x: Any) -> Any:
    a, b = x, x * 2
    while np.sum(a * a) < 4:
        a, b = a + 1, np.exp(-b)
    return np.sum(a * a), np.sum(b)


def at_an_index(x: Any) -> Any:
    element = x[np.argmax(x)]
    return element * 2, np.sin(element)


PROGRAMS = [
    at_an_index,
    two_that_a_loop_carries,
    one_made_of_the_other,
    replaced_on_the_first_turn,
    going_round,
    while_values_say,
    shared_result,
    shared_operand,
    one_after_the_other,
    nothing_shared,
    no_values_kept,
    shared_by_two_of_three,
    the_same_twice,
    not_for_all,
    factors,
    on_a_side,
    on_the_last_of_three_sides,
]


def structured(f: Function) -> Function:
    return wg.jit(f, structured=True)


def walks(f: Function, point: Any, order: tuple[int, ...], retain: bool) -> Any:
    """How far the walks from results in this order come, and the gradient after them."""
    x = wg.tensor(point, requires_grad=True)
    results = f(x)
    for count, i in enumerate(order):
        try:
            results[i % len(results)].backward(retain_graph=retain)
        except RuntimeError as error:
            return count, str(error), x.grad.tolist()
    return len(order), "", x.grad.tolist()


@pytest.mark.part(4)
@pytest.mark.parametrize("mode", [wg.jit, structured])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_walks_end_where_those_of_eager_code_end(program: Function, mode: Function) -> None:
    compiled = mode(program)
    for point in ([0.3, 0.5], [-0.3, 0.5], [-0.7, 0.2]):
        for order in itertools.product(range(3), repeat=2):
            for retain in (False, True):
                wanted = walks(program, point, order, retain)
                found = walks(compiled, point, order, retain)
                assert found[:2] == wanted[:2], (point, order, retain)
                assert numpy.allclose(found[2], wanted[2], rtol=1e-12)


class Memory:
    def __init__(self) -> None:
        self.held = wg.tensor([1.0, 2.0])
        self.weight = wg.tensor([0.5, 0.7], requires_grad=True)
        self.other = wg.tensor([0.1, 0.2], requires_grad=True)


def with_two_sides(m: Memory) -> Function:
    def step(x: Any) -> Any:
        if x[0] > 0:
            m.held = np.sin(m.held * m.weight * x)
            loss = np.sum(m.held)
        else:
            loss = np.sum(m.weight * x)
        return loss

    return step


def with_three_sides(m: Memory) -> Function:
    def step(x: Any) -> Any:
        loss = np.sum(m.weight * x)
        if x[0] > 1:
            loss = loss * 2
        elif x[0] > 0:
            m.held = np.sin(m.held * m.weight * x)
            loss = loss + np.sum(m.held)
        else:
            loss = loss * np.sum(np.exp(m.other))
        return loss

    return step


def with_a_choice_of_what_was_computed(m: Memory) -> Function:
    def step(x: Any) -> Any:
        scaled = np.sin(x * 2) * 3
        if scaled[0] > 0:
            m.held = m.held * m.weight
            loss = np.sum(m.held * scaled)
        elif np.sum(np.cos(scaled)) > 0:
            loss = np.sum(m.other * x)
        else:
            loss = np.sum(m.weight * x)
        return loss

    return step


def with_a_loop_that_replaces(m: Memory) -> Function:
    def step(x: Any) -> Any:
        if x[0] > 0:
            m.held = np.sin(m.held * m.weight * x)
        for factor in np.array([1.0, 2.0]):
            m.held = m.other * factor
        return np.sum(m.held * x)

    return step


def with_a_loop_of_which_half_is_used(m: Memory) -> Function:
    def step(x: Any) -> Any:
        scale = x
        for _ in range(2):
            m.held = np.sin(m.held * m.weight)
            scale = scale * m.other
        return np.sum(scale)

    return step


def with_a_loop_that_values_end(m: Memory) -> Function:
    def step(x: Any) -> Any:
        scale = x * m.weight
        while np.sum(scale * scale) > 0.1:
            m.held = np.sin(m.held * m.weight)
            scale = scale * 0.5
        return np.sum(scale)

    return step


def gradients_of_steps(make: Function, mode: Function, points: tuple[float, ...]) -> list[Any]:
    """What each of some steps gives, or says, and the gradients after it."""
    memory = Memory()
    step = mode(make(memory))
    found: list[Any] = []
    for point in points:
        try:
            loss = step(wg.tensor([point, 1.0]))
            loss.backward()
            found.append(loss.item())
        except RuntimeError as error:
            found.append(str(error))
        found += [leaf.grad if leaf.grad is None else leaf.grad.tolist() for leaf in (memory.weight, memory.other)]
    return found


STEPS = [
    with_two_sides,
    with_three_sides,
    with_a_choice_of_what_was_computed,
    with_a_loop_that_replaces,
    with_a_loop_of_which_half_is_used,
    with_a_loop_that_values_end,
]


@pytest.mark.part(4)
@pytest.mark.parametrize("mode", [wg.jit, structured])
@pytest.mark.parametrize("make", STEPS)
def test_what_was_not_run_ties_nothing_to_an_earlier_graph(make: Function, mode: Function) -> None:
    for points in ((0.5, -0.5, -1.0, 2.0), (-0.5, 2.0, 0.3, -0.4, -1.2, 0.2), (2.0, 0.5, 0.6, 0.7)):
        wanted = gradients_of_steps(make, lambda f: f, points)
        found = gradients_of_steps(make, mode, points)
        assert [w if isinstance(w, str) or w is None else numpy.round(w, 12).tolist() for w in wanted] == [
            f if isinstance(f, str) or f is None else numpy.round(f, 12).tolist() for f in found
        ]
