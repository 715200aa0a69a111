"""Equations and minima of one unknown."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest
from scipy import optimize as of_scipy
from tests.scipy.optimize.problems import agree, bottom, bowl, message, same_without_values

import wengert as wg
import wengert.numpy as np
from wengert.scipy import optimize

BRACKETED = ["brentq", "brenth", "ridder", "bisect", "toms748"]


def cubic(x: Any, a: Any) -> Any:
    """Zero at the cube root."""
    return x**3 - a


@pytest.mark.part(2)
@pytest.mark.parametrize("name", BRACKETED)
def test_in_an_interval(name: str) -> None:
    find = getattr(optimize, name)
    f = lambda a: find(lambda x: cubic(x, a), 0.1, 5.0)
    agree(f, lambda a: a ** (1 / 3), np.array(8.0))
    same_without_values(f, numpy.array([8.0, 0.5, 100.0]))
    assert find(cubic, 0.0, 5.0, args=(8.0,), xtol=1e-12).item() == pytest.approx(2.0, rel=1e-11)
    x, report = find(lambda x: math.cos(x) - x, 0, 1, full_output=True)
    theirs, its_report = getattr(of_scipy, name)(lambda x: math.cos(x) - x, 0, 1, full_output=True)
    assert (x.item(), report.iterations) == (theirs, its_report.iterations)
    with pytest.raises(ValueError, match=r"different signs|opposite"):
        find(lambda x: x**2 + 1, 0.0, 1.0)


@pytest.mark.parametrize(
    "fun", [lambda x: x**9 - 1e-3, lambda x: np.exp(x) - 1e5, lambda x: np.where(x < 0.3, -1, 1.0 * x)]
)
def test_the_loop_finds_hard_roots(fun: Any) -> None:
    a, b = -20.0, 30.0
    expected = of_scipy.brentq(lambda x: float(fun(x)), a, b, xtol=1e-13)
    f = wg.jit(lambda a, b: optimize.brentq(fun, a, b))
    assert f(a, b).item() == pytest.approx(expected, abs=1e-11)
    assert f(b, a).item() == pytest.approx(expected, abs=1e-11)
    assert numpy.isnan(f(20.0, b).item())


def test_from_a_point() -> None:
    f = lambda a: optimize.newton(lambda x: cubic(x, a), np.ones(2))
    agree(f, lambda a: a ** (1 / 3), np.array([8.0, 0.5]))
    same_without_values(f, numpy.array([[8.0, 0.5], [1.0, 2.0]]))
    assert optimize.newton(lambda x: x**2 - 9, 1.0, fprime=lambda x: 2 * x).item() == pytest.approx(3.0)
    with pytest.raises(RuntimeError, match="Failed to converge"):
        optimize.newton(lambda x: x**2 + 1, 1.0)


@pytest.mark.parametrize("method", ["del2", "iteration"])
def test_fixed_points(method: str) -> None:
    halved = lambda x, a: (x + a / x) / 2
    f = lambda a: optimize.fixed_point(lambda x: halved(x, a), np.ones(2) * 1.5, method=method)
    agree(f, np.sqrt, np.array([2.0, 3.0]))
    same_without_values(f, numpy.array([[2.0, 3.0], [5.0, 1.0]]))


def test_root_scalar() -> None:
    by = lambda **how: optimize.root_scalar(cubic, args=8.0, **how)
    for method in (None, *BRACKETED):
        assert by(method=method, bracket=(0, 5)).root.item() == pytest.approx(2.0)
    assert by(x0=1.0).root.item() == pytest.approx(2.0)
    assert by(bracket=(0, 5)).converged
    agree(lambda a: optimize.root_scalar(cubic, a, bracket=(0, 5)).root, lambda a: a ** (1 / 3), np.array(8.0))
    assert message(ValueError, lambda: by(method="secant", x0=1.0)) == (
        "[root_scalar] method is 'secant' with bracket=None and x0=1.0, wanted a bracket for one of 'brentq', "
        "'brenth', 'ridder', 'bisect', 'toms748', or x0 for 'newton'; write root_scalar(f, bracket=(a, b))"
    )


@pytest.mark.parametrize("method", ["brent", "golden", "bounded"])
def test_minima(method: str) -> None:
    bounds = (-5.0, 5.0) if method == "bounded" else None
    options = {"xatol": 1e-9} if bounds else {}
    f = lambda a: optimize.minimize_scalar(lambda x: bowl(x, a), method=method, bounds=bounds, options=options).x
    agree(f, bottom, np.array(1.5))
    same_without_values(f, numpy.array([1.5, -0.5]))


def test_a_minimum_at_a_bound_moves_with_it() -> None:
    f = lambda b: optimize.minimize_scalar(lambda x: (x - 9) ** 2, bounds=(0.0, b), options={"xatol": 1e-10}).x
    agree(f, lambda b: b, np.array(2.0))


def test_a_foreign_function() -> None:
    found = optimize.minimize_scalar(lambda x: (math.sin(x) - 1) ** 2, bracket=(1.0, 1.2))
    assert found.x.item() == pytest.approx(math.pi / 2, abs=1e-3)
    assert found.success
