"""Functions whose captured tensors become arguments."""

from __future__ import annotations

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def integral(f, last):
    """The integral of f from 0 to `last` by the midpoint rule, with a rule of its own in what f captures."""
    nodes = (numpy.arange(50) + 0.5) / 50 * last
    g, captured = wg.closure_convert(wg.vmap(f), nodes)

    def value(*captured):
        return np.mean(g(nodes, *captured)) * last

    def tangent(primals, out, tangents):
        return np.mean(wg.jvp(lambda *c: g(nodes, *c), primals, tangents)[1]) * last

    return wg.custom_derivative(value, jvp=tangent)(*captured)


def of_power(w):
    return integral(lambda x: w**3 * np.exp(x), 1.0)


@pytest.mark.parametrize("change", [lambda f: f, wg.jit], ids=["eager", "jit"])
def test_a_rule_differentiates_in_what_was_captured(change) -> None:
    whole = integral(np.exp, 1.0)
    numpy.testing.assert_allclose(whole, numpy.e - 1, rtol=1e-4)
    for order, factor in enumerate((8.0, 12.0, 12.0, 6.0, 0.0)):
        f = of_power
        for _ in range(order):
            f = wg.grad(f)
        numpy.testing.assert_allclose(change(f)(2.0), factor * whole, rtol=1e-12)
    numpy.testing.assert_allclose(wg.vmap(wg.grad(of_power))(np.array([1.0, 2.0])), np.array([3.0, 12.0]) * whole)


def test_what_backward_follows_is_captured() -> None:
    w = wg.tensor(2.0, requires_grad=True)
    of_power(w).backward()
    numpy.testing.assert_allclose(w.grad, 12 * integral(np.exp, 1.0))


def test_what_nobody_follows_is_a_constant() -> None:
    w = wg.tensor([1.0, 2.0])
    g, captured = wg.closure_convert(lambda x: {"sum": np.sum(w * x), "x": x}, 0.0)
    assert captured == []
    found = g(3.0)
    assert (found["sum"].item(), found["x"].item()) == (9.0, 3.0)


def test_each_captured_tensor_comes_once() -> None:
    def f(w, v):
        return len(wg.closure_convert(lambda x: w * x + v * w, 0.0)[1])

    counts = []
    wg.grad(lambda w, v: (counts.append(f(w, v)), w * v)[1], argnums=(0, 1))(1.0, 2.0)
    assert counts == [2]


def test_arguments_must_fit() -> None:
    g, _ = wg.closure_convert(lambda x: x * 2, np.zeros(3))
    with pytest.raises(TypeError) as error:
        g(np.zeros(2))
    assert str(error.value).startswith(
        "[closure_convert] what it was called with[0] has shape (2,), wanted (3,), as from the examples; "
        "let the examples return an array of shape (2,), or return one of shape (3,)"
    )


def test_a_function_is_wanted() -> None:
    with pytest.raises(TypeError, match=r"^\[closure_convert\] "):
        wg.closure_convert(3.0, 1.0)
