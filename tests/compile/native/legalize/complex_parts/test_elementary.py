"""Elementary functions of complex numbers, compiled: against `mpmath`, and NumPy's special values."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import mpmath
import numpy
import pytest
from tests.compile.native.compiled import steps_of

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

EXACT: dict[str, Any] = {
    "exp": mpmath.exp,
    "exp2": lambda z: mpmath.mpf(2) ** z,
    "expm1": lambda z: mpmath.exp(z) - 1,
    "log": mpmath.log,
    "log2": lambda z: mpmath.log(z) / mpmath.log(2),
    "log10": lambda z: mpmath.log(z) / mpmath.log(10),
    "log1p": lambda z: mpmath.log(1 + z),
    "sqrt": mpmath.sqrt,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "arcsin": mpmath.asin,
    "arccos": mpmath.acos,
    "arctan": mpmath.atan,
    "arcsinh": mpmath.asinh,
    "arccosh": mpmath.acosh,
    "arctanh": mpmath.atanh,
    "reciprocal": lambda z: 1 / z,
    "square": lambda z: z * z,
}
SIZE = {"complex128": 2.0**-52, "complex64": 2.0**-23}
"""The distance of 1 from the next number."""
MOST = {"exp2": 12.0, "expm1": 2.6, "log1p": 2.6, "log10": 2.6, "tan": 2.6, "tanh": 2.6}
"""Units in the last place of |f(z)|, where it is not 2; the angle of ``2**z`` is the product of a rounded ln 2."""


def _points(dtype: str) -> Any:
    """Numbers in the plane, near the unit circle, near 1, near the cuts, and small ones."""
    rng, count = numpy.random.default_rng(3), 30
    reach = 250 if dtype == "complex128" else 30

    def plane(size: float) -> Any:
        return rng.uniform(-size, size, count) + 1j * rng.uniform(-size, size, count)

    def powers(low: float, high: float) -> Any:
        return 10.0 ** rng.uniform(low, high, count)

    circle = numpy.exp(1j * rng.uniform(-3, 3, count)) * (1 + rng.choice([-1, 1], count) * powers(-14, -1))
    cut = rng.uniform(-3, 3, count) + 1j * rng.choice([-1, 1], count) * powers(-reach, -3)
    points = [plane(1.0), plane(9.0), circle, 1 + plane(1.0) * powers(-10, 0), cut, plane(1.0) * powers(-8, 0)]
    return numpy.concatenate(points).astype(dtype)


@cache
def _compiled() -> Any:
    return wg.jit(lambda z: {name: getattr(np, name)(z) for name in EXACT})


@pytest.mark.parametrize("dtype", SIZE)
def test_functions_are_exact_to_few_units_in_the_last_place(dtype: str) -> None:
    points = _points(dtype)
    found = _compiled()(points)
    with mpmath.workprec(1200):
        for name, function in EXACT.items():
            values = found[name].numpy()
            assert values.dtype == dtype
            worst = max(
                _error(function(mpmath.mpc(complex(z))), complex(v)) for z, v in zip(points, values, strict=True)
            )
            assert worst <= MOST.get(name, 2.0) * SIZE[dtype], (name, worst / SIZE[dtype])


def _error(exact: Any, found: complex) -> float:
    size = abs(exact)
    return float(abs(mpmath.mpc(found) - exact) / size) if size > 1e-30 else 0.0


NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, math.inf, -math.inf, math.nan, 5e-324, 1e-200, -1e200, 705.0, -800.0]
SPECIAL = numpy.array([complex(a, b) for a in NUMBERS for b in NUMBERS])
BETTER = {
    "square": numpy.maximum(abs(SPECIAL.real), abs(SPECIAL.imag)) > 1e150,  # NumPy's overflow is the processor's
    "log1p": abs(SPECIAL) < 1e-100,  # NumPy loses the real part
    "sin": numpy.isinf(SPECIAL.imag) & ~numpy.isfinite(SPECIAL.real),  # C99 leaves the sign of infinity open
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", [*EXACT, "sign", "absolute", "conjugate", "angle", "rint"])
def test_special_values_are_those_of_numpy(name: str) -> None:
    with numpy.errstate(all="ignore"):
        expected = numpy.asarray(getattr(numpy, name)(SPECIAL))
    found = wg.jit(getattr(np, name))(SPECIAL).numpy()
    skipped = BETTER.get(name, numpy.zeros(len(SPECIAL), bool))
    for z, x, y in zip(SPECIAL[~skipped], found[~skipped], expected[~skipped], strict=True):
        for part in ("real", "imag"):
            assert _is_same(getattr(x, part), getattr(y, part)), (name, z, x, y)


def _is_same(x: float, y: float) -> bool:
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    is_close = x == y or abs(x - y) <= 1e-13 * max(abs(y), 1e-300)
    return is_close and math.copysign(1, x) == math.copysign(1, y)


PAIRS = [
    "add", "subtract", "divide", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "maximum",
    "minimum", "fmax", "fmin", "logical_and", "logical_or", "logical_xor",
]  # fmt: skip


def test_pairs_of_special_values_are_as_numpy_has_them() -> None:
    points = SPECIAL[::3]
    x, y = (a.ravel() for a in numpy.meshgrid(points, points))
    found = wg.jit(lambda x, y: [getattr(np, name)(x, y) for name in PAIRS])(x, y)
    for name, values in zip(PAIRS, found, strict=True):
        with numpy.errstate(all="ignore"):
            expected = getattr(numpy, name)(x, y)
        numpy.testing.assert_allclose(values.numpy(), expected, rtol=1e-14, err_msg=name)


def test_powers() -> None:
    z = numpy.array([0j, 1 + 2j, -2.5 - 0.5j, 0.3j])
    exponents = [0, 1, 2, 3, -1, -2, 0.5, 2.5, 7.0, 1j, 1 - 2j]
    functions = [lambda z, w=w: z**w for w in exponents]
    found = wg.jit(lambda z: [f(z) for f in functions])(z)
    with numpy.errstate(all="ignore"):
        for values, f in zip(found, functions, strict=True):
            numpy.testing.assert_allclose(values.numpy(), f(z), rtol=1e-14)
    w = numpy.array([0j, 1, 2, 0.5 - 1j])
    grids = (a.ravel() for a in numpy.meshgrid(z, w))
    x, y = grids
    numpy.testing.assert_allclose(wg.jit(np.power)(x, y).numpy(), x**y, rtol=1e-14)


def test_the_exponential_of_a_large_number_is_finite_where_its_result_is() -> None:
    z = numpy.array([709.9 + 1.57079632679j, 712 + 1.57079632679j, 730 + 1e-8j])
    with numpy.errstate(over="ignore"):
        expected = numpy.exp(z), numpy.sinh(z)
    for f, values in zip((np.exp, np.sinh), expected, strict=True):
        numpy.testing.assert_allclose(wg.jit(f)(z).numpy(), values, rtol=1e-13)


def test_no_function_is_a_step_in_numpy() -> None:
    names = [*EXACT, "sign", "absolute", "isnan", "isinf", "isfinite", "logical_not", "rint", "sinc"]
    assert not steps_of(lambda z: [getattr(np, name)(z) for name in names], numpy.array([1 + 2j, 3j]))
