"""Products of small matrices without panels: every layout, size and dtype."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

RNG = numpy.random.default_rng(5)
SIZES = [(1, 28, 56), (56, 28, 1), (14, 14, 14), (3, 5, 2), (13, 7, 1), (1, 3, 131), (5, 1, 9), (4, 37, 6), (1, 40, 1)]
LAYOUTS = [(False, False), (True, False), (False, True), (True, True)]


def product(x: Any, y: Any, layout: tuple[bool, bool]) -> Any:
    return (x.T if layout[0] else x) @ (y.T if layout[1] else y)


def matrix(rows: int, columns: int, is_transposed: bool, dtype: str) -> Any:
    return RNG.normal(size=(columns, rows) if is_transposed else (rows, columns)).astype(dtype)


@pytest.mark.part(8)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", SIZES)
def test_layouts_and_sizes(size: tuple[int, int, int], layout: tuple[bool, bool], dtype: str) -> None:
    m, k, n = size
    x, y = matrix(m, k, layout[0], dtype), matrix(k, n, layout[1], dtype)
    compiled = wg.jit(lambda x, y: product(x, y, layout))
    tolerance = 1e-5 if dtype == "float32" else 1e-13
    numpy.testing.assert_allclose(compiled(x, y), product(x, y, layout), rtol=tolerance, atol=tolerance)


def test_stacks() -> None:
    x, y = RNG.normal(size=(3, 4, 5)), RNG.normal(size=(3, 5, 6))
    numpy.testing.assert_allclose(wg.jit(np.matmul)(x, y), x @ y, rtol=1e-13)


def test_vectors() -> None:
    x, y = RNG.normal(size=19), RNG.normal(size=(19, 7))
    numpy.testing.assert_allclose(wg.jit(np.matmul)(x, y), x @ y, rtol=1e-13)
    numpy.testing.assert_allclose(wg.jit(np.matmul)(y.T.copy(), x), y.T @ x, rtol=1e-13)
    numpy.testing.assert_allclose(wg.jit(np.matmul)(x, x), x @ x, rtol=1e-13)


def test_parts_of_larger_arrays() -> None:
    x, y = RNG.normal(size=(9, 8)), RNG.normal(size=(8, 9))
    f = lambda x, y: x[1:6, 2:6] @ y[::2, 1:4]
    numpy.testing.assert_allclose(wg.jit(f)(x, y), f(x, y), rtol=1e-13)
