"""BDF beside SciPy's: the same steps, orders, Jacobians and factorisations."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.integrate
from tests.scipy.integrate.gates import GATES
from tests.scipy.integrate.problems import largest_difference

import wengert as wg
from wengert.scipy.integrate import solve_ivp
from wengert.scipy.integrate.methods.bdf import rescaled

TOLERANCES: dict[str, Any] = {"rtol": 1e-6, "atol": 1e-10}


def rober(t: Any, y: Any) -> Any:
    a, b, c = y
    return [-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b**2, 3e7 * b**2]


def jacobian(t: Any, y: Any) -> Any:
    _, b, c = y
    return numpy.array([[-0.04, 1e4 * c, 1e4 * b], [0.04, -1e4 * c - 6e7 * b, -1e4 * b], [0.0, 6e7 * b, 0.0]])


def turning(t: Any, y: Any) -> Any:
    return [y[1], -y[0]]


@pytest.mark.parametrize(
    ("fun", "start", "last", "jac"),
    [
        (rober, [1.0, 0.0, 0.0], 1e5, jacobian),
        (turning, [1.0, 0.0], -3.0, lambda t, y: numpy.array([[0.0, 1], [-1, 0]])),
    ],
)
def test_the_steps_are_those_of_scipy(fun: Any, start: Any, last: float, jac: Any) -> None:
    span = (0.0, last)
    found = solve_ivp(fun, span, start, "BDF", dense_output=True, **TOLERANCES)
    wanted = scipy.integrate.solve_ivp(fun, span, start, "BDF", jac=jac, dense_output=True, **TOLERANCES)
    assert found.t.size == wanted.t.size
    assert largest_difference(found.t / wanted.t[-1], wanted.t / wanted.t[-1]) < 1e-6
    assert largest_difference(found.y, wanted.y) < 1e-6
    for one, other in ((found.nfev, wanted.nfev), (found.njev, wanted.njev), (found.nlu, wanted.nlu)):
        assert abs(one - other) <= 5  # SciPy keeps a factorisation for another try
    between = span[1] * numpy.linspace(0.0, 1.0, 50) ** 3
    assert largest_difference(found.sol(between), wanted.sol(between)) < 1e-8


ERRORS_OF_SCIPY = {
    "ROBER": (0.4, 1.5, 3.9),
    "OREGO": (17.9, 66.9, 146.4),
    "HIRES": (31.2, 32.5, 42.5),
    "van der Pol": (11.4, 34.2, 42.7),
    "Brusselator": (1.0, 3.6, 1.7),
}
"""In units of the tolerances 1e-4, 1e-6 and 1e-8: ``scipy.integrate.solve_ivp(..., "BDF")`` of SciPy 1.16."""


@pytest.mark.parametrize(
    "name", [n if n == "ROBER" else pytest.param(n, marks=pytest.mark.wide) for n in ERRORS_OF_SCIPY]
)
def test_errors_are_no_larger_than_those_of_scipy(name: str) -> None:
    gate = GATES[name]

    @wg.jit
    def solved(rtol: Any) -> Any:
        times, atol = [gate.last], rtol * gate.smallest
        return solve_ivp(gate.fun, (0.0, gate.last), gate.y0, "BDF", times, rtol=rtol, atol=atol)

    for rtol, allowed in zip((1e-4, 1e-6, 1e-8), ERRORS_OF_SCIPY[name], strict=True):
        found, wanted = solved(rtol), numpy.array(gate.solution)
        errors = numpy.abs(numpy.asarray(found.y)[: len(wanted), 0] - wanted)
        assert found.success
        assert (errors / (rtol * (gate.smallest + numpy.abs(wanted)))).max() < max(10.0, 1.5 * allowed)


def test_gradients_are_those_of_the_solution() -> None:
    def last(rate: Any, end: Any) -> Any:
        return solve_ivp(lambda t, y: -rate * y * y, (0.0, end), [1.0], "BDF", [end], **TOLERANCES).y[0, 0]

    value, slopes = wg.jit(wg.value_and_grad(last, (0, 1)))(0.5, 2.0)
    assert value.item() == pytest.approx(1 / 2, abs=1e-5)
    assert slopes[0].item() == pytest.approx(-2 / 4, abs=1e-4)
    assert slopes[1].item() == pytest.approx(-0.5 / 4, abs=1e-4)
    assert wg.grad(last)(0.5, 2.0).item() == pytest.approx(slopes[0].item(), abs=1e-9)


def test_differences_at_other_distances() -> None:
    def differences(size: float, order: int) -> Any:
        places = 1.0 - size * numpy.arange(order + 1)
        values = numpy.polynomial.polynomial.polyval(places, numpy.arange(1.0, order + 2))
        found = numpy.zeros((8, 1))
        for row in range(order + 1):
            found[row] = values[0]
            values = values[:-1] - values[1:]
        return found

    for order in range(1, 6):
        assert largest_difference(rescaled(differences(0.5, order), order, 0.6), differences(0.3, order)) < 1e-12


def test_a_constant_jacobian_is_never_computed_again() -> None:
    found = solve_ivp(lambda t, y: [-(y[0] ** 3)], (0.0, 5.0), [1.0], "BDF", jac=[[-3.0]], **TOLERANCES)
    assert found.y[0, -1].item() == pytest.approx(11**-0.5, rel=1e-4)
    assert found.njev <= 1
