"""The continuous adjoint beside the derivative of the steps."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests.scipy.integrate.problems import largest_difference, lotka_volterra

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp

START = numpy.array([1.0, 1.0])
TIMES = numpy.linspace(1.0, 4.0, 4)
WEIGHTS = numpy.array([[0.3], [0.7]])


def loss(start: Any, rate: Any, first: Any, times: Any, outside: Any, adjoint: str) -> Any:
    """It depends on the state, an argument, both kinds of time, and on what the right-hand side reads from outside."""

    def slope(t: Any, y: Any, a: Any) -> Any:
        return outside * lotka_volterra(t, y, a) + 0.1 * np.sin(t)

    found = solve_ivp(slope, (first, 5.0), start, "DOP853", times, args=(rate,), rtol=1e-8, atol=1e-8, adjoint=adjoint)
    return np.sum(WEIGHTS * np.sin(found.y))


def gradients(adjoint: str) -> Any:
    return lambda *given: wg.grad(lambda *point: loss(*point, adjoint), (0, 1, 2, 3, 4))(*given)


POINT = START, 1.5, 0.0, TIMES, 1.0


def test_its_gradients_are_those_of_the_steps() -> None:
    wanted = gradients("discrete")(*POINT)
    ways = gradients("backsolve"), wg.jit(gradients("backsolve")), gradients("interpolated")
    for found in (way(*POINT) for way in ways):
        for one, other in zip(found, wanted, strict=True):
            assert one.shape == other.shape
            assert largest_difference(one, other) < 1e-5


def test_second_derivatives_move_with_the_solution() -> None:
    def slope(rate: Any, adjoint: str) -> Any:
        return wg.grad(lambda r: solve_ivp(
            lambda t, y: r * y * (1 - y), (0.0, 2.0), 0.1, "RK45", [2.0], rtol=1e-7, atol=1e-7, adjoint=adjoint
        ).y[0])(rate)  # fmt: skip

    wanted = wg.jvp(lambda rate: slope(rate, "discrete"), (1.1,), (1.0,))[1]
    for adjoint in ("backsolve", "interpolated"):
        found = wg.jvp(lambda rate, adjoint=adjoint: slope(rate, adjoint), (1.1,), (1.0,))[1]
        assert found.item() == pytest.approx(wanted.item(), abs=1e-5)


@pytest.mark.parametrize("method", ["Radau", "BDF"])
def test_stiff_systems_have_an_adjoint_along_the_steps(method: str) -> None:
    def last(rate: Any) -> Any:
        found = solve_ivp(
            lambda t, y: -rate * (y - np.cos(t)), (0.0, 2.0), [0.0], method, [2.0], rtol=1e-6, atol=1e-6,
            adjoint="interpolated",
        )  # fmt: skip
        return found.y[0, 0]

    share = lambda rate: rate / (1 + rate**2) * (rate * np.cos(2.0) + np.sin(2.0))
    value, slope = wg.value_and_grad(last)(200.0)
    assert value.item() == pytest.approx(share(200.0).item(), abs=2e-5)
    assert slope.item() == pytest.approx(wg.grad(share)(200.0).item(), rel=2e-2)


@pytest.mark.parametrize("adjoint", ["backsolve", "interpolated"])
def test_nested_states_and_integers_from_outside(adjoint: str) -> None:
    power = np.asarray(2)

    def last(rate: Any) -> Any:
        found = solve_ivp(
            lambda t, y: {"a": -rate * y["a"] ** power, "b": y["a"][0]},
            (0.0, 1.0), {"a": numpy.ones(2), "b": 0.0}, t_eval=[0.5, 1.0], rtol=1e-8, atol=1e-8, adjoint=adjoint,
        )  # fmt: skip
        return found.y["b"][-1]

    exact = wg.grad(lambda rate: np.log(1 + rate) / rate)(0.7)
    assert wg.grad(last)(0.7).item() == pytest.approx(exact.item(), abs=1e-6)


def test_what_it_is_not_for() -> None:
    with pytest.raises(ValueError, match="adjoint is") as error:
        solve_ivp(lotka_volterra, (0.0, 1.0), START, adjoint="exact")
    assert str(error.value) == "[solve_ivp] adjoint is 'exact', wanted 'discrete', 'backsolve' or 'interpolated'"
    with pytest.raises(ValueError, match="backsolve") as error:
        solve_ivp(lotka_volterra, (0.0, 1.0), START, adjoint="backsolve")
    assert str(error.value) == (
        "[solve_ivp] adjoint='backsolve' goes back through the states at times, wanted t_eval, a real state, numbers "
        "for rtol and atol, and neither events nor dense_output; write adjoint='discrete' for these"
    )
    with pytest.raises(ValueError, match="interpolated") as error:
        wg.jit(lambda y0: solve_ivp(lotka_volterra, (0.0, 1.0), y0, t_eval=[1.0], adjoint="interpolated"))(START)
    assert str(error.value) == (
        "[solve_ivp] adjoint='interpolated' in an integration that is recorded (by jit, vmap, a loop or memory=), "
        "where the number of steps that it reads is not known, wanted known values; write adjoint='discrete', or "
        "adjoint='backsolve' for a system that can be integrated backwards"
    )


@pytest.mark.parametrize("adjoint", ["backsolve", "interpolated"])
def test_a_failure_is_told_as_without_it(adjoint: str) -> None:
    found = solve_ivp(lambda t, y: y**2, (0.0, 2.0), [1.0], t_eval=[0.5, 1.5], adjoint=adjoint)
    assert not found.success
    assert found.t.shape == (1,)
    assert found.y.shape == (1, 1)
