"""Derivatives inside a compiled function, at points of any kind, within whatever surrounds them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
import wengert.scipy.special as sp

ARRAY = numpy.array([1.0, -2.0, 0.5])

POINTS: dict[str, Any] = {
    "number": 2.0,
    "NumPy number": numpy.float64(2.0),
    "array": ARRAY,
    "single precision": ARRAY.astype(numpy.float32),
    "array without axes": numpy.array(2.0),
    "tensor from outside": wg.tensor(ARRAY),
    "complex number": 1 + 2j,
}


def cubes(x: Any) -> Any:
    return np.sum(np.real(x * x * x))


def by_run(f: Callable[[Any], Any], point: Any) -> Any:
    x = wg.tensor(point, requires_grad=True)
    return wg.gradients(f(x), x)[0]


FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "grad": lambda x, y: wg.grad(lambda t: cubes(t) * y)(x),
    "grad of no argument": lambda x, y: wg.grad(cubes)(x) + y,
    "value_and_grad": lambda x, y: wg.value_and_grad(lambda t: cubes(t) * y)(x),
    "jvp": lambda x, y: wg.jvp(lambda t: t * t * y, (x,), (x,)),
    "jvp along an argument": lambda x, y: wg.jvp(cubes, (np.real(x) * y,), (np.real(x) * y,))[1],
    "vjp": lambda x, y: wg.vjp(lambda t: t * t * y, x)[1](np.multiply(np.array(x), x) * y)[0],
    "linearize": lambda x, y: wg.linearize(lambda t: cubes(t) * y, x)[1](x),
    "hvp": lambda x, y: wg.hvp(lambda t: cubes(t) * y, (x,), (x,)),
    "nested": lambda x, y: wg.grad(lambda u: cubes(wg.grad(lambda t: cubes(t) * u)(x)))(y),
    "a dictionary": lambda x, y: wg.grad(lambda d: cubes(d["a"]) * d["b"] * y)({"a": x, "b": 1.5})["b"],
    "gradients": lambda x, y: by_run(lambda t: cubes(t) * y, x),
}
"""Derivatives at `x` of something that depends on the argument `y`."""

AROUND: dict[str, Callable[[Callable[[Any], Any]], Callable[[Any], Any]]] = {
    "nothing": lambda f: f,
    "a branch": lambda f: lambda y: wg.cond(y > 0, lambda: f(y), lambda: f(2 * y)),
    "a branch of operands": lambda f: lambda y: wg.cond(y > 0, f, lambda y: f(2 * y), y),
    "a scan": lambda f: lambda y: wg.scan(lambda c, _: (c * 1.5, f(c)), y, None, length=2)[1],
    "a loop": lambda f: lambda y: wg.while_loop(lambda c: c < 50, lambda c: c + 1 + np.abs(total(f(c))), y),
    "a batch": lambda f: lambda y: wg.vmap(f)(np.stack([y, 2 * y])),
    "a derivative": lambda f: wg.grad(lambda y: total(f(y))),
    "a derivative of a scan": lambda f: wg.grad(
        lambda y: total(wg.scan(lambda c, _: (c * 1.5, f(c)), y, None, length=2)[1])
    ),
    "a tangent": lambda f: lambda y: wg.jvp(lambda y: total(f(y)), (y,), (1.0,))[1],
    "a checkpoint": lambda f: wg.grad(lambda y: total(wg.checkpoint(f)(y))),
}


def total(result: Any) -> Any:
    parts = result if isinstance(result, tuple) else (result,)
    return sum(np.sum(np.real(part)) for part in parts)


def assert_compiled(form: str, point: str, around: str) -> None:
    f = AROUND[around](lambda y: FORMS[form](POINTS[point], y))
    assert_same(wg.jit(f)(np.array(0.7)), f(np.array(0.7)))


@pytest.mark.part(4)
@pytest.mark.parametrize(("form", "point"), list(product(FORMS, POINTS)))
def test_a_point_of_any_kind(form: str, point: str) -> None:
    assert_compiled(form, point, "nothing")


@pytest.mark.part(8)
@pytest.mark.parametrize(("form", "around"), list(product(FORMS, AROUND)))
def test_within_anything(form: str, around: str) -> None:
    assert_compiled(form, "array", around)


TWICE: dict[str, Callable[[Any, Any, Any], Any]] = {
    "nothing": lambda a, b, y: a * b * b * y,
    "a loop": lambda a, b, y: wg.fori_loop(0, 2, lambda i, c: c * a * b * b * y, 1.0),
    "a long loop": lambda a, b, y: wg.while_loop(lambda c: c < 90, lambda c: c * a * b * b * y, 1.0),
    "a branch": lambda a, b, y: wg.cond(y > 0, lambda: a * b * b * y, lambda: a),
    "a branch of operands": lambda a, b, y: wg.cond(y > 0, lambda b: a * b * b * y, lambda b: a, b),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", TWICE)
def test_two_derivatives_at_one_point_are_told_apart(name: str) -> None:
    """What reads the point under both derivatives, and outside them, reads three tensors."""

    def nested(y: Any) -> Any:
        return wg.grad(lambda a: wg.grad(lambda b: TWICE[name](a, b, y))(y))(y)

    def at_once(y: Any) -> Any:
        return wg.grad(lambda a, b: TWICE[name](a, b, y), argnums=(0, 1))(y, y)

    for f in (nested, at_once):
        assert_same(wg.jit(f)(np.array(2.0)), f(np.array(2.0)))
        assert_same(wg.vmap(f)(np.array([2.0, 1.5])), jointly(f, [2.0, 1.5]))


def jointly(f: Callable[[Any], Any], points: list[float]) -> Any:
    rows = [f(np.array(point)) for point in points]
    return tuple(map(np.stack, zip(*rows, strict=True))) if isinstance(rows[0], tuple) else np.stack(rows)


@pytest.mark.parametrize("function", [np.tanh, sp.expit, np.exp2, np.log10, sp.softplus])
def test_constants_as_tangents_of_tangents(function: Any) -> None:
    """What ``ones_like`` gives is a constant; a product of it and a number is recorded all the same."""
    pushed = lambda f: lambda x: wg.jvp(f, (x,), (numpy.ones_like(x),))[1]
    second, x = pushed(pushed(function)), numpy.array([0.5, 2.0])
    numpy.testing.assert_allclose(wg.jit(second)(x).numpy(), second(x).numpy(), rtol=1e-13)
