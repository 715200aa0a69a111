"""What is prepared for ``backward()`` inside a compiled function, as in eager mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np

W = wg.tensor([2.0, 3.0], requires_grad=True)


def enabled(x: Any) -> Any:
    with wg.enable_grad():
        return np.sum(W * W * x)


def enabled_with_a_decision(x: Any) -> Any:
    with wg.enable_grad():
        y = np.sum(W * W * x)
    return y if x > 0 else -y


def enabled_in_part(x: Any) -> Any:
    with wg.enable_grad():
        y = W * x
    return np.sum(y), W * 2


def disabled_inside(x: Any) -> Any:
    with wg.enable_grad(), wg.no_grad():
        return np.sum(W * x)


@pytest.mark.parametrize("f", [enabled, enabled_with_a_decision, enabled_in_part, disabled_inside])
def test_grad_mode_inside_is_that_of_the_function(f: Callable[..., Any]) -> None:
    compiled = wg.jit(f)
    for mode in (wg.no_grad, wg.enable_grad, wg.no_grad):
        for _ in range(4):
            with mode():
                expected, actual = f(1.5), compiled(1.5)
            pairs = zip(expected, actual, strict=True) if isinstance(expected, tuple) else [(expected, actual)]
            for e, a in pairs:
                assert a.requires_grad == e.requires_grad
                assert_same(a, e)
                assert_same(*(gradient_of(y) for y in (a, e)))


def gradient_of(y: Any) -> Any:
    W.grad = None
    if y.requires_grad:
        np.sum(y).backward()
    return numpy.zeros(2) if W.grad is None else W.grad


def test_arguments_are_followed_inside() -> None:
    def f(x: Any) -> Any:
        with wg.enable_grad():
            return x * x

    compiled, x = wg.jit(f), wg.tensor(3.0, requires_grad=True)
    with wg.no_grad():
        y, z = compiled(x), compiled(wg.tensor(3.0))
    assert y.requires_grad
    assert not z.requires_grad
    y.backward()
    assert_same(x.grad, 6.0)


def test_results_are_walked_back_one_after_the_other() -> None:
    @wg.jit
    def f(x: Any) -> Any:
        return np.sum(W * x), np.sum(W**3)

    W.grad = None
    first, second = f(2.0)
    first.backward()
    second.backward()
    assert_same(W.grad, numpy.array([2.0, 2.0]) + 3 * numpy.array([4.0, 9.0]))
    W.grad = None


def test_what_was_not_used_has_no_gradient() -> None:
    a, b = (wg.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    first, _ = wg.jit(lambda a, b: (np.sum(a * a), np.sum(b)))(a, b)
    first.backward()
    assert_same(a.grad, numpy.array([2.0, 4.0]))
    assert b.grad is None
