"""Loops, branches and random numbers on XLA: values, derivatives of both orders, batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np

pytest.importorskip("jax")

X = numpy.linspace(0.1, 1.0, 6)
W = 0.3 * numpy.random.default_rng(0).normal(size=(6, 6))


def assert_same_on_xla(f: Callable[..., Any], *args: Any) -> None:
    assert_same(wg.jit(f, backend="xla")(*args), f(*args))


def scanned(x: Any) -> Any:
    carry, sums = wg.scan(lambda c, t: (np.tanh(W @ c) + t, np.sum(c)), x, np.arange(7.0))
    return np.sum(carry * sums[2]) + np.sum(sums)


def scanned_back(x: Any) -> Any:
    carry, ys = wg.scan(lambda c, t: (np.sin(c) * t, c * t), x, np.arange(5.0), reverse=True)
    return np.sum(carry) + np.sum(ys**2)


def scanned_with_little_memory(x: Any) -> Any:
    carry, _ = wg.scan(lambda c, t: (np.sin(c) + 0.1 * t * c, None), x, np.arange(9.0), memory=3)
    return np.sum(carry**2)


def repeated(x: Any) -> Any:
    return np.sum(wg.while_loop(lambda c: np.sum(c) < 50, lambda c: 1.3 * c + 0.1 * np.sin(c), x))


def counted(x: Any) -> Any:
    return np.sum(wg.fori_loop(0, 700, lambda i, c: 0.999 * c + 1e-6 * i * np.sin(c), x))


def branched(x: Any) -> Any:
    return wg.cond(np.sum(x) > 2, lambda x: np.sum(x**2), lambda x: np.sum(np.sin(x)), x)


def checkpointed(x: Any) -> Any:
    return np.sum(wg.checkpoint(lambda x: np.sin(np.exp(x)))(x) ** 2)


LOOPS = [scanned, scanned_back, scanned_with_little_memory, repeated, counted, branched, checkpointed]
every_loop = pytest.mark.parametrize("f", LOOPS, ids=lambda f: f.__name__)


@every_loop
def test_values_and_gradients(f: Callable[..., Any]) -> None:
    assert_same_on_xla(lambda x: (f(x), wg.grad(f)(x)), X)


@pytest.mark.wide
@every_loop
def test_second_order_and_batches(f: Callable[..., Any]) -> None:
    assert_same_on_xla(lambda x: wg.jvp(wg.grad(f), (x,), (x,))[1], X)
    assert_same_on_xla(wg.vmap(wg.grad(f)), numpy.stack([X, 0.1 * X]))


def test_a_walk_back_through_more_turns_than_are_kept() -> None:
    """At most two states on each of two levels, for 100 turns."""

    def f(x: Any) -> Any:
        return np.sum(wg.fori_loop(0, 100, lambda i, c: 0.9 * c + 1e-3 * i * np.sin(c), x, memory=4))

    assert_same_on_xla(wg.grad(f), X[:2])


def test_random_numbers_have_the_same_bits() -> None:
    def drawn() -> Any:
        rng = wg.random.default_rng(3)
        return (
            rng.integers(1 << 40, size=5),
            rng.normal(size=3),
            rng.uniform(size=3, dtype="float32"),
            rng.permutation(7),
        )

    assert_same_on_xla(drawn)


def test_rules_of_users() -> None:
    @wg.custom_derivative(vjp=lambda primals, out, ct: np.minimum(ct, 0.5) * primals[0])
    def clipped(x: Any) -> Any:
        return np.exp(x)

    assert_same_on_xla(wg.grad(lambda x: np.sum(3 * clipped(x))), X)


def test_prints(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any) -> Any:
        wg.debug.print("x is {}", x)
        return x * x

    wg.jit(f, backend="xla")(3.0)
    assert capsys.readouterr().out == "x is 3.0\n"
