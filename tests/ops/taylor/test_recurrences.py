"""Twenty coefficients, against arithmetic of fifty digits; and what has a recurrence has a case."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.ops.taylor.recurrences import EXPANSIONS, RECURRENCES
from wengert.ops.taylor.wholes import WHOLES
from wengert.scipy import special

ORDER = 20

FUNCTIONS: dict[str, tuple[Any, Any, float]] = {
    "exp": (np.exp, mpmath.exp, 0.3),
    "expm1": (np.expm1, mpmath.expm1, 0.3),
    "log": (np.log, mpmath.log, 1.3),
    "log1p": (np.log1p, mpmath.log1p, 0.3),
    "sin": (np.sin, mpmath.sin, 0.7),
    "cos": (np.cos, mpmath.cos, 0.7),
    "tan": (np.tan, mpmath.tan, 0.4),
    "arcsin": (np.arcsin, mpmath.asin, 0.3),
    "arctan": (np.arctan, mpmath.atan, 0.6),
    "sinh": (np.sinh, mpmath.sinh, 0.7),
    "cosh": (np.cosh, mpmath.cosh, 0.7),
    "tanh": (np.tanh, mpmath.tanh, 0.7),
    "arcsinh": (np.arcsinh, mpmath.asinh, 0.7),
    "arctanh": (np.arctanh, mpmath.atanh, 0.2),
    "sqrt": (np.sqrt, mpmath.sqrt, 1.7),
    "cbrt": (np.cbrt, mpmath.cbrt, 1.7),
    "reciprocal": (np.reciprocal, lambda x: 1 / x, 1.7),
    "square": (np.square, lambda x: x * x, 1.7),
    "a power": (lambda x: x**-1.5, lambda x: x ** mpmath.mpf(-1.5), 1.7),
    "a whole power": (lambda x: x**7, lambda x: x**7, 1.7),
    "a power of itself": (lambda x: x**x, lambda x: x**x, 1.7),
    "a quotient": (lambda x: np.sin(x) / (2 + np.cos(x)), lambda x: mpmath.sin(x) / (2 + mpmath.cos(x)), 0.7),
    "hypot": (lambda x: np.hypot(x, 1 + x), lambda x: mpmath.sqrt(x * x + (1 + x) ** 2), 0.7),
    "arctan2": (lambda x: np.arctan2(x, 1 + x * x), lambda x: mpmath.atan(x / (1 + x * x)), 0.4),
    "erf": (special.erf, mpmath.erf, 0.4),
    "erfc": (special.erfc, mpmath.erfc, 0.4),
    "gamma": (special.gamma, mpmath.gamma, 2.3),
    "gammaln": (special.gammaln, mpmath.loggamma, 2.3),
    "digamma": (special.digamma, mpmath.digamma, 2.3),
    "zeta": (lambda x: special.polygamma(1, x), lambda x: mpmath.polygamma(1, x), 2.3),
    "expit": (special.expit, lambda x: 1 / (1 + mpmath.exp(-x)), 0.4),
    "j0": (special.j0, lambda x: mpmath.besselj(0, x), 1.4),
    "i1": (special.i1, lambda x: mpmath.besseli(1, x), 1.4),
    "a chain": (lambda x: np.exp(np.sin(np.log(x)) / x), lambda x: mpmath.exp(mpmath.sin(mpmath.log(x)) / x), 1.4),
}


def exact(f: Any, x: float, order: int = ORDER) -> list[float]:
    """Coefficients by Cauchy's integral around `x`, with digits to spare."""
    with mpmath.workdps(50):
        points = 64
        radius = mpmath.mpf(1) / 8
        turns = [mpmath.expjpi(mpmath.mpf(2 * j) / points) for j in range(points)]
        values = [f(mpmath.mpf(x) + radius * turn) for turn in turns]
        sums = [mpmath.fsum(v * t ** (-k) for v, t in zip(values, turns, strict=True)) for k in range(order + 1)]
        return [float((s / points / radius**k).real) for k, s in enumerate(sums)]


@pytest.mark.part(4)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_twenty_coefficients(name: str) -> None:
    f, reference, x = FUNCTIONS[name]
    series = numpy.asarray(wg.taylor(f, ORDER)(x, 1.0))
    expected = numpy.array(exact(reference, x))
    scale = numpy.maximum(numpy.maximum.accumulate(numpy.abs(expected)[::-1])[::-1], 1e-12)
    numpy.testing.assert_allclose(series / scale, expected / scale, rtol=0, atol=2e-12)


def test_the_reference_is_one() -> None:
    assert exact(mpmath.exp, 0.0, 5) == pytest.approx([1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120], rel=1e-14)


def test_tables_do_not_say_two_things_of_an_operation() -> None:
    assert not RECURRENCES.keys() & EXPANSIONS.keys()
    assert not (RECURRENCES.keys() | EXPANSIONS.keys()) & WHOLES.keys()
    assert len(WHOLES) == 4


ALONG = numpy.random.default_rng(3).normal(size=(2, 3, 3))
SIDE = numpy.random.default_rng(4).normal(size=(3, 2))


@pytest.mark.parametrize(
    "f",
    [
        np.linalg.inv,
        lambda a: np.linalg.solve(a, SIDE),
        lambda a: np.linalg.solve(a, a @ a.mT @ SIDE),
        np.linalg.det,
        lambda a: np.linalg.cholesky(a @ a.mT),
        lambda a: np.linalg.eigvalsh(a @ a.mT),
        lambda a: np.linalg.svd(a, compute_uv=False),
        lambda a: np.cumprod(a, axis=0),
        lambda a: np.einsum("ij,jk,ki->i", a, a, a),
    ],
)
def test_series_of_matrices_add_up(f: Any) -> None:
    """The sum of the series at a step is the function there."""
    a = ALONG[0] + 4 * numpy.eye(3)
    series = numpy.asarray(wg.taylor(f, ORDER)(a, ALONG[1]))
    h = 0.03
    summed = sum(c * h**k for k, c in enumerate(series))
    numpy.testing.assert_allclose(summed, numpy.asarray(f(a + h * ALONG[1])), rtol=1e-12, atol=1e-12)
