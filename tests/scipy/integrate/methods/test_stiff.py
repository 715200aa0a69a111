"""Methods for stiff systems: orders, derivatives, Jacobians, batches."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.integrate
from tests.scipy.integrate.problems import largest_difference

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp

ONE_STEP = ["Radau", "Rodas5P"]
STIFF = [*ONE_STEP, "BDF"]


def relaxing(t: Any, y: Any, frequency: Any) -> Any:
    """It comes close to the cosine at once, and follows it."""
    return -50 * (y - np.cos(frequency * t))


def exact(t: Any, frequency: Any) -> Any:
    """The solution from 0."""
    share = 50 / (2500 + frequency**2)
    following = share * (50 * np.cos(frequency * t) + frequency * np.sin(frequency * t))
    return following - 50 * share * np.exp(-50 * t)


def last(frequency: Any, method: str, tolerance: float = 1e-8) -> Any:
    found = solve_ivp(relaxing, (0.0, 2.0), [0.0], method, [2.0], args=(frequency,), rtol=tolerance, atol=tolerance)
    return found.y[0, 0]


@pytest.mark.parametrize("method", ONE_STEP)
def test_the_order_of_convergence(method: str) -> None:
    def errors(count: int) -> tuple[float, float]:
        size = 4 / count
        found = solve_ivp(
            lambda t, y: y * np.cos(t), (0.0, 4.0), [1.0], method,
            first_step=size, max_step=size, rtol=1.0, atol=1e3, dense_output=True,
        )  # fmt: skip
        between = numpy.linspace(0.0, 4.0, 50)
        inside = largest_difference(found.sol(between)[0], numpy.exp(numpy.sin(between)))
        return inside, largest_difference(found.y[0, -1], numpy.exp(numpy.sin(4.0)))

    (coarse_inside, coarse), (fine_inside, fine) = errors(20), errors(40)
    assert coarse / fine > 0.75 * 2**5
    assert coarse_inside / fine_inside > 0.75 * 2**4


@pytest.mark.part(2)
@pytest.mark.parametrize("method", [*ONE_STEP, pytest.param("BDF", marks=pytest.mark.wide)])
def test_derivatives_to_second_order_in_every_mode(method: str) -> None:
    closeness = 20 if method == "BDF" else 1  # its errors are those of many steps
    slopes = wg.grad(lambda w: exact(2.0, w)), wg.grad(wg.grad(lambda w: exact(2.0, w)))
    first, second = (slope(1.3).item() for slope in slopes)
    assert wg.grad(last)(1.3, method, 1e-4).item() == pytest.approx(first, rel=closeness * 1e-3)
    compiled = wg.jit(lambda w: (last(w, method), *wg.jvp(wg.grad(lambda v: last(v, method)), (w,), (1.0,))))
    value, slope, curvature = compiled(1.3)
    assert value.item() == pytest.approx(exact(2.0, 1.3).item(), abs=closeness * 1e-7)
    assert slope.item() == pytest.approx(first, rel=closeness * 1e-5)
    assert curvature.item() == pytest.approx(second, rel=closeness * 1e-4)


@pytest.mark.parametrize("method", STIFF)
def test_the_end_moves_the_state_of_a_system_without_time(method: str) -> None:
    def end(last: Any) -> Any:
        return solve_ivp(lambda t, y: -y, (0.0, last), [1.0], method, rtol=1e-9, atol=1e-9).y[0, -1]

    assert wg.grad(end)(1.0).item() == pytest.approx(-numpy.exp(-1.0), abs=1e-6)


@pytest.mark.parametrize("method", ["Rodas5P", "BDF", pytest.param("Radau", marks=pytest.mark.wide)])
def test_each_example_of_a_batch_has_its_own_steps(method: str) -> None:
    found = wg.jit(wg.vmap(lambda w: last(w, method, 1e-6)))(numpy.array([0.5, 1.3]))
    for value, frequency in zip(found, (0.5, 1.3), strict=True):
        assert value.item() == pytest.approx(last(frequency, method, 1e-6).item(), abs=1e-9)


def coupled(t: Any, y: Any) -> Any:
    return np.stack([-100 * y[0] + y[1], y[0] - y[1] ** 2])


@pytest.mark.part(2)
@pytest.mark.parametrize("method", STIFF)
@pytest.mark.parametrize(
    "jac", [lambda t, y: np.stack([np.array([-100.0, 1.0]), np.stack([1.0, -2 * y[1]])]), [[-100.0, 1.0], [1.0, -1.0]]]
)
def test_a_jacobian_may_be_given(method: str, jac: Any) -> None:
    if method == "Rodas5P" and not callable(jac):
        return  # it needs the exact one
    found = solve_ivp(coupled, (0.0, 1.0), [1.0, 1.0], method, rtol=1e-7, atol=1e-9, jac=jac)
    wanted = scipy.integrate.solve_ivp(
        lambda t, y: [-100 * y[0] + y[1], y[0] - y[1] ** 2], (0.0, 1.0), [1.0, 1.0], "Radau", rtol=1e-9, atol=1e-11
    )
    assert largest_difference(found.y[:, -1], wanted.y[:, -1]) < 1e-6
    assert found.njev > 0
    assert found.nlu > 0


@pytest.mark.parametrize("method", STIFF)
def test_states_are_nested(method: str) -> None:
    y0 = {"a": numpy.ones((2, 2)), "b": 1.0}
    found = solve_ivp(
        lambda t, y: {"a": -y["a"] * y["b"], "b": -y["b"]}, (0.0, 1.0), y0, method, [1.0], rtol=1e-6, atol=1e-8
    )
    assert largest_difference(found.y["b"], numpy.exp(-1.0)) < 1e-5
    assert largest_difference(found.y["a"], numpy.exp(numpy.exp(-1.0) - 1)) < 1e-5


def test_a_jacobian_of_another_shape() -> None:
    with pytest.raises(ValueError, match="jac is of shape") as error:
        solve_ivp(coupled, (0.0, 1.0), [1.0, 1.0], "Radau", jac=[[1.0]])
    assert str(error.value) == (
        "[solve_ivp] jac is of shape (1, 1), wanted (2, 2): a row for each slope, a column for each number of the "
        "state; without jac= it is computed"
    )


@pytest.mark.parametrize("method", STIFF)
def test_complex_states_are_refused(method: str) -> None:
    with pytest.raises(TypeError) as error:
        solve_ivp(lambda t, y: 1j * y, (0.0, 1.0), [1.0 + 0j], method)
    assert str(error.value) == (
        f"[solve_ivp] {method} was given a complex state, wanted a real one: its Jacobian is one of real numbers; "
        "write method='DOP853', or a state of np.real(y) and np.imag(y)"
    )
