"""Sums that loops carry, taken after them: the same numbers, and less that is carried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

from .test_stacks import assert_same, normal


def added(term: Callable[..., Any]) -> Callable[..., Any]:
    """A loop that carries what it multiplies, and the sum of the terms, from zero on."""

    def f(w: Any, xs: Any) -> Any:
        def step(carry: Any, x: Any) -> Any:
            state, total = carry
            state = np.tanh(state @ w + x)
            return (state, total + term(x, state)), state

        start = np.zeros(xs.shape[1:])
        (state, total), states = wg.scan(step, (start, np.zeros(term(start, start).shape)), xs)
        return state, total, states

    return f


W, XS = normal(3, 3), normal(7, 4, 3)
TERMS: dict[str, Callable[..., Any]] = {
    "a slice": lambda x, state: state,
    "a sum": lambda x, state: state.sum(0),
    "a sum of all": lambda x, state: x.sum(),
    "a product": lambda x, state: x.T @ state,
    "a product, transposed": lambda x, state: (state.T @ x).T,
}
CARRIED: dict[str, Callable[..., Any]] = {
    "of what is in no stack": lambda x, state: np.sin(state),
    "one number to many": lambda x, state: x.sum(0, keepdims=True) + 0 * state,
}


def carries(f: Any, *operands: Any) -> list[int]:
    """How much each loop carries."""
    return [node.params["carried"] for node in wg.jit(f).lower(*operands).graph.nodes if node.primitive.name == "scan"]


@pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)
def test_taken_after_the_loop(term: Any) -> None:
    assert_same(added(term), [W, XS])
    assert carries(added(term), W, XS) == [1]


@pytest.mark.parametrize("term", CARRIED.values(), ids=CARRIED)
def test_carried_as_before(term: Any) -> None:
    assert_same(added(term), [W, XS])
    assert carries(added(term), W, XS) == [2]


def test_a_sum_may_begin_with_something() -> None:
    def f(start: Any, xs: Any) -> Any:
        return wg.scan(lambda total, x: (total + x.sum(0), x), start, xs)[0]

    assert_same(f, [normal(3), XS])
    assert not carries(f, normal(3), XS)


def test_what_is_read_on_the_way_is_carried() -> None:
    def f(xs: Any) -> Any:
        return wg.scan(lambda total, x: (total + x, total * x), np.zeros((4, 3)), xs)

    assert_same(f, [XS])
    assert carries(f, XS) == [1]


def test_no_turns() -> None:
    assert_same(added(TERMS["a product"]), [W, normal(0, 4, 3)])


def test_the_gradient_of_a_recurrent_weight_is_one_product() -> None:
    def loss(w: Any, u: Any, xs: Any) -> Any:
        state = wg.scan(lambda state, x: (np.tanh(state @ w + x), x), np.zeros((4, 3)), xs @ u)[0]
        return np.sum(state**2)

    gradient = wg.grad(loss, (0, 1))
    assert_same(gradient, [W, normal(3, 3), XS])
    assert carries(gradient, W, W, XS) == [1, 1]


def test_eager_and_compiled_second_derivatives_agree() -> None:
    def loss(w: Any, xs: Any) -> Any:
        return np.sum(added(TERMS["a product"])(w, xs)[1] ** 2)

    direction = numpy.ones((3, 3))
    assert_same(lambda w, xs: wg.jvp(wg.grad(loss), (w, xs), (direction, 0 * xs))[1], [W, XS])
