"""Integers without sign in machine code, against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

DTYPES = ("uint32", "uint64")
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "floor_divide": lambda x, y: x // y,
    "remainder": lambda x, y: x % y,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "bitwise_and": lambda x, y: x & y,
    "bitwise_or": lambda x, y: x | y,
    "bitwise_xor": lambda x, y: x ^ y,
    "left_shift": lambda x, y: x << y,
    "right_shift": lambda x, y: x >> y,
    "less": lambda x, y: x < y,
    "greater_equal": lambda x, y: x >= y,
    "equal": lambda x, y: x == y,
    "where": lambda x, y: np.where(x < y, x, y),
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "invert": lambda x: ~x,
    "negative": lambda x: -x,
    "absolute": abs,
    "sign": np.sign,
    "square": np.square,
    "sum": np.sum,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "argmax": np.argmax,
    "cumsum": np.cumsum,
    "any": np.any,
    "divide": lambda x: x / 3,
    "constants": lambda x: (x >> 5) + 7,
    **{f"to {dtype}": lambda x, dtype=dtype: x.astype(dtype) for dtype in ("int32", "int64", "uint32", "uint64")},
    **{f"to {dtype}": lambda x, dtype=dtype: x.astype(dtype) for dtype in ("float32", "float64", "bool")},
    "gather": lambda x: np.take(np.arange(8.0), x % 8),
}


def numbers(dtype: str, seed: int) -> Any:
    most = numpy.iinfo(dtype).max
    drawn = numpy.random.default_rng(seed).integers(0, most, 400, dtype=dtype, endpoint=True)
    return numpy.concatenate([drawn, drawn % 40, numpy.array([0, 1, most, most // 2, most // 2 + 1], dtype)]).astype(
        dtype
    )


def same(f: Callable[..., Any], *operands: Any) -> None:
    with numpy.errstate(all="ignore"):
        expected, found = f(*map(np.asarray, operands)), wg.jit(f)(*operands)
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


@pytest.mark.part(4)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_binary(name: str, dtype: str) -> None:
    y = numpy.random.default_rng(2).permutation(numbers(dtype, 1))
    with numpy.errstate(all="ignore"):
        same(BINARY[name], numbers(dtype, 0), y)


@pytest.mark.part(8)
@pytest.mark.parametrize("count", [3, 405], ids=["in registers", "on memory"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UNARY)
def test_unary(name: str, dtype: str, count: int) -> None:
    same(UNARY[name], numbers(dtype, 0)[-count:])
    same(lambda x: wg.scan(lambda carry, x: (carry, UNARY[name](x)), 0, x)[1], numbers(dtype, 0)[None, -count:])


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("name", ["left_shift", "right_shift"])
def test_shifts_of_integers_with_sign(name: str, dtype: str) -> None:
    x = numpy.array([1, -1, 5, -77, numpy.iinfo(dtype).min, numpy.iinfo(dtype).max], dtype)
    same(BINARY[name], x[:, None], numpy.array([0, 1, 7, 31, 32, 63, 64, 100], dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_from_floats(kind: str, dtype: str) -> None:
    same(lambda x: x.astype(dtype), numpy.array([0.0, 1.5, 3e9, 2.0**31 + 1024], kind))
    if dtype == "uint64":
        same(lambda x: x.astype(dtype), numpy.array([2.0**63, 1.75 * 2.0**63], kind))


def test_64_bits_with_and_without_sign_are_compared_as_numpy_does() -> None:
    x, y = numpy.array([2**63 + 1, 5, 2**53 + 1], "uint64"), numpy.array([-1, 5, 2**53], "int64")
    for name in ("less", "equal", "greater_equal"):
        same(BINARY[name], x, y)
