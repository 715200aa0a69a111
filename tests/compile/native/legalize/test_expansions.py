"""Operations that are replaced by others that have a native form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import assert_compiled_is_eager, steps_of

COUNTS: dict[str, Callable[[Any], Any]] = {
    "all": np.sum,
    "along an axis": lambda x: np.sum(x, 0),
    "keeping axes": lambda x: np.sum(x, (0, 2), keepdims=True),
    "in another dtype": lambda x: np.sum(x, dtype="float32"),
    "of what compares": lambda x: np.sum(x != x[0]),
    "the mean": np.mean,
}


@pytest.mark.parametrize("f", COUNTS.values(), ids=COUNTS)
def test_what_is_true_is_counted_natively(f: Any) -> None:
    x = numpy.random.default_rng(0).random((3, 40, 5)) > 0.4
    assert_compiled_is_eager(f, x)
    assert not steps_of(f, x)


@pytest.mark.part(4)
@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32", "uint64"])
@pytest.mark.parametrize("base", [2, 4, 2**20, numpy.int64(8), numpy.array([2])], ids=str)
def test_powers_of_two_are_shifts(base: Any, dtype: str) -> None:
    n = numpy.array([0, 1, 2, 5, 31, 32, 62, 63, 64, 100, 2**31 - 1]).astype(dtype)
    for exponent in (n, n[5]):
        f = lambda n: base**n
        with numpy.errstate(over="ignore"):  # a floating number, of an array with a sign and one without
            expected = f(exponent)
        assert numpy.array_equal(wg.jit(f)(exponent).numpy(), expected)
        assert wg.jit(f)(exponent).dtype == expected.dtype
        assert not steps_of(f, exponent)


def test_a_negative_power_of_an_integer_is_refused_as_by_numpy() -> None:
    power = wg.jit(lambda n: 2**n)
    loop = wg.jit(lambda n: wg.fori_loop(0, 3, lambda i, total: total + 2**n + 2**i, n))
    n = numpy.array([1, 3])
    assert numpy.array_equal(power(n).numpy(), [2, 8])
    assert numpy.array_equal(loop(n).numpy(), [14, 34])
    assert "NumPy steps" not in loop.report()
    for f in (power, loop):
        with pytest.raises(ValueError, match="Integers to negative integer powers are not allowed"):
            f(-n)
