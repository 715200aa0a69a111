"""Elementwise operations without a name in NumPy."""

from __future__ import annotations

import mpmath
import numpy
import pytest

import wengert as wg
from wengert.ops import elementwise as e


@pytest.mark.parametrize("x", [-1000.0, -700.0, -40.0, -1e-9, 0.0, 3.0, 40.0, 1000.0])
def test_sigmoid_is_accurate_in_both_tails(x):
    with mpmath.workdps(50):
        expected = float(1 / (1 + mpmath.exp(-mpmath.mpf(x))))
    # Below -708 the result is subnormal or 0: exp(-x) overflows first.
    numpy.testing.assert_allclose(e.sigmoid(numpy.float64(x)), expected, rtol=1e-15, atol=1e-307)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("bool", "f8"), ("int8", "f8"), ("uint64", "f8"), ("float16", "f2"), ("f4", "f4"), ("c8", "c8")],
)
def test_sigmoid_keeps_inexact_dtypes(dtype, expected):
    x = numpy.array([0, 1], dtype)
    assert e.sigmoid(x).dtype == expected
    numpy.testing.assert_allclose(e.sigmoid(x), [0.5, 0.7310585786300049], rtol=1e-3 if expected == "f2" else 1e-6)


def test_relu_keeps_every_dtype():
    for dtype in ("int8", "uint16", "float32", "float64"):
        x = numpy.array([0, 1, 2], dtype)
        assert e.relu(x).dtype == dtype
        assert e.relu(x).tolist() == [0, 1, 2]
    assert e.relu(numpy.array([-2, 3])).tolist() == [0, 3]


def test_the_gap_of_equal_infinities_is_zero():
    inf = numpy.inf
    with numpy.errstate(invalid="ignore"):
        gaps = e.gap(numpy.array([inf, -inf, inf, 2.0]), numpy.array([inf, -inf, -inf, 0.5]))
    assert gaps.tolist() == [0.0, 0.0, inf, 1.5]
    assert wg.grad(lambda x: e.gap(x, x + 1) * 2)(1.0).item() == 0.0


def test_the_ratio_to_zero_is_zero():
    assert e.ratio(numpy.array([1.0, 0.0, 4.0]), numpy.array([0.0, 0.0, 2.0])).tolist() == [0.0, 0.0, 2.0]
