"""Integrals over several variables."""

from __future__ import annotations

import math

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import IntegrationWarning, dblquad, nquad, tplquad


def test_two_variables_between_curves() -> None:
    value, error = dblquad(lambda y, x: x * y**2, 0.0, 2.0, 0.0, lambda x: x)
    assert value.item() == pytest.approx(32 / 15, rel=1e-14)
    assert error.item() < 1e-8
    value, error = dblquad(lambda y, x: np.exp(-x * x - y * y), -np.inf, np.inf, lambda x: -np.inf, np.inf)
    assert abs(value.item() - math.pi) <= error.item() < 1e-7


def test_the_area_of_a_disc_and_its_derivative() -> None:
    def area(r):
        return dblquad(lambda y, x: 1.0, -r, r, lambda x: -np.sqrt(r * r - x * x), lambda x: np.sqrt(r * r - x * x))[0]

    assert wg.value_and_grad(area)(2.0) == pytest.approx((4 * math.pi, 4 * math.pi), rel=1e-8)


def test_three_variables() -> None:
    value = tplquad(lambda z, y, x: x * y * z, 0.0, 1.0, lambda x: 0.0, lambda x: x, 0.0, lambda x, y: x + y)[0]
    assert value.item() == pytest.approx(17 / 144, rel=1e-12)


@pytest.mark.wide
def test_two_variables_compile_with_their_gradients() -> None:
    def f(c):
        return dblquad(lambda y, x: np.sin(c * y), 0.0, 1.0, 0.0, lambda x: c * x)[0]

    def exact(c):
        return 1 / c - np.sin(c * c) / c**3

    assert wg.jit(wg.grad(f))(1.5).item() == pytest.approx(wg.grad(exact)(1.5).item(), rel=1e-9)


def test_ranges_and_options_may_depend_on_outer_variables() -> None:
    def jump(x, y, c):
        return np.where(x > y / 2, c, 0.0)

    def f(c):
        options = [lambda y, c: {"points": [y / 2]}, {"epsabs": 1e-10, "limit": 40}]
        return nquad(jump, [lambda y, c: (0.0, y), (0.0, 1.0)], args=(c,), opts=options)[0]

    assert f(3.0).item() == pytest.approx(0.75, rel=1e-12)
    assert wg.jit(f)(3.0).item() == pytest.approx(0.75, rel=1e-12)


def test_one_range_is_quad() -> None:
    value, error, information = nquad(np.sin, [(0.0, math.pi)], full_output=True)
    assert (value.item(), information["last"].item()) == (pytest.approx(2.0), 2)
    assert error.item() < 1e-12


def test_the_errors_of_inner_integrals_are_in_the_whole_one() -> None:
    loose, tight = {"epsabs": 1e-2, "epsrel": 0.0}, {"epsabs": 1e-4}

    def f(x, y):
        return np.sqrt(np.abs(x - y))

    exact = 8 / 15
    value, error = nquad(f, [(0.0, 1.0), (0.0, 1.0)], opts=[loose, tight])
    assert abs(value.item() - exact) < error.item()
    assert 1e-4 < error.item() < 2e-2


def test_divergence_is_said() -> None:
    with pytest.warns(IntegrationWarning, match=r"^\[nquad\] 50 intervals give an estimated error of "):
        dblquad(lambda y, x: 1 / x, 0.0, 1.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("kind", "call", "text"),
    [
        (
            ValueError,
            lambda: nquad(np.sin, [(0.0, 1.0)], opts=[{}, {}]),
            "[nquad] opts has 2 entries for 1 ranges, wanted one for each; write a dictionary for all of them",
        ),
        (
            TypeError,
            lambda: nquad(lambda x: numpy.ones(2), [(0.0, 1.0)]),
            "[nquad] func returned float64 of shape (2,), wanted a real number; write quad_vec within quad_vec "
            "for arrays",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(kind, call, text: str) -> None:
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text
