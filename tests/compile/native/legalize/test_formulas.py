"""Operations that are formulas of others: as eager, special numbers included, and no step in NumPy."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
import wengert.scipy.special as special

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import array, steps_of

from wengert.compile.native.legalize.formulas import FORMULAS
from wengert.ops.special.statistical import log_two_cosh

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.3, -2.5, 40.0, -800.0, math.inf, -math.inf, math.nan]
UNARY = {
    "conjugate": np.conjugate,
    "deg2rad": np.deg2rad,
    "fix": np.fix,
    "imag": np.imag,
    "log_expit": special.log_expit,
    "log_two_cosh": log_two_cosh,
    "rad2deg": np.rad2deg,
    "real": np.real,
}
BINARY = {"fmax": np.fmax, "fmin": np.fmin, "xlogy": special.xlogy, "xlog1py": special.xlog1py}
REDUCED = {"nanmax": np.nanmax, "nanmin": np.nanmin, "euclidean_norm": np.linalg.norm}


def assert_same(f: Any, *args: Any, rtol: float) -> None:
    with numpy.errstate(all="ignore"):
        found, expected = wg.jit(f)(*args), f(*map(np.asarray, args))
        assert found.dtype == expected.dtype
        numpy.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=rtol)
        assert steps_of(f, *args) == ""


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_special_numbers(name: str, dtype: str) -> None:
    rtol = 4e-7 if dtype == "float32" else 1e-15
    if name in UNARY:
        assert_same(UNARY[name], numpy.array(SPECIAL, dtype), rtol=rtol)
    else:
        x, y = (numpy.array(v, dtype) for v in zip(*itertools.product(SPECIAL, SPECIAL), strict=True))
        assert_same(BINARY[name], x, y, rtol=rtol)


@pytest.mark.part(2)
@pytest.mark.filterwarnings("ignore:All-NaN")
@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("name", REDUCED)
def test_reductions(name: str, axis: Any) -> None:
    x = array((4, 5))
    assert_same(lambda x: REDUCED[name](x, axis=axis), x, rtol=1e-15)
    if name != "euclidean_norm":
        x[1, :], x[2, 3], x[3, 2] = math.nan, math.nan, -math.inf
        assert_same(lambda x: REDUCED[name](x, axis=axis), x, rtol=0)
        assert_same(lambda x: REDUCED[name](x, axis=axis), (10 * array((4, 5))).astype(int), rtol=0)


def test_clip() -> None:
    x = numpy.array(SPECIAL)
    assert_same(lambda x: np.clip(x, -1, 0.5), x, rtol=0)
    assert_same(lambda x: np.clip(x, x * 0 - 2, math.nan), x, rtol=0)
    assert_same(lambda x: np.clip(x, -3, 2), numpy.arange(-5, 5), rtol=0)


VALUES = {"sum_over_eigenvalues": np.linalg.eigvalsh, "sum_over_singular_values": np.linalg.svdvals}


@pytest.mark.parametrize("name", VALUES)
def test_sums_over_the_values_of_a_matrix(name: str) -> None:
    x = array((3, 3))
    x = x + x.T
    total = lambda x: np.sum(VALUES[name](x) ** 2)
    assert_same(total, x, rtol=1e-12)
    assert_same(wg.grad(total), x, rtol=1e-12)
    assert_same(lambda x: wg.jvp(lambda x: wg.jvp(total, (x,), (x,))[1], (x,), (x,))[1], x, rtol=1e-12)


def test_products_over_the_values_of_a_matrix() -> None:
    x = array((3, 3))
    product = lambda x: np.prod(np.linalg.eigvalsh(x + x.mT))
    second = lambda x: wg.jvp(lambda x: wg.jvp(product, (x,), (x,))[1], (x,), (x,))[1]
    numpy.testing.assert_allclose(wg.jit(second)(x).item(), 9 * product(x).item(), rtol=1e-9)


def test_every_formula_is_tested() -> None:
    assert {*UNARY, *BINARY, *REDUCED, *VALUES, "between_equals", "clip"} == {primitive.name for primitive in FORMULAS}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("decimals", [0, 2, -1])
def test_round_is_to_the_last_bit(decimals: int, dtype: str) -> None:
    halves = numpy.array([*SPECIAL, 0.5, 1.5, 2.5, 0.125, 2.675, 15.0, 25.0, 1e300], "float64")
    with numpy.errstate(all="ignore"):
        x = halves.astype(dtype)
    assert_same(lambda x: np.round(x, decimals), x, rtol=0)


def test_a_loop_that_rounds_is_native() -> None:
    """The nearest image of an atom in a periodic box, in turns that are too long for registers."""
    turn = lambda _, x: x - 0.1 * np.sin(x - np.round(x))
    assert_same(lambda x: wg.fori_loop(0, 3, turn, x), numpy.linspace(-3.0, 3.0, 100), rtol=1e-14)
