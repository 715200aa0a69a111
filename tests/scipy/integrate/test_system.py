"""What the right-hand side is given: arrays where values are known; tensors elsewhere, or where it wants them."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests.scipy.integrate.problems import largest_difference, lotka_volterra

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp

TIGHT: dict[str, Any] = {"rtol": 1e-8, "atol": 1e-10}


@pytest.mark.parametrize("method", ["RK45", "DOP853", "Radau", "BDF"])
def test_known_values_are_arrays(method: str) -> None:
    kinds = set()

    def decay(t: Any, y: Any) -> Any:
        kinds.add((type(t), type(y)))
        return [-y[0], -2 * y[1]]

    found = solve_ivp(decay, (0.0, 1.0), [1.0, 1.0], method, jac=lambda t, y: numpy.diag([-1.0, -2.0]), **TIGHT)
    assert kinds == {(numpy.float64, numpy.ndarray)}
    assert largest_difference(found.y[:, -1], numpy.exp([-1.0, -2.0])) < 1e-6
    assert isinstance(found.y, wg.Tensor)


def test_a_function_that_needs_tensors_is_given_them() -> None:
    calls = []

    def decay(t: Any, y: Any) -> Any:
        calls.append(type(y))
        return -y.numpy()

    assert solve_ivp(decay, (0.0, 1.0), [1.0], **TIGHT).y[0, -1].item() == pytest.approx(numpy.exp(-1.0))
    assert calls[0] is numpy.ndarray
    assert set(calls[1:]) == {wg.Tensor}


def test_what_is_written_into_the_state_is_without_effect() -> None:
    def decay(t: Any, y: Any) -> Any:
        y *= -1
        return y

    assert solve_ivp(decay, (0.0, 1.0), [1.0], **TIGHT).y[0, -1].item() == pytest.approx(numpy.exp(-1.0))


def test_slopes_may_be_returned_in_one_buffer() -> None:
    buffer = numpy.zeros(2)

    def turning(t: Any, y: Any) -> Any:
        buffer[0], buffer[1] = y[1], -y[0]
        return buffer

    found = solve_ivp(turning, (0.0, 1.0), [0.0, 1.0], **TIGHT)
    assert largest_difference(found.y[:, -1], [numpy.sin(1.0), numpy.cos(1.0)]) < 1e-7


def test_what_is_watched_from_the_middle_of_a_step_on_differentiates() -> None:
    def last(rate: Any) -> Any:
        return solve_ivp(lambda t, y: -y if t < 0.5 else -rate * y, (0.0, 1.0), [1.0], max_step=0.07, **TIGHT).y[0, -1]

    assert wg.grad(last)(2.0).item() == pytest.approx(-0.5 * numpy.exp(-1.5), rel=1e-3)


@pytest.mark.parametrize("kind", [list, tuple, numpy.array, np.array, lambda slopes: numpy.array(slopes, float)])
def test_slopes_of_any_kind(kind: Any) -> None:
    def slopes(t: Any, y: Any) -> Any:
        return kind([1.5 * y[0] - y[0] * y[1], -3 * y[1] + y[0] * y[1]])

    found = solve_ivp(slopes, (0.0, 2.0), [1.0, 1.0], **TIGHT)
    wanted = solve_ivp(lotka_volterra, (0.0, 2.0), [1.0, 1.0], **TIGHT)
    assert largest_difference(found.y, wanted.y) < 1e-12


def test_an_integration_of_numbers_as_of_arrays() -> None:
    found = solve_ivp(lambda t, y: -y, (0.0, 1.0), 1.0, **TIGHT)
    assert found.y.shape == found.t.shape
    assert found.y[-1].item() == pytest.approx(numpy.exp(-1.0))
    matrix = solve_ivp(lambda t, y: -y, (0.0, 1.0), numpy.ones((2, 3)), "DOP853", [1.0], **TIGHT)
    assert matrix.y.shape == (2, 3, 1)
    assert largest_difference(matrix.y, numpy.exp(-1.0)) < 1e-7
