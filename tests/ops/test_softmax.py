"""Softmax and its logarithm where one share is all but 1: every digit of what is left, against mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy
import pytest

import wengert as wg
from wengert.scipy import special

POINTS = [
    [30.0, 0.0],
    [0.0, 30.0, -5.0],
    [50.0, 0.0, 10.0],
    [700.0, 0.0, 690.0],
    [1.0, 2.0, 3.0],
]
MODES = {"eager": lambda f: f, "compiled": wg.jit}
by_mode = pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
TOLERANCE = {"float64": 1e-13, "float32": 2e-5}
every_point = pytest.mark.parametrize("point", POINTS, ids=str)
every_dtype = pytest.mark.parametrize("dtype", TOLERANCE)


class Shares:
    """The shares at a point, and what is left of each: the sum of the others."""

    def __init__(self, point: Any) -> None:
        terms = [mpmath.exp(mpmath.mpf(float(x))) for x in point]
        total = mpmath.fsum(terms)
        self.count = len(terms)
        self.shares = [term / total for term in terms]
        self.rests = [mpmath.fsum(terms[:i] + terms[i + 1 :]) / total for i in range(self.count)]

    def left(self, i: int, j: int) -> Any:
        """The slope of the logarithm of share i in x_j."""
        return self.rests[i] if i == j else -self.shares[j]

    def slope(self, i: int, j: int) -> Any:
        return self.shares[i] * self.left(i, j)

    def curve(self, i: int, j: int, k: int) -> Any:
        return self.slope(i, k) * self.left(i, j) - self.shares[i] * self.slope(j, k)

    def array(self, f: Callable[..., Any], rank: int) -> Any:
        """The numbers of a function of indices."""
        return numpy.vectorize(f, otypes=[float])(*numpy.indices((self.count,) * rank))


def check(found: Any, wanted: Any, dtype: str) -> None:
    assert found.dtype == dtype
    tiny = numpy.finfo(dtype).tiny
    numpy.testing.assert_allclose(found.numpy().astype(float), wanted, rtol=TOLERANCE[dtype], atol=tiny)


def second(f: Any) -> list[Any]:
    """The second derivative, in each order of the modes."""
    return [outer(inner(f)) for outer in (wg.jacfwd, wg.jacrev) for inner in (wg.jacfwd, wg.jacrev)]


@every_point
@every_dtype
@by_mode
def test_values(point: Any, dtype: str, mode: Any) -> None:
    x = numpy.array(point, dtype)
    with mpmath.workdps(400):
        at = Shares(x)
        logarithms = at.array(lambda i: mpmath.log1p(-at.rests[i]), 1)
        shares = at.array(lambda i: at.shares[i], 1)
    check(mode(special.softmax)(x), shares, dtype)
    check(mode(special.log_softmax)(x), logarithms, dtype)


@pytest.mark.part(8)
@every_point
@every_dtype
@by_mode
def test_slopes(point: Any, dtype: str, mode: Any) -> None:
    x = numpy.array(point, dtype)
    with mpmath.workdps(400):
        at = Shares(x)
        slopes, left = at.array(at.slope, 2), at.array(at.left, 2)
    for jacobian in (wg.jacfwd, wg.jacrev):
        check(mode(jacobian(special.softmax))(x), slopes, dtype)
        check(mode(jacobian(special.log_softmax))(x), left, dtype)
        check(mode(jacobian(wg.grad(special.logsumexp)))(x), slopes, dtype)


@pytest.mark.part(4)
@every_point
@by_mode
def test_second_derivatives(point: Any, mode: Any) -> None:
    x = numpy.array(point)
    with mpmath.workdps(400):
        at = Shares(x)
        curves, slopes = at.array(at.curve, 3), at.array(at.slope, 2)
    for curve in second(special.softmax):
        check(mode(curve)(x), curves, "float64")
    for curve in second(special.log_softmax):
        check(mode(curve)(x), numpy.broadcast_to(-slopes, curves.shape), "float64")


@by_mode
def test_ties_and_infinities(mode: Any) -> None:
    def slopes(f: Any, point: Any) -> Any:
        first, last = (mode(jacobian(f))(numpy.array(point)) for jacobian in (wg.jacfwd, wg.jacrev))
        numpy.testing.assert_array_equal(first, last)
        return first.tolist()

    half = [[0.25, -0.25], [-0.25, 0.25]]
    assert slopes(special.softmax, [7.0, 7.0]) == half
    assert slopes(special.log_softmax, [7.0, 7.0]) == [[0.5, -0.5], [-0.5, 0.5]]
    assert slopes(special.softmax, [numpy.inf, numpy.inf]) == half
    assert slopes(special.softmax, [numpy.inf, 0.0]) == [[0, 0], [0, 0]]
    assert slopes(special.log_softmax, [numpy.inf, 0.0]) == [[0, 0], [-1, 1]]
    assert slopes(special.softmax, [0.0, -numpy.inf]) == [[0, 0], [0, 0]]
    assert slopes(special.log_softmax, [0.0, -numpy.inf]) == [[0, 0], [-1, 1]]
    assert numpy.isnan(slopes(special.softmax, [-numpy.inf, -numpy.inf])).all()
    assert slopes(special.logsumexp, [-numpy.inf, -numpy.inf]) == [0.5, 0.5]


def test_a_batch_is_a_loop() -> None:
    x = numpy.array([[30.0, 0.0, 1.0], [2.0, 2.0, -40.0]])
    for f in (special.softmax, special.log_softmax):
        slopes = wg.vmap(wg.jacrev(f))(x)
        numpy.testing.assert_array_equal(slopes, numpy.stack([wg.jacrev(f)(row) for row in x]))
