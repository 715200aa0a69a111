"""Derivatives beside infinities, of weighted quantiles, and of what else has its own branch for awkward arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

inf = numpy.inf
MODES: dict[str, Callable[[Any], Any]] = {
    "reverse": wg.grad,
    "forward": lambda f: lambda x: wg.jvp(f, (x,), (numpy.ones(()),))[1],
    "compiled": lambda f: wg.jit(wg.grad(f)),
}

SLOPES: list[tuple[str, Callable[[Any], Any], float, float]] = [
    ("before an infinite knot", lambda x: np.interp(x, [1.0, 2.0, inf], [10.0, 20.0, 15.0]), 7.0, 0.0),
    ("after an infinite knot", lambda x: np.interp(x, [-inf, 2.0, 3.0], [10.0, 20.0, 15.0]), -7.0, 0.0),
    ("by the finite knot", lambda k: np.interp(7.0, np.stack([k - 1, k, inf]), [10.0, 20.0, 15.0]), 2.0, 0.0),
    ("by a value", lambda v: np.interp(7.0, [1.0, 2.0, inf], np.stack([v, 2 * v, v])), 10.0, 2.0),
    ("between finite ones", lambda x: np.interp(x, [1.0, 2.0, inf], [10.0, 20.0, 15.0]), 1.5, 10.0),
    ("at the last knot", lambda x: np.interp(x, [1.0, 2.0], [10.0, 20.0]), 2.0, 10.0),
    ("a quantile beside -inf", lambda x: np.quantile(np.stack([x, -inf, 5.0]), 0.75), 2.0, 0.5),
    ("the median of two", lambda x: np.median(np.stack([x, 3 * x])), 2.0, 2.0),
    ("a weighted quantile", lambda x: np.quantile(np.stack([x, 2 * x, 3 * x]), 0.5, weights=[1, 5, 1],
                                                  method="inverted_cdf"), 1.0, 2.0),
    ("an odd reflection", lambda x: np.pad(np.stack([x, x * x, inf]), (1, 0), "reflect", reflect_type="odd")[0],
     3.0, 2.0 - 6.0),
    ("a running sum in a dtype", lambda x: np.cumsum(np.stack([x, x]), dtype="f8")[1], 3.0, 2.0),
    ("a polynomial of its zeros", lambda x: np.poly(np.stack([x, 2 * x]))[2], 3.0, 12.0),
    ("one end of a line", lambda x: np.linspace(0, x, 5)[3], 2.0, 0.75),
    ("one end of a geometric line", lambda x: np.geomspace(1.0, x, 3)[1], 4.0, 0.25),
]  # fmt: skip


@pytest.mark.part(4)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("function", "at", "slope"), [row[1:] for row in SLOPES], ids=[row[0] for row in SLOPES])
def test_the_slope_is_that_of_the_formula(mode: str, function: Callable[[Any], Any], at: float, slope: float) -> None:
    numpy.testing.assert_allclose(MODES[mode](function)(at), slope, rtol=1e-12, atol=1e-15)


@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:invalid value", "ignore:divide by zero")
@pytest.mark.parametrize("ddof", [0, 1, 3, 4, 7])
def test_a_covariance_without_freedom_is_no_number_compiled_either(ddof: int) -> None:
    x = numpy.array([[1.0, 2.0, 4.0, 8.0], [0.0, 1.0, 0.0, 3.0]])
    wanted = numpy.cov(x, ddof=ddof)
    numpy.testing.assert_allclose(np.cov(x, ddof=ddof), wanted)
    numpy.testing.assert_allclose(wg.jit(lambda x: np.cov(x, ddof=ddof))(x), wanted)


@pytest.mark.part(6)
@pytest.mark.parametrize("function", ["quantile", "nanquantile"])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
@pytest.mark.parametrize("q", [0, 0.0, 0.3, 1.0, [0.2, 0.9], [[0.1], [1.0]]])
def test_weighted_quantiles_are_numpys(function: str, axis: Any, q: Any) -> None:
    x = numpy.array([[3.0, 1.0, 2.0, 1.0], [5.0, 4.0, 4.0, 0.0], [-1.0, 7.0, 2.5, 3.0]])
    options: dict[str, Any] = {"axis": axis, "method": "inverted_cdf", "keepdims": True}
    for weights in (numpy.arange(12.0).reshape(3, 4), numpy.array([0.0, 1.0, 2.0, 0.5])):
        if weights.ndim == 1 and (axis != 1 or function == "nanquantile"):
            continue  # NumPy 2.4 fails with weights along the axis in nanquantile
        wanted = getattr(numpy, function)(x, q, weights=weights, **options)
        given = getattr(np, function)(np.array(x), q, weights=weights, **options)
        numpy.testing.assert_array_equal(given, wanted)
        compiled = wg.jit(lambda x, w: getattr(np, function)(x, q, weights=w, **options))(x, weights)
        numpy.testing.assert_array_equal(compiled, wanted)
    with pytest.raises(ValueError, match="non-negative"):
        getattr(np, function)(x, q, weights=-numpy.ones(x.shape), **options)


def test_tolerances_may_be_tensors() -> None:
    x, tolerance = np.array([1.0, 1.5, numpy.nan]), np.array([0.1, 0.6, 1.0])
    assert np.isclose(x, 1.0, rtol=0, atol=tolerance).tolist() == [True, True, False]
    assert np.isclose(x, x, rtol=tolerance, equal_nan=True).tolist() == [True, True, True]
    assert not np.allclose(x, 1.0, atol=tolerance)
    assert wg.jit(lambda x, t: np.isclose(x, 1.0, rtol=0, atol=t))(x, tolerance).tolist() == [True, True, False]
