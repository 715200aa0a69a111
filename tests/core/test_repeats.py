"""Deeply nested derivatives share what their walks repeat, and are the same as without."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core import state


def along(f: Callable[..., Any]) -> Callable[..., Any]:
    """The derivative with respect to the first argument, in forward mode."""
    return lambda x, *rest: wg.jvp(lambda x: f(x, *rest), (x,), (1.0,))[1]


def scalar(x: Any, y: Any) -> Any:
    return np.sin(x * np.exp(y)) / (1.0 + x * x) + np.where(x > y, x * y, 0.0) ** 3 * np.tanh(x)


def of_arrays(x: Any, y: Any) -> Any:
    v = np.stack([x, y, x * y])
    return np.sum(np.sin(v) * v[::-1]) * np.max(v)


def written(x: Any, y: Any) -> Any:
    v = np.zeros(3)
    v[0] = x
    v[1] = np.sin(x * y)
    v *= x
    return v[0] * v[1] + v[1] ** 2


def closed_over(x: Any, y: Any) -> Any:
    return wg.grad(lambda z: np.sin(z * x) * y * z)(x + y)


def checkpointed(x: Any, y: Any) -> Any:
    return wg.checkpoint(lambda z: np.sin(z * y) * np.exp(z))(x)


def with_a_rule(x: Any, y: Any) -> Any:
    own = wg.custom_derivative(lambda z: np.sin(z), vjp=lambda primals, out, ct: ct * np.cos(primals[0]))
    return own(x * y) * own(x)


def by_define_by_run(x: Any, y: Any) -> Any:
    leaf = (x * 1.0).requires_grad_()
    return wg.gradients(np.sin(leaf * y) * leaf, leaf, create_graph=True)[0]


PROGRAMS = [scalar, of_arrays, written, closed_over, checkpointed, with_a_rule, by_define_by_run]
NESTS = [
    (wg.grad,) * 7,
    (along,) * 7,
    (along, wg.grad, along, wg.grad, along, wg.grad, along),
    (*(lambda f: wg.grad(f, 1),) * 3, *(wg.grad,) * 3),
    (wg.jacrev, wg.jacfwd, wg.grad, along, wg.grad, lambda f: wg.grad(f, 1)),
]


def nested(f: Callable[..., Any], derivatives: tuple[Any, ...]) -> Callable[..., Any]:
    for derivative in derivatives:
        f = derivative(f)
    return f


@pytest.mark.part(8)
@pytest.mark.parametrize(("f", "nest"), list(itertools.product(PROGRAMS, range(len(NESTS)))))
def test_the_same_as_without(f: Any, nest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    derivative = nested(f, NESTS[nest])
    shared = derivative(0.7, 0.4).item()
    assert state.state.kept is None
    assert state.state.depth == 0
    monkeypatch.setattr(state, "DEEP", 1000)
    assert shared == pytest.approx(derivative(0.7, 0.4).item(), rel=1e-9)


def test_batched() -> None:
    derivative = nested(scalar, (wg.grad,) * 6)
    x, y = numpy.array([0.7, 0.9]), numpy.array([0.4, 0.1])
    numpy.testing.assert_allclose(
        wg.vmap(derivative)(x, y), [derivative(a, b).item() for a, b in zip(x, y, strict=True)], rtol=1e-9
    )


def test_signed_zeros_and_numbers_of_other_types_are_different_constants() -> None:
    def f(x: Any) -> Any:
        return x * 0.0 + np.copysign(1.0, x * -0.0) + x * 1 + x * 1.0 + x * numpy.float32(1)

    assert nested(f, (wg.grad,) * 6)(2.0).item() == 0.0


def test_hooks_see_their_own_tensor_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two equal tensors of a user's function stay two, also in a function that a walk runs again."""
    monkeypatch.setattr(state, "DEEP", 1)

    def f(x: Any) -> Any:
        first, second = np.sin(x), np.sin(x)
        first.register_hook(lambda g: 0.0 * g)
        return first * 2.0 + second

    assert wg.grad(f)(0.5).item() == pytest.approx(numpy.cos(0.5))
    assert wg.grad(wg.checkpoint(f))(0.5).item() == pytest.approx(numpy.cos(0.5))
    assert wg.grad(lambda x: wg.checkpoint(lambda: f(x))())(0.5).item() == pytest.approx(numpy.cos(0.5))


def test_threads_keep_their_own() -> None:
    derivative = nested(scalar, (wg.grad,) * 6)
    points = [0.5 + 0.01 * i for i in range(12)]
    expected = [derivative(x, 0.3).item() for x in points]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda x: derivative(x, 0.3).item(), points))
    assert found == pytest.approx(expected, rel=1e-12)
    assert state.observers == []
    assert state.state.repeats is None


def test_an_exception_ends_it() -> None:
    def rule(primals: Any, out: Any, cotangent: Any) -> Any:
        if state.state.repeats is not None:
            raise ZeroDivisionError
        return cotangent * np.cos(primals[0])

    with pytest.raises(ZeroDivisionError):
        nested(wg.custom_derivative(np.sin, vjp=rule), (wg.grad,) * 8)(0.5)
    assert (state.state.kept, state.state.repeats, state.state.depth, state.observers) == (None, None, 0, [])
