"""Functions of an array and a Python number, compiled, at special values: the number on either side."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
import wengert.scipy.special as special

SPECIAL = numpy.array([-math.inf, -2.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 3.0, math.inf, math.nan])
NUMBERS = (0.0, -0.0, 0.5, 1.5, -1.0, 2, 0, math.inf, -math.inf, math.nan, True)

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(np, name)
    for name in (
        *("add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "fmax", "fmin", "arctan2"),
        *("hypot", "copysign", "logaddexp", "heaviside", "fmod", "remainder", "floor_divide", "nextafter"),
        *("equal", "less", "greater_equal", "logical_and", "logical_xor"),
    )
} | {"xlogy": special.xlogy, "xlog1py": special.xlog1py}


@pytest.mark.part(8)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_in_eager_mode(name: str, dtype: str) -> None:
    x = SPECIAL.astype(dtype)
    sides = [lambda x, c: FUNCTIONS[name](x, c), lambda x, c: FUNCTIONS[name](c, x)]

    def every(x: Any) -> Any:
        return [f(x, c) for f, c in itertools.product(sides, NUMBERS)]

    with numpy.errstate(all="ignore"):
        found, expected = wg.jit(every)(x), every(np.array(x))
    for one, other, (_, c) in zip(found, expected, itertools.product(sides, NUMBERS), strict=True):
        assert one.dtype == other.dtype, c
        numpy.testing.assert_allclose(one.numpy(), other.numpy(), rtol=2e-6 if dtype == "float32" else 1e-13, err_msg=c)


@pytest.mark.part(4)
@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "int64", "uint64"])
@pytest.mark.parametrize("number", [-(2**70), -1, 2**8, 2**40, 2**63, 2**64])
def test_comparisons_with_numbers_beyond_a_dtype(dtype: str, number: int) -> None:
    """They are decided as by NumPy; the number is not cut to the dtype."""
    x = numpy.array([0, 1, 100], dtype)
    comparisons = (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)

    def every(x: Any) -> Any:
        return [f(*sides) for f in comparisons for sides in ((x, number), (number, x))]

    def in_a_loop(x: Any) -> Any:
        return wg.fori_loop(0, 2, lambda i, carry: carry + (x < number), np.zeros(3))

    for one, other in zip(wg.jit(every)(x), every(np.array(x)), strict=True):
        numpy.testing.assert_array_equal(one, other)
    numpy.testing.assert_array_equal(wg.jit(in_a_loop)(x), in_a_loop(np.array(x)))
