"""What a loop or a branch gives has handles of its own: nobody else sees what is written to them, or the other way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np

FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "cond": lambda x, n: wg.cond(n > 0, lambda y: y * 2, lambda y: y, x),
    "cond of captured": lambda x, n: wg.cond(n > 0, lambda: x * 2, lambda: x),
    "switch": lambda x, n: wg.switch(n, [lambda y: y, lambda y: y * 2], x),
    "fori_loop": lambda x, n: wg.fori_loop(0, n, lambda i, y: y * 2, x),
    "fori_loop that carries it": lambda x, n: wg.fori_loop(0, 2, lambda i, y: y, x),
    "fori_loop that gives what is captured": lambda x, n: wg.fori_loop(0, 2, lambda i, y: x, x * 3),
    "while_loop": lambda x, n: wg.while_loop(lambda c: c[0] < n, lambda c: (c[0] + 1, c[1] * 2), (0, x))[1],
    "scan of nothing": lambda x, n: wg.scan(lambda y, _: (y * 2, None), x, None, length=0)[0],
    "scan": lambda x, n: wg.scan(lambda y, _: (y, y), x, None, length=2)[0],
}


def then_written(form: str, x: Any, n: Any) -> Any:
    """What was given is written to."""
    result = FORMS[form](x, n)
    x += 100
    return x, result


def itself_written(form: str, x: Any, n: Any) -> Any:
    """The result is written to."""
    result = FORMS[form](x, n)
    result += 100
    return x, result


@pytest.mark.part(2)
@pytest.mark.parametrize("turns", [0, 1])
@pytest.mark.parametrize("form", FORMS)
def test_writes_to_one_do_not_reach_the_other(form: str, turns: int) -> None:
    start, n = numpy.array([1.0, -2.0]), numpy.array(turns)
    result = FORMS[form](np.array(start), np.array(n)).numpy()
    for write, expected in ((then_written, (start + 100, result)), (itself_written, (start, result + 100))):
        assert_same(write(form, np.array(start), np.array(n)), tuple(map(np.array, expected)))
        assert_same(wg.jit(lambda x, n, w=write: w(form, x * 1, n))(start, n), tuple(map(np.array, expected)))


@pytest.mark.parametrize("form", FORMS)
def test_the_result_is_no_leaf(form: str) -> None:
    w = wg.tensor([1.0, -2.0], requires_grad=True)
    result = FORMS[form](w, np.array(0))
    assert not result.is_leaf
    np.sum(result * 3).backward()
    assert_same(w.grad, wg.grad(lambda x: np.sum(FORMS[form](x, np.array(0)) * 3))(np.array([1.0, -2.0])))


def test_a_body_that_writes_to_its_carry_leaves_the_start_as_it_is() -> None:
    def f(x: Any) -> Any:
        def turn(i: Any, y: Any) -> Any:
            y *= 2
            return y

        return wg.fori_loop(0, 3, turn, x), x

    assert_same(f(np.array(1.0)), (np.array(8.0), np.array(1.0)))
    assert_same(wg.jit(f)(1.0), (np.array(8.0), np.array(1.0)))


def test_results_that_are_views_outlive_the_memory_that_they_are_views_of() -> None:
    """A branch with a Fourier transform is done by NumPy, whose views are of memory that a call uses again."""

    def f(x: Any) -> Any:
        h = np.exp(x)
        sides = (lambda: (h.reshape(3, 1), h[::-1], np.fft.fft(h))), (lambda: (x[:, None], x, np.fft.fft(x)))
        column, turned, frequencies = wg.cond(x[0] > 0, *sides)
        rest = np.sort(np.cos(x))
        total = np.sum(np.real(np.fft.fft(rest * rest)))
        return column + 0 * total, turned * 1.5, np.real(frequencies) + rest, column.T @ turned

    x = numpy.array([0.3, -0.2, 1.0])
    assert_same(wg.jit(f)(x), f(np.array(x)))
