"""Taylor's method: digits, steps, what is between them, transformations."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests import laws

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp
from wengert.scipy.integrate.methods.taylor import Taylor, suited
from wengert.scipy.integrate.tolerances import Tolerances


def pendulum(t: Any, y: Any, gravity: Any = 9.8) -> Any:
    return np.stack([y[1], -gravity * np.sin(y[0])])


def kepler(t: Any, y: Any) -> Any:
    q, p = y["q"], y["p"]
    return {"q": p, "p": -q * np.sum(q * q) ** -1.5}


ORBIT = {"q": numpy.array([0.4, 0.0]), "p": numpy.array([0.0, 2.0])}
"""Of eccentricity 0.6, with the period of a circle of radius 1."""


def solved(fun: Any, span: Any, y0: Any, **options: Any) -> Any:
    return solve_ivp(fun, span, y0, method="Taylor", **{"rtol": 1e-13, "atol": 1e-13, **options})


def test_an_orbit_comes_back() -> None:
    end = solved(kepler, (0.0, 2 * numpy.pi), ORBIT, t_eval=[2 * numpy.pi])
    assert end.success
    laws.assert_close({k: numpy.asarray(v)[:, 0] for k, v in end.y.items()}, ORBIT, 2e-12)


def test_few_steps_of_a_high_order() -> None:
    found = solved(pendulum, (0.0, 2.0), [1.3, 0.0])
    precise = solve_ivp(pendulum, (0.0, 2.0), [1.3, 0.0], method="DOP853", rtol=1e-13, atol=1e-13)
    laws.assert_close(numpy.asarray(found.y)[:, -1], numpy.asarray(precise.y)[:, -1], 1e-11)
    assert found.nfev < 30 < precise.nfev / 20


@pytest.mark.parametrize(("rtol", "degree"), [(1e-3, 5), (1e-8, 11), (1e-13, 16)])
def test_the_order_follows_from_the_tolerance(rtol: float, degree: int) -> None:
    class OfNumbers(Tolerances):
        def __init__(self) -> None:
            self.rtol = [rtol, 1e-2]

    assert suited(Taylor(), OfNumbers()).degree == degree


@pytest.mark.parametrize("rtol", [1e-4, 1e-7, 1e-10])
def test_the_error_is_within_the_tolerance(rtol: float) -> None:
    found = solved(lambda t, y: -2 * t * y, (0.0, 2.0), [1.0], rtol=rtol, atol=rtol, t_eval=[2.0])
    assert abs(float(found.y[0, 0]) - numpy.exp(-4.0)) < rtol


def test_what_is_between_steps_is_as_exact() -> None:
    dense = solved(lambda t, y: np.stack([y[1], -y[0]]), (0.0, 5.0), [0.0, 1.0], dense_output=True).sol
    times = numpy.linspace(0.0, 5.0, 41)
    numpy.testing.assert_allclose(numpy.asarray(dense(times))[0], numpy.sin(times), atol=1e-12)


def test_time_runs_backwards() -> None:
    found = solved(lambda t, y: y, (1.0, 0.0), [numpy.e], t_eval=[0.5, 0.0])
    numpy.testing.assert_allclose(numpy.asarray(found.y)[0], [numpy.exp(0.5), 1.0], rtol=1e-12)


def test_complex_and_single_precision() -> None:
    turned = solved(lambda t, y: 1j * y, (0.0, 1.0), numpy.array([1.0 + 0j]), t_eval=[1.0])
    assert complex(turned.y[0, 0]) == pytest.approx(numpy.exp(1j), rel=1e-12)
    single = solved(lambda t, y: -y, (0.0, 1.0), numpy.ones(1, numpy.float32), rtol=1e-5, atol=1e-5, t_eval=[1.0])
    assert single.y.dtype == numpy.float32
    assert float(single.y[0, 0]) == pytest.approx(numpy.exp(-1), rel=1e-4)


def last(gravity: Any, start: Any) -> Any:
    return solved(lambda t, y: pendulum(t, y, gravity), (0.0, 1.0), start, t_eval=[1.0], rtol=1e-8, atol=1e-8).y[:, 0]


START = numpy.array([1.3, 0.0])


def test_compiled_it_is_the_same() -> None:
    laws.assert_close(wg.jit(last)(9.8, START), last(9.8, START), 1e-12)


def test_each_example_has_its_own_steps() -> None:
    starts = numpy.array([[1.3, 0.0], [0.1, 5.0]])
    looped = [numpy.asarray(last(9.8, start)) for start in starts]
    laws.assert_close(wg.vmap(lambda y: last(9.8, y))(starts), numpy.stack(looped), 1e-9)


def test_it_is_differentiated() -> None:
    laws.check_modes(lambda *args: (last(*args),), (numpy.float64(9.8), START), 1e-10)
    laws.check_difference(lambda *args: (last(*args),), (numpy.float64(9.8), START), 1e-6)


def test_a_slope_that_does_not_change() -> None:
    found = solved(lambda t, y: np.ones(1), (0.0, 3.0), [0.0], t_eval=[1.0, 3.0])
    assert found.y.tolist() == [[1.0, 3.0]]
