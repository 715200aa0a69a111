"""Division with a remainder is NumPy's, to the last bit and the sign of zero, and never traps."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import steps_of

FLOATS = [0.0, -0.0, 1, -1, 3, -3, 2.5, -2.5, 7.25, 0.1, -0.3, math.inf, -math.inf, math.nan, 1e300, 1e-300]


def three(x: Any, y: Any) -> Any:
    return np.remainder(x, y), np.floor_divide(x, y), np.fmod(x, y)


def assert_same(x: Any, y: Any) -> None:
    with numpy.errstate(all="ignore"):
        found, expected = wg.jit(three)(x, y), three(np.asarray(x), np.asarray(y))
    for f, e in zip((t.numpy() for t in found), (t.numpy() for t in expected), strict=True):
        assert f.dtype == e.dtype
        numpy.testing.assert_array_equal(f, e)
        if e.dtype.kind == "f":
            known = ~numpy.isnan(e)
            numpy.testing.assert_array_equal(numpy.signbit(f[known]), numpy.signbit(e[known]))
    assert steps_of(three, x, y) == ""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats(dtype: str) -> None:
    with numpy.errstate(over="ignore"):
        x, y = (numpy.array(v).astype(dtype) for v in zip(*itertools.product(FLOATS, FLOATS), strict=True))
    assert_same(x, y)
    rng = numpy.random.default_rng(0)
    assert_same((rng.standard_normal(5000) * 100).astype(dtype), rng.standard_normal(5000).astype(dtype))


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_integers(dtype: str) -> None:
    info = numpy.iinfo(dtype)
    numbers = [0, 1, -1, 2, -2, 7, -7, 100, info.max, info.min]
    x, y = (numpy.array(v).astype(dtype) for v in zip(*itertools.product(numbers, numbers), strict=True))
    assert_same(x, y)
    for divisor in (3, -3, 1, -1, 8):
        assert_same(x, numpy.array(divisor, dtype))
