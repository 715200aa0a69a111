"""Nested loops and branches made up by hypothesis: eager, compiled and batched they are the plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from tests import laws
from tests.control import plain

import wengert as wg
import wengert.numpy as np

CHECKED = settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],  # to shrink what fails takes minutes
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

X = numpy.array([0.3, -0.7])
XS = numpy.array([[0.5, -1.0], [1.2, 0.1], [-0.4, 0.8]])

Step = Callable[[Any, Any, Any], Any]
"""From the forms, what changes and what is captured to what changes next; values stay within the unit square."""


def sine(c: Any, h: Any, w: Any) -> Any:
    return np.sin(h * 1.3 + w)


def product(c: Any, h: Any, w: Any) -> Any:
    return np.tanh(h[::-1] * w + h)


def written(c: Any, h: Any, w: Any) -> Any:
    h = np.asarray(h) * 1.0
    h[0] = np.cos(h[1] + w[0])
    return h


def slope(c: Any, h: Any, w: Any) -> Any:
    return np.tanh(wg.grad(lambda h: np.sum(np.sin(h * w) * h))(h))


LEAVES: list[Step] = [sine, product, written, slope]


def sequence(first: Step, second: Step) -> Step:
    return lambda c, h, w: second(c, first(c, h, w), w)


def branch(first: Step, second: Step) -> Step:
    return lambda c, h, w: c.cond(np.sum(h * w) > 0.1, lambda: first(c, h, w), lambda: second(c, h, w))


def choice(first: Step, second: Step) -> Step:
    def run(c: Any, h: Any, w: Any) -> Any:
        sides = [lambda h: first(c, h, w), lambda h: h * 0.5, lambda h: second(c, h, w)]
        return c.switch(np.sum(h > 0), sides, h)

    return run


def counted(body: Step, other: Step) -> Step:
    """The other is captured: it is the same on every turn."""

    def run(c: Any, h: Any, w: Any) -> Any:
        fixed = other(c, w, h)
        return c.fori_loop(0, 2, lambda i, h: body(c, h, fixed + 0.1 * i), h)

    return run


def stacked(body: Step, other: Step) -> Step:
    def run(c: Any, h: Any, w: Any) -> Any:
        def turn(carry: Any, x: Any) -> Any:
            h, n = carry
            h = body(c, h, w * x)
            return (h, n + 1), other(c, x, h) * n

        (h, _), ys = c.scan(turn, (h, 1), XS, reverse=True)
        return np.sin(h + np.sum(ys, axis=0))

    return run


def remembered(body: Step, other: Step) -> Step:
    return lambda c, h, w: c.scan(lambda h, x: (body(c, h, w), None), other(c, h, w), length=3, memory=2)[0]


def until(body: Step, other: Step) -> Step:
    """One to three turns, as a value says."""

    def run(c: Any, h: Any, w: Any) -> Any:
        goes_on = lambda s: np.logical_and(s[0] < 3, np.logical_or(s[0] < 1, np.sum(s[1]) > 0.2))
        return other(c, c.while_loop(goes_on, lambda s: (s[0] + 1, body(c, s[1], w)), (0, h))[1], w)

    return run


NODES = [sequence, branch, choice, counted, stacked, remembered, until]
nests = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.builds(lambda f, a, b: f(a, b), st.sampled_from(NODES), inner, inner),
    max_leaves=8,
)


def loss(c: Any, step: Step) -> Callable[[Any, Any], Any]:
    return lambda x, w: np.sum(step(c, x, w) * numpy.array([1.0, -0.5]))


def values(c: Any, step: Step) -> Callable[[Any, Any], Any]:
    """The value, the gradient, and a derivative of it."""
    f = loss(c, step)
    first = wg.grad(f, (0, 1))
    return lambda x, w: [f(x, w), *first(x, w), *wg.jvp(first, (x, w), (np.cos(x), np.sin(w)))[1]]


POINTS = [(X, XS[0]), (-X, XS[1]), (2 * X, XS[2])]


@CHECKED
@given(nests)
def test_eager_and_batched_and_compiled_are_plain_python(step: Step) -> None:
    expected = [values(plain, step)(*point) for point in POINTS]
    batch = [numpy.stack(column) for column in zip(*POINTS, strict=True)]
    stacks = [numpy.stack([v.numpy() for v in column]) for column in zip(*expected, strict=True)]
    compiled = wg.jit(values(wg, step))
    for point, wanted in zip(POINTS, expected, strict=True):
        laws.assert_close(values(wg, step)(*point), wanted, 1e-9)
        laws.assert_close(compiled(*point), wanted, 1e-9)
    laws.assert_close(wg.vmap(values(wg, step))(*batch), stacks, 1e-9)


@settings(CHECKED, max_examples=4)
@given(nests)
def test_compiled_batches_are_plain_python(step: Step) -> None:
    f = lambda c: wg.value_and_grad(loss(c, step))
    expected = [f(plain)(*point) for point in POINTS]
    batch = [numpy.stack(column) for column in zip(*POINTS, strict=True)]
    stacks = [numpy.stack([v.numpy() for v in column]) for column in zip(*expected, strict=True)]
    laws.assert_close(wg.jit(wg.vmap(f(wg)))(*batch), stacks, 1e-9)
    laws.assert_close(wg.vmap(wg.jit(f(wg)))(*batch), stacks, 1e-9)


@settings(CHECKED, max_examples=10)
@given(nests)
def test_modes_agree_and_are_the_differences(step: Step) -> None:
    """On plain values and on recorded ones, to second order. (Differences only where no branch changes nearby.)"""
    f = lambda x, w: (loss(wg, step)(x, w),)
    laws.check_modes(f, (X, XS[0]), 1e-10)
    laws.check_modes(laws.derivative(f, (X, XS[0])), (X, XS[0]), 1e-9)
