"""Leaves that a compiled function makes itself: its results are walked back as in eager mode."""

from __future__ import annotations

import warnings
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def hidden(x: Any) -> Any:
    w = wg.tensor([2.0, 3.0], requires_grad=True)
    return np.sum(w * x), x * 2


def inner_step(start: Any) -> Any:
    w = wg.tensor(start, requires_grad=True)
    np.sum(w**3).backward()
    return np.sum((w - 0.1 * w.grad) ** 2)


def test_results_of_hidden_leaves_can_be_walked_back() -> None:
    compiled = wg.jit(hidden)
    for _ in range(150):
        total, doubled = compiled(numpy.ones(2))
        assert (total.requires_grad, doubled.requires_grad) == (True, False)
        total.backward()
    with wg.no_grad():
        assert not compiled(numpy.ones(2))[0].requires_grad
    outside = wg.tensor([1.0, 1.0], requires_grad=True)
    compiled(outside)[0].backward()
    assert outside.grad.tolist() == [2.0, 3.0]


def test_a_step_inside_differentiates_as_in_eager_mode() -> None:
    compiled = wg.jit(inner_step)
    start = numpy.array([1.0, 2.0])
    for _ in range(3):
        value = compiled(start)
        value.backward()
        assert value.item() == pytest.approx(inner_step(start).item())
        numpy.testing.assert_allclose(
            wg.grad(compiled)(start).detach(), wg.grad(inner_step)(start).detach(), rtol=1e-13
        )


def test_a_leaf_that_is_given_away_keeps_the_function_uncompiled() -> None:
    @wg.jit
    def made(x: Any) -> Any:
        w = wg.tensor(2.0, requires_grad=True)
        return w * x, {"leaf": w}

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for x in (3.0, 4.0, 5.0):
            y, kept = made(x)
            y.backward()
            assert kept["leaf"].grad.item() == x
    assert len(caught) == 1
    assert str(caught[0].message).startswith(
        "[jit] made makes a leaf, a tensor with requires_grad=True, and gives it away, wanted leaves that are there "
        "before the call; it runs without being compiled"
    )


def test_a_leaf_that_is_bound_to_an_attribute_is_one() -> None:
    class Model:
        w: Any = None

        def begin(self, x: Any) -> Any:
            self.w = wg.tensor(x * 2.0, requires_grad=True)
            return x

    model = Model()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wg.jit(model.begin)(numpy.ones(2))
    assert model.w.is_leaf
    np.sum(model.w * 3.0).backward()
    assert model.w.grad.tolist() == [3.0, 3.0]
