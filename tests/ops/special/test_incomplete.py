"""The incomplete gamma and beta functions: their derivatives against 40 digits, relative errors in float64."""

from __future__ import annotations

import json
from pathlib import Path

import mpmath
import numpy
import pytest

import wengert as wg
import wengert.scipy.special as sp
from wengert.ops.special.incomplete import bell, betainc_slope, gammainc_slope

TABLES = json.loads((Path(__file__).parents[2] / "cases" / "data" / "incomplete.json").read_text())


def slope(f, *args, argument=0):
    """The derivative of an elementwise function in one argument."""
    return numpy.asarray(wg.grad(lambda *a: f(*a).sum(), argument)(*args))


def errors(actual, expected):
    return numpy.abs(numpy.asarray(actual) / numpy.asarray(expected) - 1)


def test_the_derivative_of_gammainc_in_its_parameter():
    a, x, expected = numpy.array(TABLES["gammainc"]).T
    assert errors(slope(sp.gammainc, a, x), expected).max() < 2e-12
    assert errors(slope(sp.gammaincc, a, x), -expected).max() < 2e-12


def test_the_derivatives_of_betainc_in_its_parameters():
    a, b, x, by_a, by_b = numpy.array(TABLES["betainc"]).T
    for argument, expected in [(0, by_a), (1, by_b)]:
        found = errors(slope(sp.betainc, a, b, x, argument=argument), expected)
        # Where one parameter is 1e-3 and the other 300, digits go in the difference of digamma functions.
        assert found.max() < 1e-9
        assert numpy.quantile(found, 0.95) < 1e-12


def test_densities_of_large_parameters():
    x = numpy.array([900.0, 1000.0, 1200.0])
    exact = [mpmath.mpf(v) ** 999 * mpmath.exp(-v) / mpmath.gamma(1000) for v in x]
    assert errors(slope(sp.gammainc, numpy.full(3, 1000.0), x, argument=1), exact_floats(exact)).max() < 1e-12
    share = numpy.array([0.3, 0.5, 0.52])
    exact = [mpmath.mpf(v) ** 499 * (1 - mpmath.mpf(v)) ** 599 / mpmath.beta(500, 600) for v in share]
    half = (numpy.full(3, 500.0), numpy.full(3, 600.0), share)
    assert errors(slope(sp.betainc, *half, argument=2), exact_floats(exact)).max() < 1e-12


def exact_floats(values):
    return numpy.array([float(v) for v in values])


def test_bell_polynomials_of_known_functions():
    """The derivatives of exp(sin a cos b), over itself."""
    a, b = 0.3, 0.7
    sines = [numpy.sin(a), numpy.cos(a), -numpy.sin(a), -numpy.cos(a)]
    cosines = [numpy.cos(b), -numpy.sin(b), -numpy.cos(b), numpy.sin(b)]
    found = bell((2, 1), lambda m, n: sines[m] * cosines[n])
    expected = mpmath.diff(lambda x, y: mpmath.exp(mpmath.sin(x) * mpmath.cos(y)), (a, b), (2, 1))
    numpy.testing.assert_allclose(found, float(expected / mpmath.exp(sines[0] * cosines[0])), rtol=1e-8)


def test_students_t_at_its_centre():
    """Every derivative of second order at t = 0, where the incomplete beta function has none."""

    def exact(df, t):
        share = t * t / (df + t * t)
        return (1 + mpmath.sign(t) * mpmath.betainc(0.5, df / 2, 0, share, regularized=True)) / 2

    found = wg.hessian(lambda p: sp.stdtr(p[0], p[1]))
    for df, t in [(3.0, 0.0), (3.0, 0.7), (40.0, -2.0)]:
        with mpmath.workdps(40):
            around = (mpmath.mpf(df), mpmath.mpf(t))
            h = mpmath.mpf(10) ** -9
            mixed = [exact(df + i * h, around[1] + j * h) * i * j for i in (-1, 1) for j in (-1, 1)]
            twice = exact(df + h, around[1]) - 2 * exact(df, around[1]) + exact(df - h, around[1])
            expected = [float(twice / h**2), float(sum(mixed) / (4 * h**2))]
        numpy.testing.assert_allclose(found(numpy.array([df, t]))[0], expected, rtol=1e-10, atol=1e-15)


def test_many_at_once_are_as_one_by_one():
    a = numpy.linspace(0.5, 20, 5000)
    whole = gammainc_slope(1)(a, 3.0)
    assert whole.shape == (5000,)
    assert whole[4999] == gammainc_slope(1)(a[4999], 3.0)
    assert gammainc_slope(1)(numpy.ones((0, 2)), 3.0).shape == (0, 2)


@pytest.mark.parametrize("point", [(-1.0, 2.0), (2.0, -1.0), (0.0, 1.0), (numpy.nan, 1.0), (1.0, numpy.nan)])
def test_outside_the_domain_is_nan(point):
    assert numpy.isnan(gammainc_slope(1)(*point))
    assert numpy.isnan(betainc_slope(1, 0)(point[0], 2.0, point[1] / 4))


def test_single_precision_is_computed_in_double():
    single = gammainc_slope(1)(numpy.float32(100), numpy.float32(90))
    assert single.dtype == numpy.float32
    assert single == numpy.float32(gammainc_slope(1)(100.0, 90.0))
