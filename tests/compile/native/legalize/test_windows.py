"""Windows in machine code: short and long filters, every mode, and no more of a derivative than is used."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import windows

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import array, assert_compiled_is_eager, steps_of

MODES = ["full", "same", "valid"]


@pytest.mark.part(8)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lengths", [(30, 5), (5, 30), (7, 7), (1, 6), (100, 40), (3, 1), (5000, 33)])
def test_values_and_derivatives(mode: str, lengths: tuple[int, int]) -> None:
    def f(x: Any, y: Any) -> Any:
        return np.convolve(x, y, mode), np.correlate(x, y, mode)

    def derivative(x: Any, y: Any) -> Any:
        return wg.grad(lambda xy: sum(np.sum(np.sin(t)) for t in f(*xy)))((x, y))

    x, y = array((lengths[0],)), array((lengths[1], 1))[:, 0]
    assert_compiled_is_eager(f, x, y, rtol=1e-11)
    assert_compiled_is_eager(derivative, x, y, rtol=1e-9)
    assert steps_of(derivative, x, y) == ""


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "uint8", "float16", "float32", "complex64"])
def test_dtypes(dtype: str) -> None:
    x = array((40,), dtype)
    assert_compiled_is_eager(lambda x, y: np.convolve(x, y), x, x[:6], rtol=1e-5)
    assert_compiled_is_eager(lambda x, y: np.convolve(x, y), x, array((4,)), rtol=1e-5)


def test_sizes_that_threads_share() -> None:
    x, y = array((200_000,)), array((9, 1))[:, 0]
    assert_compiled_is_eager(lambda x, y: np.convolve(x, y, "same"), x, y, rtol=1e-12)


def test_a_batch_of_lines() -> None:
    x, y = array((6, 50)), array((4, 1))[:, 0]
    assert_compiled_is_eager(wg.vmap(np.convolve, in_axes=(0, None)), x, y, rtol=1e-12)


def test_the_derivative_in_a_filter_takes_time_of_its_size() -> None:
    """Of the correlation of two long lines only as many places are computed as the filter has."""
    compiled = wg.jit(lambda x, y: wg.grad(lambda y: np.sum(np.convolve(x, y) ** 2))(y))
    x, y = array((400_000,)), array((5, 1))[:, 0]
    found = compiled(x, y)
    expected = [2 * numpy.convolve(x, y)[i : i + len(x)] @ x for i in range(5)]
    numpy.testing.assert_allclose(found.numpy(), expected, rtol=1e-10)


SHAPES = [
    ((2, 3, 9, 7), (5, 3, 3, 3), {"padding": 1}),
    ((3, 4, 8, 8), (8, 2, 3, 2), {"groups": 2, "strides": 2, "padding": "same"}),
    ((1, 1, 40, 33), (1, 1, 7, 7), {}),
    ((2, 17, 12), (19, 17, 4), {"dilation": 3, "padding": "full"}),
    ((2, 2, 4, 5, 6), (3, 2, 2, 3, 2), {"strides": (1, 2, 3)}),
    ((4, 6, 5, 5), (7, 6, 1, 1), {}),
    ((2, 3, 5, 6), (4, 3, 2, 2), {"input_dilation": (2, 3), "padding": 2}),
    ((2, 3, 6, 6), (4, 3, 6, 6), {}),
    # padding that no window reaches, in rows that share some
    ((2, 3, 4, 6), (5, 3, 3, 3), {"strides": 2, "padding": 1}),
    ((1, 2, 5, 8), (4, 2, 3, 3), {"strides": 3, "padding": 1}),
    ((1, 2, 6, 8), (3, 2, 5, 5), {"strides": 2, "padding": ((2, 2), (1, 3))}),
    ((1, 2, 8, 9), (3, 2, 3, 2), {"strides": (3, 2), "dilation": 2, "padding": 2}),
]


@pytest.mark.part(8)
@pytest.mark.parametrize(("x", "kernel", "moves"), SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_correlations_of_many_shapes(x: Any, kernel: Any, moves: Any, dtype: str) -> None:
    operands = array(x, dtype), array(kernel, dtype)
    f = lambda x, k: windows.correlate(x, k, **moves)
    derivative = wg.grad(lambda x, k: np.sum(np.sin(f(x, k))), (0, 1))
    rtol = 1e-4 if dtype == "float32" else 1e-11
    assert_compiled_is_eager(f, *operands, rtol=rtol)
    assert_compiled_is_eager(derivative, *operands, rtol=10 * rtol)
    assert steps_of(derivative, *operands) == ""


def test_correlations_that_threads_share() -> None:
    for x, kernel in (((16, 8, 30, 30), (16, 8, 3, 3)), ((1, 1, 300, 300), (1, 1, 9, 9)), ((1, 3, 50_000), (2, 3, 65))):
        operands = array(x), array(kernel)
        f = lambda x, k: windows.correlate(x, k, padding="same")
        assert_compiled_is_eager(f, *operands, rtol=1e-10)
        assert_compiled_is_eager(wg.grad(lambda x, k, f=f: np.sum(f(x, k) ** 2), (0, 1)), *operands, rtol=1e-9)


def test_nothing_but_zeros_is_read_beyond_an_array() -> None:
    """What is computed between the windows, and of what lies behind the last line, goes nowhere."""
    x = numpy.full((1, 1, 5, 3), 1e300)
    f = lambda x, k: windows.correlate(x * 1e8, k, padding=((0, 0), (1, 1)))
    assert not numpy.isnan(wg.jit(f)(x, numpy.ones((1, 1, 2, 3)))).any()


def test_a_correlation_in_a_loop() -> None:
    x, k = array((1, 2, 6, 6)), array((2, 2, 3, 3)) / 9

    def f(x: Any, k: Any) -> Any:
        return wg.fori_loop(0, 5, lambda i, h: np.tanh(windows.correlate(h, k, padding=1)), x)

    derivative = wg.grad(lambda x, k: np.sum(f(x, k) ** 2), (0, 1))
    assert_compiled_is_eager(derivative, x, k, rtol=1e-10)
    assert steps_of(derivative, x, k) == ""


@pytest.mark.parametrize("pool", [windows.sum, windows.mean, windows.max, windows.min])
def test_pools(pool: Any) -> None:
    x = array((2, 3, 9, 8))
    for moves in ({}, {"strides": 1, "padding": 1}, {"strides": (2, 1), "dilation": (1, 2)}):
        f = lambda x, moves=moves: pool(x, (3, 2), **moves)
        derivative = wg.grad(lambda x, f=f: np.sum(np.sin(f(x))))
        assert_compiled_is_eager(f, x, rtol=1e-12)
        assert_compiled_is_eager(derivative, x, rtol=1e-11)
        assert steps_of(derivative, x) == ""


@pytest.mark.parametrize("moves", [{}, {"strides": 2}, {"strides": 3, "padding": 1}, {"strides": 3, "dilation": 2}])
def test_windows_and_back(moves: Any) -> None:
    """With gaps between windows, and where they meet."""
    x = array((2, 11, 9))
    f = lambda x: np.sum(np.sin(windows.unfold(x, (2, 1), **moves)))
    assert_compiled_is_eager(wg.grad(f), x, rtol=1e-11)
    assert steps_of(wg.grad(f), x) == ""


@pytest.mark.parametrize("pool", [windows.sum, windows.max])
@pytest.mark.parametrize("size", [(5, 7), (40,)])
def test_large_pools(pool: Any, size: tuple[int, ...]) -> None:
    x = array((2, 44, 50))
    for strides in (None, 1, 3):
        f = lambda x, strides=strides: np.sum(np.sin(pool(x, size, strides=strides, padding=2)))
        assert_compiled_is_eager(wg.grad(f), x, rtol=1e-11)
