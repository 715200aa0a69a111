"""`odeint` beside SciPy's."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.integrate
from tests.scipy.integrate.problems import largest_difference

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import odeint

TIMES = numpy.linspace(0.0, 5.0, 11)


def pendulum(y: Any, t: Any, damping: Any) -> Any:
    return [y[1], -damping * y[1] - 5.0 * np.sin(y[0])]


def test_it_has_the_numbers_of_scipy() -> None:
    found = odeint(pendulum, [3.0, 0.0], TIMES, args=(0.25,))
    wanted = scipy.integrate.odeint(
        lambda y, t, b: [y[1], -b * y[1] - 5 * numpy.sin(y[0])], [3.0, 0.0], TIMES, args=(0.25,)
    )
    assert found.shape == (11, 2)
    assert largest_difference(found, wanted) < 1e-5
    first = odeint(lambda t, y, b: pendulum(y, t, b), [3.0, 0.0], TIMES, args=(0.25,), tfirst=True, hmax=0.5, h0=0.01)
    assert largest_difference(first, wanted) < 1e-5


def test_it_differentiates_and_compiles() -> None:
    def last(damping: Any) -> Any:
        return odeint(pendulum, [3.0, 0.0], TIMES, args=(damping,), rtol=1e-8, method="RK45")[-1, 0]

    slope = (last(0.2501) - last(0.2499)).item() / 2e-4
    assert wg.jit(wg.grad(last))(0.25).item() == pytest.approx(slope, rel=1e-4)


def test_a_given_jacobian_is_called_as_the_function_is() -> None:
    found = odeint(lambda y, t: -y, [1.0], [0.0, 1.0], Dfun=lambda y, t: [[-1.0]])
    assert found[-1, 0].item() == pytest.approx(numpy.exp(-1.0))


def test_times_after_a_failure_are_told_and_nan() -> None:
    with pytest.warns(RuntimeWarning, match=r"^\[odeint\] at t = .* and none is shorter") as caught:
        found = odeint(lambda y, t: y**2, 1.0, [0.0, 0.5, 2.0], method="RK45")
    assert len(caught) == 1
    assert found.shape == (3,)
    assert numpy.isnan(found[-1].item())
