"""Errors that depend on values are raised, and caught, as in eager mode, on every path and in every order of calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

SINGULAR = numpy.zeros((2, 2))
REGULAR = 2.0 * numpy.eye(2)
OTHER = numpy.array([[2.0, 1.0], [1.0, 3.0]])


def caught(x: Any) -> Any:
    try:
        return np.linalg.inv(x)
    except numpy.linalg.LinAlgError:
        return x * 0 + 7


def caught_beside_a_decision(x: Any) -> Any:
    try:
        y = np.linalg.inv(x)
        return y * 2 if y[0, 0] > 0.55 else y * 3
    except numpy.linalg.LinAlgError:
        return x * 0 + 7


def decided_and_then_caught(x: Any) -> Any:
    scale = 2.0 if np.sum(x) > 4.5 else 3.0
    try:
        return scale * np.linalg.solve(x, np.ones(2))
    except numpy.linalg.LinAlgError:
        return scale * x


def finally_(x: Any) -> Any:
    try:
        y = np.linalg.cholesky(x)
    finally:
        x = x + 1
    return y + x


def unused_inverse(x: Any) -> Any:
    np.linalg.inv(x)
    return x * 2


def unused_factors(x: Any) -> Any:
    np.linalg.cholesky(x)
    np.linalg.solve(x, np.ones(2))
    return np.sum(x)


def unused_chain(x: Any) -> Any:
    np.sum(np.linalg.inv(x @ x) * 2)
    return x


def unused_in_a_side(x: Any) -> Any:
    return wg.cond(np.sum(x) > 1, lambda x: np.linalg.inv(x), lambda x: (np.linalg.inv(x + OTHER), x)[1], x)


def used_in_a_side_only(x: Any) -> Any:
    return wg.cond(np.sum(x) > 4.5, lambda x: np.linalg.inv(x), lambda x: x * 2, x)


def in_a_loop(x: Any) -> Any:
    return wg.scan(lambda c, e: (c + np.sum(np.linalg.inv(e)), None), 0.0, np.stack([x, x + OTHER]))[0]


FUNCTIONS = [
    caught,
    caught_beside_a_decision,
    decided_and_then_caught,
    finally_,
    unused_inverse,
    unused_factors,
    unused_chain,
    unused_in_a_side,
    used_in_a_side_only,
    in_a_loop,
]


def outcome(f: Callable[..., Any], x: Any) -> Any:
    try:
        return f(x).tolist()
    except numpy.linalg.LinAlgError as error:
        return type(error)


@pytest.mark.part(8)
@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("first", [SINGULAR, REGULAR, OTHER], ids=["singular", "regular", "other"])
def test_compiled_is_eager(f: Callable[..., Any], first: Any) -> None:
    compiled, gradient = wg.jit(f), wg.jit(wg.grad(lambda x: np.sum(f(x))))
    for x in [first, *[REGULAR, SINGULAR, OTHER, SINGULAR, SINGULAR, REGULAR] * 40]:
        expected = outcome(f, wg.tensor(x))
        found = outcome(compiled, x)
        assert found == expected or numpy.allclose(found, expected, rtol=1e-13)
    for x in [first, REGULAR, SINGULAR, OTHER, SINGULAR]:
        expected = outcome(wg.grad(lambda x: np.sum(f(x))), x)
        found = outcome(gradient, x)
        assert found == expected or numpy.allclose(found, expected, rtol=1e-12)


def test_an_index_out_of_bounds_is_caught() -> None:
    def element(x: Any, i: Any) -> Any:
        try:
            return x[i]
        except IndexError:
            return x[0] * 0

    compiled, x = wg.jit(element), numpy.arange(3.0) + 1
    assert [compiled(x, i).item() for i in (0, 5, 1, 7, 2)] == [1.0, 0.0, 2.0, 0.0, 3.0]


def unused_element(x: Any, i: Any) -> Any:
    x[i]
    return x * 2


def unused_rows(x: Any, i: Any) -> Any:
    np.exp(np.take(np.sin(x), np.stack([i, 0 * i])))
    return np.sum(x[0])


def unused_write(x: Any, i: Any) -> Any:
    y = np.zeros(3)
    y[i] = x[0]
    return x


def unused_place(x: Any, i: Any) -> Any:
    np.outer(x, x)[i, 0]
    return x


def beside_another_axis(x: Any, i: Any) -> Any:
    x[i]
    return np.zeros(9)[i] + x


@pytest.mark.parametrize("f", [unused_element, unused_rows, unused_write, unused_place, beside_another_axis])
def test_an_index_out_of_bounds_whose_element_is_not_used(f: Callable[..., Any]) -> None:
    x = numpy.arange(3.0) + 1
    for compiled in (wg.jit(f), wg.jit(wg.grad(lambda x, i: np.sum(f(x, i))))):
        for i in (0, 5, 1, -4, -3, 7, 2):
            try:
                compiled(x, i)
                is_inside = True
            except IndexError:
                is_inside = False
            assert is_inside == (-3 <= i < 3), i


def test_what_was_written_before_an_error_is_not_kept() -> None:
    """All or nothing: a call that raises leaves what the function writes as it was."""
    state = wg.tensor(numpy.zeros(2))

    @wg.jit
    def step(x: Any) -> Any:
        state.copy_(state + 1)
        return np.linalg.inv(x)

    for turn in range(1, 5):
        step(REGULAR)
        assert state.tolist() == [turn, turn]
        with pytest.raises(numpy.linalg.LinAlgError):
            step(SINGULAR)
        assert state.tolist() == [turn, turn]
